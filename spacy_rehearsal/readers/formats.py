"""What people annotate with, read into one form: `Annotated`."""

import ast
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Tuple

from ..errors import config_error
from ..input_files import decode_lines, find_files

CharSpan = Tuple[int, int, str]
FILE_TYPES = (".jsonl", ".json", ".py")
NOT_TOKENS = {"entities", "ner", "cats", "spans", "links", "text", "raw"}
DOCCANO_KEYS = ("entities", "annotations", "labels", "label")
PRODIGY_KEYS = {"answer", "spans", "accept", "options", "tokens", "_input_hash"}
# what Prodigy's other views call spans are no entities
UNREAD_VIEWS = ("pos", "dep", "image", "audio", "text_input")


@dataclass
class Annotated:
    """One text and its annotations, offsets in characters.

    text (str): The text.
    entities (Optional[List[CharSpan]]): Start, end and label of the entities. None
        means that nobody has looked for any.
    is_complete (bool): Whether all other tokens are no entity. Otherwise nothing is
        known about them.
    rejected (List[CharSpan]): Spans that are known to be no entity of their label.
    spans (Dict[str, List[CharSpan]]): Spans that may overlap, by the key of
        `doc.spans`.
    cats (Dict[str, float]): Text categories.
    has_all_cats (bool): Whether the categories of the file that are not in `cats`
        do not apply.
    links (Dict[Tuple[int, int], str]): The knowledge base ID of entities.
    tokens (Dict[str, Any]): Token annotations, for `Example.from_dict`.
    task (Optional[int]): What the tool calls the text, where a file can have several
        annotations of it. The first one counts.
    place (str): File and line, for messages.
    """

    text: str
    entities: Optional[List[CharSpan]] = None
    is_complete: bool = True
    rejected: List[CharSpan] = field(default_factory=list)
    spans: Dict[str, List[CharSpan]] = field(default_factory=dict)
    cats: Dict[str, float] = field(default_factory=dict)
    has_all_cats: bool = False
    links: Dict[Tuple[int, int], str] = field(default_factory=dict)
    tokens: Dict[str, Any] = field(default_factory=dict)
    task: Optional[int] = None
    place: str = ""


def read_annotated(path: Path, *, format: Optional[str] = None) -> Iterator[Annotated]:
    """Read annotated texts from a file, or from all files of a directory.

    path (Path): A .jsonl, .json or .py file, or a directory of such.
    format (Optional[str]): One of FORMATS. By default the first record of each file
        tells.
    YIELDS (Annotated): The texts, without those that the annotator has skipped.
    RAISES (ConfigValidationError): At the first record that can't be read, with file
        and line.
    """
    for file_ in find_annotated_files(path):
        parse = FORMATS[format] if format else None
        tasks: Set[Any] = set()
        for line_no, record in read_records(file_):
            place = f"{file_}, line {line_no}"
            try:
                parse = parse or FORMATS[recognize_format(record)]
                annotated = parse(record)
            except ValueError as err:
                raise config_error(["path"], f"{place}: {err}") from None
            except (AttributeError, KeyError, TypeError) as err:
                raise config_error(
                    ["path"],
                    f"{place}: a record of another form than expected ({err!r}): "
                    f"{shorten(record)}",
                ) from None
            if annotated is None or annotated.task in tasks:
                continue
            if annotated.task is not None:
                tasks.add(annotated.task)
            annotated.place = place
            if annotated.entities is not None:  # tools store what is marked twice twice
                annotated.entities = list(dict.fromkeys(annotated.entities))
            yield annotated


def check_format(format: Optional[str]) -> None:
    """Check the name of a format.

    format (Optional[str]): The name, or None to recognize it.
    RAISES (ConfigValidationError): If there is no such format.
    """
    if format is not None and format not in FORMATS:
        raise config_error(
            ["format"], f"must be one of {', '.join(FORMATS)}, found '{format}'"
        )


def find_annotated_files(path: Path) -> List[Path]:
    """Find the files that `read_annotated` reads.

    path (Path): A file or directory.
    RETURNS (List[Path]): The files, sorted.
    RAISES (ConfigValidationError): If there is none.
    """
    if not path.exists():
        raise config_error(["path"], f"there is no file or directory '{path}'")
    files = [f for type_ in FILE_TYPES for f in find_files(path, type_)]
    wrong = [f for f in files if f.suffix not in FILE_TYPES]
    if not files or wrong:
        raise config_error(
            ["path"],
            f"'{path}' is no {', '.join(FILE_TYPES)} file, nor a directory of such. "
            "`spacy convert` reads .iob, .conllu and, with -c ner, .conll files, and "
            "spacy.Corpus.v1 what it writes.",
        )
    return sorted(set(files))


