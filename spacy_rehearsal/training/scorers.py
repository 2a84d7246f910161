"""Score what is new apart from what is kept."""

from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Set, Tuple

from spacy.scorer import PRFScore, get_ner_prf
from spacy.training import Example

from ..kinds.spans import MISSING_IOB
from ..readers.source import MEMORY, SILVER, get_source

Scores = Dict[str, Any]
Entity = Tuple[str, int, int]


def create_retention_scorer(
    base_labels: Optional[List[str]] = None,
) -> Callable[..., Scores]:
    """Create a scorer that tells what an entity recognizer learns from what it
    keeps. It goes into `[initialize.after_init.scorer]` of
    `spacy-rehearsal.prepare.v1`, which attaches it to the component in training, and
    a `SourceScorer` to components in training of other kinds.

    base_labels (Optional[List[str]]): The labels that the entity recognizer of the base
        model has. By default they come from the teacher of the dev corpus.
    RETURNS (Callable[..., Dict[str, Any]]): The scorer.
    """
    return RetentionScorer(base_labels)


class RetentionScorer:
    """Score entities as spaCy does, and new and base labels apart.

    base_labels (Optional[Iterable[str]]): The labels that the base model has.
    """

    def __init__(self, base_labels: Optional[Iterable[str]] = None) -> None:
        self.base_labels = None if base_labels is None else frozenset(base_labels)

    def __call__(self, examples: Iterable[Example], **kwargs: Any) -> Scores:
        """Score examples.

        examples (Iterable[Example]): The examples, from a RehearsalCorpus.
        RETURNS (Dict[str, Any]): spaCy's entity scores, and
            `new_f`: the F-score of the new labels on the gold examples;
            `base_f`: the F-score of the base labels on all examples, where the
            teacher's annotations are the reference;
            `false_alarms`: entities with new labels per word of silver.
            A score is None where there is nothing to count.
        """
        examples = list(examples)
        base_labels = self.base_labels or frozenset()
        new, base = PRFScore(), PRFScore()
        n_false_alarms = n_words = 0
        for example in examples:
            if not example.reference.has_annotation("ENT_IOB"):
                continue
            source = get_source(example)
            gold, predicted = get_entities(example)
            base_gold = {ent for ent in gold if ent[0] in base_labels}
            base_predicted = {ent for ent in predicted if ent[0] in base_labels}
            base.score_set(base_predicted, base_gold)
            if source == SILVER:
                n_false_alarms += len(predicted - base_predicted)
                n_words += len(example)
            elif source != MEMORY:  # nobody has looked for new labels there
                new.score_set(predicted - base_predicted, gold - base_gold)
        return {
            **get_ner_prf(examples, **kwargs),
            "new_f": new.fscore if len(new) else None,
            "base_f": base.fscore if len(base) else None,
            "false_alarms": n_false_alarms / n_words if n_words else None,
        }


class SourceScorer:
    """Score gold and silver apart, with a component's own scorer.

    scorer (Callable[..., Dict[str, Any]]): The component's scorer.
    names (Sequence[str]): The scores to return twice: "tag_acc" as "new_tag_acc", on
        the gold examples, and "base_tag_acc", on the silver ones, where the teacher's
        annotations are the reference, and on those of a memory.
    """

    def __init__(self, scorer: Callable[..., Scores], names: Sequence[str]) -> None:
        self.scorer = scorer
        self.names = names

    def __call__(self, examples: Iterable[Example], **kwargs: Any) -> Scores:
        """Score examples.

        examples (Iterable[Example]): The examples, from a RehearsalCorpus.
        RETURNS (Dict[str, Any]): The component's own scores on all examples, and the
            named ones apart. A score is None where there is nothing to count.
        """
        examples = list(examples)
        old = [eg for eg in examples if get_source(eg) in (MEMORY, SILVER)]
        gold = [eg for eg in examples if get_source(eg) not in (MEMORY, SILVER)]
        scores = self.scorer(examples, **kwargs)
        for prefix, part in (("new", gold), ("base", old)):
            of_part = self.scorer(part, **kwargs) if part else {}
            for name in self.names:
                scores[f"{prefix}_{name}"] = of_part.get(name)
        return scores


def get_entities(example: Example) -> Tuple[Set[Entity], Set[Entity]]:
    """Get the entities of an example, predicted ones on missing tokens left out.

    example (Example): The example.
    RETURNS (Tuple[Set[Entity], Set[Entity]]): The reference's and the predicted
        entities, as label, start and end token in the reference.
    """
    reference = example.reference
    gold = {(ent.label_, ent.start, ent.end) for ent in reference.ents}
    predicted = set()
    for ent in example.predicted.ents:
        indices = example.alignment.x2y[ent.start : ent.end]
        if len(indices):
            start, end = int(indices[0]), int(indices[-1]) + 1
            if all(token.ent_iob != MISSING_IOB for token in reference[start:end]):
                predicted.add((ent.label_, start, end))
    return gold, predicted
