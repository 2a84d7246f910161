"""WebAnno TSV, which INCEpTION exports."""

from pathlib import Path
from typing import List

import pytest

from spacy_rehearsal.readers.formats.annotated import Annotated
from spacy_rehearsal.readers.formats.registry import read_annotated

ENTITY_LAYER = (
    "#T_SP=webanno.custom.Mood|mood\n"
    "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value\n"
    "#T_RL=webanno.custom.Link|label|BT_webanno.custom.Mood\n"
)


def read_lines(tmp_path: Path, layers: str, *lines: str) -> List[Annotated]:
    path = tmp_path / "a.tsv"
    content = "\n".join([f"#FORMAT=WebAnno TSV 3.3\n{layers}\n", *lines, ""])
    path.write_text(content, encoding="utf8")
    return list(read_annotated(path))


def test_named_entities(tmp_path: Path) -> None:
    """An emoji counts as two in the offsets, which go on from sentence to sentence."""
    found = read_lines(
        tmp_path,
        ENTITY_LAYER,
        "#Text=🎉 Lena Berg left",
        "1-1\t0-2\t🎉\t_\t_\t_\t_\t_\t",
        "1-2\t3-7\tLena\tglad\t*[1]\tPERSON[1]\t_\t_\t",
        "1-3\t8-12\tBerg\t_\t*[1]\tPERSON[1]\t_\t_\t",
        "1-4\t13-17\tleft\t_\t_\t_\t_\t_\t",
        "",
        "#Text=Bosch \\\\ ok",
        "2-1\t18-23\tBosch\t_\tQ1\tORG\\_X\t_\t_\t",
        "2-2\t24-25\t\\\\\t_\t_\t_\t_\t_\t",
        "2-3\t26-28\tok\t_\t_\t_\t_\t_\t",
    )
    assert [annotated.text for annotated in found] == [
        "🎉 Lena Berg left",
        "Bosch \\ ok",
    ]
    assert [annotated.entities for annotated in found] == [
        [(2, 11, "PERSON")],
        [(0, 5, "ORG_X")],
    ]


@pytest.mark.parametrize(
    ("cells", "entities"),
    [
        (["PER[1]|FIRST[2]", "PER[1]"], [(0, 9, "PER"), (0, 4, "FIRST")]),
        (["PER", "PER"], [(0, 4, "PER"), (5, 9, "PER")]),
        (["PER[1]", "PER[2]"], [(0, 4, "PER"), (5, 9, "PER")]),
        (["_", "_"], []),
    ],
)
def test_a_layer_of_ones_own(
    cells: List[str], entities: List[object], tmp_path: Path
) -> None:
    [annotated] = read_lines(
        tmp_path,
        "#T_SP=webanno.custom.Thing|kind\n",
        "#Text=Lena Berg",
        f"1-1\t0-4\tLena\t{cells[0]}\t",
        f"1-2\t5-9\tBerg\t{cells[1]}\t",
    )
    assert annotated.entities == entities


def test_lines_that_are_no_words_are_passed_over(tmp_path: Path) -> None:
    [annotated] = read_lines(
        tmp_path,
        "#T_SP=webanno.custom.Thing|kind\n",
        "#Text=Lena Berg",
        "1-1\tx-y\tLena\tPER\t",
        "1-2",
        "1-3\t5-9\tBerg\tPER\t",
    )
    assert annotated.text == "Lena Berg"
