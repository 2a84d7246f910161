from pathlib import Path
from typing import Any, List, Tuple

import numpy
import pytest
import spacy
from spacy.attrs import NORM, ORTH, SHAPE, SPACY
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Corpus
from spacy.training.corpus import JsonlCorpus
from spacy.util import fix_random_seed, minibatch

from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.teacher.teacher import Teacher
from spacy_rehearsal.teacher.vocab_limit import VocabLimit

COMPONENTS = ["tagger", "morphologizer", "trainable_lemmatizer", "parser", "ner"]


@pytest.fixture
def no_new_strings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spacy_rehearsal.teacher.vocab_limit.MAX_NEW_STRINGS", 0)
    monkeypatch.setattr("spacy_rehearsal.teacher.vocab_limit.N_DOCS", 3)


def make_new_texts(n_texts: int) -> List[str]:
    return [f"She isn't in room {i}x." for i in range(n_texts)]


def test_docs_are_the_same_beyond_the_limit(
    nlp: Language, no_new_strings: None
) -> None:
    limit = VocabLimit(nlp)
    nlp.vocab.strings.add("the string that reaches the limit")
    for text in make_new_texts(10):
        doc, expected = limit.make_doc(text), nlp.make_doc(text)
        assert doc.text == text
        assert doc[2].norm_ == expected[2].norm_ == "not"
        attrs = [ORTH, NORM, SHAPE, SPACY]
        assert numpy.array_equal(doc.to_array(attrs), expected.to_array(attrs))
        for attr in ("TAG", "DEP", "SENT_START", "ENT_IOB"):
            assert not doc.has_annotation(attr)
        assert doc.vocab is not nlp.vocab
        assert doc.vocab.vectors is nlp.vocab.vectors


def test_vocab_does_not_grow_beyond_the_limit(
    nlp: Language, no_new_strings: None
) -> None:
    limit = VocabLimit(nlp)
    nlp.vocab.strings.add("the string that reaches the limit")
    n_strings = len(nlp.vocab.strings)
    docs = [limit.make_doc(text) for text in make_new_texts(20)]
    assert len(nlp.vocab.strings) == n_strings
    assert [doc.text for doc in docs] == make_new_texts(20)


def test_docs_beyond_the_limit_have_static_vectors(no_new_strings: None) -> None:
    nlp = spacy.blank("en")
    for i, word in enumerate(("She", "room")):
        vector: Any = numpy.full(8, i + 1, dtype="f")
        nlp.vocab.set_vector(word, vector)
    embed = {"@architectures": "spacy.MultiHashEmbed.v2", "width": 8, "rows": [50]}
    embed.update(attrs=["NORM"], include_static_vectors=True)
    encode = {"@architectures": "spacy.MaxoutWindowEncoder.v2", "width": 8}
    encode.update(window_size=1, maxout_pieces=2, depth=1)
    model = {"@architectures": "spacy.Tok2Vec.v2", "embed": embed, "encode": encode}
    tok2vec: Any = nlp.add_pipe("tok2vec", config={"model": model})
    nlp.initialize()
    limit = VocabLimit(nlp)
    nlp.vocab.strings.add("the string that reaches the limit")
    texts = make_new_texts(7)
    found = tok2vec.predict([limit.make_doc(text) for text in texts])
    expected = tok2vec.predict([nlp.make_doc(text) for text in texts])
    for array, expected_array in zip(found, expected):
        assert numpy.array_equal(array, expected_array)


@pytest.mark.slow
def test_training_beyond_the_limit_gives_the_same_weights(
    token_model: Path, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nlp = spacy.load(token_model)
    doc = nlp("Ann sells mugs .")
    DocBin(docs=[doc]).to_disk(tmp_path / "gold.spacy")

    def train() -> Tuple[Language, int]:
        nlp = spacy.load(token_model)
        corpus = RehearsalCorpus(
            Corpus(tmp_path / "gold.spacy"),
            Teacher(token_model, components=COMPONENTS),
            raw=JsonlCorpus(sample / "raw.jsonl"),
            component=COMPONENTS,
            min_silver=500,
        )
        fix_random_seed(0)
        optimizer = nlp.resume_training()
        n_strings = len(nlp.vocab.strings)
        for batch in minibatch(corpus(nlp), 8):
            nlp.update(batch, sgd=optimizer)
        return nlp, len(nlp.vocab.strings) - n_strings

    expected, n_expected = train()
    monkeypatch.setattr("spacy_rehearsal.teacher.vocab_limit.MAX_NEW_STRINGS", 20)
    monkeypatch.setattr("spacy_rehearsal.teacher.vocab_limit.N_DOCS", 3)
    nlp, n_new_strings = train()
    assert n_new_strings < n_expected / 2
    for name in nlp.pipe_names:
        component: Any = nlp.get_pipe(name)
        expected_component: Any = expected.get_pipe(name)
        assert component.model.to_bytes() == expected_component.model.to_bytes()
