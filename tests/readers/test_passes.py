"""Gold that was annotated one label at a time."""

from pathlib import Path
from typing import Any, Iterator, List, Tuple

import pytest
import srsly
from spacy.language import Language
from spacy.training import Example
from spacy.util import registry
from thinc.api import Config, ConfigValidationError

from spacy_rehearsal.readers.passes import PassesCorpus
from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.readers.simple import SimpleCorpus
from spacy_rehearsal.readers.source import get_annotated_labels
from spacy_rehearsal.teacher.teacher import Teacher
from tests.util import get_ents

BOTH = "Ann Lee sold her Swatch on Etsy"
SHOP = "Bob Miller read it on Etsy"


def write(path: Path, *rows: Tuple[str, List[Tuple[str, str]]]) -> SimpleCorpus:
    records: List[Any] = []
    for text, ents in rows:
        offsets = [[text.index(e), text.index(e) + len(e), label] for e, label in ents]
        records.append([text, {"entities": offsets}])
    srsly.write_jsonl(path, records)
    return SimpleCorpus(path)


@pytest.fixture
def passes(tmp_path: Path) -> PassesCorpus:
    shops = [(BOTH, [("Etsy", "WEBSITE")]), (SHOP, [("Etsy", "WEBSITE")])]
    people = [(BOTH, [("Swatch", "BRAND"), ("Ann Lee", "PERSON")])]
    return PassesCorpus(
        write(tmp_path / "shops.jsonl", *shops),
        write(tmp_path / "people.jsonl", *people),
    )


def test_texts_have_what_all_of_their_passes_annotate(
    nlp: Language, passes: PassesCorpus
) -> None:
    both, shop = passes(nlp)
    assert get_ents(both.reference) == [
        ("Ann Lee", "PERSON"),
        ("Swatch", "BRAND"),
        ("Etsy", "WEBSITE"),
    ]
    assert get_annotated_labels(both.reference) == ["BRAND", "PERSON", "WEBSITE"]
    assert get_annotated_labels(shop.reference) == ["WEBSITE"]
    assert get_ents(shop.reference) == [("Etsy", "WEBSITE")]


@pytest.mark.parametrize("partial_gold", [None, False])
def test_the_teacher_adds_what_a_text_was_not_annotated_with(
    nlp: Language, teacher: Teacher, passes: PassesCorpus, partial_gold: Any
) -> None:
    """Whatever other texts were annotated with."""
    corpus = RehearsalCorpus(passes, teacher, shuffle=False, partial_gold=partial_gold)
    _, shop = corpus(nlp)
    assert get_ents(shop.reference) == [("Bob Miller", "PERSON"), ("Etsy", "WEBSITE")]
    assert get_annotated_labels(shop.reference) == ["WEBSITE"]


def test_spans_and_categories(nlp: Language) -> None:
    """Spans of different passes may overlap, and a category that a text does not have
    was looked for as well."""

    def make_reader(spans: List[Tuple[int, int, str]], **cats: float) -> Any:
        def read(nlp: Language) -> Iterator[Example]:
            doc = nlp.make_doc(BOTH)
            found: Any = [doc.char_span(*span) for span in spans]
            doc.spans["sc"] = found
            doc.cats = dict(cats)
            yield Example(nlp.make_doc(BOTH), doc)

        return read

    people, names = [(0, 7, "PERSON")], [(4, 7, "LAST"), (0, 7, "PERSON")]
    passes = PassesCorpus(make_reader(people, SHOP=1.0), make_reader(names, NEWS=0.0))
    [example] = passes(nlp)
    found = {(span.text, span.label_) for span in example.reference.spans["sc"]}
    assert found == {("Ann Lee", "PERSON"), ("Lee", "LAST")}
    assert len(example.reference.spans["sc"]) == 2
    assert example.reference.cats == {"SHOP": 1.0, "NEWS": 0.0}
    labels = get_annotated_labels(example.reference)
    assert labels == ["LAST", "NEWS", "PERSON", "SHOP"]


def test_labels_are_those_after_the_label_map(
    nlp: Language, teacher: Teacher, tmp_path: Path
) -> None:
    """A text of the pass for cities has all its places; one of another pass has not."""
    city = "They live in Oslo and not in Rome"
    passes = PassesCorpus(
        write(tmp_path / "cities.jsonl", (city, [("Oslo", "CITY")])),
        write(tmp_path / "shops.jsonl", (SHOP + " in Rome", [("Etsy", "WEBSITE")])),
    )
    corpus = RehearsalCorpus(
        passes, teacher, shuffle=False, label_map={"CITY": "GPE"}, partial_gold=False
    )
    first, second = corpus(nlp)
    assert get_ents(first.reference) == [("Oslo", "GPE")]
    assert ("Rome", "GPE") in get_ents(second.reference)


def test_a_config(nlp: Language, passes: PassesCorpus, tmp_path: Path) -> None:
    config = Config().from_str(
        f"""
        [gold]
        @readers = "spacy-rehearsal.PassesCorpus.v1"
        [gold.*.shops]
        @readers = "spacy-rehearsal.SimpleCorpus.v1"
        path = "{tmp_path}/shops.jsonl"
        """
    )
    assert len([*registry.resolve(config)["gold"](nlp)]) == 2


def test_a_pass_without_entities_is_named(nlp: Language, tmp_path: Path) -> None:
    passes = PassesCorpus(write(tmp_path / "empty.jsonl", (BOTH, [])))
    with pytest.raises(ConfigValidationError, match="has no entity, span or category"):
        list(passes(nlp))
    with pytest.raises(ConfigValidationError, match="expected one for each pass"):
        PassesCorpus()
