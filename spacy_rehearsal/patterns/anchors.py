"""Find the words that a pattern can't match without."""

from typing import Any, Dict, FrozenSet, List, Tuple

from spacy.attrs import IDS
from spacy.vocab import Vocab

from .bounds import get_op, get_repetition

Anchor = FrozenSet[Tuple[int, int]]
ANCHOR_ATTRS = ("ORTH", "TEXT", "LOWER", "LEMMA", "NORM")


def find_anchor(pattern: List[Dict[str, Any]], vocab: Vocab) -> Tuple[int, Anchor]:
    """Find the words without one of which a pattern can't match.

    pattern (List[Dict[str, Any]]): The tokens or nodes of the pattern.
    vocab (Vocab): The vocab.
    RETURNS (Tuple[int, FrozenSet[Tuple[int, int]]]): The index of the token with the
        longest words, which are the rarest, and its attribute and values; -1 and
        nothing if there is no such token.
    """
    best, length = -1, 0
    anchor: Anchor = frozenset()
    for i, token in enumerate(pattern):
        if get_repetition(token).least == 0 or get_op(token) == "!":
            continue
        for key, value in token.items():
            values = value.get("IN", []) if isinstance(value, dict) else [value]
            if key.upper() not in ANCHOR_ATTRS or not values:
                continue
            if isinstance(value, dict) and len(value) > 1:
                continue
            shortest = min(map(len, values))
            if shortest > length:
                attr = IDS["ORTH" if key.upper() == "TEXT" else key.upper()]
                anchor = frozenset((attr, vocab.strings.add(v)) for v in values)
                best, length = i, shortest
    return best, anchor
