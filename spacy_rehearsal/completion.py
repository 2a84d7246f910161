from collections import Counter
from typing import Collection, Mapping, Optional, Set

from spacy.tokens import Doc, Span

MISSING_IOB = 0
BEGIN_IOB = 3


class Completion:
    """Put gold and silver entities together into one complete annotation.

    This is the only place that decides who wins:

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
    ) -> None:
        self.gold_labels = frozenset(gold_labels)
        self.base_labels = None if base_labels is None else frozenset(base_labels)
        self.label_map = dict(label_map)
        self.fill_missing = fill_missing
        self.partial_gold = partial_gold
        self.counts: Counter[str] = Counter()

    def __call__(
        self, gold: Doc, silver: Doc, *, incorrect_spans_key: Optional[str] = None
    ) -> Doc:
        """Complete the entities of a doc.

        gold (Doc): The doc with the gold entities, or without annotation. It is
            not changed.
        silver (Doc): The teacher's doc of the same text. Its tokens may differ.
        incorrect_spans_key (Optional[str]): Key of `gold.spans` that lists spans
            that are known to be no entity of their label.
        RETURNS (Doc): A copy of the gold doc with complete entities. Tokens that
            gold blocks are outside, which is how spaCy trains "no entity".
        """
        doc = gold.copy()
        entities = [
            Span(
                doc,
                ent.start,
                ent.end,
                self.label_map.get(ent.label_, ent.label_),
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
            for span in gold.spans.get(incorrect_spans_key or "", [])
        }
        unknown: Set[int] = set(missing)
        for ent in silver.ents:
            if self.base_labels is not None and ent.label_ not in self.base_labels:
                self.counts["not_rehearsed"] += 1
                continue
            if ent.label_ in self.gold_labels and not self.partial_gold:
                self.counts["gold_label"] += 1
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
