from pathlib import Path
from typing import Any, List

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from tests.kinds.util import VALUES, get_model, make_kind, read
from tests.util import SENTENCES, make_example

ANN, RAIN, JOE = SENTENCES


@pytest.mark.parametrize("component", VALUES)
def test_annotates_raw_text_and_docs_without_annotation(
    request: pytest.FixtureRequest, component: str
) -> None:
    model = get_model(request, component)
    nlp = spacy.load(model)
    expected = make_example(nlp, ANN, RAIN).reference
    blank = nlp.make_doc(expected.text)

    def raw(nlp: Language) -> List[Example]:
        return [Example(blank, blank)]

    gold = nlp.make_doc(f"{expected.text} Joe")  # the gold's own text is no raw text
    examples = read(nlp, model, component, [gold], raw=raw, ratio=0.5)
    get_value = VALUES[component]
    values = [get_value(token) for token in expected]
    assert len(examples) == 2
    for example in examples:
        assert [
            get_value(token) for token in example.reference[: len(values)]
        ] == values
        assert not any(token.tag or token.dep for token in example.predicted)


def test_a_token_keeps_its_gold_value(token_model: Path) -> None:
    nlp = spacy.load(token_model)
    gold = nlp.make_doc("Ann sells mugs .")
    gold[2].tag_ = "NEW"
    gold[1].lemma_ = "sells"
    [example] = read(nlp, token_model, "tagger", [gold])
    assert [t.tag_ for t in example.reference] == ["NNP", "VBZ", "NEW", "."]
    assert [t.lemma_ for t in example.reference] == ["", "sells", "", ""]


def test_half_of_a_morphology_is_completed_where_the_teacher_agrees(
    token_model: Path,
) -> None:
    nlp = spacy.load(token_model)
    gold = nlp.make_doc("Ann sells mugs .")
    gold[0].pos_ = "PROPN"
    gold[1].pos_ = "NOUN"
    mugs: Any = gold[2]
    mugs.set_morph("Number=Plur")
    [example] = read(nlp, token_model, "morphologizer", [gold])
    pos = [token.pos_ for token in example.reference]
    assert pos == ["PROPN", "NOUN", "NOUN", "PUNCT"]
    assert str(example.reference[0].morph) == "Number=Sing"
    assert not example.reference[1].has_morph()
    kind = make_kind("morphologizer")
    labels = kind.get_labels(nlp.get_pipe("morphologizer"), example.reference)
    assert list(labels)[:2] == ["Number=Sing|POS=PROPN", ""]


