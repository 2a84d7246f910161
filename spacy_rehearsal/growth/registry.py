"""Find how a network grows by its architecture."""

from typing import Any, Dict, Optional

import catalogue

from .base import Growth

# classes of growth by architecture; other packages add theirs with entry points of the
# group `spacy_rehearsal_growth`
architectures = catalogue.create("spacy_rehearsal", "growth", entry_points=True)


def get_growth(component: Dict[str, Any]) -> Optional[Growth]:
    """Get how the network of a component grows.

    component (Dict[str, Any]): The component's block.
    RETURNS (Optional[Growth]): How it does, or None if that is not known.
    """
    model = component.get("model") or {}
    name = model.get("@architectures", "")
    growth: Optional[Growth] = None
    if name in architectures:
        growth = architectures.get(name)()
    return growth