def read_records(path: Path) -> Iterator[Tuple[int, Any]]:
    """Read the records of a file: a line each, or the elements of one list.

    path (Path): The file. JSON may be one list, an object with a list of
        "annotations", or one record a line. In Python each list of records that is
        written out is read, e.g. TRAIN_DATA = [("text", {...})], with names that
        stand for a constant, e.g. LABEL = "ANIMAL"; nothing is run.
    YIELDS (Tuple[int, Any]): Line number, from 1, and record.
    RAISES (ConfigValidationError): If it is not valid JSON or Python.
    """
    if path.suffix == ".py":
        yield from read_python(path)
        return
    if path.suffix == ".json":
        content = "".join(line for _, line in decode_lines(["path"], path))
        try:
            json.loads(content)
        except ValueError as err:
            if not is_json(content.lstrip().partition("\n")[0]):
                raise json_error(path, getattr(err, "lineno", 1), err) from None
        else:
            yield from read_json_list(path, content)
            return
    for line_no, line in decode_lines(["path"], path):
        line = line.strip()
        if line:
            try:
                yield line_no, json.loads(line)
            except ValueError as err:
                raise json_error(path, line_no, err) from None


def is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def json_error(path: Path, line_no: int, err: ValueError) -> Exception:
    advice = ". If the file is one JSON list, name it .json"
    advice = "" if path.suffix == ".json" else advice
    return config_error(
        ["path"], f"{path}, line {line_no}: is not valid JSON ({err}){advice}"
    )


def read_json_list(path: Path, content: str) -> Iterator[Tuple[int, Any]]:
    """Read the elements of valid JSON, with the lines that they start in."""
    start = content.find("[")
    top = json.loads(content)
    if isinstance(top, dict):
        if isinstance(top.get("annotations"), list) and "data" not in top:
            start = content.index("[", content.index('"annotations"'))
        else:
            yield 1, top
            return
    decoder = json.JSONDecoder()
    line_no, counted = 1, 0
    i = start + 1
    while True:
        while content[i] in ", \t\r\n":
            i += 1
        if content[i] == "]":
            return
        line_no += content.count("\n", counted, i)
        counted = i
        record, i = decoder.raw_decode(content, i)
        if record is not None:
            yield line_no, record


def read_python(path: Path) -> Iterator[Tuple[int, Any]]:
    """Read the elements of the lists that a Python file writes out."""
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError) as err:
        raise config_error(["path"], f"{path}: is not valid Python ({err})") from None
    names = ConstantNames()
    for statement in tree.body:
        names.add(statement)
        value = getattr(statement, "value", None)
        for element in value.elts if isinstance(value, ast.List) else []:
            if isinstance(element, ast.Constant):
                continue  # a list of labels or plain texts
            try:
                yield element.lineno, ast.literal_eval(names.visit(element))
            except ValueError:
                raise config_error(
                    ["path"],
                    f"{path}, line {element.lineno}: is not written out: no call "
                    "is evaluated here, and no variable but constants. Write the "
                    "numbers and strings themselves.",
                ) from None


class ConstantNames(ast.NodeTransformer):
    """Put constants in the place of the names that they were given."""

    def __init__(self) -> None:
        self.constants: Dict[str, ast.Constant] = {}

    def add(self, statement: ast.stmt) -> None:
        """Learn what LABEL = "ANIMAL" says."""
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    self.constants.pop(target.id, None)
                    if isinstance(statement.value, ast.Constant):
                        self.constants[target.id] = statement.value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.constants.get(node.id, node)


def recognize_format(record: Any) -> str:
    """Tell which tool wrote a record.

    record (Any): The record.
    RETURNS (str): One of FORMATS.
    RAISES (ValueError): If none of them writes such records.
    """
    if isinstance(record, (list, tuple)):
        return "simple"
    if not isinstance(record, dict):
        raise ValueError(f"expected a list or an object, found: {shorten(record)}")
    keys = set(record)
    if {"content", "annotation"} <= keys:
        return "dataturks"
    if "annotation_id" in keys or (
        "data" in keys and keys & {"annotations", "completions"}
    ):
        return "label_studio"
    if "text" in keys and "entities" not in keys and keys & PRODIGY_KEYS:
        return "prodigy"
    if keys & {"text", "data"} and keys & set(DOCCANO_KEYS):
        return "doccano"
    if "paragraphs" in keys:
        raise ValueError("is in the format of spaCy 2: `spacy convert` reads it")
    if keys == {"text"}:
        raise ValueError("is raw text, without annotations")
    raise ValueError(
        f"no known format has the keys {', '.join(map(str, sorted(keys)))}. "
        f"Set format to one of: {', '.join(FORMATS)}"
    )


