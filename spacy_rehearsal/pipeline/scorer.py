"""Score specific labels apart from generic ones."""

from typing import Any, Callable, Dict, Iterable, List, Optional

from spacy.scorer import get_ner_prf
from spacy.tokens import Doc, Span
from spacy.training import Example

from .rule_set import Result

Scores = Dict[str, Any]


def create_label_mapper_scorer() -> Callable[..., Scores]:
    """Create the scorer of label_mapper; see `score_label_mapper`.

    RETURNS (Callable[..., Dict[str, Any]]): The scorer.
    """
    return score_label_mapper


def score_label_mapper(
    examples: Iterable[Example],
    *,
    generic_labels: Dict[str, List[str]],
    generic_label_attr: str,
    **kwargs: Any,
) -> Scores:
    """Score specific labels, and generic ones as if nothing had been mapped.

    examples (Iterable[Example]): The examples. Gold may have specific or generic
        labels.
    generic_labels (Dict[str, List[str]]): For each specific label the generic ones
        that it comes from.
    generic_label_attr (str): The extension attribute with an entity's generic label.
    RETURNS (Dict[str, Any]): `ents_p`, `ents_r`, `ents_f`: the scores of the generic
        labels, specific ones in gold counting as those that they come from;
        `ents_per_type`: these for each generic label, and for each specific one;
        `specific_p`, `specific_r`, `specific_f`, `specific_per_type`: the scores of
        the specific labels alone, or None if gold has none of them.
    """
    examples = list(examples)

    def is_specific(ent: Span) -> bool:
        return ent.label_ in generic_labels

    def get_predicted(ent: Span) -> Result:
        return Result(ent._.get(generic_label_attr) or ent.label_, ent.kb_id_)

    generic = []
    for example in examples:
        found = {
            (e.start_char, e.end_char): get_predicted(e).label for e in example.x.ents
        }

        def get_gold(ent: Span, found: Dict[Any, str] = found) -> Result:
            origins = generic_labels.get(ent.label_, [ent.label_])
            label = found.get((ent.start_char, ent.end_char))
            return Result(label if label in origins else origins[0], ent.kb_id_)

        reference = relabel(example.y, get_gold)
        generic.append(Example(relabel(example.x, get_predicted), reference))
    scores = get_ner_prf(generic, **kwargs)
    specific: Scores = {
        "ents_p": None,
        "ents_r": None,
        "ents_f": None,
        "ents_per_type": None,
    }
    if any(is_specific(ent) for example in examples for ent in example.y.ents):
        specific = get_ner_prf(
            [
                Example(select(example.x, is_specific), select(example.y, is_specific))
                for example in examples
            ],
            **kwargs,
        )
        scores["ents_per_type"] = {
            **scores["ents_per_type"],
            **specific["ents_per_type"],
        }
    for key, value in specific.items():
        scores[key.replace("ents", "specific")] = value
    return scores


def relabel(doc: Doc, get_result: Callable[[Span], Optional[Result]]) -> Doc:
    """Copy a doc with other entity labels.

    doc (Doc): The doc.
    get_result (Callable[[Span], Optional[Result]]): Gives the label and the knowledge
        base id of an entity, or None to leave it out.
    RETURNS (Doc): The copy.
    """
    copy = doc.copy()
    ents: List[Span] = []
    outside: List[Span] = []
    for ent in doc.ents:
        result = get_result(ent)
        label, kb_id = result or ("", "")
        span = Span(copy, ent.start, ent.end, label, kb_id=kb_id)
        (ents if result else outside).append(span)
    copy.set_ents(ents, outside=outside, default="unmodified")
    return copy


def select(doc: Doc, is_selected: Callable[[Span], bool]) -> Doc:
    """Copy a doc with some of its entities."""
    return relabel(
        doc, lambda ent: Result(ent.label_, ent.kb_id_) if is_selected(ent) else None
    )
