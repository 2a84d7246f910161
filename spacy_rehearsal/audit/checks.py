"""Findings on the data alone. A new one is a function here, with `@check`."""

import math
import re
from collections import defaultdict
from typing import Dict, FrozenSet, Iterator, List, Mapping, Optional, Set, Tuple

from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.util import filter_spans

from ..readers.formats.annotated import find_overlaps, shorten
from ..readers.gold import GoldText, find_label_files
from .data import AuditData
from .finding import Found, check, list_cases
from .util import Trigram, count, get_trigrams, normalize, show_span

# texts are near-duplicates if at least this share of their word trigrams is the same
SIMILAR = 0.7
MAX_NAME = 20  # tokens
JUDGEMENTS = {
    *("I", "MY", "LIKE", "LIKED", "LOVE", "LOVED", "FAVORITE", "FAVOURITE", "BEST"),
    *("GOOD", "BAD", "NICE", "COOL", "INTERESTING", "IMPORTANT", "POPULAR", "FAMOUS"),
}


@check("inconsistent")
def find_inconsistent(data: AuditData) -> Optional[Found]:
    """Find words that are labelled in different ways, or here and not there."""
    texts = [*data.texts, *data.dev]
    seen: Dict[str, Dict[str, List[str]]] = defaultdict(lambda: defaultdict(list))
    for text in texts:
        for start, end, label in text.entities:
            shown = show_span(text, start, end)
            seen[text.text[start:end]][label].append(shown)
    for surface, shown in find_unlabelled_occurrences(texts, list(seen)):
        seen[surface]["no entity"].append(shown)
    cases = {surface: labels for surface, labels in seen.items() if len(labels) > 1}
    if not cases:
        return None

    def count_others(surface: str) -> int:
        counts = [len(places) for places in cases[surface].values()]
        return sum(counts) - max(counts)

    examples = []
    for surface in sorted(cases, key=count_others, reverse=True):
        labels = sorted(cases[surface].items(), key=lambda item: -len(item[1]))
        ways = [f"{len(places)} x {label}: {places[0]}" for label, places in labels]
        examples.append(f"'{surface}' is\n    " + "\n    ".join(ways))
    return Found(
        f"{count(cases, 'name')} with several labels, or with none in places",
        "Decide on one label for each, if it is the same thing in both places.",
        len(cases),
        examples,
    )


def find_unlabelled_occurrences(
    texts: List[GoldText], surfaces: List[str]
) -> Iterator[Tuple[str, str]]:
    """Find where words that are labelled elsewhere are not.

    YIELDS (Tuple[str, str]): The words, and the place with its context.
    """
    if not texts or not surfaces:
        return
    vocab = texts[0].doc.vocab
    matcher = PhraseMatcher(vocab)
    by_text = {
        text.text[s:e]: (text, s, e) for text in texts for s, e, _ in text.entities
    }
    for surface in surfaces:
        text, start, end = by_text[surface]
        span = text.doc.char_span(start, end)
        # longer ones are no names, and those in each other take forever
        if span is not None and surface.strip() and len(span) <= MAX_NAME:
            # `as_doc` copies the whole text first
            matcher.add(surface, [Doc(vocab, words=[token.text for token in span])])
    for text in texts:
        if not text.is_complete:
            continue
        # Levi's is no Levi
        for span in filter_spans(matcher(text.doc, as_spans=True)):
            if not text.index.find_first(span.start_char, span.end_char):
                yield span.text, show_span(text, span.start_char, span.end_char)


@check("misplaced", stops_training=True)
def find_misplaced(data: AuditData) -> Optional[Found]:
    """Find spans that have no place in their text."""
    found = data.tally.bad
    return list_cases(
        found,
        f"{count(found, 'annotation')} with no place in the text",
        "Correct them, or set misaligned of SimpleCorpus to 'missing', to learn "
        "nothing from the rest of these texts, or to 'skip', to leave them out.",
    )


@check("moved", is_problem=False)
def find_moved(data: AuditData) -> Optional[Found]:
    """Find spans whose offsets are not those of what was marked."""
    found = data.tally.moved
    return list_cases(
        found,
        f"{count(found, 'annotation')} read where the marked words are, not where the "
        "offsets say",
        "The text was changed after it was annotated, or in the export.",
    )


@check("misaligned", stops_training=True)
def find_misaligned(data: AuditData) -> Optional[Found]:
    """Find entities that are no whole tokens, or nothing but white space."""
    examples = []
    for text in data.texts:
        for start, end, label in [*text.entities, *text.others]:
            surface = text.text[start:end]
            if not surface.strip() or text.doc.char_span(start, end) is None:
                examples.append(f"{label} {show_span(text, start, end)}")
    return list_cases(
        examples,
        f"{count(examples, 'entity', 'entities')} not made of whole tokens",
        "Correct their borders: the model works on tokens and learns nothing from "
        "these. Or set misaligned of SimpleCorpus to 'expand', 'contract', 'missing' "
        "or 'skip'.",
    )


