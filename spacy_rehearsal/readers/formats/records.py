"""The records of a file: a line each, or the elements of a list."""

import ast
import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

from ...errors import config_error
from ...files import ANNOTATION_TYPES as FILE_TYPES
from ...files import decode_lines, find_files


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
