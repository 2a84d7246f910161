from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from thinc.api import ConfigValidationError

from spacy_rehearsal.kinds.base import Kind
from spacy_rehearsal.kinds.registry import kinds
from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.teacher.teacher import Teacher
from tests.util import SENTENCES, make_example

ANN, RAIN, JOE = SENTENCES
VALUES: Dict[str, Callable[[Any], Any]] = {
    "tagger": lambda token: token.tag_,
    "morphologizer": lambda token: (token.pos_, str(token.morph)),
    "senter": lambda token: token.is_sent_start,
    "trainable_lemmatizer": lambda token: token.lemma_,
    "parser": lambda token: (token.head.i, token.dep_, token.is_sent_start),
}


def make_kind(factory: str) -> Kind:
    kind: Kind = kinds.get(factory)()
    return kind


def read(nlp: Language, model: Path, component: str, gold: List[Doc], **settings):
    """Complete docs by way of the reader."""

    def reader(nlp):
        return [Example(nlp.make_doc(doc.text), doc) for doc in gold]

    teacher = Teacher(model, components=[component])
    corpus = RehearsalCorpus(
        reader, teacher, component=component, shuffle=False, **settings
    )
    return list(corpus(nlp))


def get_model(request, component: str) -> Path:
    name = "senter_model" if component == "senter" else "token_model"
    return request.getfixturevalue(name)


@pytest.mark.parametrize("component", VALUES)
def test_annotates_raw_text_and_docs_without_annotation(request, component: str):
    model = get_model(request, component)
    nlp = spacy.load(model)
    expected = make_example(nlp, ANN, RAIN).reference
    blank = nlp.make_doc(expected.text)

    def raw(nlp):
        return [Example(blank, blank)]

    examples = read(nlp, model, component, [blank], raw=raw)
    get_value = VALUES[component]
    values = [get_value(token) for token in expected]
    assert len(examples) == 2
    for example in examples:
        assert [get_value(token) for token in example.reference] == values
        assert not any(token.tag or token.dep for token in example.predicted)


def test_a_token_keeps_its_gold_value(token_model: Path):
    nlp = spacy.load(token_model)
    gold = nlp.make_doc("Ann sells mugs .")
    gold[2].tag_ = "NEW"
    gold[1].lemma_ = "sells"
    [example] = read(nlp, token_model, "tagger", [gold])
    assert [t.tag_ for t in example.reference] == ["NNP", "VBZ", "NEW", "."]
    assert [t.lemma_ for t in example.reference] == ["", "sells", "", ""]


def test_half_of_a_morphology_is_completed_where_the_teacher_agrees(token_model: Path):
    nlp = spacy.load(token_model)
    gold = nlp.make_doc("Ann sells mugs .")
    gold[0].pos_ = "PROPN"
    gold[1].pos_ = "NOUN"
    gold[2].set_morph("Number=Plur")
    [example] = read(nlp, token_model, "morphologizer", [gold])
    pos = [token.pos_ for token in example.reference]
    assert pos == ["PROPN", "NOUN", "NOUN", "PUNCT"]
    assert str(example.reference[0].morph) == "Number=Sing"
    assert not example.reference[1].has_morph()
    kind = make_kind("morphologizer")
    labels = kind.get_labels(nlp.get_pipe("morphologizer"), example.reference)
    assert list(labels)[:2] == ["Number=Sing|POS=PROPN", ""]


def test_lemmas_that_need_another_edit_tree_are_missing(token_model: Path, caplog):
    nlp = spacy.load(token_model)
    gold = nlp.make_doc("Ann sells mugs .")
    gold[1].lemma_ = "vend"
    gold[2].lemma_ = "mugs"
    with caplog.at_level("WARNING", logger="spacy"):
        [example] = read(nlp, token_model, "trainable_lemmatizer", [gold])
    assert [t.lemma_ for t in example.reference] == ["Ann", "", "mugs", "."]
    assert "1 lemmas of the gold need an edit tree" in caplog.text


def test_new_edit_trees_are_added_and_saved(token_model: Path, tmp_path: Path):
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
):
    """It would keep and save every edit tree that it ever made."""
    nlp = spacy.load(token_model)
    pipe: Any = nlp.get_pipe("trainable_lemmatizer")
    before = pipe.trees.to_bytes()
    gold = nlp.make_doc("Ann sells mugs .")
    gold[1].lemma_ = "vend"
    assert len(list(make_kind("trainable_lemmatizer").get_labels(pipe, gold))) == 1
    read(nlp, token_model, "trainable_lemmatizer", [gold])
    assert pipe.trees.to_bytes() == before


