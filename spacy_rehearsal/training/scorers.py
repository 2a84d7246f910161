"""Score what is new apart from what is kept."""

from functools import partial
from typing import (
    Any,
    Callable,
    Collection,
    Dict,
    Iterable,
    List,
    Mapping,
    Optional,
    Sequence,
)

import numpy
from spacy.language import Language
from spacy.scorer import get_ner_prf
from spacy.training import Example
from spacy.util import SimpleFrozenDict

from ..errors import config_error
from ..kinds.base import Kind
from ..readers.rehearsal import RehearsalCorpus
from ..readers.source import MEMORY, SILVER, get_source
from ..tuning.retention import (
    BASE,
    FLOOR,
    N_COUNTS,
    NEW,
    count_retention,
    get_f,
    get_learned,
    get_scores,
    to_number,
)
from .label_scores import LabelScores, get_label_f, score_labels, score_new_entities

Scores = Dict[str, Any]
LabelScorer = Callable[[Iterable[Example]], Optional[float]]


def create_retention_scorer(
    base_labels: Optional[List[str]] = None, floor: float = FLOOR
) -> Callable[..., Scores]:
    """Create a scorer that tells what an entity recognizer learns from what it
    keeps. It goes into `[initialize.after_init.scorer]` of
    `spacy-rehearsal.prepare.v1`, which attaches it to the component in training, and
    a `SourceScorer` to components in training of other kinds.

    base_labels (Optional[List[str]]): The labels that the entity recognizer of the base
        model has. By default they come from the teacher of the dev corpus.
    floor (float): How much of what the base model does is to be kept, where 1 is all.
        A pipeline that keeps less needs to have learned more, to be the best one.
    RETURNS (Callable[..., Dict[str, Any]]): The scorer.
    RAISES (ConfigValidationError): If the floor is not above 0, or is above 1.
    """
    if not 0 < floor <= 1:
        raise config_error(["floor"], f"must be above 0 and up to 1, found {floor}")
    return RetentionScorer(base_labels, floor)


class RetentionScorer:
    """Score entities as spaCy does, and new and base labels apart.

    base_labels (Optional[Iterable[str]]): The labels that the base model has.
    floor (float): How much is to be kept, where 1 is all.
    has_gold (bool): Whether the gold has entities. If not, there is nothing to learn,
        and what counts is what is kept.

    ATTRIBUTES:
    start (Optional[float]): The F-score on the gold of what is scored first, which is
        the base pipeline, as training starts with.
    base_start (Optional[float]): Its F-score of the base labels, 1 if it finds none.
    """

    def __init__(
        self,
        base_labels: Optional[Iterable[str]] = None,
        floor: float = FLOOR,
        *,
        has_gold: bool = True,
    ) -> None:
        self.base_labels = None if base_labels is None else frozenset(base_labels)
        self.floor = floor
        self.has_gold = has_gold
        self.start: Optional[float] = None
        self.base_start: Optional[float] = None

    def __call__(self, examples: Iterable[Example], **kwargs: Any) -> Scores:
        """Score examples.

        examples (Iterable[Example]): The examples, from a RehearsalCorpus.
        RETURNS (Dict[str, Any]): spaCy's entity scores, and
            `new_f`: the F-score of the new labels on the gold examples, where it has
            none of all labels;
            `new_per_type`: precision, recall, F and number of each of these labels;
            `base_f`: the F-score of the base labels on all examples, where the
            teacher's annotations are the reference, but in the place of new labels;
            `false_alarms`: entities with new labels per word of silver;
            `learned_f`: `new_f`, less where too little is kept of what the base
            pipeline has of `base_f`, see `get_learned`, and halved by one false alarm
            in a hundred words. Where the gold has no new label, to be better at those
            that it has is what there is to learn: the F-score on the gold takes the
            place of `new_f`, and of that it is the gain that is less.
            A score is None where there is nothing to count.
        """
        examples = list(examples)
        counts = numpy.zeros(N_COUNTS)
        gold_counts = numpy.zeros(N_COUNTS)
        for example in examples:
            counted = count_retention(example, self.base_labels or frozenset())
            counts += counted
            if get_source(example) not in (MEMORY, SILVER):
                gold_counts += counted
        if self.base_start is None:
            base_f = float(get_f(counts[BASE]))
            self.base_start = base_f if base_f > 0 else 1.0
        scores = get_scores(counts, self.floor, self.base_start)
        kept = scores["base_f"] / self.base_start
        n_right, _, n_missed = gold_counts[NEW]
        if not self.has_gold:
            scores["learned_f"] = get_learned(1.0, kept, self.floor)
        elif n_right + n_missed == 0:
            gold_f = get_f(gold_counts[NEW] + gold_counts[BASE])
            if self.start is None:
                self.start = gold_f
            scores["new_f"] = gold_f
            scores["learned_f"] = get_learned(gold_f, kept, self.floor, self.start)
        has_new = n_right + n_missed > 0
        known = (self.base_labels or frozenset()) if has_new else frozenset()
        return {
            **get_ner_prf(examples, **kwargs),
            **{name: to_number(score) for name, score in scores.items()},
            "new_per_type": score_new_entities(examples, known),
        }