def parse_simple(record: Any) -> Annotated:
    """Parse spaCy's simple training style: ["text", {"entities": [...], ...}]."""
    if not isinstance(record, (list, tuple)) or len(record) != 2:
        raise ValueError(f'expected ["text", {{...}}], found: {shorten(record)}')
    text, annotations = record
    text = get_text({"text": text})
    if not isinstance(annotations, dict):
        raise ValueError(f"expected an object, found: {shorten(annotations)}")
    tokens = {k: v for k, v in annotations.items() if k not in NOT_TOKENS}
    if "words" in tokens:
        tokens["text"] = text  # decides where there is white space between them
    cats = parse_cats(annotations.get("cats") or {})
    annotated = Annotated(text, cats=cats, tokens=tokens)
    entities = annotations.get("entities", annotations.get("ner"))
    if not isinstance(entities, (list, tuple, type(None))):
        raise ValueError(f'expected "entities" as a list, found: {shorten(entities)}')
    if entities and all(isinstance(tag, (str, type(None))) for tag in entities):
        annotated.tokens["entities"] = entities  # BILUO tags
    elif entities is not None:
        annotated.entities = [get_span(text, entity) for entity in entities]
    spans = annotations.get("spans") or {}
    if not isinstance(spans, dict):
        raise ValueError(f'expected "spans" by key, found: {shorten(spans)}')
    for key, group in spans.items():
        annotated.spans[key] = [get_span(text, span) for span in group]
    annotated.links = parse_links(annotations.get("links") or {})
    return annotated


def parse_cats(cats: Any) -> Dict[str, float]:
    """Parse {"LABEL": 1.0, "OTHER_LABEL": 0.0}."""
    if not isinstance(cats, dict) or not all(
        isinstance(value, (int, float)) and 0 <= value <= 1 for value in cats.values()
    ):
        raise ValueError(
            'expected "cats" like {"SPORTS": 1.0, "POLITICS": 0.0}, '
            f"found: {shorten(cats)}"
        )
    return {str(name): float(value) for name, value in cats.items()}


def parse_links(links: Any) -> Dict[Tuple[int, int], str]:
    """Parse {(start, end): {"ID": probability}}. JSON has no tuples as keys: there
    the key is a string, "0,5" or "(0, 5)"."""
    found = {}
    for key, probabilities in links.items():
        try:
            start, end = ast.literal_eval(key) if isinstance(key, str) else key
            [best] = [kb_id for kb_id, p in probabilities.items() if p == 1.0] or [""]
        except (ValueError, SyntaxError, TypeError, AttributeError):
            raise ValueError(
                'expected "links" like {"0,5": {"Q42": 1.0}}, at most one of them '
                f"with 1.0, found: {shorten({key: probabilities})}"
            ) from None
        found[start, end] = best
    return found


def parse_prodigy(record: Any) -> Optional[Annotated]:
    """Parse what Prodigy exports.

    An accepted binary answer says that these spans are entities, and a rejected one
    that they are not; nothing is known about the rest of the text. Other rejected
    records, and ignored ones, are skipped.
    """
    text = get_text(record)
    label = record.get("label")
    if isinstance(label, list) or not set(record) & {*PRODIGY_KEYS, "label"}:
        raise ValueError(
            f'expected "spans", "accept" or a "label", found: {shorten(record)}'
        )
    answer = record.get("answer", "accept")
    if answer == "ignore":
        return None
    is_accepted = answer == "accept"
    is_review = record.get("_view_id") == "review"
    view = str(record.get("view_id" if is_review else "_view_id", ""))
    if view.startswith(UNREAD_VIEWS):
        raise ValueError(f"Prodigy's view '{view}' is not read")
    spans = record.get("spans") or []
    if isinstance(label, str) and (
        view == "classification" or (view in ("", "text") and not spans)
    ):
        return Annotated(text, cats={label: float(is_accepted)})
    has_choices = "options" in record or "accept" in record
    is_binary = record.get("_is_binary", is_binary_view(record, view))
    if not is_accepted and (has_choices or not is_binary):
        return None
    annotated = Annotated(text)
    if has_choices:
        accepted = record.get("accept") or []
        options = [option["id"] for option in record.get("options") or []]
        annotated.cats = {
            str(name): float(name in accepted) for name in options or accepted
        }
        annotated.has_all_cats = True
        if view != "blocks" or "spans" not in record:
            return annotated
    found = [
        get_span(text, (span.get("start"), span.get("end"), span.get("label", label)))
        for span in spans
    ]
    if view.startswith("spans"):
        annotated.spans["sc"] = found if is_accepted else []
        return annotated
    annotated.is_complete = not is_binary
    annotated.entities = found if is_accepted else []
    annotated.rejected = [] if is_accepted else found
    return annotated


