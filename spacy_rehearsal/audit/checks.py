"""Find what is wrong with training data before a model learns it."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import (
    Any,
    Collection,
    Dict,
    FrozenSet,
    Iterator,
    List,
    Optional,
    Sequence,
    Tuple,
)

from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.util import filter_spans

from ..readers.formats.annotated import shorten
from ..readers.gold import GoldText, overlaps
from .finding import Finding

MIN_EXAMPLES = 200
MAX_EXAMPLES_SHOWN = 5
WINDOW = 30
# a label is inside of a base label if at least this share of its spans is
INSIDE = 0.8
MIN_INSIDE = 3
# texts are near-duplicates if at least this share of their word trigrams is the same
SIMILAR = 0.7
# contexts tell two labels apart if at least this share of the spans is told right
TOLD_APART = 0.65
MIN_TOLD = 10
JUDGEMENTS = {
    *("I", "MY", "LIKE", "LIKED", "LOVE", "LOVED", "FAVORITE", "FAVOURITE", "BEST"),
    *("GOOD", "BAD", "NICE", "COOL", "INTERESTING", "IMPORTANT", "POPULAR", "FAMOUS"),
}


@dataclass
class Inside:
    """How the spans of a new label are labelled by the base pipeline.

    label (str): The new label.
    base_label (str): The base label that most of them have, or "".
    n_inside (int): How many have it.
    n_spans (int): How many there are.
    """

    label: str
    base_label: str
    n_inside: int
    n_spans: int

    @property
    def is_almost_all(self) -> bool:
        return bool(
            self.base_label
            and self.n_spans >= MIN_INSIDE
            and self.n_inside >= INSIDE * self.n_spans
        )


def audit(
    texts: List[GoldText],
    *,
    dev: Sequence[GoldText] = (),
    base_docs: Optional[Sequence[Doc]] = None,
    base_labels: Collection[str] = (),
) -> List[Finding]:
    """Find what is wrong with training data.

    texts (List[GoldText]): The data.
    dev (Sequence[GoldText]): The data for evaluation.
    base_docs (Optional[Sequence[Doc]]): The base pipeline's docs of the texts.
    base_labels (Collection[str]): The labels of the base pipeline.
    RETURNS (List[Finding]): The problems first.
    """
    findings = [
        *find_misaligned(texts),
        *find_overlapping(texts),
        *find_inconsistent([*texts, *dev]),
        *find_duplicates(texts, dev),
        *find_judgements(texts),
    ]
    if base_docs is not None:
        insides = compare_with_base(texts, base_docs, base_labels)
        findings += find_insides(insides)
        findings += find_indistinct(texts, insides)
        findings += find_unlabelled(texts, base_docs)
    findings += find_few_examples(texts, base_labels)
    return sorted(findings, key=lambda finding: not finding.is_problem)


def find_misaligned(texts: List[GoldText]) -> Iterator[Finding]:
    """Find entities that are no whole tokens, or nothing but white space."""
    examples = []
    for text in texts:
        for start, end, label in text.entities:
            surface = text.doc.text[start:end]
            if not surface.strip() or text.doc.char_span(start, end) is None:
                examples.append(f"{label} {show_span(text, start, end)}")
    if examples:
        yield Finding(
            "misaligned",
            f"{count(examples, 'entity', 'entities')} not made of whole tokens",
            "Correct their borders: the model works on tokens and learns nothing from "
            "these.",
            len(examples),
            examples,
        )


def find_overlapping(texts: List[GoldText]) -> Iterator[Finding]:
    """Find entities that share a part of the text with the next one."""
    examples = []
    for text in texts:
        entities = sorted(text.entities)
        for left, right in zip(entities, entities[1:]):
            if right[0] < left[1]:
                shown = [f"{e[2]} {show_span(text, *e[:2])}" for e in (left, right)]
                examples.append("\n    ".join(shown))
    if examples:
        yield Finding(
            "overlapping",
            f"{count(examples, 'entity', 'entities')} with another one that overlaps",
            "Keep one of the two: a token can be part of one entity only, and training "
            "doesn't start with these.",
            len(examples),
            examples,
        )


def find_inconsistent(texts: List[GoldText]) -> Iterator[Finding]:
    """Find words that are labelled in different ways, or here and not there."""
    seen: Dict[str, Dict[str, List[str]]] = defaultdict(lambda: defaultdict(list))
    for text in texts:
        for start, end, label in text.entities:
            shown = show_span(text, start, end)
            seen[text.doc.text[start:end]][label].append(shown)
    for surface, shown in find_unlabelled_occurrences(texts, list(seen)):
        seen[surface]["no entity"].append(shown)
    cases = {surface: labels for surface, labels in seen.items() if len(labels) > 1}

    def count_others(surface: str) -> int:
        counts = [len(places) for places in cases[surface].values()]
        return sum(counts) - max(counts)

    if cases:
        examples = []
        for surface in sorted(cases, key=count_others, reverse=True):
            labels = sorted(cases[surface].items(), key=lambda item: -len(item[1]))
            ways = [f"{len(shown)} x {label}: {shown[0]}" for label, shown in labels]
            examples.append(f"'{surface}' is\n    " + "\n    ".join(ways))
        yield Finding(
            "inconsistent",
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
        text.doc.text[s:e]: (text, s, e) for text in texts for s, e, _ in text.entities
    }
    for surface in surfaces:
        text, start, end = by_text[surface]
        span = text.doc.char_span(start, end)
        if span is not None and surface.strip():
            matcher.add(surface, [span.as_doc()])
    for text in texts:
        if not text.is_complete:
            continue
        # Levi's is no Levi
        for span in filter_spans(matcher(text.doc, as_spans=True)):
            if not overlaps(text.entities, span.start_char, span.end_char):
                yield span.text, show_span(text, span.start_char, span.end_char)


def find_duplicates(
    texts: List[GoldText], dev: Sequence[GoldText]
) -> Iterator[Finding]:
    """Find texts for evaluation that are almost the same as one for training. Texts
    are compared by their word trigrams (Broder 1997, "On the resemblance and
    containment of documents"), numbers and punctuation left out."""
    index: Dict[Tuple[str, ...], List[int]] = defaultdict(list)
    trigrams = [get_trigrams(text.doc.text) for text in texts]
    for i, found in enumerate(trigrams):
        for trigram in found:
            index[trigram].append(i)
    examples = []
    for text in dev:
        own = get_trigrams(text.doc.text)
        shared = Counter(i for trigram in own for i in index.get(trigram, ()))
        for i, n_shared in shared.most_common(1):
            if n_shared >= SIMILAR * len(own | trigrams[i]):
                examples.append(
                    f"{text.place}: {shorten(text.doc.text)}\n    "
                    f"{texts[i].place}: {shorten(texts[i].doc.text)}"
                )
    if examples:
        yield Finding(
            "duplicates",
            f"{len(examples)} of {len(dev)} texts for evaluation almost the same as "
            "one for training",
            "Take them out of one of the two: scores on what the model has learned by "
            "heart say nothing.",
            len(examples),
            examples,
        )


def find_judgements(texts: List[GoldText]) -> Iterator[Finding]:
    """Find labels whose name says that they are a matter of opinion."""
    labels = sorted({label for text in texts for _, _, label in text.entities})
    found = [
        label for label in labels if JUDGEMENTS & set(re.split(r"\W|_", label.upper()))
    ]
    if found:
        yield Finding(
            "judgement",
            f"{count(found, 'label')} that may be a matter of opinion: "
            f"{', '.join(found)}",
            "A model learns categories that the words around show, not what somebody "
            "thinks of them. Train the category (BAND), and make your choice with "
            "label_mapper.",
            len(found),
        )


def compare_with_base(
    texts: List[GoldText], base_docs: Sequence[Doc], base_labels: Collection[str]
) -> List[Inside]:
    """Compare the spans of each new label with the base pipeline's entities."""
    counts: Dict[str, Counter[str]] = defaultdict(Counter)
    for text, base_doc in zip(texts, base_docs):
        for start, end, label in text.entities:
            if label not in base_labels:
                found = [e.label_ for e in base_doc.ents if overlap(e, start, end)]
                counts[label][found[0] if found else ""] += 1
    insides = []
    for label, counted in sorted(counts.items()):
        base_label, n_inside = counted.most_common(1)[0]
        insides.append(Inside(label, base_label, n_inside, sum(counted.values())))
    return insides


def find_insides(insides: List[Inside]) -> Iterator[Finding]:
    """Find new labels that are almost entirely part of a base label."""
    cases = [inside for inside in insides if inside.is_almost_all]
    if cases:
        base_labels = ", ".join(dict.fromkeys(i.base_label for i in cases))
        yield Finding(
            "inside_base_label",
            f"{count(cases, 'new label')} almost entirely inside a base label",
            f"Do the words around show which {base_labels} it is? If it takes a "
            f"judgement, or knowledge about the world, train {base_labels} and map it "
            "with label_mapper; --rules writes rules to start with.",
            len(cases),
            [
                f"{i.n_inside} of {i.n_spans} gold spans of {i.label} are "
                f"{i.base_label} to the base model"
                for i in cases
            ],
        )


def find_indistinct(texts: List[GoldText], insides: List[Inside]) -> Iterator[Finding]:
    """Find pairs of new labels that have the same base label, or none, and the same
    contexts: the words around a span do not tell which of the two it is."""
    contexts: Dict[str, List[Counter[str]]] = defaultdict(list)
    for text in texts:
        for start, end, label in text.entities:
            contexts[label].append(get_context(text.doc, start, end))
    examples = []
    for one, two in combinations(insides, 2):
        n_spans = min(one.n_spans, two.n_spans)
        if one.base_label != two.base_label:
            continue
        is_named_alike = get_head(one.label) == get_head(two.label)
        if n_spans >= MIN_TOLD:
            share = tell_apart(contexts[one.label], contexts[two.label])
            if share < TOLD_APART:
                examples.append(
                    f"{one.label} and {two.label}: the words around tell which it is "
                    f"in {100 * share:.0f} %, where guessing is right in 50 %"
                )
        elif is_named_alike:
            examples.append(
                f"{one.label} and {two.label}: alike in name, and too few to measure"
            )
    if examples:
        yield Finding(
            "indistinct",
            f"{count(examples, 'pair')} of new labels too specific to tell apart",
            "Train one label for both, and tell them apart with label_mapper.",
            len(examples),
            examples,
        )


def tell_apart(one: List[Counter[str]], two: List[Counter[str]]) -> float:
    """Measure how well contexts tell two labels apart: the share that is nearer to
    the other contexts of its own label (nearest centroid, leave one out), as the mean
    of both labels.

    one (List[Counter[str]]): The words around each span of one label.
    two (List[Counter[str]]): The words around each span of the other.
    RETURNS (float): The share, where 0.5 is no better than guessing.
    """
    shares = []
    first: Counter[str] = sum(one, Counter())
    second: Counter[str] = sum(two, Counter())
    for own, other, contexts in [(first, second, one), (second, first, two)]:
        n_own, n_other = sum(own.values()), sum(other.values())
        right = 0.0
        for context in contexts:
            n_words = max(1, n_own - sum(context.values()))
            near = sum((own[w] - n) / n_words for w, n in context.items())
            far = sum(other[w] / max(1, n_other) for w in context)
            right += 0.5 if near == far else near > far
        shares.append(right / len(contexts))
    return sum(shares) / len(shares)


def find_unlabelled(
    texts: List[GoldText], base_docs: Sequence[Doc]
) -> Iterator[Finding]:
    """Count the base pipeline's entities that the gold leaves unlabelled."""
    used = {label for text in texts for _, _, label in text.entities}
    counts: Counter[str] = Counter()
    examples: Dict[str, str] = {}
    for text, base_doc in zip(texts, base_docs):
        for ent in base_doc.ents if text.is_complete else ():
            if not overlaps(text.entities, ent.start_char, ent.end_char):
                counts[ent.label_] += 1
                shown = show_span(text, ent.start_char, ent.end_char)
                examples.setdefault(ent.label_, f"{ent.label_} {shown}")
    cases = [
        (
            "unlabelled_base_entities",
            Counter({label: n for label, n in counts.items() if label not in used}),
            "does not label",
            "Plain training unlearns these labels. RehearsalCorpus completes them.",
        ),
        (
            "unlabelled_own_entities",
            Counter({label: n for label, n in counts.items() if label in used}),
            "labels elsewhere, but not there",
            "If they are right, label them, or set partial_gold = true.",
        ),
    ]
    for name, found, what, advice in cases:
        if found:
            shown = ", ".join(f"{n} {label}" for label, n in found.most_common())
            yield Finding(
                name,
                f"{sum(found.values())} entities that the base model finds and the "
                f"data {what}: {shown}",
                advice,
                sum(found.values()),
                [examples[label] for label, _ in found.most_common()],
                is_problem=False,
            )


def find_few_examples(
    texts: List[GoldText], base_labels: Collection[str]
) -> Iterator[Finding]:
    """Find new labels with fewer examples than it takes to learn them."""
    counts = Counter(label for text in texts for _, _, label in text.entities)
    few = {
        label: n
        for label, n in counts.most_common()
        if n < MIN_EXAMPLES and label not in base_labels
    }
    if few:
        yield Finding(
            "few_examples",
            f"{count(few, 'label')} with fewer than {MIN_EXAMPLES} examples: "
            + ", ".join(f"{label} {n}" for label, n in few.items()),
            "A few hundred is where a new label starts to work.",
            len(few),
            is_problem=False,
        )


def show_span(text: GoldText, start: int, end: int) -> str:
    """Show a span in its context, with the place: "[Paris] in Arkansas (a, line 3)"."""
    content = text.doc.text
    left, right = max(0, start - WINDOW), min(len(content), end + WINDOW)
    shown = (
        f"{'...' if left else ''}{content[left:start]}[{content[start:end]}]"
        f"{content[end:right]}{'...' if right < len(content) else ''}"
    )
    return f"{' '.join(shown.split())} ({text.place})"


def count(found: Collection[Any], noun: str, plural: str = "") -> str:
    return f"{len(found)} {noun if len(found) == 1 else plural or noun + 's'}"


def overlap(span: Any, start: int, end: int) -> bool:
    return span.start_char < end and start < span.end_char


def get_trigrams(text: str) -> FrozenSet[Tuple[str, ...]]:
    words = re.findall(r"[^\W\d_]+", text.lower())
    return frozenset(zip(words, words[1:], words[2:]))


def get_context(doc: Doc, start: int, end: int, *, size: int = 4) -> Counter[str]:
    """Get the words around a span, without stop words and punctuation."""
    span = doc.char_span(start, end, alignment_mode="expand")
    if span is None:
        return Counter()
    around = [
        *doc[max(0, span.start - size) : span.start],
        *doc[span.end : span.end + size],
    ]
    return Counter(t.lower_ for t in around if t.is_alpha and not t.is_stop)


def get_head(label: str) -> str:
    """Get the last word of a label: SHOES of ADULT_SHOES."""
    return re.split(r"\W|_", label.upper())[-1]
