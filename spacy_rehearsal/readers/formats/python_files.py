"""The records of a Python file, which is read and not run."""

import ast
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

from ...errors import config_error
from .python_values import Evaluation, Unknown, is_known
from .tally import Tally

ANNOTATIONS = {"entities", "ner", "cats", "spans", "tags", "heads", "links"}


def read_python(
    path: Path, is_record: Callable[[Any], bool], tally: Tally
) -> Iterator[Tuple[str, Any]]:
    """Read the records that a Python file writes out: in lists, whatever they are in
    and however they are put together, or alone. Nothing is run.

    path (Path): The file.
    is_record (Callable[[Any], bool]): Tells whether a value is a record.
    tally (Tally): Is told of records that only running the file would make.
    YIELDS (Tuple[str, Any]): Line and record. One that a list has several times is
        read as often.
    RAISES (ConfigValidationError): If it is not valid Python, or some of the records
        of a list are not written out.
    """
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as err:
        raise config_error(["path"], f"{path}: is not valid Python ({err})") from None
    evaluation = Evaluation()
    try:
        evaluation.run(tree.body)
    except RecursionError:
        raise config_error(["path"], f"{path}: is nested too deeply") from None
    records = find_records(evaluation, is_record)
    for line, record in records:
        if not is_known(record):
            raise config_error(
                ["path"],
                f"{path}, line {line}: is not written out: no call "
                "is evaluated here, and no variable but constants. Write the "
                "numbers and strings themselves, or run the file and write its "
                "records to a .jsonl file.",
            )
        yield f"line {line}", record
    made = [] if records else [o for o in evaluation.containers if is_made(o)]
    for value in made[:1]:
        tally.notes.append(
            f"{path}, line {evaluation.get_line(value)}: makes records that are not "
            "written out. Run it, and write them to a .jsonl file: "
            'srsly.write_jsonl("train.jsonl", TRAIN_DATA)'
        )


def find_records(
    evaluation: Evaluation, is_record: Callable[[Any], bool]
) -> List[Tuple[int, Any]]:
    """Find the records among all values of a file, in the order of the lines."""
    found: Dict[int, Any] = {}
    times: Counter[int] = Counter()
    sure = {id(o) for o in evaluation.containers if is_written(o, is_record)}
    for container in evaluation.containers:
        if id(container) in sure:
            found.setdefault(id(container), container)
            times[id(container)] = max(1, times[id(container)])
        elements = container if isinstance(container, (list, tuple)) else ()
        if id(container) in sure or not any(id(e) in sure for e in elements):
            continue
        counted = Counter(id(element) for element in elements)
        for element in elements:
            if element is None:
                continue
            found[id(element)] = element
            times[id(element)] = max(times[id(element)], counted[id(element)])
    lines = [(evaluation.get_line(value), key) for key, value in found.items()]
    lines.sort(key=lambda pair: pair[0])
    return [(line, found[key]) for line, key in lines for _ in range(times[key])]


def is_written(value: Any, is_record: Callable[[Any], bool]) -> bool:
    """Tell whether a value is a record, of which parts may be unknown."""
    if isinstance(value, (list, tuple)) and len(value) == 2:
        text, annotations = value
        if isinstance(text, str) and isinstance(annotations, dict):
            return not annotations or bool(ANNOTATIONS & {*annotations})
    return isinstance(value, (list, tuple, dict)) and is_record(value)


def is_made(value: Any) -> bool:
    """Tell whether a value is a record of a text that is not known."""
    return (
        isinstance(value, (list, tuple))
        and len(value) == 2
        and isinstance(value[0], Unknown)
        and isinstance(value[1], dict)
        and bool(ANNOTATIONS & {*value[1]})
    )
