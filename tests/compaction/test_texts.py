from itertools import islice
from pathlib import Path
from typing import List

import pytest
import srsly

from spacy_rehearsal.compaction import texts as texts_module
from spacy_rehearsal.compaction.texts import Texts
from spacy_rehearsal.readers.raw_text.corpus import RawCorpus
from spacy_rehearsal.readers.sampling import get_split
from spacy_rehearsal.teacher.teacher import Teacher

RAW = [f"Raw text {i} ." for i in range(400)]
GOLD = [f"Gold text {i} ." for i in range(40)]


@pytest.fixture
def texts(token_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Texts:
    monkeypatch.setattr(texts_module, "MIN_RAW", 100)
    monkeypatch.setattr(texts_module, "MAX_HELD_OUT", 80)
    srsly.write_jsonl(tmp_path / "raw.jsonl", [{"text": text} for text in RAW])
    gold = [[text, {"entities": []}] for text in GOLD]
    srsly.write_jsonl(tmp_path / "gold.jsonl", gold)
    teacher = Teacher(token_model)
    return Texts(RawCorpus(tmp_path / "raw.jsonl"), [tmp_path / "gold.jsonl"], teacher)


def pick_gold(texts: List[str]) -> List[str]:
    return [text for text in texts if text.startswith("Gold")]


def test_an_epoch_has_all_gold_and_the_next_raw_texts(texts: Texts) -> None:
    epochs = [list(texts.read_epoch()) for _ in range(20)]
    gold = [text for text in GOLD if get_split(text) == "train"]
    raw = [text for text in RAW if get_split(text) == "train"]
    for epoch in epochs:
        assert pick_gold(epoch) == gold
        assert len(epoch) == 2 * len(gold)
    seen = [text for epoch in epochs for text in epoch[len(gold) :]]
    assert seen[: len(raw)] == raw
    assert seen[len(raw) : 2 * len(raw)] == list(islice(raw, len(seen) - len(raw)))


def test_what_is_held_out_is_in_no_epoch(texts: Texts) -> None:
    held_out = texts.draw_held_out(seed=0)
    assert len(held_out) == 20
    assert {get_split(text) for text in held_out} == {"dev"}
    assert set(held_out) <= {*RAW, *GOLD}
    assert held_out == texts.draw_held_out(seed=0) != texts.draw_held_out(seed=1)
