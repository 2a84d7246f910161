"""Read the docs: their tables, code blocks and links."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List

from tests.util import ROOT

DOCS = ROOT / "docs"
README = ROOT / "README.md"
USAGE_PAGES = [README, *sorted((DOCS / "usage").glob("*.md")), DOCS / "index.md"]
API_PAGES = sorted((DOCS / "api").rglob("*.md"))
FENCE = re.compile(
    r'^( *)```(?P<lang>\w*)(?: title="(?P<title>[^"\n]*)")?\n(?P<code>.*?)^ *```$',
    re.MULTILINE | re.DOTALL,
)


@dataclass
class Table:
    """A table of a page.

    heading (str): The heading that it is under, without backticks.
    header (List[str]): Its first row.
    rows (List[List[str]]): The cells of the others.
    """

    heading: str
    header: List[str]
    rows: List[List[str]] = field(default_factory=list)


@dataclass
class Block:
    """A code block of a page.

    place (str): The page and the line.
    lang (str): The language, "" for none.
    title (str): The title; the name of a file, or "Output" of the block before.
    code (str): The code.
    """

    place: str
    lang: str
    title: str
    code: str


def read_prose(path: Path) -> str:
    """Read a page without its code blocks."""
    return FENCE.sub("", path.read_text(encoding="utf8"))


def read_tables(path: Path) -> List[Table]:
    tables: List[Table] = []
    heading = previous = ""
    for line in read_prose(path).splitlines():
        if line.startswith("#"):
            heading = line.lstrip("#").replace("`", "").strip()
        elif line.startswith("|"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            cells = [cell.replace(r"\|", "|") for cell in cells]
            if not previous.startswith("|"):
                tables.append(Table(heading, cells))
            elif not set(line) <= set("|-: "):
                tables[-1].rows.append(cells)
        previous = line
    return tables


def read_settings(path: Path, *, first: str = "setting") -> Dict[str, Dict[str, str]]:
    """Read the tables of settings of a page.

    path (Path): The page.
    first (str): The header of their first column.
    RETURNS (Dict[str, Dict[str, str]]): By heading, for each setting, as the first
        column has it, its default.
    """
    found: Dict[str, Dict[str, str]] = {}
    for table in read_tables(path):
        if table.header[0] == first:
            assert table.header == [first, "type", "default", "meaning"], path
            settings = found.setdefault(table.heading, {})
            for name, _, default, _ in table.rows:
                assert name not in settings, f"{path}: {name} is there twice"
                settings[name.replace("`", "")] = default.strip("`")
    return found


def read_blocks(path: Path) -> List[Block]:
    text = path.read_text(encoding="utf8")
    blocks = []
    for match in FENCE.finditer(text):
        line_no = text.count("\n", 0, match.start()) + 1
        place = f"{path.relative_to(ROOT)}, line {line_no}"
        lang, title, code = match.group("lang", "title", "code")
        blocks.append(Block(place, lang, title or "", code))
    return blocks