@check("overlapping", stops_training=True)
def find_overlapping(data: AuditData) -> Optional[Found]:
    """Find entities that share a part of the text with an earlier one."""
    examples = []
    for text in () if data.may_overlap else data.texts:
        for pair in find_overlaps(text.entities):
            shown = [f"{e[2]} {show_span(text, *e[:2])}" for e in pair]
            examples.append("\n    ".join(shown))
    return list_cases(
        examples,
        f"{count(examples, 'entity', 'entities')} with another one that overlaps",
        "Keep one of the two: a token can be part of one entity only, and training "
        "doesn't start with these. Or set overlapping of SimpleCorpus to 'longest', "
        "'missing' or 'skip'. For a spancat they are right: --component spancat.",
    )


@check("duplicates")
def find_duplicates(data: AuditData) -> Optional[Found]:
    """Find texts for evaluation that are almost the same as one for training. Texts
    are compared by their word trigrams (Broder 1997, "On the resemblance and
    containment of documents"), numbers and punctuation left out. Those that are too
    short for that count if they are the same."""
    if not data.dev:
        return None
    same: Dict[str, int] = {}
    index: Dict[Trigram, List[int]] = defaultdict(list)
    trigrams = [get_trigrams(text.doc) for text in data.texts]
    for i, text in enumerate(data.texts):
        same.setdefault(normalize(text.text), i)
        for trigram in trigrams[i]:
            index[trigram].append(i)
    same.pop("", None)
    examples = []
    for text in data.dev:
        own = get_trigrams(text.doc)
        similar = {
            i: len(own & trigrams[i]) / len(own | trigrams[i])
            for i in find_candidates(own, index)
        }
        nearest = max(sorted(similar), key=lambda i: similar[i], default=None)
        if nearest is not None and similar[nearest] < SIMILAR:
            nearest = None
        nearest = same.get(normalize(text.text), nearest)
        if nearest is not None:
            other = data.texts[nearest]
            examples.append(
                f"{text.place}: {shorten(text.text)}\n    "
                f"{other.place}: {shorten(other.text)}"
            )
    return list_cases(
        examples,
        f"{len(examples)} of {len(data.dev)} texts for evaluation almost the same as "
        "one for training",
        "Take them out of one of the two: scores on what the model has learned by "
        "heart say nothing.",
    )


def find_candidates(
    own: FrozenSet[Trigram], index: Mapping[Trigram, List[int]]
) -> Set[int]:
    """Find the texts that may be similar: they have one of the rarest trigrams, where
    so many are looked at that similar texts can't lack them all (Chaudhuri et al. 2006,
    "A primitive operator for similarity joins in data cleaning").

    own (FrozenSet[Trigram]): The trigrams of a text.
    index (Mapping[Trigram, List[int]]): The texts that have each trigram.
    RETURNS (Set[int]): The texts.
    """
    rarest = sorted(own, key=lambda trigram: len(index.get(trigram, ())))
    n_looked_at = len(own) - math.ceil(SIMILAR * len(own) - 1e-9) + 1
    return {i for trigram in rarest[:n_looked_at] for i in index.get(trigram, ())}


@check("judgement")
def find_judgements(data: AuditData) -> Optional[Found]:
    """Find labels whose name says that they are a matter of opinion."""
    found = [
        label
        for label in sorted(data.labels)
        if JUDGEMENTS & set(re.split(r"\W|_", label.upper()))
    ]
    if not found:
        return None
    return Found(
        f"{count(found, 'label')} that may be a matter of opinion: {', '.join(found)}",
        "A model learns categories that the words around show, not what somebody "
        "thinks of them. Train the category (BAND), and make your choice with "
        "label_mapper.",
        len(found),
    )


@check("white_space")
def find_white_space(data: AuditData) -> Optional[Found]:
    """Find entities of whole tokens that begin or end with white space."""
    examples = []
    for text in data.texts:
        for start, end, label in text.entities:
            span = text.doc.char_span(start, end)
            if span is None or not span.text.strip():
                continue
            if span[0].is_space or span[-1].is_space:
                examples.append(f"{label} {show_span(text, start, end)}")
    return list_cases(
        examples,
        f"{count(examples, 'entity', 'entities')} with white space at the ends",
        "Set their borders at words. RehearsalCorpus cuts it off; spaCy alone learns "
        "nothing from such entities.",
    )


@check("label_per_file")
def find_label_per_file(data: AuditData) -> Optional[Found]:
    """Find files of which each has labels of its own, as one pass for each label makes
    them."""
    found = find_label_files(data.texts)
    if not found:
        return None
    return Found(
        f"{count(found, 'file')}, each with labels of its own",
        "Texts of one file count as free of the labels of the others. If nobody has "
        "looked for these there, read each file as a pass: PassesCorpus.",
        len(found),
        [f"{file_}: {', '.join(sorted(own))}" for file_, own in found.items()],
    )


@check("not_annotated", is_problem=False)
def find_not_annotated(data: AuditData) -> Optional[Found]:
    """Find texts that nothing is known of, not even that there is nothing."""
    places = [
        text.place
        for text in data.texts
        if len(text.doc)
        and not text.is_complete
        and not (text.entities or text.others or text.cats)
    ]
    return list_cases(
        places,
        f"{count(places, 'text')} neither annotated nor marked as free of entities",
        "Nothing is learned from them. If somebody has looked at them, set "
        "doc.ents = [] before you save them.",
    )
