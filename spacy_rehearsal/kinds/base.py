"""What rehearsal has to know of a way to annotate: `Kind`, and its completion."""

from abc import ABC, abstractmethod
from collections import Counter
from typing import (
    Any,
    Callable,
    Collection,
    Dict,
    Iterable,
    List,
    Optional,
    Protocol,
    Tuple,
)

import numpy
from spacy.tokens import Doc, Span, Token
from spacy.training import Example

# start and end in characters, label, and what else it has: the place of a head, a lemma
Annotation = Tuple[Any, ...]
Part = Tuple[int, int]  # start and end of a part of a text, in characters
Pipe = Any  # a component of spaCy's: their classes have no common interface for labels
Values = Any  # an array of uint64, which spaCy's stubs don't know
UNSET = 0  # what spaCy has in a token attribute that is not annotated
SENT_START, NO_SENT_START = numpy.asarray([1, -1]).astype("uint64")


class Completion(Protocol):
    """Puts gold and silver together into one complete annotation. This is the only
    place that decides who wins.

    counts (Counter[str]): What became of the teacher's annotation.
    """

    counts: Counter[str]

    def __call__(self, gold: Doc, silver: Doc) -> Doc:
        """Complete the annotation of a doc.

        gold (Doc): The doc with the gold annotation, or without. It is not changed.
        silver (Doc): The teacher's doc of the same text. Its tokens may differ.
        RETURNS (Doc): The completed copy.
        """
        ...


