"""What there is to know about a doc while its entities are decided on."""

from bisect import bisect_left, bisect_right
from typing import (
    Any,
    Dict,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

from spacy.tokens import Doc, Span

from ..gazetteers.base import BaseGazetteer
from .matching import Match

Window = Union[str, int]


class Scene:
    """A doc with its entities, what they are in tables, and where patterns match.

    doc (Doc): The doc.
    ents (Sequence[Span]): Its entities.
    gazetteers (Mapping[str, BaseGazetteer]): The tables by name.
    matches (Mapping[int, List[Match]]): The matches of each condition, sorted, by the
        condition's key.

    ATTRIBUTES:
    gated (Dict[int, Set[int]]): The numbers of the rules with patterns that can hold
        for each entity.
    """

    def __init__(
        self,
        doc: Doc,
        ents: Sequence[Span],
        gazetteers: Mapping[str, BaseGazetteer],
        matches: Mapping[int, List[Match]],
    ) -> None:
        self.doc = doc
        self.ents = ents
        self.gazetteers = gazetteers
        self.matches = matches
        self.gated: Dict[int, Set[int]] = {}
        self._starts = [ent.start for ent in ents]
        self._sentences: Optional[List[int]] = None
        self._entries: Dict[Tuple[str, int], List[Dict[str, Any]]] = {}

    def open_gate(self, key: int, number: int, window: Window) -> None:
        """Let a rule through to the entities that a condition's matches are near.

        key (int): The condition's key.
        number (int): The number of the rule.
        window (Union[str, int]): How far from an entity a match may be.
        """
        for near in {self._find_near(match, window) for match in self.matches[key]}:
            for i in near:
                self.gated.setdefault(i, set()).add(number)

    def find(self, table: str, i: int) -> List[Dict[str, Any]]:
        """Look an entity up in a table, once."""
        entries = self._entries.get((table, i))
        if entries is None:
            entries = self.gazetteers[table].find(self.ents[i].text)
            self._entries[table, i] = entries
        return entries

    def has_match(self, key: int, ent: Span, start: int, end: int) -> bool:
        """Tell whether a condition has a match for an entity within a window."""
        matches = self.matches.get(key, [])
        for j in range(bisect_left(matches, (start, 0, -1)), len(matches)):
            first, last, about = matches[j]
            if first >= end:
                break
            if last <= end and about in (-1, ent.start):
                return True
        return False

    def count_places(self, key: int) -> int:
        """Count the places in the doc where a condition matches."""
        return len({match[0] for match in self.matches.get(key, ())})

    def get_window(self, ent: Span, window: Window) -> Tuple[int, int]:
        """Get the tokens that a window around an entity spans."""
        if isinstance(window, int):
            return ent.start - window, ent.end + window
        return self._get_part(ent.start, ent.end, window)

    def _get_part(self, start: int, end: int, window: str) -> Tuple[int, int]:
        """Get the part of the doc that tokens stand in: "doc" or "sentence"."""
        if window == "doc":
            return 0, len(self.doc)
        if self._sentences is None:
            values = self.doc.to_array("SENT_START").tolist()
            self._sentences = [
                i for i, value in enumerate(values) if i == 0 or value == 1
            ]
        first = self._sentences[bisect_right(self._sentences, start) - 1]
        i = bisect_left(self._sentences, end)
        return first, self._sentences[i] if i < len(self._sentences) else len(self.doc)

    def _find_near(self, match: Match, window: Window) -> range:
        """Find the entities that have a match in their window. May give some more."""
        start, end, about = match
        if about >= 0:
            i = bisect_left(self._starts, about)
            return range(i, i + 1)
        if isinstance(window, int):
            start, end = end - 1 - window, start + 1 + window
        else:
            start, end = self._get_part(start, end, window)
        first = max(0, bisect_right(self._starts, start) - 1)
        return range(first, bisect_left(self._starts, end))
