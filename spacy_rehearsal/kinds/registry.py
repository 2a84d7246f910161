"""Find the kind of a component by its factory."""

from typing import Any, Dict, Optional, Sequence

import catalogue

from ..errors import config_error
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
                f"{', '.join(config['nlp']['pipeline'])}",
            )
        factory = config["components"][name].get("factory")
        try:
            kind: Optional[Kind] = kinds.get(factory)() if factory in kinds else None
            factories = ", ".join(sorted(kinds.get_all())) if kind is None else ""
        except Exception as err:  # the code of another package can raise anything
            raise config_error(
                loc, f"'{name}' can't be rehearsed: a kind can't be loaded: {err}"
            ) from err
        if kind is None:
            raise config_error(
                loc,
                f"'{name}' can't be rehearsed yet: its factory is {factory}. These "
                f"can: {factories}",
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
