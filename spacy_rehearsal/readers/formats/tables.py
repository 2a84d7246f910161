"""The records of a CSV or TSV file: a word, a span or a text a row."""

import csv
import re
from itertools import chain
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from ...errors import config_error
from .shapes import parse_nested
from .tags import are_tags, is_tag
from .webanno import WEBANNO, read_webanno

WORDS = ("word", "words", "token", "tokens", "text", "form")
TAGS = (
    *("ner_tag", "ner_tags", "ner", "tag", "tags", "iob", "bio", "biluo", "iob_tag"),
    *(
        "entity",
        "entities",
        "label",
        "labels",
        "word_labels",
        "annotations",
        "annotation",
    ),
)
TEXTS = ("text", "sentence", "content", "document", "raw_text", "sentences")
STARTS = ("start", "start_offset", "begin", "start_char")
ENDS = ("end", "end_offset", "stop", "end_char")
LABELS = ("label", "labels", "category", "class", "intent", "tag", "entity")
DOCUMENTS = ("doc_id", "document_id", "doc", "document", "article_id", "file")
SENTENCES = ("sentence #", "sentence", "sent", "sentence_id", "sent_id", "doc_id", "id")
UNREAD = {"pos": "pos_tags", "pos_tag": "pos_tags", "upos": "pos_tags"}
UNREAD.update({"lemma": "lemmas", "chunk": "chunk_tags", "chunk_tag": "chunk_tags"})
SEPARATOR = re.compile(r"\ufeff?sep=(.)\s*\n")
SAMPLE = 64_000  # characters
MOST = 0.8  # of the rows

NO_TAGS = ("O", "_")

Row = Tuple[int, List[str]]


class Columns(NamedTuple):
    """Where the columns of a table are. None if it does not have one."""

    words: Optional[int] = None
    tags: Optional[int] = None
    text: Optional[int] = None
    start: Optional[int] = None
    end: Optional[int] = None
    label: Optional[int] = None
    sentence: Optional[int] = None


def read_table(path: Path, lines: List[str]) -> Iterator[Tuple[str, Any]]:
    """Read the records of a table.

    path (Path): The file, for messages.
    lines (List[str]): Its lines.
    YIELDS (Tuple[str, Any]): Line and record: a text with its words and tags, with its
        spans, or with what the other columns of its row say.
    RAISES (ConfigValidationError): If it is no table of any of these kinds.
    """
    if lines and WEBANNO.match(lines[0]):
        yield from read_webanno(lines)
        return
    lines = ["\n" if line.startswith("-DOCSTART-") else line for line in lines]
    rows = [row for row in read_rows(path, lines) if not is_comment(row[1])]
    filled = (row for row in rows if any(row[1]))
    first = next(filled, None)
    if first is None:
        return
    header = [name.strip().lower() for name in first[1]]
    body = [row for row in rows if row[0] > first[0]]
    columns = find_columns(header, body)
    if columns is None and (unnamed := find_unnamed(rows)):
        header, body = [], rows
        columns = unnamed
    if columns is None:
        raise config_error(
            ["path"],
            f"{path}: no known table has the columns {', '.join(header)}. Name them "
            '"sentence", "word" and "tag" (a word a row), or "text", "start", "end" '
            'and "label" (an entity a row).'
            + " `spacy convert` reads a sentence a line (Lena|B-PERSON)."
            * (path.suffix.lower() in (".iob", ".txt") and "|" in first[1][0]),
        )
    if columns.words is not None:
        yield from read_words(body, header, columns)
    elif columns.start is not None:
        yield from read_spans(body, columns)
    else:
        names = [name.strip() for name in first[1]]
        yield from read_texts(body, names, columns)


def read_rows(path: Path, lines: List[str]) -> Iterator[Row]:
    """Read the rows, the empty ones as well."""
    sample = "".join(lines)[:SAMPLE]
    reader: Any
    if path.suffix.lower() == ".csv":
        separator = SEPARATOR.match(sample)  # Excel's way to say what it is
        lines = ["\n", *lines[1:]] if separator else lines
        delimiter = separator[1] if separator else sniff(sample)
        reader = csv.reader(lines, delimiter=delimiter)
    elif "\t" in sample:
        reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    else:
        yield from ((i, line.split()) for i, line in enumerate(lines, start=1))
        return
    while True:
        begin = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as err:
            raise config_error(
                ["path"], f"{path}, line {reader.line_num}: is not valid CSV ({err})"
            ) from None
        yield begin, row


def sniff(sample: str) -> str:
    """Find out what separates the columns."""
    try:
        return csv.Sniffer().sniff(sample, delimiters=",;\t|").delimiter
    except csv.Error:
        return ","


def find_columns(header: List[str], body: List[Row]) -> Optional[Columns]:
    def find(names: Tuple[str, ...]) -> Optional[int]:
        return next((header.index(name) for name in names if name in header), None)

    text, start, end, label = map(find, (TEXTS, STARTS, ENDS, LABELS))
    if None not in (text, start, end, label):
        return Columns(text=text, start=start, end=end, label=label)
    words, tags = find(WORDS), find(TAGS)
    if words is not None and tags is not None and has_word_rows(body, words, tags):
        numbers = [header.index(name) for name in SENTENCES if name in header]
        sentence = next((i for i in numbers if not is_index(body, i)), None)
        return Columns(words=words, tags=tags, sentence=sentence)
    if text is not None and len(header) > 1:
        return Columns(text=text)
    return None


