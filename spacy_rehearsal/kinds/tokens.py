"""Annotation of tokens: tags, morphology, sentence starts and lemmas."""

from collections import Counter
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy
from spacy.morphology import Morphology
from spacy.strings import StringStore
from spacy.tokens import Doc, Token
from spacy.training import Example

from .base import UNSET, Annotation, Kind, Part, Pipe, Values, get_values, locate_tokens
from .resize import add_label_output, add_output


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


class TagKind(Kind):
    """Fine-grained tags, as `tagger` gives them."""

    noun = "tag"
    places = ("token.tag_",)
    attrs = ("TAG",)
    scores = ("tag_acc",)
    is_by_token = True
    is_distillable = True

    def get_labels(self, pipe: Pipe, doc: Doc) -> List[str]:
        """Get the tags of a doc. One that is known to be wrong, "!NN", is no label."""
        prefix = pipe.cfg["neg_prefix"]
        return [
            "" if prefix and token.tag_.startswith(prefix) else token.tag_
            for token in doc
            if token.tag
        ]

    def get_annotations(self, pipe: Pipe, doc: Doc) -> List[Annotation]:
        return locate_tokens(doc, lambda token: (token.tag_,))

    def create_completion(self, pipe: Pipe, **settings: Any) -> TokenCompletion:
        return TokenCompletion("TAG")

    def add_label(self, pipe: Pipe, label: str) -> None:
        add_label_output(pipe, label)


class MorphKind(Kind):
    """Parts of speech and features, as `morphologizer` gives them together."""

    noun = "morphology"
    places = ("token.morph", "token.pos_")
    attrs = ("POS", "MORPH")
    scores = ("pos_acc", "morph_acc")
    is_by_token = True
    is_distillable = True

    def get_labels(self, pipe: Pipe, doc: Doc) -> List[str]:
        annotated = [token for token in doc if token.pos or token.has_morph()]
        return [get_morph(pipe, token) for token in annotated]

    def get_annotations(self, pipe: Pipe, doc: Doc) -> List[Annotation]:
        return locate_tokens(doc, lambda token: (get_morph(pipe, token),))

    def create_completion(self, pipe: Pipe, **settings: Any) -> TokenCompletion:
        return TokenCompletion("POS", "MORPH")

    def add_label(self, pipe: Pipe, label: str) -> None:
        add_label_output(pipe, label)


def get_morph(pipe: Pipe, token: Token) -> str:
    """Get what a morphologizer has as the label of a token. It has none for half of an
    annotation."""
    if not (token.pos and token.has_morph()):
        return ""
    features = {**Morphology.feats_to_dict(str(token.morph))}
    features[pipe.POS_FEAT] = token.pos_
    label: str = pipe.vocab.strings[pipe.vocab.morphology.add(features)]
    return label


class SentenceKind(Kind):
    """The starts of sentences, as `senter` finds them."""

    noun = "sentence"
    places = ("token.is_sent_start",)
    attrs = ("SENT_START",)
    scores = ("sents_f",)
    has_labels = False
    is_distillable = True

    def get_labels(self, pipe: Pipe, doc: Doc) -> List[str]:
        # spaCy takes shorter docs for annotated in any case
        return [""] if len(doc) > 1 and doc.has_annotation("SENT_START") else []

    def get_annotations(self, pipe: Pipe, doc: Doc) -> List[Annotation]:
        spans = doc.sents if doc.has_annotation("SENT_START") else ()
        return [(span.start_char, span.end_char, self.noun) for span in spans]

    def create_completion(self, pipe: Pipe, **settings: Any) -> TokenCompletion:
        return TokenCompletion("SENT_START")

    def get_missing(self, pipe: Pipe, doc: Doc) -> List[Part]:
        return [] if doc.has_annotation("SENT_START") else [(0, len(doc.text))]


class LemmaKind(Kind):
    """Lemmas, as `trainable_lemmatizer` makes them with edit trees.

    The labels are edit trees, written out. They are made apart from those of the
    component, which keeps and saves all that it ever made.
    """

    noun = "lemma"
    places = ("token.lemma_",)
    attrs = ("LEMMA",)
    scores = ("lemma_acc",)
    unknown = (
        "need an edit tree that the lemmatizer does not have, and that is too rare to "
        "be added"
    )
    detail = "lemma"
    has_labels = False
    is_by_token = True
    is_distillable = True

    def __init__(self) -> None:
        self._trees: Any = None
        self._examples: Dict[str, Tuple[str, str]] = {}

    def get_labels(self, pipe: Pipe, doc: Doc) -> List[str]:
        return [self._get_tree(pipe, token) for token in doc if token.lemma]

    def get_annotations(self, pipe: Pipe, doc: Doc) -> List[Annotation]:
        return locate_tokens(doc, lambda t: (self.noun if t.lemma else "", t.lemma_))

    def create_completion(self, pipe: Pipe, **settings: Any) -> TokenCompletion:
        """Lemmas that the lemmatizer can't make, because it has no edit tree for them,
        become missing: spaCy would train it to use its first one instead."""
        # spaCy doesn't restore this when a lemmatizer is loaded, and trains nothing
        # without
        pipe.tree2label.update({tree: i for i, tree in enumerate(pipe.labels)})
        known = frozenset(self.get_known_labels(pipe))
        if not known:  # one that is about to be initialized takes what there is
            return TokenCompletion("LEMMA")
        return TokenCompletion(
            "LEMMA",
            is_known=lambda token: (
                not token.lemma or self._get_tree(pipe, token) in known
            ),
        )

    def get_known_labels(self, pipe: Pipe) -> List[str]:
        return [pipe.trees.tree_to_str(tree) for tree in pipe.labels]

    def get_min_count(self, pipe: Pipe) -> int:
        return int(pipe.min_tree_freq)

    def add_label(self, pipe: Pipe, label: str) -> None:
        tree = pipe.trees.add(*self._examples[label])
        add_output(pipe.model, pipe.model.get_ref("output_layer"))
        pipe.cfg["labels"].append(tree)

    def _get_tree(self, pipe: Pipe, token: Token) -> str:
        """Get the edit tree that makes the lemma of a token, written out."""
        if self._trees is None:
            self._trees = type(pipe.trees)(StringStore())
        example = token.text, token.lemma_
        tree: str = self._trees.tree_to_str(self._trees.add(*example))
        self._examples.setdefault(tree, example)
        return tree
