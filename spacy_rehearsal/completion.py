"""Gold and silver become one complete annotation. This is the only place that decides
who wins. A completion is called with the doc that has the gold annotation, or none, and
the teacher's doc of the same text, whose tokens may differ. It returns a completed copy
of the first, and counts what became of the teacher's annotation."""

from collections import Counter
from typing import Any, Callable, Collection, Mapping, Optional, Set

import numpy
from spacy.tokens import Doc, Span, Token
from spacy.training import Example

MISSING_IOB = 0
BEGIN_IOB = 3
UNSET = 0  # what spaCy has in a token attribute that is not annotated
Values = Any  # an array of uint64, which spaCy's stubs don't know
SENT_START, NO_SENT_START = numpy.asarray([1, -1]).astype("uint64")


class LabelledCompletion:
    """Tell whose label is whose, of entities and of spans: those that the gold
    annotates belong to the gold, and of the others some may not be rehearsed.

    gold_labels (Collection[str]): The labels that the gold annotates, after the label
        map.
    base_labels (Optional[Collection[str]]): The teacher's labels to rehearse. None
        takes all.
    label_map (Mapping[str, str]): New labels for gold annotations.
    partial_gold (bool): Whether gold labels are the teacher's, too.

    ATTRIBUTES:
    counts (Counter[str]): What became of the teacher's annotations.
    """

    def __init__(
        self,
        gold_labels: Collection[str],
        base_labels: Optional[Collection[str]],
        label_map: Mapping[str, str],
        partial_gold: bool,
    ) -> None:
        self.gold_labels = frozenset(gold_labels)
        self.base_labels = None if base_labels is None else frozenset(base_labels)
        self.label_map = dict(label_map)
        self.partial_gold = partial_gold
        self.counts: Counter[str] = Counter()

    def map_label(self, gold: Span) -> str:
        """Get the label of a gold annotation, after the label map."""
        return self.label_map.get(gold.label_, gold.label_)

    def refuse(self, label: str) -> Optional[str]:
        """Tell why a teacher's annotation is not added, if its label alone decides."""
        if self.base_labels is not None and label not in self.base_labels:
            return "not_rehearsed"
        if label in self.gold_labels and not self.partial_gold:
            return "gold_label"
        return None


class EntityCompletion(LabelledCompletion):
    """Put gold and silver entities together into one complete annotation.

    - Every gold entity stays as it is.
    - Labels that the gold annotates belong to the gold: the teacher adds none of
      them, unless the gold is known to be partial.
    - A teacher's entity that overlaps a gold entity, a token that gold marks as
      blocked ("never an entity") or one that gold marks as missing is not added,
      nor is one that gold lists as incorrect.
    - What such an entity covers outside of the gold entities is not "no entity"
      either. Nobody knows what it is, so those tokens become missing, and the
      model learns nothing from them.

    gold_labels (Collection[str]): The labels that the gold annotates, after
        the label map.
    base_labels (Optional[Collection[str]]): The teacher's labels to rehearse. Entities
        with another label are annotated as no entity. None takes all.
    label_map (Mapping[str, str]): New labels for gold entities, e.g.
        {"TOURIST_DESTINATION": "GPE"}.
    fill_missing (bool): Let the teacher's entities fill tokens that gold marks as
        missing. They then stay missing only where the teacher finds nothing.
    partial_gold (bool): Let the teacher add entities with gold labels too.
    incorrect_spans_key (Optional[str]): Key of `doc.spans` of the gold that lists spans
        that are known to be no entity of their label.

    ATTRIBUTES:
    counts (Counter[str]): What became of the teacher's entities: "added", or why
        not: "gold_label", "not_rehearsed", "overlaps_gold", "blocked", "missing",
        "incorrect", "unaligned" (its borders are no token borders of the gold).
    """

    def __init__(
        self,
        gold_labels: Collection[str] = (),
        *,
        base_labels: Optional[Collection[str]] = None,
        label_map: Mapping[str, str] = {},
        fill_missing: bool = False,
        partial_gold: bool = False,
        incorrect_spans_key: Optional[str] = None,
    ) -> None:
        super().__init__(gold_labels, base_labels, label_map, partial_gold)
        self.fill_missing = fill_missing
        self.incorrect_spans_key = incorrect_spans_key

    def __call__(self, gold: Doc, silver: Doc) -> Doc:
        """Complete the entities of a doc.

        gold (Doc): The doc with the gold entities, or without annotation. It is
            not changed.
        silver (Doc): The teacher's doc of the same text. Its tokens may differ.
        RETURNS (Doc): A copy of the gold doc with complete entities. Tokens that
            gold blocks are outside, which is how spaCy trains "no entity".
        """
        doc = gold.copy()
        entities = [
            Span(
                doc,
                ent.start,
                ent.end,
                self.map_label(ent),
                kb_id=ent.kb_id,
                span_id=ent.id,
            )
            for ent in gold.ents
        ]
        in_gold = {i for ent in entities for i in range(ent.start, ent.end)}
        blocked = {t.i for t in gold if t.ent_iob == BEGIN_IOB and not t.ent_type}
        missing = {t.i for t in gold if t.ent_iob == MISSING_IOB}
        incorrect = {
            (span.start, span.end, span.label_)
            for span in gold.spans.get(self.incorrect_spans_key or "", [])
        }
        unknown: Set[int] = set(missing)
        for ent in silver.ents:
            refused = self.refuse(ent.label_)
            if refused:
                self.counts[refused] += 1
                continue
            start, end = ent.start_char, ent.end_char
            span = doc.char_span(start, end, ent.label_)
            covered = span or doc.char_span(start, end, alignment_mode="expand")
            assert covered is not None
            tokens = set(range(covered.start, covered.end))
            if tokens & in_gold:
                outcome = "overlaps_gold"
            elif tokens & blocked:
                outcome = "blocked"
            elif tokens & missing and not self.fill_missing:
                outcome = "missing"
            elif span is None:
                outcome = "unaligned"
            elif (span.start, span.end, span.label_) in incorrect:
                outcome = "incorrect"
            else:
                outcome = "added"
                entities.append(span)
            self.counts[outcome] += 1
            if outcome != "added":
                unknown |= tokens - blocked
        unknown -= {i for ent in entities for i in range(ent.start, ent.end)}
        doc.set_ents(
            entities,
            missing=[doc[i : i + 1] for i in sorted(unknown)],
            default="outside",
        )
        return doc


