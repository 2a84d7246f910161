"""Match a pattern with repetition in time that is linear in the length of a text.

spaCy's Matcher follows all ways in which repeated tokens can match, one by one. Their
number grows with a power of the length of the text. Here it is found for each place,
from the last token of the pattern to the first, where the shortest (or longest) match
that begins there ends (Bellman 1957, dynamic programming).
"""

from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy
from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from .bounds import UNBOUNDED, get_op, get_repetition

MAX_OPTIONAL = 4
MAX_LENGTH = 50
MAX_MATCHES = 100_000
ENTITY = -1
# number of what the token asks for, and "1", "!", "?" or "*"
Step = Tuple[int, str]
Array = Any  # numpy.ndarray, which has no type parameters in Python 3.9
# first token, last token + 1, and first token of the entity, or -1
Match = Tuple[int, int, int]


def needs_sequence(pattern: List[Dict[str, Any]]) -> bool:
    """Tell whether spaCy's Matcher could take long for a pattern.

    pattern (List[Dict[str, Any]]): A pattern for Matcher.
    RETURNS (bool): Whether a token is repeated without end, many may be left out, or
        there are many.
    """
    repetitions = [get_repetition(token) for token in pattern]
    n_optional = sum(most - least for least, most in repetitions)
    n_tokens = sum(least for least, _ in repetitions)
    return n_optional > MAX_OPTIONAL or n_tokens > MAX_LENGTH


class SequenceMatcher:
    """Match one pattern. Of the matches that begin at the same token one is found.

    vocab (Vocab): The vocab.
    pattern (List[Dict[str, Any]]): The pattern, without the token that stands for the
        entity, or with it.
    entity (Optional[int]): The index of that token.
    is_longest (bool): Find the longest match, by default the shortest.
    """

    def __init__(
        self,
        vocab: Vocab,
        pattern: List[Dict[str, Any]],
        *,
        entity: Optional[int] = None,
        is_longest: bool = False,
    ) -> None:
        self.is_longest = is_longest
        self._none = -1 if is_longest else UNBOUNDED
        self._matcher = Matcher(vocab)
        self._specs: List[Dict[str, Any]] = []
        steps: List[Step] = []
        before: List[Step] = []
        for i, token in enumerate(pattern):
            if i == entity:
                before, steps = steps, []
            else:
                steps += self._make_steps(token)
        self.has_entity = entity is not None
        self._before, self._steps = before, steps

    def _make_steps(self, token: Dict[str, Any]) -> List[Step]:
        spec = {key: value for key, value in token.items() if key.upper() != "OP"}
        if spec not in self._specs:
            self._specs.append(spec)
            self._matcher.add(len(self._specs), [[spec]])
        number = self._specs.index(spec)
        if get_op(token) == "!":
            return [(number, "!")]
        least, most = get_repetition(token)
        steps = [(number, "1")] * least
        if most == UNBOUNDED:
            return [*steps, (number, "*")]
        return [*steps, *[(number, "?")] * (most - least)]

    def __call__(
        self, doc: Doc, entities: Sequence[Tuple[int, int]] = ()
    ) -> Iterator[Match]:
        """Find the matches in a doc.

        doc (Doc): The doc.
        entities (Sequence[Tuple[int, int]]): First token and last token + 1 of the
            entities that the pattern can be about.
        YIELDS (Tuple[int, int, int]): The matches, in order. Those beyond MAX_MATCHES
            are left out.
        """
        fits = numpy.zeros((len(self._specs), len(doc)), dtype=bool)
        # missing annotations are the component's to report
        for number, i, _ in self._matcher(doc, allow_missing=True):
            fits[number - 1, i] = True
        ends = self._find_ends(self._steps, fits, numpy.arange(len(doc) + 1))
        if not self.has_entity:
            for i in numpy.flatnonzero((ends != self._none)[:-1]).tolist():
                if ends[i] != i:
                    yield i, int(ends[i]), -1
                elif any(fits[number, i] for number, _ in self._steps):
                    yield i, i + 1, -1  # all tokens may be left out, but one is there
            return
        n_left = MAX_MATCHES
        for first, last in entities:
            if ends[last] == self._none:
                continue
            goal = numpy.full(len(doc) + 1, self._none)
            goal[first] = ends[last]
            starts = self._find_ends(self._before, fits[:, :first], goal[: first + 1])
            found = numpy.flatnonzero(starts != self._none)[-n_left:]
            yield from ((i, int(ends[last]), first) for i in found.tolist())
            n_left -= len(found)
            if n_left <= 0:
                return

    def _find_ends(self, steps: List[Step], fits: Array, ends: Array) -> Array:
        """Find where matches of steps end.

        steps (List[Step]): The steps.
        fits (Array): Which token fits what is asked for.
        ends (Array): Where a match ends that has come to each place after the steps.
        RETURNS (Array): Where it ends if it begins at each place before them.
        """
        better = numpy.maximum if self.is_longest else numpy.minimum
        for number, op in reversed(steps):
            fit = fits[number] if op != "!" else ~fits[number]
            if op == "*":
                ends = self._repeat(fit, ends)
                continue
            taken = numpy.full_like(ends, self._none)
            taken[:-1] = numpy.where(fit, ends[1:], self._none)
            ends = better(taken, ends) if op == "?" else taken
        return ends

    def _repeat(self, fit: Array, ends: Array) -> Array:
        """Take any number of tokens that fit."""
        better = max if self.is_longest else min
        values, fitting = ends.tolist(), fit.tolist()
        for i in range(len(fitting) - 1, -1, -1):
            if fitting[i]:
                values[i] = better(values[i], values[i + 1])
        return numpy.asarray(values)
