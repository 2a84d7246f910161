import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any, List, Tuple

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Example
from spacy.util import minibatch, registry
from thinc.api import Config, ConfigValidationError

from spacy_rehearsal.base_pipeline import find_needed_components
from spacy_rehearsal.growth.registry import get_growth
from spacy_rehearsal.teacher.cache import split_into_shards
from spacy_rehearsal.teacher.teacher import Teacher
from tests.util import BASE_MODEL, EXAMPLES, get_ents, make_doc

TEXTS = [
    r["text"] for r in srsly.read_jsonl(EXAMPLES / "websites" / "assets" / "raw.jsonl")
]


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """A pipeline in which ner and tagger listen to a shared tok2vec."""
    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec")
    listener = {
        "model": {
            "tok2vec": {
                "@architectures": "spacy.Tok2VecListener.v1",
                "width": 96,
                "upstream": "tok2vec",
            }
        }
    }
    tagger: Any = nlp.add_pipe("tagger", config=listener)
    tagger.add_label("NOUN")
    nlp.add_pipe("sentencizer")
    ner: Any = nlp.add_pipe("ner", config=listener)
    ner.add_label("PERSON")
    nlp.initialize()
    nlp.to_disk(tmp_path / "tiny")
    return tmp_path / "tiny"


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards so small that few texts make several."""
    small = partial(split_into_shards, mean_size=32)
    monkeypatch.setattr("spacy_rehearsal.teacher.teacher.split_into_shards", small)


def count_predictions(teacher: Teacher, monkeypatch: pytest.MonkeyPatch) -> list:
    """Record the texts that the teacher really predicts."""
    predicted: list = []
    pipe = teacher.nlp.pipe

    def counting_pipe(texts: List[str], **kwargs: Any) -> Any:
        texts = list(texts)
        predicted.extend(texts)
        return pipe(texts, **kwargs)

    monkeypatch.setattr(teacher.nlp, "pipe", counting_pipe)
    return predicted


def test_scores_what_a_listening_component_decides(tiny_model: Path) -> None:
    nlp = spacy.load(tiny_model)
    example = Example(
        nlp.make_doc("Ann left."), make_doc("Ann left.", ("Ann", "PERSON"))
    )
    with nlp.select_pipes(enable=["tok2vec", "ner"]):
        sgd = nlp.resume_training()
        for _ in range(20):
            nlp.update([example], sgd=sgd)
    nlp.to_disk(tiny_model)
    teacher = Teacher(tiny_model)
    texts = ["Ann sleeps.", *TEXTS[:4]]
    docs = [nlp.make_doc(text) for text in texts]
    steps = teacher.get_network("ner").predict(docs)
    assert not any(doc.tensor.any() or doc.ents for doc in docs)
    ner: Any = nlp.get_pipe("ner")
    states = unfinished = ner.moves.init_batch(docs)
    while unfinished:
        unfinished = ner.transition_states(unfinished, steps.predict(unfinished))
    ner.set_annotations(docs, states)
    expected = [get_ents(doc) for doc in nlp.pipe(texts)]
    assert any(expected)
    assert [get_ents(doc) for doc in docs] == expected


def test_encodes_a_text_once(
    base: Language, teacher: Teacher, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = teacher.get_network("ner")
    growth = get_growth(teacher.nlp.get_pipe_config("ner"))
    assert growth is not None
    ner: Any = teacher.nlp.get_pipe("ner")
    encoder = growth.get_encoder(ner.model)
    encode = encoder._func
    n_encoded: List[int] = []

    def count(model: Any, docs: Any, is_train: bool) -> Any:
        n_encoded.append(len(docs))
        return encode(model, docs, is_train)

    monkeypatch.setattr(encoder, "_func", count)
    silver = list(teacher.predict(TEXTS[:8]))
    network.predict([base.make_doc(text) for text in TEXTS[:8]])
    assert sum(n_encoded) == 8
    for doc, expected in zip(silver, base.pipe(TEXTS[:8])):
        assert get_ents(doc) == get_ents(expected)


def test_predicts_what_the_base_model_predicts(
    teacher: Teacher, base: Language
) -> None:
    silver = list(teacher.predict(TEXTS[:40]))
    assert [doc.text for doc in silver] == TEXTS[:40]
    for doc, expected in zip(silver, base.pipe(TEXTS[:40])):
        assert get_ents(doc) == get_ents(expected)
    assert silver[0].vocab is not base.vocab


def test_loads_only_what_the_annotations_need(
    teacher: Teacher, tiny_model: Path
) -> None:
    assert teacher.nlp.component_names == ["ner"]
    tiny = Teacher(tiny_model)
    assert tiny.nlp.component_names == ["tok2vec", "ner"]
    doc, full_doc = next(tiny.predict(TEXTS[:1])), spacy.load(tiny_model)(TEXTS[0])
    assert get_ents(doc) == get_ents(full_doc)


def test_finds_components_that_listen_to_any_upstream() -> None:
    config = {
        "nlp": {"pipeline": ["transformer", "senter", "ner"]},
        "components": {
            "transformer": {"factory": "transformer"},
            "senter": {"factory": "senter"},
            "ner": {
                "model": {"tok2vec": {"@architectures": "x", "upstream": "*"}},
            },
        },
    }
    assert find_needed_components(config, ["ner"]) == ["transformer", "ner"]


def test_remembers_within_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    teacher = Teacher(BASE_MODEL)
    predicted = count_predictions(teacher, monkeypatch)
    first = [get_ents(doc) for doc in teacher.predict(TEXTS[:30])]
    assert predicted == TEXTS[:30]
    assert [get_ents(doc) for doc in teacher.predict(TEXTS[:30])] == first
    assert predicted == TEXTS[:30]


def test_remembers_on_disk_across_runs(
    tmp_path: Path, small_shards: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = TEXTS[:200]
    list(Teacher(BASE_MODEL, cache_dir=tmp_path).predict(texts))
    teacher = Teacher(BASE_MODEL, cache_dir=tmp_path)
    predicted = count_predictions(teacher, monkeypatch)
    again = [get_ents(doc) for doc in teacher.predict(texts)]
    assert predicted == []
    fresh = [get_ents(doc) for doc in Teacher(BASE_MODEL).predict(texts)]
    assert again == fresh
    list(teacher.predict(["A text that Ann wrote.", *texts]))
    assert 0 < len(predicted) < len(texts)


def test_damaged_cache_is_rebuilt(
    tmp_path: Path, small_shards: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = TEXTS[:200]
    list(Teacher(BASE_MODEL, cache_dir=tmp_path).predict(texts))
    shards = sorted(tmp_path.rglob("*.spacy"))
    assert len(shards) > 2
    shards[0].write_bytes(b"not a DocBin")
    teacher = Teacher(BASE_MODEL, cache_dir=tmp_path)
    predicted = count_predictions(teacher, monkeypatch)
    with pytest.warns(UserWarning, match=shards[0].name):
        list(teacher.predict(texts))
    assert 0 < len(predicted) < len(texts)
    predicted.clear()
    list(teacher.predict(texts))
    assert predicted == []


def test_other_weights_have_other_predictions(tiny_model: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    list(Teacher(tiny_model, cache_dir=cache).predict(TEXTS[:5]))
    nlp = spacy.load(tiny_model)
    ner: Any = nlp.get_pipe("ner")
    for node in ner.model.walk():
        for name in node.param_names:
            if node.has_param(name):
                node.set_param(name, node.get_param(name) + 0.5)
    nlp.to_disk(tiny_model)
    list(Teacher(tiny_model, cache_dir=cache).predict(TEXTS[:5]))
    assert len(list(cache.iterdir())) == 2


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"Ann {i} left" for i in range(2500)]
    cache = tmp_path / "cache"
    # waits to be killed in the middle, however slow or fast the machine is
    code = (
        "import time\n"
        "from spacy_rehearsal import Teacher\n"
        "def read():\n"
        "    yield from (f'Ann {i} left' for i in range(2000))\n"
        "    time.sleep(600)\n"
        f"teacher = Teacher({str(tiny_model)!r}, cache_dir={str(cache)!r})\n"
        "for _ in teacher.predict(read()): pass"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    while process.poll() is None and not list(cache.rglob("*.spacy")):
        time.sleep(0.01)
    process.kill()
    _, stderr = process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert b"Predicting with" in stderr
    kept = [DocBin().from_disk(path) for path in cache.rglob("*.spacy")]
    teacher = Teacher(tiny_model, cache_dir=cache)
    predicted = count_predictions(teacher, monkeypatch)
    found = [(doc.text, get_ents(doc)) for doc in teacher.predict(texts)]
    assert 0 < len(predicted) == len(texts) - sum(map(len, kept)) < len(texts)
    fresh = Teacher(tiny_model).predict(texts)
    assert found == [(doc.text, get_ents(doc)) for doc in fresh]


def test_its_vocab_stops_growing(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spacy_rehearsal.teacher.vocab_limit.MAX_NEW_STRINGS", 400)
    teacher = Teacher(tiny_model)
    n_strings = len(teacher.nlp.vocab.strings)
    texts = [f"Ann left at a{i}x" for i in range(1200)]
    expected = [get_ents(doc) for doc in spacy.load(tiny_model).pipe(texts)]
    found: List[List[Tuple[str, str]]] = []
    for shard in minibatch(texts, 200):
        docs = teacher.predict_shard(shard)
        assert [doc.text for doc in docs] == shard
        found.extend(map(get_ents, docs))
        # what fills the vocab, and what is new in the shard after that
        assert len(teacher.nlp.vocab.strings) < n_strings + 800
    assert found == expected
    assert sum(map(teacher.count_words, texts)) == 4 * len(texts)
    assert len(teacher.nlp.vocab.strings) < n_strings + 800


def test_goes_on_when_its_files_change_or_go(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spacy_rehearsal.teacher.vocab_limit.MAX_NEW_STRINGS", 10)
    path = tmp_path / "model"
    shutil.copytree(tiny_model, path)
    teacher = Teacher(path)
    texts = [f"Ann left at a{i}x" for i in range(100)]
    expected = [get_ents(doc) for doc in teacher.predict(texts)]
    assert teacher.vocab_limit.is_reached
    shutil.rmtree(path)
    found = teacher.predict_shard(texts)
    assert [get_ents(doc) for doc in found] == expected


def test_remembers_what_each_set_of_components_predicts(
    token_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what is not in doc.ents, and never in place of another set of them."""
    texts = ["Ann sells mugs .", "It rained . Joe runs in Oslo ."]
    fresh = list(spacy.load(token_model).pipe(texts))
    for names in (["tagger"], ["tagger", "parser"], ["ner"]):
        first = Teacher(token_model, components=names, cache_dir=tmp_path)
        assert count_predictions(first, monkeypatch) == []
        list(first.predict(texts))
        again = Teacher(token_model, components=names, cache_dir=tmp_path)
        predicted = count_predictions(again, monkeypatch)
        docs = list(again.predict(texts))
        assert predicted == []
        for doc, expected in zip(docs, fresh):
            tags, heads = [t.tag_ for t in expected], [t.head.i for t in expected]
            assert ([t.tag_ for t in doc] == tags) == ("tagger" in names)
            assert ([t.head.i for t in doc] == heads) == ("parser" in names)
            assert (get_ents(doc) == get_ents(expected)) == ("ner" in names)
    assert len(list(tmp_path.iterdir())) == 3