class SourceScorer:
    """Score gold and silver apart, with a component's own scorer.

    scorer (Callable[..., Dict[str, Any]]): The component's scorer.
    names (Sequence[str]): The scores to return twice: "tag_acc" as "new_tag_acc", on
        the gold examples, and "base_tag_acc", on the silver ones, where the teacher's
        annotations are the reference, and on those of a memory. And once more as
        "learned_tag_acc": the first, whose gain is less where too little is kept.
    floor (float): How much is to be kept, where 1 is all.
    has_gold (bool): Whether the gold is annotated for the component. If not, it has the
        teacher's annotation, there is nothing to learn, and what counts is what is
        kept.
    label_scorers (Mapping[str, Callable[[Iterable[Example]], Optional[float]]]): What
        scores "new" and "base" instead of the scorer, where there are new labels to
        learn.
    per_type (Mapping[str, Callable[[Iterable[Example]], LabelScores]]): What scores the
        new labels one by one on the gold, by the name of the score.
    has_annotation (Callable[[Example], bool]): Tells whether there is anything to find
        in an example.

    ATTRIBUTES:
    start (Dict[str, float]): The scores on gold of what is scored first, which is the
        base pipeline, as training starts with.
    base_start (Dict[str, float]): Those of what is to be kept.
    """

    def __init__(
        self,
        scorer: Callable[..., Scores],
        names: Sequence[str],
        floor: float = FLOOR,
        *,
        has_gold: bool = True,
        label_scorers: Mapping[str, LabelScorer] = SimpleFrozenDict(),
        per_type: Mapping[str, Callable[..., LabelScores]] = SimpleFrozenDict(),
        has_annotation: Callable[[Example], bool] = lambda eg: True,
    ) -> None:
        self.scorer = scorer
        self.names = names
        self.floor = floor
        self.has_gold = has_gold
        self.label_scorers = label_scorers
        self.per_type = per_type
        self.has_annotation = has_annotation
        self.start: Dict[str, float] = {}
        self.base_start: Dict[str, float] = {}

    def __call__(self, examples: Iterable[Example], **kwargs: Any) -> Scores:
        """Score examples.

        examples (Iterable[Example]): The examples, from a RehearsalCorpus.
        RETURNS (Dict[str, Any]): The component's own scores on all examples, and the
            named ones apart. A score is None where there is nothing to count.
        """
        examples = list(examples)
        gold: List[Example] = []
        old: List[Example] = []
        for eg in examples:
            is_old = not self.has_gold or get_source(eg) in (MEMORY, SILVER)
            (old if is_old else gold).append(eg)
        scores = self.scorer(examples, **kwargs)
        for prefix, part in (("new", gold), ("base", old)):
            # where the base model finds nothing, there is nothing to keep
            is_old = prefix == "base"
            counted = bool(part) and (not is_old or any(map(self.has_annotation, part)))
            of_part: Scores = {}
            if counted and prefix in self.label_scorers:
                of_part = dict.fromkeys(self.names, self.label_scorers[prefix](part))
            elif counted:
                of_part = self.scorer(part, **kwargs)
            for name in self.names:
                scores[f"{prefix}_{name}"] = of_part.get(name)
        for name in self.names:
            of_parts = (scores[f"{prefix}_{name}"] for prefix in ("new", "base"))
            new, kept = (numpy.nan if score is None else score for score in of_parts)
            # less than 1 where a memory contradicts the base pipeline
            kept /= self.base_start.setdefault(name, kept if kept > 0 else 1.0)
            if self.has_gold:
                start = self.start.setdefault(name, numpy.nan_to_num(new))
                learned = get_learned(new, kept, self.floor, start)
            else:
                learned = get_learned(1.0, kept, self.floor)
            scores[f"learned_{name}"] = to_number(learned)
        return {**scores, **{key: score(gold) for key, score in self.per_type.items()}}


def has_annotation(kind: Kind, pipe: Any, example: Example) -> bool:
    """Tell whether the reference of an example has anything for a component to find."""
    return any(True for _ in kind.get_annotations(pipe, example.reference))


def attach_scorers(
    nlp: Language,
    corpus: RehearsalCorpus,
    scorer: RetentionScorer,
    taught: Collection[str],
) -> None:
    """Attach the scorers that tell what is new from what is kept.

    nlp (Language): The pipeline.
    corpus (RehearsalCorpus): The corpus that knows the components in training.
    scorer (RetentionScorer): The scorer for those that are scored label by label.
    taught (Collection[str]): The components that the gold annotates for.
    """
    for name, kind in corpus.kinds.items():
        pipe: Any = nlp.get_pipe(name)
        if "doc.ents" in kind.places:
            if scorer.base_labels is None:
                scorer.base_labels = frozenset(corpus.teacher.nlp.pipe_labels[name])
            scorer.has_gold = name in taught
            pipe.scorer = scorer
        elif kind.scores:
            own = pipe.scorer
            if isinstance(own, SourceScorer):  # for the corpus to train on
                own = own.scorer
            known = kind.get_known_labels(corpus.teacher.nlp.get_pipe(name))
            new = {*corpus.gold.count_labels(nlp)[name]} - {"", *known}
            get_f_of = partial(get_label_f, kind=kind, pipe=pipe)
            label_scorers = {
                "new": partial(get_f_of, labels=new),
                "base": partial(get_f_of, labels=known),
            }
            pipe.scorer = SourceScorer(
                own,
                [score.format(**pipe.cfg) for score in kind.scores],
                scorer.floor,
                has_gold=name in taught,
                label_scorers=label_scorers if new and not kind.is_by_token else {},
                per_type={
                    f"new_{name}_per_type": partial(
                        score_labels, kind=kind, pipe=pipe, labels=new
                    )
                }
                if new
                else {},
                has_annotation=partial(has_annotation, kind, pipe),
            )