class SpanCompletion(LabelledCompletion):
    """Put gold and silver spans together into one span group.

    Labels that the gold annotates belong to the gold, as those of entities do. Spans
    with other labels may lie across the gold's, unless the component predicts none that
    do: then the gold's win.

    key (str): The key of the span group.
    gold_labels (Collection[str]): The labels that the gold annotates, after the label
        map.
    base_labels (Optional[Collection[str]]): The teacher's labels to rehearse. None
        takes all.
    label_map (Mapping[str, str]): New labels for gold spans.
    partial_gold (bool): Let the teacher add spans with gold labels too.
    allow_overlap (bool): Whether spans may overlap.
    is_exclusive (bool): Whether a span has one label at most.

    ATTRIBUTES:
    counts (Counter[str]): What became of the teacher's spans: see `EntityCompletion`.
    """

    def __init__(
        self,
        key: str,
        gold_labels: Collection[str] = (),
        *,
        base_labels: Optional[Collection[str]] = None,
        label_map: Mapping[str, str] = {},
        partial_gold: bool = False,
        allow_overlap: bool = True,
        is_exclusive: bool = False,
    ) -> None:
        super().__init__(gold_labels, base_labels, label_map, partial_gold)
        self.key = key
        self.allow_overlap = allow_overlap
        self.is_exclusive = is_exclusive

    def __call__(self, gold: Doc, silver: Doc) -> Doc:
        """Complete the span group of a doc.

        gold (Doc): The doc with the gold spans, or without. It is not changed.
        silver (Doc): The teacher's doc of the same text. Its tokens may differ.
        RETURNS (Doc): The completed copy.
        """
        doc = gold.copy()
        own = [
            Span(doc, span.start, span.end, self.map_label(span))
            for span in gold.spans.get(self.key, [])
        ]
        spans = list(own)
        for teachers in silver.spans.get(self.key, []):
            label = teachers.label_
            span = doc.char_span(teachers.start_char, teachers.end_char, label)
            refused = self.refuse(label)
            if refused:
                outcome = refused
            elif span is None:
                outcome = "unaligned"
            elif any(self._excludes(other, span) for other in own):
                outcome = "overlaps_gold"
            else:
                outcome = "added"
                spans.append(span)
            self.counts[outcome] += 1
        doc.spans[self.key] = spans
        return doc

    def _excludes(self, gold: Span, silver: Span) -> bool:
        if not self.allow_overlap:
            return gold.start < silver.end and silver.start < gold.end
        is_same = (gold.start, gold.end) == (silver.start, silver.end)
        return is_same and (self.is_exclusive or gold.label == silver.label)


class TokenCompletion:
    """Fill in what the gold leaves open of an annotation of single tokens.

    A token takes the teacher's values if they contradict none that the gold gives it.
    So one that the gold does not annotate takes them as they are, and one of which the
    gold has only the part of speech takes its morphology if the teacher agrees on
    that. Tokens that the teacher splits otherwise stay open.

    *attrs (str): The token attributes that are one annotation together.
    is_known (Optional[Callable[[Token], bool]]): Tells whether the component in
        training can give a token the annotation that it has. If not, the token becomes
        missing.

    ATTRIBUTES:
    counts (Counter[str]): The number of tokens that took something from the teacher,
        "added", and of those that became missing, "unknown".
    """

    def __init__(
        self, *attrs: str, is_known: Optional[Callable[[Token], bool]] = None
    ) -> None:
        self.attrs = attrs
        self.is_known = is_known
        self.counts: Counter[str] = Counter()

    def __call__(self, gold: Doc, silver: Doc) -> Doc:
        """Complete the tokens of a doc.

        gold (Doc): The doc with the gold annotation, or without. It is not changed.
        silver (Doc): The teacher's doc of the same text. Its tokens may differ.
        RETURNS (Doc): The completed copy.
        """
        doc = gold.copy()
        aligned = Example(doc, silver)
        own = numpy.stack([doc.to_array(attr) for attr in self.attrs], axis=1)
        teachers = numpy.stack([get_values(aligned, a) for a in self.attrs], axis=1)
        agree = ((own == UNSET) | (own == teachers)).all(axis=1)
        values: Values = numpy.where(agree[:, None], teachers, own)
        self.counts["added"] += int((values != own).any(axis=1).sum())
        doc.from_array(list(self.attrs), values)
        if self.is_known is not None:
            unknown = [token.i for token in doc if not self.is_known(token)]
            self.counts["unknown"] += len(unknown)
            values[unknown] = UNSET
            doc.from_array(list(self.attrs), values)
        return doc