def is_binary_view(record: Any, view: str) -> bool:
    """Tell whether a record asked yes or no, where an older version does not say."""
    if view:
        return view in ("ner", "spans", "classification")
    is_suggested = any("score" in span for span in record.get("spans") or [])
    return "tokens" not in record and (record.get("answer") == "reject" or is_suggested)


def parse_doccano(record: Any) -> Annotated:
    """Parse what Doccano exports, from its first versions to today's."""
    text = get_text(record if "text" in record else {"text": record.get("data")})
    key = next((key for key in DOCCANO_KEYS if key in record), None)
    if key is None:
        raise ValueError('expected "label", "labels" or "entities"')
    labels = record[key] or []
    labels = [labels] if isinstance(labels, str) else labels
    if labels and all(isinstance(label, str) for label in labels):
        return Annotated(text, cats=dict.fromkeys(labels, 1.0), has_all_cats=True)
    spans = [
        (label["start_offset"], label["end_offset"], label["label"])
        if isinstance(label, dict)
        else label
        for label in labels
    ]
    cats = record.get("cats") or []
    if not isinstance(cats, list):
        raise ValueError(
            f'expected "cats" as a list of names, found: {shorten(cats)}. '
            'Numbers go into ["text", {"cats": {"SPORTS": 1.0}}].'
        )
    return Annotated(
        text,
        entities=[get_span(text, span) for span in spans],
        cats=dict.fromkeys(cats, 1.0),
        has_all_cats="cats" in record,
    )


def parse_label_studio(record: Any) -> Optional[Annotated]:
    """Parse what Label Studio exports as JSON or JSON-MIN.

    Of several annotations of a task the one marked as ground truth counts, or else
    the first that was not cancelled. A task without one is skipped.
    """
    if "annotation_id" in record:
        return parse_label_studio_min(record)
    data = record["data"]
    annotations = [
        annotation
        for annotation in record.get("annotations", record.get("completions")) or []
        if not annotation.get("was_cancelled")
    ]
    if not annotations:
        return None
    text = find_text(data)
    truth = [a for a in annotations if a.get("ground_truth")] or annotations
    values = [result.get("value", {}) for result in truth[0].get("result", [])]
    return make_label_studio(text, values)


def parse_label_studio_min(record: Any) -> Annotated:
    """Parse JSON-MIN: the columns of the task, its ID, the results by the name of
    their control, and the annotator. A single choice is nothing but its name."""
    names = list(record)
    last = max((names.index(n) for n in ("id", "text") if n in names), default=-1)
    columns = names[: last + 1]
    stop = names.index("annotator") if "annotator" in names else len(columns)
    values = []
    for i, value in enumerate(record.values()):
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                values.append(item)
            elif isinstance(item, str) and len(columns) <= i < stop:
                values.append({"choices": [item]})
    text = find_text({name: record[name] for name in columns})
    annotated = make_label_studio(text, values)
    annotated.task = record.get("id")
    return annotated


def find_text(columns: Dict[str, Any]) -> str:
    """Find the text of a task, which can have any name if it has no other strings."""
    names = [name for name, value in columns.items() if isinstance(value, str)]
    name = names[0] if len(names) == 1 else "text"
    if names and name not in names:
        raise ValueError(
            f'which of {", ".join(names)} is the text? Name it "text" in the file'
        )
    return get_text({"text": columns.get(name)})


