"""What rules need of the components before label_mapper."""

import warnings
from typing import Any, Collection, Dict, Iterable, Mapping, Sequence, Set, Tuple

from spacy.language import FactoryMeta, Language
from spacy.pipeline import Pipe

from ..errors import config_error, make_visible
from .rules import Rule

# what says that a component sets an annotation; an attribute_ruler does not say it
ASSIGNS = {
    "LEMMA": "token.lemma",
    "POS": "token.pos",
    "TAG": "token.tag",
    "MORPH": "token.morph",
    "DEP": "token.dep",
    "SENT_START": "token.is_sent_start",
}
SET_BY_ATTRIBUTE_RULER = {"POS", "TAG", "MORPH"}
COMPONENTS = {
    "LEMMA": "a lemmatizer",
    "POS": "a tagger and an attribute_ruler, or a morphologizer",
    "TAG": "a tagger",
    "MORPH": "a morphologizer",
    "DEP": "a parser",
}


def check_components(
    nlp: Language,
    components: Sequence[Tuple[str, Any]],
    mapper: Pipe,
    rules: Sequence[Rule],
) -> None:
    """Check that the components before label_mapper set what its rules look at, and
    warn of entity labels that none of them gives.

    nlp (Language): The pipeline.
    components (Sequence[Tuple[str, Any]]): Its components, by name. Without the
        label_mapper among them nothing is checked.
    mapper (Pipe): The label_mapper.
    rules (Sequence[Rule]): Its rules.
    RAISES (ConfigValidationError): If no component sets what a rule looks at.
    """
    pipes = [pipe for _, pipe in components]
    n_before = next((i for i, pipe in enumerate(pipes) if pipe is mapper), None)
    if n_before is None:
        return
    before = [(pipe, nlp.get_pipe_meta(name)) for name, pipe in components[:n_before]]
    check_annotations([meta for _, meta in before], find_needs(rules))
    sources = [pipe for pipe, meta in before if "doc.ents" in meta.assigns]
    # a component of another kind may not tell its labels
    if all(hasattr(pipe, "labels") for pipe in sources):
        found = {label for pipe in sources for label in pipe.labels}
        warn_of_labels(rules, found, mapper.labels, components[n_before][0])


def check_annotations(metas: Iterable[FactoryMeta], needs: Mapping[str, str]) -> None:
    """Check that components set what rules look at.

    metas (Iterable[FactoryMeta]): What is known of the components.
    needs (Mapping[str, str]): What rules look at, and for each the id of a rule.
    RAISES (ConfigValidationError): If no component sets one of them.
    """
    metas = list(metas)
    assigned = {attr for meta in metas for attr in meta.assigns}
    has_attribute_ruler = any(meta.factory == "attribute_ruler" for meta in metas)
    for need, rule_id in needs.items():
        is_set = has_attribute_ruler and need in SET_BY_ATTRIBUTE_RULER
        if ASSIGNS[need] not in assigned and not is_set:
            raise config_error(["rules", rule_id], describe_need(need, rule_id))


def warn_of_labels(
    rules: Iterable[Rule], found: Set[str], specific: Collection[str], name: str
) -> None:
    """Warn of rules for labels that no entity will have.

    rules (Iterable[Rule]): The rules.
    found (Set[str]): The labels that the components before label_mapper give.
    specific (Collection[str]): The labels that the rules give.
    name (str): The name of the label_mapper.
    """
    unknown = [
        f"{label} (rule '{rule.id}')"
        for rule in rules
        for label in rule.labels
        if label not in found and label not in specific
    ]
    if unknown:
        message = (
            f"No component before '{name}' gives the entity label "
            f"{', '.join(unknown)}. They give: "
            f"{', '.join(sorted(found)) or 'none'}."
        )
        warnings.warn(make_visible(message), stacklevel=2)


def find_needs(rules: Sequence[Rule]) -> Dict[str, str]:
    """Find what rules look at.

    rules (Sequence[Rule]): The rules.
    RETURNS (Dict[str, str]): The annotations, each with the id of the first rule that
        looks at it.
    """
    return {need: rule.id for rule in reversed(rules) for need in rule.needs}


def describe_need(need: str, rule_id: str) -> str:
    """Say that no component sets what a rule looks at, and what to do."""
    if need == "SENT_START":
        return (
            f"Rule '{rule_id}' looks at sentence boundaries, and no component before "
            "label_mapper sets them. Add a parser, senter or sentencizer before it, "
            "or set the rule's window to 'doc' or a number of tokens."
        )
    return (
        f"Rule '{rule_id}' looks at {need}, and no component before label_mapper sets "
        f"it. Add {COMPONENTS[need]} before it; a component of your own has to say "
        f'that it does, with assigns=["token.{need.lower()}"].'
    )
