from random import Random
from typing import Any, Dict, List, Optional, Tuple

import numpy
import pytest
import spacy
from spacy.matcher import DependencyMatcher
from spacy.tokens import Doc

from spacy_rehearsal.patterns.bounds import check_nodes
from spacy_rehearsal.patterns.trees import MAX_QUESTIONS, Steps, TreeMatcher

VOCAB = spacy.blank("en").vocab
OPS = ["<", ">", "<<", ">>", ".", ".*", ";", ";*", "$+", "$-", "$++", "$--"]
OPS += [">+", ">-", ">++", ">--", "<+", "<-", "<++", "<--"]
SPECS: List[Dict[str, Any]] = [
    {},
    {"LOWER": "a"},
    {"LOWER": {"IN": ["a", "b"]}},
    {"LOWER": "c", "OP": "!"},
    {"TEXT": {"REGEX": "[bc]"}},
]
Shortest = Dict[Tuple[int, int], int]


def make_doc(random: Random) -> Doc:
    """Make a doc of one to three sentences with trees that may cross."""
    heads: List[int] = []
    for _ in range(random.randint(1, 3)):
        first, n_tokens = len(heads), random.randint(1, 7)
        order = random.sample(range(n_tokens), n_tokens)
        above = {order[0]: order[0]}
        for i in order[1:]:
            above[i] = random.choice(list(above))
        heads += [first + above[i] for i in range(n_tokens)]
    words = random.choices("abc", k=len(heads))
    return Doc(VOCAB, words=words, heads=heads, deps=["dep"] * len(heads))


def make_pattern(random: Random) -> List[Dict[str, Any]]:
    pattern: List[Dict[str, Any]] = []
    for i in range(random.randint(1, 4)):
        node = {"RIGHT_ID": str(i), "RIGHT_ATTRS": random.choice(SPECS)}
        if i:
            node["LEFT_ID"] = str(random.randrange(i))
            node["REL_OP"] = random.choice(OPS)
        pattern.append(node)
    return pattern


def find_all(
    doc: Doc,
    pattern: List[Dict[str, Any]],
    entity: Optional[int],
    entities: Dict[int, Tuple[int, int]],
) -> Shortest:
    """Find the shortest of spaCy's matches for each start and entity."""
    matcher = DependencyMatcher(VOCAB)
    matcher.add("pattern", [pattern])
    found: Shortest = {}
    for _, tokens in matcher(doc):
        about = -1
        if entity is not None:
            if tokens[entity] not in entities:
                continue
            about = entities[tokens[entity]][0]
        key = min(tokens), about
        found[key] = min(found.get(key, len(doc)), max(tokens) + 1)
    return found


def test_finds_the_shortest_matches_of_spacy() -> None:
    random = Random(0)
    n_found = 0
    for _ in range(3000):
        doc, pattern = make_doc(random), make_pattern(random)
        entity = random.choice([None, *range(len(pattern))])
        start = random.randrange(len(doc))
        end = min(len(doc), start + 2)
        entities = dict.fromkeys(range(start, end), (start, end))
        entities.setdefault(0, (0, 1))
        matches = list(TreeMatcher(VOCAB, pattern, entity)(doc, entities, Steps(doc)))
        found = {(start, about): end for start, end, about in matches}
        assert len(found) == len(matches)
        assert found == find_all(doc, pattern, entity, entities), pattern
        n_found += len(found)
    assert n_found > 3000


def make_siblings(n_nodes: int, op: str = ">") -> List[Dict[str, Any]]:
    root: Dict[str, Any] = {"RIGHT_ID": "root", "RIGHT_ATTRS": {}}
    link = {"LEFT_ID": "root", "REL_OP": op, "RIGHT_ATTRS": {}}
    return [root, *({**link, "RIGHT_ID": str(i)} for i in range(n_nodes))]


def make_flat_doc(n_tokens: int) -> Doc:
    words = ["word"] * n_tokens
    return Doc(VOCAB, words=words, heads=[0] * n_tokens, deps=["dep"] * n_tokens)


@pytest.mark.parametrize("op", [">", ">>", ".*", ">++"])
def test_many_siblings_end(op: str) -> None:
    doc = make_flat_doc(40)
    matches = list(TreeMatcher(VOCAB, make_siblings(49, op))(doc, {}, Steps(doc)))
    assert matches[0] == (0, 2, -1)
    n_starts = 39 if op == ".*" else 1
    assert len(matches) == n_starts


def test_the_number_of_matches_is_bounded() -> None:
    pattern = make_siblings(1, ".*")
    n_tokens = 400
    entities = {i: (i, i + 1) for i in range(n_tokens)}
    doc = Doc.from_docs([make_flat_doc(n_tokens)] * 2)
    matches = list(TreeMatcher(VOCAB, pattern, 0)(doc, entities, Steps(doc)))
    assert 0 < len(matches) <= MAX_QUESTIONS


def test_sentences_that_are_too_long_are_left_out() -> None:
    doc = Doc.from_docs([make_flat_doc(1001), make_flat_doc(3)])
    matches = list(TreeMatcher(VOCAB, make_siblings(2))(doc, {}, Steps(doc)))
    assert matches == [(1001, 1003, -1)]


def test_a_doc_without_a_parse() -> None:
    doc = Doc(VOCAB, words=["a", "b"])
    for n_nodes, a_doc, size in ((1, doc, 0), (1, Doc(VOCAB), 0), (0, doc, 6)):
        matcher = TreeMatcher(VOCAB, make_siblings(n_nodes))
        matches = list(matcher(a_doc, {}, Steps(a_doc)))
        assert numpy.asarray(matches).size == size


def test_steps_are_counted_over_all_patterns() -> None:
    doc = make_flat_doc(500)
    steps = Steps(doc)
    matchers = [TreeMatcher(VOCAB, make_siblings(49, ".*")) for _ in range(20)]
    found = [len(list(matcher(doc, {}, steps))) for matcher in matchers]
    assert found[0] == 499
    assert found[-1] == 0
    assert steps.left < 0


def test_patterns_that_are_too_large() -> None:
    check_nodes(make_siblings(49))
    with pytest.raises(ValueError, match="has 51 nodes, at most 50 are allowed"):
        check_nodes(make_siblings(50))
    node = {"RIGHT_ID": "a", "RIGHT_ATTRS": {"LOWER": "a", "OP": "{2}"}}
    with pytest.raises(ValueError, match=r"takes no operator '\{2\}'"):
        check_nodes([node])
    for wrong in ({"RIGHT_ID": "a", "RIGHT_ATTRS": None}, {"LOWER": "a"}):
        with pytest.raises(ValueError, match="a node has a RIGHT_ID and an object"):
            check_nodes([wrong])
