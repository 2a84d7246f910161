"""Extension attributes of entities, set at a tenth of the cost of `ent._`."""

from typing import Any, Dict, Tuple

from spacy.tokens import Span


def set_extension(attr: str) -> None:
    """Register an extension attribute of Span.

    attr (str): Its name.
    RAISES (ValueError): If it is there already and is another's.
    """
    if not Span.has_extension(attr):
        Span.set_extension(attr, default=None)
    elif Span.get_extension(attr) != (None, None, None, None):
        raise ValueError(
            f"Span has an extension attribute '{attr}' of another kind already. Give "
            "the component another name for it, with the setting that ends in _attr."
        )


def set_attr(ent: Span, attr: str, value: Any) -> None:
    """Do what `ent._.set(attr, value)` does. The attribute need not be registered."""
    get_user_data(ent)[get_key(ent, attr)] = value


def get_attr(ent: Span, attr: str, default: Any = None) -> Any:
    """Get what `set_attr` has set."""
    return get_user_data(ent).get(get_key(ent, attr), default)


def get_user_data(ent: Span) -> Dict[Any, Any]:
    return ent.doc.user_data


def get_key(ent: Span, attr: str) -> Tuple[str, str, int, int]:
    """Get the key of an extension attribute. Other keys are lost in merged docs."""
    return "._.", attr, ent.start_char, ent.end_char
