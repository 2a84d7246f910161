"""Match many patterns in a doc, each only where one of its words stands."""

import warnings
from typing import (
    Any,
    Dict,
    FrozenSet,
    Iterable,
    Iterator,
    List,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from spacy.matcher import DependencyMatcher, Matcher
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from ..patterns.anchors import Anchor, find_anchor
from ..patterns.bounds import Load, check_bounds, check_nodes, get_repetition, is_plain
from ..patterns.guards import guard_regexes
from ..patterns.sequence import Match, SequenceMatcher, needs_sequence
from ..patterns.trees import Steps, TreeMatcher

Pattern = List[Dict[str, Any]]
ENT = "ENT"
# an entity's first token and those that go on with it
ENT_TOKENS: Pattern = [{"ENT_IOB": "B"}, {"ENT_IOB": "I", "OP": "*"}]
ENT_ATTRS = {"ENT_TYPE": {"NOT_IN": [""]}}
ANYWHERE = -1
MAX_PATTERNS = 500  # of a matcher
ANY_LENGTH = 10**9


def is_dependency_pattern(pattern: Pattern) -> bool:
    """Tell a pattern for DependencyMatcher from one for Matcher."""
    return any("RIGHT_ID" in token for token in pattern)


def get_token_attrs(pattern: Pattern) -> List[Dict[str, Any]]:
    if is_dependency_pattern(pattern):
        return [node.get("RIGHT_ATTRS") or {} for node in pattern]
    return pattern


def find_attrs(pattern: Pattern) -> Set[str]:
    """Find the token attributes that a pattern looks at, in upper case."""
    return {key.upper() for token in get_token_attrs(pattern) for key in token}


def find_entity(pattern: Pattern) -> Optional[int]:
    """Find the token of a pattern that stands for the entity."""
    attrs = get_token_attrs(pattern)
    return next((i for i, token in enumerate(attrs) if ENT in token), None)


def replace_entity(pattern: Pattern) -> Pattern:
    """Put what spaCy can match in the place of the token that stands for the entity."""
    i = find_entity(pattern)
    if i is None:
        return pattern
    if is_dependency_pattern(pattern):
        attrs = {key: v for key, v in pattern[i]["RIGHT_ATTRS"].items() if key != ENT}
        tokens: Pattern = [{**pattern[i], "RIGHT_ATTRS": {**ENT_ATTRS, **attrs}}]
    else:
        tokens = ENT_TOKENS
    return [*pattern[:i], *tokens, *pattern[i + 1 :]]


def check_patterns(
    patterns: Any, vocab: Vocab, load: Load, *, allow_entity: bool = True
) -> None:
    """Check patterns for Matcher and DependencyMatcher.

    patterns (Any): The patterns.
    vocab (Vocab): The vocab.
    load (Load): What those before cost. These are added.
    allow_entity (bool): Allow a token that stands for the entity.
    RAISES (ValueError): If there is no pattern, or one is not valid.
    """
    if not isinstance(patterns, list) or not patterns:
        msg = f"is no valid Matcher pattern: expected a list, found {patterns!r:.200}"
        raise ValueError(msg)
    for pattern in patterns:
        if not isinstance(pattern, list) or not pattern:
            msg = (
                f"is no valid Matcher pattern: expected tokens, found {pattern!r:.200}"
            )
            raise ValueError(msg)
        if not all(isinstance(token, dict) for token in pattern):
            raise ValueError(f"is no valid Matcher pattern: found {pattern!r:.200}")
        if is_plain(pattern):
            continue
        check_entity_token(pattern, allow_entity=allow_entity)
        is_dependency = is_dependency_pattern(pattern)
        matcher = (DependencyMatcher if is_dependency else Matcher)(
            vocab, validate=True
        )
        try:
            check_bounds(get_token_attrs(pattern))
            if is_dependency:
                check_nodes(pattern)
            matcher.add("pattern", [replace_entity(pattern)])
        # spaCy has many errors for patterns, of several classes
        except Exception as err:
            msg = f"is no valid {type(matcher).__name__} pattern: {str(err).strip()}"
            raise ValueError(msg) from None
        if is_dependency or not find_anchor(pattern, vocab)[1]:
            load.add(len(pattern))


def check_entity_token(pattern: Pattern, *, allow_entity: bool) -> None:
    tokens = [token for token in get_token_attrs(pattern) if ENT in token]
    if not tokens:
        return
    if not allow_entity:
        raise ValueError(
            f"has a token {ENT}, but looks at the entity's own tokens only"
        )
    if len(tokens) > 1:
        raise ValueError(f"has several tokens {ENT}, there is one entity")
    if tokens[0][ENT] is not True:
        raise ValueError(f"{ENT} must be true, found {tokens[0][ENT]!r}")
    if len(tokens[0]) > 1 and not is_dependency_pattern(pattern):
        raise ValueError(f"a token with {ENT} takes no other keys, found {tokens[0]}")


class PatternIndex:
    """Many Matcher and DependencyMatcher patterns, of which a doc meets only those
    that have one of its words.

    Each pattern is filed under a word that it can't match without, as in the inverted
    index of a search engine, and is tried only around that word.

    vocab (Vocab): The vocab.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self._groups: Dict[Tuple[Anchor, FrozenSet[str]], "PatternGroup"] = {}
        self._by_attr: Dict[int, Dict[int, List["PatternGroup"]]] = {}

    def add(
        self, key: int, patterns: Iterable[Pattern], labels: Iterable[str] = ()
    ) -> None:
        """Add patterns.

        key (int): The key of their matches.
        patterns (Iterable[List[Dict[str, Any]]]): The patterns.
        labels (Iterable[str]): The entity labels that the matches are for.
        """
        for pattern in patterns:
            i, anchor = find_anchor(get_token_attrs(pattern), self.vocab)
            group_key = anchor, frozenset(labels)
            group = self._groups.get(group_key)
            if group is None:
                group = self._groups[group_key] = PatternGroup(self.vocab, *group_key)
                for attr, value in anchor or [(ANYWHERE, ANYWHERE)]:
                    values = self._by_attr.setdefault(attr, {})
                    values.setdefault(value, []).append(group)
            group.add(key, pattern, i)

    def __len__(self) -> int:
        """The number of groups of patterns."""
        return len(self._groups)

    def __call__(
        self, doc: Doc, ents: Sequence[Span], labels: Set[str]
    ) -> Dict[int, List[Match]]:
        """Find all matches in a doc.

        doc (Doc): The doc.
        ents (Sequence[Span]): Its entities.
        labels (Set[str]): The entity labels to find matches for.
        RETURNS (Dict[int, List[Tuple[int, int, int]]]): For each key its matches,
            sorted: first token, last token + 1, and the first token of the entity
            that the pattern is about, or -1.
        """
        places: Dict["PatternGroup", List[int]] = {}
        for attr, groups in self._by_attr.items():
            is_anywhere = attr == ANYWHERE
            values = [ANYWHERE] if is_anywhere else doc.to_array(attr).tolist()
            for i, value in enumerate(values):
                for group in groups.get(value, ()):
                    if not labels.isdisjoint(group.labels):
                        places.setdefault(group, []).append(i)
        found: Dict[int, Set[Match]] = {}
        if places:
            entities = {
                i: (ent.start, ent.end)
                for ent in ents
                for i in range(ent.start, ent.end)
            }
            steps = Steps(doc)
            for group, positions in places.items():
                for key, match in group.match(doc, positions, entities, steps):
                    found.setdefault(key, set()).add(match)
            if steps.left < 0:
                warnings.warn(
                    "The dependency patterns of label_mapper's rules take too long in "
                    f"a text of {len(doc)} tokens: some were not looked for there.",
                    stacklevel=2,
                )
        return {key: sorted(matches) for key, matches in found.items()}


class PatternGroup:
    """The patterns that share an anchor and are for the same entity labels.

    vocab (Vocab): The vocab.
    anchor (FrozenSet[Tuple[int, int]]): The attribute and value of words one of
        which each pattern needs; none if they can match anywhere.
    labels (FrozenSet[str]): The labels.
    """

    def __init__(self, vocab: Vocab, anchor: Anchor, labels: FrozenSet[str]) -> None:
        self.vocab = vocab
        self.anchor = anchor
        self.labels = labels
        self.words: List[int] = []  # keys of patterns that are no more than the anchor
        self.patterns: List[Tuple[int, Optional[int]]] = []  # key, index of ENT
        self.pending: List[Pattern] = []  # not yet in a matcher
        self.matchers: List[Matcher] = []
        self.sequences: List[Tuple[int, SequenceMatcher]] = []
        self.trees: List[Tuple[int, TreeMatcher]] = []
        self.has_entity = False
        self.before = 0
        self.after = 0

    def add(self, key: int, pattern: Pattern, anchor: int) -> None:
        """Add a pattern, `anchor` being the index of the token with the anchor."""
        entity = find_entity(pattern)
        pattern = guard_regexes(pattern)
        tokens = replace_entity(pattern)
        if is_dependency_pattern(pattern):
            self.trees.append((key, TreeMatcher(self.vocab, tokens, entity)))
        elif len(pattern) == 1 and len(pattern[0]) == 1 and anchor >= 0:
            self.words.append(key)
        elif needs_sequence(pattern):
            matcher = SequenceMatcher(self.vocab, pattern, entity=entity)
            self.sequences.append((key, matcher))
        else:
            self.patterns.append((key, entity))
            self.has_entity = self.has_entity or entity is not None
            self.pending.append(tokens)
            lengths = [get_repetition(token).most for token in pattern]
            if not self.anchor:  # then the whole doc is one region
                lengths = [ANY_LENGTH]
            self.before = max(self.before, sum(lengths[: max(anchor, 0)]))
            self.after = max(self.after, sum(lengths[anchor + 1 :]))

    def match(
        self,
        doc: Doc,
        positions: List[int],
        entities: Dict[int, Tuple[int, int]],
        steps: Steps,
    ) -> Iterator[Tuple[int, Match]]:
        """Match around the places in a doc where the anchor stands.

        doc (Doc): The doc.
        positions (List[int]): The places, as token indices.
        entities (Dict[int, Tuple[int, int]]): First token and last token + 1 of the
            entity at each token that is in one.
        steps (Steps): How many steps dependency patterns may take.
        YIELDS (Tuple[int, Tuple[int, int, int]]): Key and match.
        """
        for key in self.words:
            for i in positions:
                yield key, (i, i + 1, -1)
        if self.patterns:
            longest = max((end - start for start, end in entities.values()), default=1)
            margin = longest - 1 if self.has_entity else 0
            for start, end in merge_regions(
                positions, self.before + margin, self.after + margin, len(doc)
            ):
                yield from self._match_region(doc, start, end, entities)
        for key, sequence in self.sequences:
            for match in sequence(doc, sorted(set(entities.values()))):
                yield key, match
        for key, tree in self.trees:
            for match in tree(doc, entities, steps):
                yield key, match

    def _get_matchers(self) -> List[Matcher]:
        """Get the matchers, which are made when a doc needs them."""
        first = len(self.patterns) - len(self.pending) + 1
        for number, tokens in enumerate(self.pending, start=first):
            # the time that `add` takes grows with what is there
            if number % MAX_PATTERNS == 1:
                self.matchers.append(Matcher(self.vocab))
            self.matchers[-1].add(number, [tokens])
        self.pending = []
        return self.matchers

    def _match_region(
        self, doc: Doc, start: int, end: int, entities: Dict[int, Tuple[int, int]]
    ) -> Iterator[Tuple[int, Match]]:
        region = doc if end - start == len(doc) else doc[start:end]
        # missing annotations are the component's to report
        matches: List[Any] = []
        for matcher in self._get_matchers():
            matches += matcher(
                region, allow_missing=True, with_alignments=self.has_entity
            )
        for number, first, last, *alignment in matches:
            key, entity = self.patterns[number - 1]
            first, last = first + start, last + start
            if entity is None:
                yield key, (first, last, -1)
                continue
            tokens = [
                first + i
                for i, index in enumerate(alignment[0])
                if index in (entity, entity + 1)
            ]
            # the whole entity, not the beginning of it
            if entities.get(tokens[0]) == (tokens[0], tokens[-1] + 1):
                yield key, (first, last, tokens[0])


def merge_regions(
    positions: List[int], before: int, after: int, length: int
) -> Iterator[Tuple[int, int]]:
    """Get the regions around places, those that overlap as one.

    positions (List[int]): The places, in order.
    before (int): Tokens of a region before its place.
    after (int): Tokens after it.
    length (int): The number of tokens there are.
    YIELDS (Tuple[int, int]): First token and last token + 1.
    """
    start, end = max(0, positions[0] - before), positions[0] + after + 1
    for i in positions[1:]:
        if i - before <= end:
            end = i + after + 1
        else:
            yield start, min(end, length)
            start, end = i - before, i + after + 1
    yield start, min(end, length)