def test_tags_that_are_known_to_be_wrong_are_no_labels(token_model: Path):
    nlp = spacy.load(token_model)
    doc = nlp.make_doc("Ann sells mugs .")
    doc[0].tag_, doc[1].tag_ = "NNP", "!NNS"
    assert make_kind("tagger").get_labels(nlp.get_pipe("tagger"), doc) == ["NNP", ""]


def test_a_sourced_lemmatizer_learns(token_model: Path):
    """spaCy alone trains every word to be lemmatized as the first one."""
    nlp = spacy.load(token_model)
    gold = [make_example(nlp, sentence).reference for sentence in SENTENCES]
    examples = read(nlp, token_model, "trainable_lemmatizer", gold)
    with nlp.select_pipes(enable=["tok2vec", "trainable_lemmatizer"]):
        optimizer = nlp.resume_training()
        for _ in range(10):
            nlp.update(examples, sgd=optimizer)
        assert nlp.evaluate(examples)["lemma_acc"] == 1.0


def test_a_sentence_is_parsed_by_gold_or_by_the_teacher(token_model: Path):
    nlp = spacy.load(token_model)
    gold = make_example(nlp, ANN, RAIN).reference
    parse: Any = gold.to_array(["HEAD", "DEP"])
    parse[4:] = 0
    parse[2, 1] = nlp.vocab.strings.add("goods")
    gold.from_array(["HEAD", "DEP"], parse)
    [example] = read(nlp, token_model, "parser", [gold])
    doc = example.reference
    assert [t.dep_ for t in doc][2:6] == ["goods", "punct", "nsubj", "ROOT"]
    assert [t.head.i for t in doc] == [1, 1, 1, 1, 5, 5, 5]
    assert [sent.start for sent in doc.sents] == [0, 4]


def test_gold_sentence_borders_win_over_the_teachers_parse(token_model: Path):
    nlp = spacy.load(token_model)
    gold = nlp.make_doc("Ann sells mugs . It rained .")
    gold[2].is_sent_start = True
    [example] = read(nlp, token_model, "parser", [gold])
    doc = example.reference
    assert [t.has_dep() for t in doc] == [False] * 4 + [True] * 3
    assert [sent.start for sent in doc.sents] == [0, 2, 4]


def test_aligns_by_characters(token_model: Path, senter_model: Path):
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
):
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
    example.reference[2].set_morph("Mood=Imp")
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.01
    with nlp.select_pipes(enable=["tok2vec", component]):
        for _ in range(15):
            nlp.update([example], sgd=optimizer)
    nlp.to_disk(tmp_path)
    learned = VALUES[component](spacy.load(tmp_path)("Ann sells mugs .")[2])
    assert learned == VALUES[component](example.reference[2])
    assert learned != expected[2]


def read_categories(model: Path, **gold_cats) -> Dict[str, float]:
    """Complete the categories of a text that the teacher knows as SHOP."""
    nlp = spacy.load(model)
    gold = nlp.make_doc("Ann sells mugs .")
    gold.cats = gold_cats
    [example] = read(nlp, model, model.name, [gold])
    return example.reference.cats


def test_completes_categories(category_model: Path):
    teachers = {"SHOP": 1.0, "WEATHER": 0.0, "SPORT": 0.0}
    assert read_categories(category_model) == teachers
    assert read_categories(category_model, SALE=0.0) == {**teachers, "SALE": 0.0}
    assert read_categories(category_model, WEATHER=0.0) == teachers
    is_exclusive = category_model.name == "textcat"
    with_new = {**teachers, "SHOP": 0.0 if is_exclusive else 1.0, "SALE": 1.0}
    assert read_categories(category_model, SALE=1.0) == with_new
    corrected = read_categories(category_model, SHOP=0.0)
    assert corrected["SHOP"] == 0.0
    assert sum(corrected.values()) == (1.0 if is_exclusive else 0.0)


def test_refuses_categories_that_spacy_does_not_train(category_model: Path):
    nlp = spacy.load(category_model)
    get_labels = make_kind(category_model.name).get_labels
    pipe = nlp.get_pipe(category_model.name)
    doc = nlp.make_doc("Ann sells mugs .")
    doc.cats = {"SHOP": 1.0, "WEATHER": 1.0}
    if category_model.name == "textcat":
        with pytest.raises(ConfigValidationError, match="one at most 1"):
            get_labels(pipe, doc)
    else:
        assert list(get_labels(pipe, doc)) == ["SHOP", "WEATHER"]
    doc.cats = {"SHOP": 0.7}
    with pytest.raises(ConfigValidationError, match="Each must be 0"):
        get_labels(pipe, doc)


