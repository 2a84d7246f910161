"""Find repetitions that can match the same text in more and more ways.

In `(a|ab|b)*` the text "ab" is one repetition or two, so that with each "ab" the number
of ways doubles. A repetition is made an automaton whose states are the places of its
characters (Glushkov 1961), and two readers walk through it with the same text: if they
part and meet again, they can do so each time (Weber and Seidl 1991).
"""

import re
from collections import Counter
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Set, Tuple

from .characters import SAMPLE, constants, find_chars, matches

MAX_STEPS = 2_000_000
BUILDING = 10  # steps that a part takes
MAX_COPIES = 100
MIN_REPEATS = 4  # of fewer there are few ways
REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


class TooLarge(ValueError):
    """An expression has too many parts to be looked at."""


class Fragment(NamedTuple):
    """A part of an automaton.

    n_empty (int): In how many ways it matches nothing.
    first (Counter[int]): The places where it begins, with the number of ways.
    last (Counter[int]): The places where it ends.
    """

    n_empty: int
    first: "Counter[int]"
    last: "Counter[int]"


EMPTY = Fragment(1, Counter(), Counter())


def is_ambiguous(parsed: Any, flags: int) -> bool:
    """Tell whether a repetition in an expression can match the same text in a number of
    ways that grows without end.

    parsed (SubPattern): The parsed expression.
    flags (int): The flags of the expression.
    RETURNS (bool): Whether there is one.
    RAISES (TooLarge): If it has too many parts.
    """
    found = find_chars(parsed)
    near = {chr(min(max(ord(c) + i, 0), 0x10FFFF)) for c in found for i in (-1, 1)}
    automaton = Automaton({*found, *near, *map(swap_case, found)})
    bodies = find_bodies(parsed, flags)
    return any(automaton.is_ambiguous(body, own_flags) for body, own_flags in bodies)


def swap_case(char: str) -> str:
    swapped = char.swapcase()
    return swapped if len(swapped) == 1 else char


def find_bodies(parts: Any, flags: int) -> Iterator[Tuple[Any, int]]:
    """Find what is repeated more than a few times, with the flags there."""
    for op, value in parts:
        if str(op) in REPEATS and value[1] > MIN_REPEATS:
            yield value[2], flags
        for inner, inner_flags in get_inner(op, value, flags):
            yield from find_bodies(inner, inner_flags)


def get_inner(op: Any, value: Any, flags: int) -> List[Tuple[Any, int]]:
    """Get the parts inside of a part, with the flags there."""
    name = str(op)
    if name in REPEATS:
        return [(value[2], flags)]
    if op is constants.SUBPATTERN:
        return [(value[3], (flags | value[1]) & ~value[2])]
    if name == "ATOMIC_GROUP":
        return [(value, flags)]
    if op in (constants.ASSERT, constants.ASSERT_NOT):
        return [(value[1], flags)]
    if op is constants.BRANCH:
        return [(branch, flags) for branch in value[1]]
    if op is constants.GROUPREF_EXISTS:
        return [(branch or [], flags) for branch in value[1:]]
    return []