class Kind(ABC):
    """A way to annotate, and all that rehearsal has to know of the components that do
    it. Components take none of these methods themselves, so each gets the component.

    A subclass is registered under the factory of its components, by an entry point of
    the group `spacy_rehearsal_kinds` or as `kinds.register("factory", func=MyKind)`.

    ATTRIBUTES:
    noun (str): What the components find, in one word.
    places (Tuple[str, ...]): Where they put it. Components that share a place can't be
        trained at once: a doc holds the annotation of one.
    attrs (Tuple[str, ...]): The token attributes that hold it, without which it is lost
        where predictions are kept. None for annotation that is held elsewhere in a doc.
    scores (Tuple[str, ...]): The scores, of those that the component's scorer returns,
        that tell how good it is; "{setting}" stands for a setting of the component.
        None for a kind of entities, in `doc.ents`, which are scored label by label.
    settings (Tuple[str, ...]): Which of the settings `labels`, `label_map`,
        `fill_missing` and `partial_gold` of a RehearsalCorpus mean something to it.
    unknown (str): What is said of annotation in the gold that the component can't give.
    detail (str): What two annotations of the same words and label can differ in, or of
        the same label and overlapping words: "other borders".
    has_labels (bool): Whether annotations have labels. Otherwise `get_annotations`
        gives the noun as the label.
    is_by_token (bool): Whether each token has an annotation of its own.
    is_sparse (bool): Whether most of a text has no annotation, so that all of it can be
        shown at once.
    has_offsets (bool): Whether start, end and label say all of an annotation, so that
        gold with offsets is compared as it is, not fitted to tokens before.
    is_distillable (bool): Whether `spacy-rehearsal.distillation.v1` can train it: a
        component that updates itself by the gradient that its `get_loss` gets of the
        probability of each label.
    grows (bool): Whether its components learn more, or keep more, with new units beside
        those that they have than in place, where their network can grow.
    """

    noun: str
    places: Tuple[str, ...]
    attrs: Tuple[str, ...] = ()
    scores: Tuple[str, ...] = ()
    settings: Tuple[str, ...] = ()
    unknown = "need a label that the component does not have"
    detail = "borders"
    has_labels = True
    is_by_token = False
    is_sparse = False
    has_offsets = False
    is_distillable = False
    grows = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        places = getattr(cls, "places", ())
        if not cls.attrs and any(place.startswith("token.") for place in places):
            raise TypeError(f"{cls.__name__} annotates tokens, and has no attrs")

    @abstractmethod
    def get_labels(self, pipe: Pipe, doc: Doc) -> Iterable[str]:
        """Get the labels of a doc's annotation.

        pipe (Pipe): The component.
        doc (Doc): The doc.
        RETURNS (Iterable[str]): A label for each annotation, "" for one without. They
            are empty if the doc is not annotated.
        RAISES (ConfigValidationError): If spaCy could not train on the annotation.
        """

    @abstractmethod
    def get_annotations(self, pipe: Pipe, doc: Doc) -> Iterable[Annotation]:
        """Get the annotation of a doc in a form that does not depend on its tokens.

        pipe (Pipe): The component.
        doc (Doc): The doc.
        RETURNS (Iterable[Tuple[Any, ...]]): Start and end in characters, label, and
            what else an annotation has.
        """

    @abstractmethod
    def create_completion(
        self, pipe: Pipe, *, gold_labels: Collection[str] = (), **settings: Any
    ) -> Completion:
        """Create what completes gold with silver.

        pipe (Pipe): The component in training.
        gold_labels (Collection[str]): The labels that the gold annotates, after the
            label map. None for raw text.
        **settings (Any): Those of the corpus that are among `self.settings`.
        RETURNS (Completion): The completion.
        """

    def check_config(self, config: Dict[str, Any]) -> None:
        """Check that components with a certain config can be rehearsed.

        config (Dict[str, Any]): The component's block.
        RAISES (NotImplementedError): If not. The message says why.
        """

    def get_known_labels(self, pipe: Pipe) -> List[str]:
        """Get the labels that a component has, in the form of `get_labels`."""
        return list(pipe.labels)

    def get_min_count(self, pipe: Pipe) -> int:
        """Get how often the gold must have a new label for it to be added."""
        return 1

    def add_label(self, pipe: Pipe, label: str) -> None:
        """Add a label that the gold has and the component lacks.

        pipe (Pipe): The component in training.
        label (str): The label, one that `get_labels` has given.
        RAISES (NotImplementedError): If the component can't take it. The message says
            why, and what to do.
        """
        raise NotImplementedError(
            f"Components for {get_plural(self.noun)} can't be given one yet. "
            "Train a component of its own for the new label."
        )

    def is_exclusive(self, pipe: Pipe) -> bool:
        """Tell whether a component gives one label at most to the same token, span or
        text, so that their probabilities add up to 1."""
        return True

    def set_rejected_key(self, pipe: Pipe, key: str) -> None:
        """Let a component learn from spans that are known to be wrong, if it can.

        pipe (Pipe): The component in training.
        key (str): The key of `doc.spans` that lists them.
        """

    def get_missing(self, pipe: Pipe, doc: Doc) -> List[Part]:
        """Get the parts of a gold text of which the annotation says nothing.

        pipe (Pipe): The component.
        doc (Doc): The doc.
        RETURNS (List[Tuple[int, int]]): Start and end of each, in characters.
        """
        return (
            find_gaps(doc, self.get_annotations(pipe, doc)) if self.is_by_token else []
        )

    def get_annotated_labels(self, pipe: Pipe, doc: Doc) -> Optional[Collection[str]]:
        """Get the labels of which the annotation of a gold text says something: whether
        it has them or not. None for all.

        pipe (Pipe): The component.
        doc (Doc): The doc.
        RETURNS (Optional[Collection[str]]): The labels.
        """
        return None

    def get_score_weights(self, config: Dict[str, Any]) -> Dict[str, float]:
        """Get the weights of the scores by which a checkpoint is chosen: what was
        learned, where enough is kept. The others are shown.

        config (Dict[str, Any]): The component's block.
        RETURNS (Dict[str, float]): The weights, by name of the score.
        """
        scores = [score.format(**config) for score in self.scores]
        shown = {f"{prefix}_{s}": 0.0 for prefix in ("new", "base") for s in scores}
        return {**shown, **{f"learned_{s}": 1.0 / len(scores) for s in scores}}


def get_plural(noun: str) -> str:
    """Get the plural of the noun of a kind."""
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def locate_spans(spans: Iterable[Span]) -> List[Annotation]:
    return [(span.start_char, span.end_char, span.label_) for span in spans]


def locate_tokens(
    doc: Doc, get_values: Callable[[Token], Tuple[Any, ...]]
) -> List[Annotation]:
    """Get an annotation for each token that has a label.

    get_values (Callable[[Token], Tuple[Any, ...]]): Gets the label of a token, and what
        else its annotation has.
    """
    pairs = ((token, get_values(token)) for token in doc)
    return [(t.idx, t.idx + len(t), *values) for t, values in pairs if values[0]]


def find_gaps(doc: Doc, annotations: Iterable[Annotation]) -> List[Part]:
    """Find the parts of a text that have no annotation.

    doc (Doc): The text.
    annotations (Iterable[Tuple[Any, ...]]): Its annotations.
    RETURNS (List[Tuple[int, int]]): Start and end of each part, in characters.
    """
    gaps, end = [], 0
    for next_start, next_end, *_ in sorted(annotations):
        gaps.append((end, next_start))
        end = max(end, next_end)
    return [(i, j) for i, j in [*gaps, (end, len(doc.text))] if i < j]


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
