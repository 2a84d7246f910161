"""Findings that compare the data with the base pipeline."""

from collections import Counter, defaultdict
from itertools import combinations
from typing import Callable, Dict, List, Optional

from .data import AuditData
from .finding import Found, check
from .util import count, get_context, get_head, show_span

MIN_EXAMPLES = 200
# contexts tell two labels apart if at least this share of the spans is told right
TOLD_APART = 0.65
MIN_TOLD = 10


@check("inside_base_label", needs_base=True)
def find_insides(data: AuditData) -> Optional[Found]:
    """Find new labels that are almost entirely part of a base label."""
    cases = [inside for inside in data.insides if inside.is_almost_all]
    if not cases:
        return None
    base_labels = ", ".join(dict.fromkeys(i.base_label for i in cases))
    return Found(
        f"{count(cases, 'new label')} almost entirely inside a base label",
        f"Do the words around show which {base_labels} it is? If it takes a judgement, "
        f"or knowledge about the world, train {base_labels} and map it with "
        "label_mapper; --rules writes rules to start with.",
        len(cases),
        [
            f"{i.n_inside} of {i.n_spans} gold spans of {i.label} are "
            f"{i.base_label} to the base model"
            for i in cases
        ],
    )


@check("indistinct", needs_base=True)
def find_indistinct(data: AuditData) -> Optional[Found]:
    """Find pairs of new labels that have the same base label, or none, and the same
    contexts: the words around a span do not tell which of the two it is."""
    contexts: Dict[str, List[Counter[str]]] = defaultdict(list)
    for text in data.texts:
        for start, end, label in text.entities:
            contexts[label].append(get_context(text.doc, start, end))
    examples = []
    for one, two in combinations(data.insides, 2):
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
    if not examples:
        return None
    return Found(
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


@check("unlabelled_base_entities", is_problem=False, needs_base=True)
def find_unlabelled_base(data: AuditData) -> Optional[Found]:
    """Count the base pipeline's entities of labels that the gold does not have."""
    used = data.labels
    return find_unlabelled(
        data,
        lambda label: label not in used,
        "does not label",
        "Plain training unlearns these labels. RehearsalCorpus completes them.",
    )


@check("unlabelled_own_entities", is_problem=False, needs_base=True)
def find_unlabelled_own(data: AuditData) -> Optional[Found]:
    """Count the base pipeline's entities of labels that the gold has elsewhere."""
    used = data.labels
    return find_unlabelled(
        data,
        lambda label: label in used,
        "labels elsewhere, but not there",
        "If they are right, label them, or list their labels in partial_gold.",
    )


def find_unlabelled(
    data: AuditData, is_meant: Callable[[str], bool], what: str, advice: str
) -> Optional[Found]:
    """Count the base pipeline's entities that the gold leaves unlabelled.

    data (AuditData): The data.
    is_meant (Callable[[str], bool]): Tells which labels to count.
    what (str): What the data does with them.
    advice (str): What to do.
    RETURNS (Optional[Found]): Their number by label, with one example of each.
    """
    counts: Counter[str] = Counter()
    examples: Dict[str, str] = {}
    for text, base_doc in zip(data.texts, data.base_docs or ()):
        for ent in base_doc.ents if text.is_complete else ():
            start, end, label = ent.start_char, ent.end_char, ent.label_
            if is_meant(label) and not text.index.find_first(start, end):
                counts[label] += 1
                examples.setdefault(label, f"{label} {show_span(text, start, end)}")
    if not counts:
        return None
    n = sum(counts.values())
    shown = ", ".join(f"{n} {label}" for label, n in counts.most_common())
    return Found(
        f"{n} entities that the base model finds and the data {what}: {shown}",
        advice,
        n,
        [examples[label] for label, _ in counts.most_common()],
    )


@check("few_examples", is_problem=False)
def find_few_examples(data: AuditData) -> Optional[Found]:
    """Find new labels with fewer examples than it takes to learn them. Without a base
    pipeline all labels are new."""
    few = {
        label: n
        for label, n in data.labels.most_common()
        if n < MIN_EXAMPLES and label not in data.base_labels
    }
    if not few:
        return None
    return Found(
        f"{count(few, 'label')} with fewer than {MIN_EXAMPLES} examples: "
        + ", ".join(f"{label} {n}" for label, n in few.items()),
        "A few hundred is where a new label starts to work.",
        len(few),
    )
