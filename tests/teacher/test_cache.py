import random
import warnings
from pathlib import Path
from typing import Any, List

import pytest
import spacy
from spacy.tokens import Doc

from spacy_rehearsal.teacher.cache import PredictionCache, split_into_shards
from tests.util import get_ents, make_doc

MODEL = {"weights": "abc"}
ATTRS = ["ENT_IOB", "ENT_TYPE"]
TEXTS = ["Ann lives in Oslo.", "Bo left."]


@pytest.fixture
def docs() -> List[Doc]:
    return [
        make_doc(TEXTS[0], ("Ann", "PERSON"), ("Oslo", "GPE")),
        make_doc(TEXTS[1], ("Bo", "PERSON")),
    ]


@pytest.mark.parametrize("on_disk", [False, True])
def test_remembers_by_model_and_texts(
    docs: List[Doc], on_disk: bool, tmp_path: Path
) -> None:
    cache_dir = tmp_path if on_disk else None
    vocab = spacy.blank("en").vocab
    cache = PredictionCache(MODEL, attrs=ATTRS, cache_dir=cache_dir)
    assert cache.get(TEXTS, vocab) is None
    cache.put(TEXTS, docs)
    remembered = cache.get(TEXTS, vocab)
    assert remembered is not None
    assert [get_ents(doc) for doc in remembered] == [get_ents(doc) for doc in docs]
    assert cache.get(TEXTS[:1], vocab) is None
    other = PredictionCache({"weights": "xyz"}, attrs=ATTRS, cache_dir=cache_dir)
    assert other.get(TEXTS, vocab) is None


def get_shards(path: Path) -> List[Path]:
    return sorted(path.rglob("*.spacy"))


@pytest.mark.parametrize("damage", ["cut", "garbage", "other texts", "other model"])
def test_damaged_files_are_reported_once_and_ignored(
    docs: List[Doc], damage: str, tmp_path: Path
) -> None:
    vocab = spacy.blank("en").vocab
    cache = PredictionCache(MODEL, attrs=ATTRS, cache_dir=tmp_path)
    cache.put(TEXTS, docs)
    cache.put(TEXTS[:1], docs[:1])
    cache.put(TEXTS[1:], docs[1:])
    if damage == "other model":
        other_dir = tmp_path / "other"
        other = PredictionCache({"weights": "x"}, attrs=ATTRS, cache_dir=other_dir)
        other.put(TEXTS[:1], docs[:1])
        (foreign,) = get_shards(other_dir)
    for path in get_shards(tmp_path / cache.model_key):
        data = path.read_bytes()
        if damage == "cut":
            path.write_bytes(data[: len(data) // 2])
        elif damage == "garbage":
            path.write_bytes(random.Random(0).randbytes(500))
        elif damage == "other texts":
            path.write_bytes(get_shards(tmp_path)[-1].read_bytes())
        else:
            path.write_bytes(foreign.read_bytes())
    if damage == "other texts":
        get_shards(tmp_path)[-1].unlink()
    with pytest.warns(UserWarning, match="prediction cache") as record:
        for texts in (TEXTS, TEXTS[:1], TEXTS[1:]):
            assert cache.get(texts, vocab) is None
    assert len(record) == 1
    cache.put(TEXTS, docs)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache.get(TEXTS, vocab) is not None


def test_no_half_written_file_stays(
    docs: List[Doc], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = PredictionCache(MODEL, attrs=ATTRS, cache_dir=tmp_path)

    def interrupt(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        cache.put(TEXTS, docs)
    assert [path.name for path in tmp_path.rglob("*.*")] == ["manifest.json"]


def test_shards_stay_the_same_around_an_added_text() -> None:
    texts = [f"text number {i}" for i in range(5000)]
    shards = list(split_into_shards(texts, mean_size=50))
    assert [text for shard in shards for text in shard] == texts
    assert 60 < len(shards) < 160
    changed = list(
        split_into_shards([*texts[:2000], "new", *texts[2000:]], mean_size=50)
    )
    known = {tuple(shard) for shard in shards}
    assert sum(tuple(shard) not in known for shard in changed) <= 2


def test_shards_are_limited_in_texts_and_characters() -> None:
    texts = ["x" * 1000] * 300
    assert max(map(len, split_into_shards(texts, max_size=70))) <= 70
    assert max(map(len, split_into_shards(texts, max_chars=10_000))) == 10