def test_one_teacher_serves_all_blocks_with_equal_settings(tiny_model: Path) -> None:
    text = (
        '[one]\n@misc = "spacy-rehearsal.Teacher.v1"\n'
        f'base_model = "{tiny_model}"\n[two]\n@misc = "spacy-rehearsal.Teacher.v1"\n'
        f'base_model = "{tiny_model}"'
    )
    first = registry.resolve(Config().from_str(text))
    assert first["one"] is first["two"]
    shutil.copyfile(tiny_model / "meta.json", tiny_model / "meta.json.new")
    os.replace(tiny_model / "meta.json.new", tiny_model / "meta.json")
    assert registry.resolve(Config().from_str(text))["one"] is not first["one"]


def test_says_what_it_cannot_do(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match="can't be rehearsed yet"):
        Teacher(tiny_model, components=["sentencizer"])
    nlp = spacy.load(tiny_model, exclude=["ner"])
    nlp.to_disk(tmp_path / "no_ner")
    with pytest.raises(ConfigValidationError, match="has no entity recognizer"):
        Teacher(tmp_path / "no_ner")
    with pytest.raises(ConfigValidationError, match="has no component 'ner'"):
        Teacher(tmp_path / "no_ner", components=["ner"])
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigValidationError, match="cache_dir"):
        Teacher(tiny_model, cache_dir=tmp_path / "file")