class ParseCompletion:
    """Fill in the sentences that the gold does not parse.

    A sentence of the teacher's is taken as a whole, if the gold annotates no arc in it
    or into it, and no sentence border that contradicts it. All other tokens that have
    no head in the gold stay without one, which spaCy trains as unknown.

    ATTRIBUTES:
    counts (Counter[str]): The number of the teacher's sentences that were "added", and
        of those that were not: "gold".
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def __call__(self, gold: Doc, silver: Doc) -> Doc:
        """Complete the parse of a doc.

        gold (Doc): The doc with the gold parse, or without. It is not changed.
        silver (Doc): The teacher's doc of the same text. Its tokens may differ.
        RETURNS (Doc): The completed copy.
        """
        doc = gold.copy()
        if not len(doc):
            return doc
        aligned = Example(doc, silver)
        has_parse = doc.has_annotation("DEP")
        starts: Values = doc.to_array("SENT_START")
        parse: Values = doc.to_array(["HEAD", "DEP"])
        heads, labels = aligned.get_aligned_parse(projectivize=False)
        annotated = {i for t in doc if t.has_dep() for i in (t.i, t.head.i)}
        for sent in silver.sents:
            indices = sorted(set(aligned.alignment.y2x[sent.start : sent.end].tolist()))
            first, *others = indices
            is_cut = not has_parse and (
                starts[first] == NO_SENT_START or (starts[others] == SENT_START).any()
            )
            if is_cut or annotated & set(indices):
                self.counts["gold"] += 1
                continue
            self.counts["added"] += 1
            for i in indices:
                if heads[i] is not None:
                    parse[i] = to_uint64(heads[i] - i), doc.vocab.strings.add(labels[i])
        doc.from_array(["HEAD", "DEP"], parse)
        if not has_parse:  # the borders of sentences that were not added, too
            starts = numpy.where(starts, starts, get_values(aligned, "SENT_START"))
            doc.from_array(["SENT_START"], starts)
        return doc


class CategoryCompletion:
    """Fill in the categories that the gold does not give, with 1 or 0: spaCy trains on
    no scores between.

    Where several categories can be true, those are that the teacher gives at least the
    threshold. Where only one can, and the gold leaves open which, it is the one that
    the teacher gives the highest score, of those that the gold does not rule out.

    is_exclusive (bool): Whether only one category can be true.
    threshold (float): The lowest score of a category that is true, if not exclusive.

    ATTRIBUTES:
    counts (Counter[str]): The number of docs that got categories, "added".
    """

    def __init__(self, *, is_exclusive: bool, threshold: float = 0.5) -> None:
        self.is_exclusive = is_exclusive
        self.threshold = threshold
        self.counts: Counter[str] = Counter()

    def __call__(self, gold: Doc, silver: Doc) -> Doc:
        """Complete the categories of a doc.

        gold (Doc): The doc with the gold categories, or without. It is not changed.
        silver (Doc): The teacher's doc of the same text.
        RETURNS (Doc): The completed copy.
        """
        doc = gold.copy()
        scores = {c: score for c, score in silver.cats.items() if c not in gold.cats}
        if self.is_exclusive:
            is_open = not any(gold.cats.values())
            best = max(scores, key=lambda c: scores[c], default=None)
            added = {c: float(is_open and c == best) for c in scores}
        else:
            added = {c: float(score >= self.threshold) for c, score in scores.items()}
        doc.cats = {**gold.cats, **added}
        self.counts["added"] += bool(added)
        return doc


def get_values(example: Example, attr: str) -> Values:
    """Get the values of a token attribute of a reference, aligned to the predicted doc
    and as its vocab has them.

    example (Example): The example.
    attr (str): The attribute.
    RETURNS (ndarray): The value of each token of the predicted doc, 0 if there is none.
    """
    if attr == "SENT_START":
        starts = example.get_aligned_sent_starts()
        return numpy.where(starts, SENT_START, NO_SENT_START)
    values = [value or UNSET for value in example.get_aligned(attr)]
    for value in set(values) - {UNSET}:
        example.predicted.vocab.strings.add(example.reference.vocab.strings[value])
    return numpy.asarray(values, dtype="uint64")


def to_uint64(number: int) -> numpy.ndarray:
    """Convert a number as spaCy's arrays hold negative ones."""
    return numpy.asarray(number).astype("uint64")
