"""The records of a Python file, which is not run."""

from pathlib import Path
from typing import List

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.formats.annotated import Annotated
from spacy_rehearsal.readers.formats.registry import read_annotated
from spacy_rehearsal.readers.formats.tally import Tally
from tests.readers.formats.util import ENTITIES, TEXT

SPANS = '[(0, 4, "PERSON"), (20, 24, "WEBSITE")]'
RECORD = f'("{TEXT}", {{"entities": {SPANS}}})'
OTHER = '("Lena left", {"entities": [(0, 4, "PERSON")]})'


def read_source(tmp_path: Path, source: str, name: str = "data.py") -> List[Annotated]:
    path = tmp_path / name
    path.write_text(source, encoding="utf8")
    return list(read_annotated(path))


def test_tuples_in_python(tmp_path: Path) -> None:
    [annotated] = read_source(
        tmp_path,
        f"import random\n\nDATA = [\n    {RECORD},\n]\nrandom.shuffle(DATA)\n",
    )
    assert annotated.entities == ENTITIES
    assert annotated.place == f"{tmp_path / 'data.py'}, line 4"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (f"A = []\nA.append({RECORD})\nA.append({RECORD})", [2, 3]),
        (f"A = []\nA.extend([{RECORD},\n{RECORD}])", [2, 3]),
        (f"A = [{RECORD}]\nA += [{RECORD}]", [1, 2]),
        (f"A = [{RECORD}]\nB = [{RECORD}]\nC = A + B", [1, 2]),
        (f"A = [{RECORD}]\nB = [*A,\n{RECORD}]\nC = list(B)", [1, 3]),
        (f"A = [{RECORD}] * 3", [1, 1, 1]),
        (f"A = 2 * [{RECORD}]\nB = A[:1]", [1, 1]),
        (f"from typing import Any\nA: list[Any] = [{RECORD}]", [2]),
        (f"A = ({RECORD},\n{RECORD})", [1, 2]),
        (f'A = {{"train": [{RECORD}],\n"dev": [{RECORD}]}}', [1, 2]),
        (f'A = {{}}\nA["train"] = [{RECORD}]', [2]),
        (f"A = dict(train=[{RECORD}])", [1]),
        (f"def load():\n    a = [{RECORD}]\n    return a", [2]),
        (f"def load():\n    return [\n{RECORD}]", [3]),
        (f"def load(a=[{RECORD}]):\n    yield {RECORD}", [1, 2]),
        (f"class Data:\n    def a(self):\n        self.x = [{RECORD}]", [3]),
        (f"class Data:\n    a = []\n    a.append({RECORD})", [3]),
        (f'A = []\nif __name__ == "__main__":\n    A.append({RECORD})', [3]),
        (f"try:\n    A = [{RECORD}]\nexcept OSError:\n    A = []", [2]),
        (f"with open('a') as f:\n    A = [{RECORD}]", [2]),
        (f"one = {RECORD}\nA = [one]", [1]),
        (f"train(nlp, [{RECORD}], n=3)", [1]),
        (f"A, B = [{RECORD}], [\n{RECORD}]", [1, 2]),
        (f'A = [("{TEXT}", {SPANS})]', [1]),
        (f'T = ["{TEXT}"]\nE = [{{"entities": {SPANS}}}]\nA = list(zip(T, E))', [3]),
        (f'A = [{{"text": "{TEXT}", "entities": {SPANS}}}]', [1]),
        (f'A = [("{TEXT[:9]}" + "{TEXT[9:]}", {{"entities": {SPANS}}})]', [1]),
        (f'END = "{TEXT[5:]}"\nA = [(f"Lena {{END}}", {{"entities": {SPANS}}})]', [2]),
        # lists of something else beside it
        (f'A = [["a mill", "a barn"], ["a hut", "a shed"]]\nB = [{RECORD}]', [2]),
        (f'A = [{{"label": "X", "pattern": "old mill"}}]\nB = [{RECORD}]', [2]),
        (f'A = [("X", 3), ("Y", 4)]\nB = [{RECORD}]\nC = [t for t, _ in B]', [2]),
        (f"A = [{RECORD}]\nfor text, _ in A:\n    docs.append((text, 1))", [1]),
    ],
)
def test_records_however_they_are_put_together(
    source: str, lines: List[int], tmp_path: Path
) -> None:
    found = read_source(tmp_path, source)
    assert [int(a.place.rpartition(" ")[2]) for a in found] == lines
    assert all(annotated.entities == ENTITIES for annotated in found)


