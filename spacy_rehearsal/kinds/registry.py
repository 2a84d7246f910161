"""Find the kind of a component by its factory."""

from typing import Any, Dict, Optional, Sequence

import catalogue

from ..errors import config_error, list_names
from .base import Kind

# classes of kinds by factory; other packages add theirs with entry points of the group
# `spacy_rehearsal_kinds`
kinds = catalogue.create("spacy_rehearsal", "kinds", entry_points=True)


def find_kinds(
    config: Dict[str, Any],
    components: Sequence[str],
    *,
    base_model: str,
    loc: Sequence[str],
) -> Dict[str, Kind]:
    """Find out what some components of a base pipeline are, and check that they can be
    trained with rehearsal.

    config (Dict[str, Any]): The pipeline's config.
    components (Sequence[str]): Names of the components.
    base_model (str): The base pipeline, for messages.
    loc (Sequence[str]): Where the components are set, for messages.
    RETURNS (Dict[str, Kind]): The kind of each component, by name.
    RAISES (ConfigValidationError): If there is no such component, it can't be trained
        yet, or not together with another one.
    """
    found: Dict[str, Kind] = {}
    places: Dict[str, str] = {}
    for name in components:
        if name not in config["components"]:
            raise config_error(
                loc,
                f"'{base_model}' has no component '{name}', it has: "
                f"{list_names(config['nlp']['pipeline'])}",
            )
        kind = get_kind(config, name, loc)
        if kind is None:
            factory = config["components"][name].get("factory")
            raise config_error(
                loc,
                f"'{name}' can't be rehearsed yet: its factory is {factory}. These "
                f"can: {', '.join(sorted(kinds.get_all()))}",
            )
        try:
            kind.check_config(config["components"][name])
        except NotImplementedError as err:
            raise config_error(loc, f"'{name}' can't be rehearsed yet: {err}") from None
        for place in kind.places:
            other = places.setdefault(place, name)
            if other != name:
                raise config_error(
                    loc,
                    f"'{other}' and '{name}' can't be trained at once: both set "
                    f"{place}. Train one after the other.",
                )
        found[name] = kind
    return found


def find_recognizer(config: Dict[str, Any], *, base_model: str) -> str:
    """Find the entity recognizer of a pipeline, where no component is named.

    config (Dict[str, Any]): The pipeline's config.
    base_model (str): The pipeline, for messages.
    RETURNS (str): The name of the one component that it can be.
    RAISES (ConfigValidationError): If there is none, or there are several.
    """
    loc = ["component"]
    pipeline = config["nlp"]["pipeline"]
    found = []
    for name in pipeline:
        kind = get_kind(config, name, loc)
        if kind is not None and "doc.ents" in kind.places:
            found.append(name)
    if len(found) == 1:
        return str(found[0])
    problem = f"has several entity recognizers: {', '.join(found)}"
    advice = "Say with --component which one is meant."
    if not found:
        problem = f"has no entity recognizer, it has: {', '.join(pipeline)}"
        advice = "Say with --component what is meant instead."
    if not pipeline:
        problem, advice = "has no component: it knows nothing yet", "Give another one."
    raise config_error(loc, f"'{base_model}' {problem}. {advice}")


def get_kind(config: Dict[str, Any], name: str, loc: Sequence[str]) -> Optional[Kind]:
    """Get the kind of a component. None if there is none for its factory.

    RAISES (ConfigValidationError): If kinds can't be loaded.
    """
    factory = config["components"][name].get("factory")
    try:
        if factory in kinds:
            kind: Kind = kinds.get(factory)()
            return kind
        kinds.get_all()
    except Exception as err:  # the code of another package can raise anything
        raise config_error(
            loc, f"'{name}' can't be rehearsed: a kind can't be loaded: {err}"
        ) from err
    return None
