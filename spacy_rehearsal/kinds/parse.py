"""Dependencies: `parser`."""

from collections import Counter
from typing import Any, List

import numpy
from spacy.tokens import Doc
from spacy.training import Example

from .base import (
    NO_SENT_START,
    SENT_START,
    Annotation,
    Kind,
    Pipe,
    Values,
    get_values,
    locate_tokens,
    to_uint64,
)

LEFT_ARC, RIGHT_ARC = 2, 3  # of the actions of spaCy's parser


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


class DependencyKind(Kind):
    """Dependencies, as `parser` finds them."""

    noun = "dependency"
    places = ("token.dep_", "token.is_sent_start")
    attrs = ("HEAD", "DEP")
    scores = ("dep_uas", "dep_las")
    detail = "head"
    is_by_token = True
    is_distillable = True
    grows = False

    def get_labels(self, pipe: Pipe, doc: Doc) -> List[str]:
        return [token.dep_ for token in doc if token.has_dep()]

    def get_annotations(self, pipe: Pipe, doc: Doc) -> List[Annotation]:
        return locate_tokens(doc, lambda token: (token.dep_, token.head.idx))

    def create_completion(self, pipe: Pipe, **settings: Any) -> ParseCompletion:
        return ParseCompletion()

    def add_label(self, pipe: Pipe, label: str) -> None:
        """Add a label as spaCy does for one that it sees when it initializes a
        parser."""
        for action in (LEFT_ARC, RIGHT_ARC):
            pipe.moves.add_action(action, label)
        pipe.set_output(pipe.moves.n_moves)
        pipe.vocab.strings.add(label)