def test_a_tuple_a_line_in_a_text_file(tmp_path: Path) -> None:
    for content in (
        f"{RECORD},\n{OTHER},\n",
        f"{RECORD}\n{OTHER}",
        f"[{RECORD},\n{OTHER}]",
    ):
        found = read_source(tmp_path, content, "data.txt")
        assert [annotated.text for annotated in found] == [TEXT, "Lena left"]
        assert found[0].entities == ENTITIES


def test_a_line_that_is_no_tuple(tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match="line 2: is neither JSON nor a li"):
        read_source(tmp_path, f"{RECORD}\n('Lena', {{\n", "data.txt")


def test_tuples_with_a_constant_for_the_label(tmp_path: Path) -> None:
    path = tmp_path / "train_data.py"
    path.write_text(
        'LABELS = ["PERSON", "WEBSITE"]\n'
        'WORKER = "PERSON"\nSHOP = WEBSHOP = "WEBSITE"\n'
        f'TRAIN_DATA = [("{TEXT}", {{"entities": [(0, 4, WORKER), (20, 24, SHOP)]}})]\n'
        'WORKER = input("Label? ")\nMORE = [("Lena", {"entities": [(0, 4, WORKER)]})]\n'
    )
    found = read_annotated(path)
    assert next(found).entities == ENTITIES
    with pytest.raises(ConfigValidationError, match="line 6: is not written out"):
        next(found)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            'DATA = [\n("Lena", {"entities": [(0, len("Lena"), "PERSON")]})]\n',
            "line 2: is not written out",
        ),
        (
            f'A = [{OTHER}]\nfor t in ["Lena"]:\n  A.append((t, {{"entities": []}}))',
            "line 3: is not written out",
        ),
        (f"A = [{OTHER},\nmake()]", "line 2: is not written out"),
        (
            f"A = [{OTHER}]\ns = ''\nfor line in open('a'):\n"
            "  A.append((s, {'entities': []}))\n  s += line",
            "line 4: is not written out",
        ),
        (f"A = [{OTHER},\n('Lena', 3)]", "line 2: expected an object, found: 3"),
        (f"A = [{OTHER},\n('Lena',)]", r"line 2: expected \[\"text\""),
        ("DATA = [(", "is not valid Python"),
        ("A = " + "(" * 5000 + ")" * 5000, "is not valid Python"),
    ],
)
def test_python_is_not_run(source: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match=message):
        read_source(tmp_path, source)


def test_records_that_code_would_make(tmp_path: Path) -> None:
    path = tmp_path / "data.py"
    path.write_text(
        'A = []\nfor text in open("a.txt"):\n    A.append((text, {"entities": []}))\n'
    )
    tally = Tally()
    assert not list(read_annotated(path, tally=tally))
    [note] = tally.notes
    assert "line 3: makes records that are not written out. Run it" in note


def test_what_would_take_all_memory(tmp_path: Path) -> None:
    [annotated] = read_source(
        tmp_path, f"A = [0] * 10**12\nB = [{RECORD}] * 1\nC = 'a' * 9**9"
    )
    assert annotated.entities == ENTITIES


def test_records_of_one_line_keep_their_order(tmp_path: Path) -> None:
    texts = [f"Lena {i}" for i in range(20)]
    records = [f'("{text}", {{"entities": [(0, 4, "X")]}})' for text in texts]
    found = read_source(tmp_path, f"DATA = [None, {', '.join(records)}]")
    assert [annotated.text for annotated in found] == texts