def make_label_studio(text: str, values: List[Any]) -> Annotated:
    entities = []
    annotated = Annotated(text)
    for value in values:
        unread = [key for key in value if key.endswith("labels") and key != "labels"]
        if unread:
            raise ValueError(
                f"{unread[0]} are not read, only the labels of a <Text>: "
                f"{shorten(value)}"
            )
        if "start" in value and "labels" in value:
            start, end = correct_offsets(text, value)
            entities += [get_span(text, (start, end, n)) for n in value["labels"]]
        elif "start" not in value and "choices" in value:
            annotated.cats.update((name, 1.0) for name in value["choices"])
            annotated.has_all_cats = True
    if entities or not annotated.cats:
        annotated.entities = entities
    return annotated


def correct_offsets(text: str, value: Dict[str, Any]) -> Tuple[Any, Any]:
    """Correct offsets that count an emoji as two characters, as JavaScript does (and
    Label Studio before 1.6). The text that comes with them tells.

    RAISES (ValueError): If they are wrong in another way, as with line breaks that
        the browser has shortened. White space may differ, and whole words be marked
        where the annotator has marked parts.
    """
    start, end, surface = value["start"], value["end"], value.get("text")
    if not surface or not isinstance(start, int) or text[start:end] == surface:
        return start, end
    units = text.encode("utf-16-le")
    corrected = [
        len(units[: 2 * i].decode("utf-16-le", errors="ignore")) for i in (start, end)
    ]
    if text[corrected[0] : corrected[1]] == surface:
        return corrected[0], corrected[1]
    found = text[start:end]
    if "".join(surface.replace("\\n", "").split()) not in "".join(found.split()):
        raise ValueError(
            f"[{start}, {end}] is '{shorten(found)}', but was annotated as "
            f"'{shorten(surface)}': the offsets are those of another text"
        )
    return start, end


def parse_dataturks(record: Any) -> Annotated:
    """Parse what Dataturks exports. Its ends are those of the last character."""
    text = get_text({"text": record.get("content")})
    annotation = record.get("annotation") or []
    if isinstance(annotation, dict):
        labels = annotation.get("labels", [])
        return Annotated(text, cats=dict.fromkeys(labels, 1.0), has_all_cats=True)
    entities = []
    for item in annotation:
        labels = item["label"] if isinstance(item["label"], list) else [item["label"]]
        for point in item["points"]:
            start, end = correct_offsets(text, {**point, "end": point["end"] + 1})
            end = min(end, len(text))  # may stand on the line break after the text
            entities += [get_span(text, (start, end, name)) for name in labels]
    return Annotated(text, entities=entities)


FORMATS: Dict[str, Callable[[Any], Optional[Annotated]]] = {
    "simple": parse_simple,
    "prodigy": parse_prodigy,
    "doccano": parse_doccano,
    "label_studio": parse_label_studio,
    "dataturks": parse_dataturks,
}


def get_text(record: Any) -> str:
    text = record.get("text") if isinstance(record, dict) else None
    if not isinstance(text, str):
        raise ValueError(f'expected a record with a "text", found: {shorten(record)}')
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError(f"has half a surrogate pair in its text: {shorten(text)!a}")
    return text


def get_span(text: str, span: Any) -> CharSpan:
    """Check a span, and leave out the white space at its ends.

    text (str): The text.
    span (Any): Start, end and label, as they were read.
    RETURNS (CharSpan): The span. A span of nothing but white space stays as it is.
    RAISES (ValueError): If it is no span of this text.
    """
    if not isinstance(span, (list, tuple)) or len(span) < 3:
        raise ValueError(f"expected [start, end, label], found: {shorten(span)}")
    start, end, label = span[:3]
    if type(start) is not int or type(end) is not int:
        raise ValueError(f"expected numbers of characters, found: {shorten(span)}")
    if not isinstance(label, str) or not label:
        raise ValueError(f"expected a label, found: {shorten(span)}")
    if not 0 <= start < end <= len(text):
        raise ValueError(
            f"[{start}, {end}, {label}] is no part of a text of {len(text)} "
            f"characters: {shorten(text)}"
        )
    surface = text[start:end]
    if surface.strip():
        start += len(surface) - len(surface.lstrip())
        end -= len(surface) - len(surface.rstrip())
    return start, end, label


def shorten(value: Any, *, length: int = 80) -> str:
    """Show a value in a message, on one line of limited length."""
    shown = value if isinstance(value, str) else repr(value)
    shown = " ".join(shown.split())
    return shown if len(shown) <= length else f"{shown[: length - 3]}..."