class Automaton:
    """The automaton of a repetition.

    chars (Iterable[str]): Characters to try, beside one of each class.
    """

    def __init__(self, chars: Iterable[str]) -> None:
        self.chars = sorted({*SAMPLE, *chars})
        self.n_steps = 0
        self._known: Dict[Tuple[str, int], int] = {}
        self._masks: List[int] = []  # the characters that each place takes
        self._next: List["Counter[int]"] = []

    def is_ambiguous(self, body: Any, flags: int) -> bool:
        """Tell whether the repetition of an expression is ambiguous."""
        self._masks, self._next = [], []
        fragment = self._build_all(body, flags)
        self._connect(fragment.last, fragment.first)
        if any(n > 1 for after in self._next for n in after.values()):
            return True
        sets = {frozenset(after) for after in self._next}
        pairs = {pair for places in sets for pair in self._step(places, places)}
        pairs = {pair for pair in pairs if pair[0] != pair[1]}
        return self._can_meet(pairs)

    def _can_meet(self, pairs: Set[Tuple[int, int]]) -> bool:
        """Tell whether two readers that have parted come to the same place."""
        seen, left = set(pairs), list(pairs)
        while left:
            one, two = left.pop()
            for pair in self._step(self._next[one], self._next[two]):
                if pair[0] == pair[1]:
                    return True
                if pair not in seen:
                    seen.add(pair)
                    left.append(pair)
        return False

    def _step(
        self, ones: Iterable[int], twos: Iterable[int]
    ) -> Iterator[Tuple[int, int]]:
        """Find the places where two readers can come with the same character."""
        by_mask: Dict[int, List[int]] = {}
        for two in twos:
            by_mask.setdefault(self._masks[two], []).append(two)
        for one in ones:
            self._count(len(by_mask))
            for mask, places in by_mask.items():
                if mask & self._masks[one]:
                    self._count(len(places))
                    for two in places:
                        yield (one, two) if one < two else (two, one)

    def _count(self, n: int) -> None:
        self.n_steps += n
        if self.n_steps > MAX_STEPS:
            raise TooLarge

    def _build_all(self, parts: Iterable[Any], flags: int) -> Fragment:
        fragment = EMPTY
        for op, value in parts:
            fragment = self._join(fragment, self._build(op, value, flags))
        return fragment

    def _build(self, op: Any, value: Any, flags: int) -> Fragment:
        self._count(BUILDING)
        if op in (constants.AT, constants.ASSERT, constants.ASSERT_NOT):
            return EMPTY
        if str(op) in REPEATS:
            least, most, body = value
            return self._build_repeat(least, most, body, flags)
        inner = get_inner(op, value, flags)
        if inner:
            built = [self._build_all(parts, own_flags) for parts, own_flags in inner]
            return Fragment(
                sum(f.n_empty for f in built),
                sum((f.first for f in built), Counter()),
                sum((f.last for f in built), Counter()),
            )
        place = len(self._masks)
        self._masks.append(self._get_mask(op, value, flags))
        self._next.append(Counter())
        return Fragment(0, Counter([place]), Counter([place]))

    def _build_repeat(self, least: int, most: Any, body: Any, flags: int) -> Fragment:
        if most is constants.MAXREPEAT or most > MAX_COPIES:
            fragment = self._build_all(body, flags)
            self._connect(fragment.last, fragment.first)
            return fragment._replace(n_empty=int(not least or fragment.n_empty > 0))
        fragment = EMPTY
        for i in range(most, 0, -1):
            fragment = self._join(self._build_all(body, flags), fragment)
            if i > least:
                fragment = fragment._replace(n_empty=fragment.n_empty + 1)
        return fragment

    def _join(self, one: Fragment, two: Fragment) -> Fragment:
        """Put a fragment behind another."""
        self._connect(one.last, two.first)
        self._count(len(one.first) + len(two.last))
        return Fragment(
            min(one.n_empty * two.n_empty, 2),
            one.first + multiply(two.first, one.n_empty),
            two.last + multiply(one.last, two.n_empty),
        )

    def _connect(self, last: "Counter[int]", first: "Counter[int]") -> None:
        self._count(len(last) * len(first))
        for one, n in last.items():
            for two, m in first.items():
                self._next[one][two] += n * m

    def _get_mask(self, op: Any, value: Any, flags: int) -> int:
        """Get the characters that a place takes, as the bits of a number."""
        key = repr((op, value)), flags
        if key not in self._known:
            self._count(len(self.chars))
            self._known[key] = sum(
                1 << i
                for i, char in enumerate(self.chars)
                if takes(op, value, char, flags)
            )
        return self._known[key]


def multiply(places: "Counter[int]", n: int) -> "Counter[int]":
    if n == 1:
        return places
    return Counter({place: min(n * m, 2) for place, m in places.items()} if n else {})


def takes(op: Any, value: Any, char: str, flags: int) -> bool:
    """Tell whether a part that takes one character takes this one."""
    if op is constants.ANY and flags & re.DOTALL:
        return True
    cases = [char, swap_case(char)] if flags & re.IGNORECASE else [char]
    return any(matches((op, value), ord(case)) for case in cases)
