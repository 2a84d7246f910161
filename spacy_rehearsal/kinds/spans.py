"""Entities and spans: `ner`, `spancat` and `spancat_singlelabel`."""

from collections import Counter
from typing import Any, Collection, Dict, List, Mapping, Optional, Set

from spacy.tokens import Doc, Span
from spacy.util import SimpleFrozenDict

from .base import Annotation, Kind, Part, Pipe, locate_spans
from .resize import add_output

MISSING_IOB = 0
BEGIN_IOB = 3


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
        label_map: Mapping[str, str] = SimpleFrozenDict(),
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
            tokens = find_tokens(doc, start, end)
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
        label_map: Mapping[str, str] = SimpleFrozenDict(),
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


def find_tokens(doc: Doc, start: int, end: int) -> Set[int]:
    """Find the tokens of which a part of a text has something."""
    covered = doc.char_span(start, end, alignment_mode="expand")
    return set() if covered is None else {token.i for token in covered}


class EntityKind(Kind):
    """Entities, as `ner` finds them. Its methods but for those that change a component
    don't need one: entities are the same whoever has set them."""

    noun = "entity"
    places = ("doc.ents",)
    attrs = ("ENT_IOB", "ENT_TYPE")
    settings = ("labels", "label_map", "fill_missing", "partial_gold")
    is_sparse = True
    has_offsets = True
    is_distillable = True

    def get_labels(self, pipe: Pipe, doc: Doc) -> List[str]:
        return [ent.label_ for ent in doc.ents]

    def get_annotations(self, pipe: Pipe, doc: Doc) -> List[Annotation]:
        return locate_spans(doc.ents)

    def create_completion(
        self,
        pipe: Pipe,
        *,
        gold_labels: Collection[str] = (),
        labels: Optional[Collection[str]] = None,
        **settings: Any,
    ) -> EntityCompletion:
        return EntityCompletion(
            gold_labels,
            base_labels=labels,
            incorrect_spans_key=pipe.incorrect_spans_key,
            **settings,
        )

    def add_label(self, pipe: Pipe, label: str) -> None:
        pipe.add_label(label)

    def set_rejected_key(self, pipe: Pipe, key: str) -> None:
        # a sourced component does not take the setting from the config
        pipe.cfg["incorrect_spans_key"] = key
        pipe.moves.cfg["neg_key"] = key

    def get_missing(self, pipe: Pipe, doc: Doc) -> List[Part]:
        return [(t.idx, t.idx + len(t)) for t in doc if t.ent_iob == MISSING_IOB]

    def get_score_weights(self, config: Dict[str, Any]) -> Dict[str, float]:
        return {"new_f": 0.0, "base_f": 0.0, "false_alarms": 0.0, "learned_f": 1.0}


class SpanKind(Kind):
    """Spans that may overlap, as `spancat` finds them."""

    noun = "span"
    places = ("doc.spans",)
    scores = ("spans_{spans_key}_f",)
    settings = ("labels", "label_map", "partial_gold")
    is_distillable = True

    def get_labels(self, pipe: Pipe, doc: Doc) -> List[str]:
        return [span.label_ for span in doc.spans.get(pipe.key, [])]

    def get_annotations(self, pipe: Pipe, doc: Doc) -> List[Annotation]:
        return locate_spans(doc.spans.get(pipe.key, []))

    def create_completion(
        self,
        pipe: Pipe,
        *,
        gold_labels: Collection[str] = (),
        labels: Optional[Collection[str]] = None,
        **settings: Any,
    ) -> SpanCompletion:
        return SpanCompletion(
            pipe.key,
            gold_labels,
            base_labels=labels,
            allow_overlap=pipe.cfg["allow_overlap"],
            is_exclusive=pipe.cfg["max_positive"] == 1,
            **settings,
        )

    def check_config(self, config: Dict[str, Any]) -> None:
        suggester = config.get("suggester", {}).get("@misc", "")
        if suggester.startswith("spacy.preset_spans_suggester"):
            raise NotImplementedError(
                "it labels spans that another component suggests."
            )

    def add_label(self, pipe: Pipe, label: str) -> None:
        scorer = pipe.model.get_ref("scorer")
        layers = [node for node in scorer.walk() if "W" in node.param_names]
        if pipe.add_negative_label or len(layers) != 1:
            raise NotImplementedError(
                "Its architecture can't add one; that of 'spancat' with "
                "spacy.LinearLogistic can. Train a component of its own for the new "
                "label."
            )
        add_output(pipe.model, layers[0])
        pipe.add_label(label)

    def is_exclusive(self, pipe: Pipe) -> bool:
        return bool(pipe.add_negative_label)

    def get_missing(self, pipe: Pipe, doc: Doc) -> List[Part]:
        return [] if pipe.key in doc.spans else [(0, len(doc.text))]
