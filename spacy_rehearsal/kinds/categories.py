"""Categories of whole texts: `textcat` and `textcat_multilabel`."""

from collections import Counter
from typing import Any, Collection, List, Optional

from spacy.tokens import Doc

from ..errors import config_error
from .base import Annotation, Kind, Pipe
from .resize import add_ensemble_output, add_label_output


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


class CategoryKind(Kind):
    """Categories of a text, of which one is true or, as `textcat_multilabel` has them,
    any number."""

    noun = "category"
    places = ("doc.cats",)
    scores = ("cats_micro_f",)
    is_distillable = True

    def get_labels(self, pipe: Pipe, doc: Doc) -> List[str]:
        """Get the categories that a doc has or has not.

        RAISES (ConfigValidationError): If spaCy could not train on them.
        """
        is_exclusive = not pipe.support_missing_values
        values = list(doc.cats.values())
        if set(values) - {0.0, 1.0} or (is_exclusive and values.count(1.0) > 1):
            raise config_error(
                [],
                f"the categories of '{doc.text[:60]}' are {doc.cats}. Each must be 0.0 "
                f"or 1.0{', and one at most 1.0' if is_exclusive else ''}.",
            )
        return list(doc.cats)

    def get_annotations(self, pipe: Pipe, doc: Doc) -> List[Annotation]:
        """Get the categories of a doc that the component has: of those that exclude
        each other the likeliest."""
        cats = {label: doc.cats[label] for label in pipe.labels if label in doc.cats}
        lowest = pipe.cfg["threshold"]
        if not pipe.support_missing_values:
            lowest = max(cats.values(), default=0.0)
        found = [label for label, value in cats.items() if 0 < value >= lowest]
        return [(0, len(doc.text), label) for label in found]

    def create_completion(self, pipe: Pipe, **settings: Any) -> CategoryCompletion:
        return CategoryCompletion(
            is_exclusive=not pipe.support_missing_values,
            threshold=pipe.cfg["threshold"],
        )

    def is_exclusive(self, pipe: Pipe) -> bool:
        return not pipe.support_missing_values

    def add_label(self, pipe: Pipe, label: str) -> None:
        if "resize_output" in pipe.model.attrs:
            add_label_output(pipe, label)
        elif pipe.model.has_ref("attention_layer") and pipe.model.has_ref("norm_layer"):
            add_ensemble_output(pipe.model)
            pipe.add_label(label)
        else:
            raise NotImplementedError(
                "Its architecture can't add one; those of spacy.TextCatBOW, "
                "spacy.TextCatReduce and spacy.TextCatEnsemble can. Train a component "
                "of its own for the new label."
            )

    def get_annotated_labels(self, pipe: Pipe, doc: Doc) -> Optional[Collection[str]]:
        return doc.cats if pipe.support_missing_values else None
