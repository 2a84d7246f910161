"""The site builds, and links lead somewhere, on a package index page too."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import List, Set
from urllib.parse import urlparse

import pytest
from markdown import markdown  # type: ignore[import-untyped]

from tests.docs.util import DOCS, README, read_prose
from tests.util import ROOT

REPOSITORY = "https://github.com/spacy-rehearsal/spacy-rehearsal"
PICTURES = "https://raw.githubusercontent.com/spacy-rehearsal/spacy-rehearsal/main/"
LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$", re.MULTILINE)
PAGES = [
    README,
    *sorted((ROOT / "benchmarks").glob("*.md")),
    *sorted(DOCS.rglob("*.md")),
]


def find_links(page: Path) -> List[str]:
    return [one or other for one, other in LINK.findall(read_prose(page))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in find_links(page):
        if link.startswith(PICTURES):
            path = ROOT / link[len(PICTURES) :]
        elif link.startswith(f"{REPOSITORY}/"):
            kind, branch, *parts = link[len(REPOSITORY) + 1 :].split("/")
            assert (kind, branch) in (("blob", "main"), ("tree", "main")), link
            path = ROOT / "/".join(parts)
        elif urlparse(link).scheme:
            continue
        elif link.startswith("#"):
            path = Path(f"{page}{link}")
        else:
            path = page.parent / link
        file, _, anchor = str(path).partition("#")
        assert Path(file).exists(), f"{page.relative_to(ROOT)}: {link} leads nowhere"
        if anchor:
            assert anchor in find_anchors(Path(file)), f"{page}: no heading for {link}"


def find_anchors(page: Path) -> Set[str]:
    """Make the anchors of a page's headings, as GitHub and the site do."""
    headings = re.findall(r"^#+ (.+)$", read_prose(page), re.MULTILINE)
    kept = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in kept}


def test_readme_has_absolute_links_only() -> None:
    """On a package index page there is nothing that a relative link could lead to."""
    page = markdown(README.read_text(encoding="utf8"), extensions=["extra"])
    links = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert links
    assert [link for link in links if urlparse(link).scheme != "https"] == []
    assert "][" not in page, "a link leads nowhere"


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = ["mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    result = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    home = (tmp_path / "index.html").read_text(encoding="utf8")
    # nothing is fetched from elsewhere
    assert not re.findall(r'(?:src|<link [^>]*href)="(?:https?:)?//[^"]*"', home)