def is_index(body: List[Row], column: int) -> bool:
    """Tell whether a column has another value in each row."""
    cells = [row[column] for _, row in body if len(row) > column]
    return len({*cells}) == len(cells) > 1


def has_word_rows(body: List[Row], words: int, tags: int) -> bool:
    """Tell whether each row has one word and its tag."""
    pairs = [(r[words], r[tags]) for _, r in body if len(r) > max(words, tags)]
    known = [pair for pair in pairs if pair[0].strip()]
    n_spaces = sum(len(word.split()) > 1 for word, _ in known)
    is_none = any(tag in NO_TAGS for _, tag in known)
    return bool(known) and is_none and n_spaces * 20 < len(known)


def is_comment(row: List[str]) -> bool:
    """Tell whether a row is one of those between the texts of CoNLL."""
    first = row[0].strip() if row else ""
    is_alone = first == "#" and not is_tag(row[-1].strip())
    return is_alone or first.startswith("# ")


def find_unnamed(rows: List[Row]) -> Optional[Columns]:
    """Find the words and tags of a table without header. None if there are none."""
    filled = [row for _, row in rows if any(row)]
    is_numbered = bool(filled) and all(row[0].strip().isdecimal() for row in filled)
    words = int(is_numbered and max(map(len, filled)) > 2)
    is_nested = words and len(filled[0]) == 4 and is_tagged(filled, -2)
    if is_nested:  # GermEval: those inside of others come last
        return Columns(words=words, tags=-2)
    if is_tagged(filled, -1):
        return Columns(words=words, tags=-1)
    return Columns(words=-1, tags=0) if is_tagged(filled, 0) else None


def is_tagged(rows: List[List[str]], column: int) -> bool:
    """Tell whether a column has nearly nothing but tags."""
    tags = [row[column].strip() for row in rows if len(row) > max(1, -column - 1)]
    n_tags = sum(is_tag(tag) or tag in NO_TAGS for tag in tags)
    # a column of nothing but "_" is one that is not annotated
    is_annotated = len({*tags}) > 1 and any(map(is_tag, tags))
    return n_tags >= MOST * len(rows) > 0 and is_annotated


def read_words(
    rows: List[Row], header: List[str], columns: Columns
) -> Iterator[Tuple[str, Any]]:
    """Read texts of which each row has a word. An empty row, or a new value in the
    column for it, begins the next text."""
    words, tags = columns.words or 0, columns.tags or 0
    unread = {UNREAD[name] for name in header if name in UNREAD}
    documents = [i for i, name in enumerate(header) if name in DOCUMENTS]
    begin, last = 0, ""
    tokens: List[str] = []
    found: List[str] = []

    def make() -> Tuple[str, Any]:
        record = {"tokens": tokens, "tags": found}
        return f"line {begin}", {**record, **dict.fromkeys(unread, len(tokens))}

    for line_no, row in chain(rows, [(0, [])]):
        word = row[words].strip() if len(row) > abs(words) else ""
        name = ""
        if columns.sentence is not None and len(row) > columns.sentence:
            name = row[columns.sentence].strip()
            name += "".join(f"\t{row[i]}" for i in documents if name and i < len(row))
        is_new = not word or bool(name and name != last and tokens)
        if is_new and tokens:
            yield make()
            tokens, found = [], []
        last = name or last
        if word:
            begin = begin if tokens else line_no
            tokens.append(word)
            tag = row[tags].strip() if len(row) > abs(tags) else ""
            found.append(tag or "-")  # what has no tag is not known


def read_spans(rows: List[Row], columns: Columns) -> Iterator[Tuple[str, Any]]:
    """Read texts of which each row has an entity, wherever its rows are."""
    found: Dict[str, Tuple[str, Dict[str, Any]]] = {}
    for line_no, row in rows:
        if not any(row):
            continue
        text, *span = [
            row[i] if i is not None and i < len(row) else ""
            for i in (columns.text, columns.start, columns.end, columns.label)
        ]
        new = {"text": text, "entities": []}
        _, record = found.setdefault(text, (f"line {line_no}", new))
        if any(span):  # a text without one has a row of its own
            record["entities"].append([*map(to_number, span[:2]), span[2]])
    yield from found.values()


def read_texts(
    rows: List[Row], names: List[str], columns: Columns
) -> Iterator[Tuple[str, Any]]:
    """Read texts of which each has a row, with lists in the cells as JSON or Python."""
    for line_no, row in rows:
        if not any(row):
            continue
        record: Dict[str, Any] = {}
        for i, (name, cell) in enumerate(zip(names, row)):
            if i == columns.text:
                record["text"] = cell
            else:
                key = name.lower() if name.lower() in (*TAGS, *LABELS) else name
                value = to_value(key, cell)
                is_category = key in LABELS and isinstance(value, (str, int))
                record["label" if is_category else key] = value
        yield f"line {line_no}", record


def to_number(cell: str) -> Any:
    try:
        return int(float(cell))
    except (ValueError, OverflowError):
        return cell


def to_value(name: str, cell: str) -> Any:
    """Read a cell: a list or object, tags with spaces between them, or text."""
    nested = parse_nested(cell)
    if nested is not cell:
        return nested
    if cell.isdecimal() and len(cell) < 10:
        return int(cell)
    tags = cell.replace(",", " ").split()
    if name in TAGS and len(tags) > 1 and are_tags(tags):
        return tags
    return cell