def test_lemmas_that_need_another_edit_tree_are_missing(
    token_model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nlp = spacy.load(token_model)
    gold = nlp.make_doc("Ann sells mugs .")
    gold[1].lemma_ = "vend"
    gold[2].lemma_ = "mugs"
    with caplog.at_level("WARNING", logger="spacy"):
        [example] = read(nlp, token_model, "trainable_lemmatizer", [gold])
    assert [t.lemma_ for t in example.reference] == ["Ann", "", "mugs", "."]
    assert "1 lemmas of the gold need an edit tree" in caplog.text


def test_new_edit_trees_are_added_and_saved(token_model: Path, tmp_path: Path) -> None:
    nlp = spacy.load(token_model)
    pipe: Any = nlp.get_pipe("trainable_lemmatizer")
    kind = make_kind("trainable_lemmatizer")
    gold = nlp.make_doc("Ann sells mugs .")
    gold[1].lemma_ = "vend"
    [label] = kind.get_labels(pipe, gold)
    assert label not in kind.get_known_labels(pipe)
    kind.add_label(pipe, label)
    assert label in kind.get_known_labels(pipe)
    examples = read(nlp, token_model, "trainable_lemmatizer", [gold])
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.01
    with nlp.select_pipes(enable=["tok2vec", "trainable_lemmatizer"]):
        for _ in range(15):
            nlp.update(examples, sgd=optimizer)
    nlp.to_disk(tmp_path)
    lemmas = [token.lemma_ for token in spacy.load(tmp_path)("Ann sells mugs .")]
    assert lemmas == ["Ann", "vend", "mug", "."]


def test_reading_the_labels_of_lemmas_leaves_the_lemmatizer_as_it_is(
    token_model: Path,
) -> None:
    """It would keep and save every edit tree that it ever made."""
    nlp = spacy.load(token_model)
    pipe: Any = nlp.get_pipe("trainable_lemmatizer")
    before = pipe.trees.to_bytes()
    gold = nlp.make_doc("Ann sells mugs .")
    gold[1].lemma_ = "vend"
    assert len(list(make_kind("trainable_lemmatizer").get_labels(pipe, gold))) == 1
    read(nlp, token_model, "trainable_lemmatizer", [gold])
    assert pipe.trees.to_bytes() == before


def test_tags_that_are_known_to_be_wrong_are_no_labels(token_model: Path) -> None:
    nlp = spacy.load(token_model)
    doc = nlp.make_doc("Ann sells mugs .")
    doc[0].tag_, doc[1].tag_ = "NNP", "!NNS"
    assert make_kind("tagger").get_labels(nlp.get_pipe("tagger"), doc) == ["NNP", ""]


def test_a_sourced_lemmatizer_learns(token_model: Path) -> None:
    """spaCy alone trains every word to be lemmatized as the first one."""
    nlp = spacy.load(token_model)
    gold = [make_example(nlp, sentence).reference for sentence in SENTENCES]
    examples = read(nlp, token_model, "trainable_lemmatizer", gold)
    with nlp.select_pipes(enable=["tok2vec", "trainable_lemmatizer"]):
        optimizer = nlp.resume_training()
        for _ in range(10):
            nlp.update(examples, sgd=optimizer)
        assert nlp.evaluate(examples)["lemma_acc"] == 1.0


def test_aligns_by_characters(token_model: Path, senter_model: Path) -> None:
    nlp = spacy.load(token_model)
    words = ["Ann sells", "mugs", ".", "It", "rained", "."]
    gold = Doc(nlp.vocab, words=words)
    gold[1].tag_ = "NEW"
    for component in ("tagger", "parser"):
        [example] = read(nlp, token_model, component, [gold])
        doc = example.reference
        assert [t.text for t in doc] == words
        tags = ["", "NEW", ".", "PRP", "VBD", "."]
        assert component != "tagger" or [t.tag_ for t in doc] == tags
        deps = ["", "dobj", "punct", "nsubj", "ROOT", "punct"]
        assert component != "parser" or [t.dep_ for t in doc] == deps
        assert component != "parser" or [s.start for s in doc.sents] == [0, 3]
    [example] = read(spacy.load(senter_model), senter_model, "senter", [gold])
    assert [sent.start for sent in example.reference.sents] == [0, 3]


@pytest.mark.parametrize(
    "component,label",
    [
        ("tagger", "NEW"),
        ("morphologizer", "Mood=Imp|POS=VERB"),
        ("parser", "goods"),
    ],
)
def test_new_labels_are_added_and_saved(
    token_model: Path, tmp_path: Path, component: str, label: str
) -> None:
    nlp = spacy.load(token_model)
    text = "Ann sells mugs . It rained ."
    expected = [VALUES[component](token) for token in nlp(text)]
    add_label: Any = make_kind(component).add_label
    add_label(nlp.get_pipe(component), label)
    assert label in nlp.pipe_labels[component]
    assert [VALUES[component](token) for token in nlp(text)] == expected
    example = make_example(nlp, ANN)
    example.reference[2].tag_ = "NEW"
    example.reference[2].dep_ = "goods"
    example.reference[2].pos_ = "VERB"
    mugs: Any = example.reference[2]
    mugs.set_morph("Mood=Imp")
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.01
    with nlp.select_pipes(enable=["tok2vec", component]):
        for _ in range(15):
            nlp.update([example], sgd=optimizer)
    nlp.to_disk(tmp_path)
    learned = VALUES[component](spacy.load(tmp_path)("Ann sells mugs .")[2])
    assert learned == VALUES[component](example.reference[2])
    assert learned != expected[2]


def test_short_texts_are_no_sentence_annotation() -> None:
    nlp = spacy.blank("en")
    get_labels = make_kind("senter").get_labels
    assert [list(get_labels(None, nlp(text))) for text in ("", "Yes", "Yes it is")] == [
        [],
        [],
        [],
    ]
    doc = Doc(nlp.vocab, words=["Yes", "it", "is"], sent_starts=[True, False, False])
    assert list(get_labels(None, doc)) == [""]