def read_spans(model: Path, *spans: Tuple[int, int, str], **settings) -> List:
    nlp = spacy.load(model)
    gold = nlp.make_doc("Ann sells mugs .")
    gold.spans["sc"] = [Span(gold, *span) for span in spans]
    [example] = read(nlp, model, "spancat", [gold], **settings)
    assert list(gold.spans["sc"]) == [Span(gold, *span) for span in spans]
    group = example.reference.spans["sc"]
    return sorted((span.start, span.end, span.label_) for span in group)


def test_completes_spans_with_labels_that_the_gold_does_not_use(spancat_model: Path):
    ann, mugs = (0, 1, "PERSON"), (2, 3, "GOODS")
    action, wrong = (1, 3, "ACTION"), (2, 3, "PERSON")
    assert read_spans(spancat_model) == [ann, mugs]
    assert read_spans(spancat_model, action) == [ann, action, mugs]
    assert read_spans(spancat_model, wrong) == [mugs, wrong]
    assert read_spans(spancat_model, wrong, partial_gold=True) == [ann, mugs, wrong]
    assert read_spans(spancat_model, labels=["GOODS"]) == [mugs]
    mapped = read_spans(spancat_model, action, label_map={"ACTION": "GOODS"})
    assert mapped == [ann, (1, 3, "GOODS")]


def test_settings_that_mean_nothing_to_a_component_are_refused(
    spancat_model: Path, token_model: Path
):
    for model, component in ((spancat_model, "spancat"), (token_model, "tagger")):
        with pytest.raises(ConfigValidationError, match=r"fill_missing.*means nothing"):
            read(spacy.load(model), model, component, [], fill_missing=True)


def test_gold_spans_win_where_spans_exclude_each_other(spancat_model: Path):
    nlp = spacy.load(spancat_model)
    pipe: Any = nlp.get_pipe("spancat")
    silver = nlp("Ann sells mugs .")
    gold = nlp.make_doc(silver.text)
    gold.spans["sc"] = [Span(gold, 2, 3, "NEW"), Span(gold, 0, 2, "NEW")]

    def complete(**cfg) -> List[str]:
        pipe.cfg.update(cfg)
        completion = make_kind("spancat").create_completion(pipe, gold_labels=["NEW"])
        doc = completion(gold, silver)
        return sorted(span.label_ for span in doc.spans["sc"])

    assert complete() == ["GOODS", "NEW", "NEW", "PERSON"]
    assert complete(max_positive=1) == ["NEW", "NEW", "PERSON"]
    assert complete(allow_overlap=False) == ["NEW", "NEW"]


def test_says_which_spancat_can_not_be_rehearsed(tmp_path: Path):
    suggester = {"@misc": "spacy.preset_spans_suggester.v1", "spans_key": "x"}
    nlp = spacy.blank("en")
    nlp.add_pipe("spancat", config={"suggester": suggester})
    nlp.to_disk(tmp_path)
    with pytest.raises(ConfigValidationError, match="another component suggests"):
        Teacher(tmp_path, components=["spancat"])


def test_says_which_component_takes_no_new_label(spancat_model: Path):
    pipe: Any = spacy.load(spancat_model).get_pipe("spancat")
    pipe.add_negative_label = True
    add_label: Any = make_kind("spancat").add_label
    with pytest.raises(NotImplementedError, match="Train a component of its own"):
        add_label(pipe, "NEW")
    categorizer: Any = spacy.blank("en").add_pipe("textcat")
    add_label = make_kind("textcat").add_label
    with pytest.raises(NotImplementedError, match="Train a component of its own"):
        add_label(categorizer, "NEW")


def test_short_texts_are_no_sentence_annotation():
    nlp = spacy.blank("en")
    get_labels = make_kind("senter").get_labels
    assert [list(get_labels(None, nlp(text))) for text in ("", "Yes", "Yes it is")] == [
        [],
        [],
        [],
    ]
    doc = Doc(nlp.vocab, words=["Yes", "it", "is"], sent_starts=[True, False, False])
    assert list(get_labels(None, doc)) == [""]
