"""Match a dependency pattern in time that does not grow with a power of its size.

spaCy's DependencyMatcher tries all combinations of the words that fit the nodes of a
pattern. Here it is found for each word, from the leaves of the pattern to its root,
where the shortest match ends that begins at a given word (Bellman 1957, dynamic
programming).
"""

from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy
from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from .sequence import Array, Match

MAX_TREE = 1000  # tokens of a sentence
MAX_QUESTIONS = 10_000
STEPS_PER_TOKEN = 300_000
STEPS_ANYWAY = 200  # of a token and node, however few questions there are
BATCH = 128
NONE = 10**9


# which words an operator is about, by how far they are from each other
IS_THERE = {
    "": lambda distance: distance != 0,
    "+": lambda distance: distance == 1,
    "-": lambda distance: distance == -1,
    "++": lambda distance: distance > 0,
    "--": lambda distance: distance < 0,
}


class Steps:
    """How many steps all dependency patterns together may still take in a doc. One is a
    node that is looked at for a token of a sentence and a token where a match begins.

    doc (Doc): The doc.

    ATTRIBUTES:
    left (int): How many. Less than 0 if they were not enough.
    """

    def __init__(self, doc: Doc) -> None:
        self.left = STEPS_PER_TOKEN * len(doc)

    def take(self, n_nodes: int, n_tokens: int, n_asked: int) -> bool:
        """Take the steps of some questions, and tell whether there were enough left."""
        self.left -= n_nodes * n_tokens * (STEPS_ANYWAY + n_asked)
        return self.left >= 0


class TreeMatcher:
    """Match one dependency pattern. Of the matches that begin at the same token, and
    are about the same entity, the shortest is found.

    vocab (Vocab): The vocab.
    pattern (List[Dict[str, Any]]): The pattern, which DependencyMatcher must have
        accepted.
    entity (Optional[int]): The index of the node that stands for the entity.
    """

    def __init__(
        self, vocab: Vocab, pattern: List[Dict[str, Any]], entity: Optional[int] = None
    ) -> None:
        self._matcher = Matcher(vocab)
        self._entity = entity
        self._branches: List[Tuple[int, str]] = []  # parent of each node, and operator
        numbers = {node["RIGHT_ID"]: i for i, node in enumerate(pattern)}
        self._nodes: Dict[str, List[int]] = {}  # those that the same tokens fit
        for i, node in enumerate(pattern):
            self._nodes.setdefault(repr(node["RIGHT_ATTRS"]), []).append(i)
            if i:
                self._branches.append((numbers[node["LEFT_ID"]], node["REL_OP"]))
            else:
                self._branches.append((-1, ""))
        for first, *_ in self._nodes.values():
            self._matcher.add(first + 1, [[pattern[first]["RIGHT_ATTRS"]]])

    def __call__(
        self, doc: Doc, entities: Dict[int, Tuple[int, int]], steps: Steps
    ) -> Iterator[Match]:
        """Find the matches in a doc.

        doc (Doc): The doc.
        entities (Dict[int, Tuple[int, int]]): First token and last token + 1 of the
            entity at each token that is in one.
        steps (Steps): How many steps may be taken. These are counted.
        YIELDS (Tuple[int, int, int]): The matches. Sentences of more than MAX_TREE
            tokens are left out, and what is found after MAX_QUESTIONS starts, or when
            no steps are left.
        """
        if steps.left < 0:
            return
        fits = numpy.zeros((len(self._branches), len(doc)), dtype=bool)
        # missing annotations are the component's to report
        for number, i, _ in self._matcher(doc, allow_missing=True):
            fits[number - 1, i] = True
        for first, *others in self._nodes.values():
            fits[others] = fits[first]
        starts = numpy.full(len(doc), -1)
        if self._entity is not None:
            for i, (start, _) in entities.items():
                starts[i] = start
            fits[self._entity] &= starts >= 0
        if not fits.any(axis=1).all():
            return
        n_left = MAX_QUESTIONS
        for tokens in find_trees(doc):
            there = fits[:, tokens]
            if len(tokens) > MAX_TREE or not there.any(axis=1).all():
                continue
            tree = Tree(doc, tokens)
            if not steps.take(len(fits), len(tokens), 1):
                return
            entity_at = starts[tokens]
            anywhere, _ = self._find_ends(tree, there, entity_at, [(0, -1)])
            if anywhere[0] == NONE:
                continue
            abouts = [-1]
            if self._entity is not None:
                abouts = sorted(set(entity_at[there[self._entity]].tolist()))
            begins = tokens[there.any(axis=0)].tolist()
            asked = [(i, about) for about in abouts for i in begins][:n_left]
            n_left -= len(asked)
            for i in range(0, len(asked), BATCH):
                batch = asked[i : i + BATCH]
                if not steps.take(len(fits), len(tokens), len(batch)):
                    return
                _, ends = self._find_ends(tree, there, entity_at, batch)
                for (start, about), end in zip(batch, ends.tolist()):
                    if end != NONE:
                        yield start, end + 1, about

    def _find_ends(
        self, tree: "Tree", fits: Array, entity_at: Array, asked: List[Tuple[int, int]]
    ) -> Tuple[Array, Array]:
        """Find where the shortest matches end.

        tree (Tree): The sentence.
        fits (Array): Which token fits which node.
        entity_at (Array): The first token of the entity that each token is in.
        asked (List[Tuple[int, int]]): For each question the first token, and the first
            token of the entity, or -1 for any.
        RETURNS (Tuple[Array, Array]): For each question the last token of the matches
            that begin at the token or later, and of those that begin there, or NONE.
        """
        first, about = numpy.asarray(asked, dtype=numpy.int32).T
        tokens = tree.tokens[:, None]
        n_nodes, n_asked = len(self._branches), len(asked)
        # for each node what its branches have in common, and what the best of them has
        later = [numpy.where(tokens >= first, tokens, NONE)] * n_nodes
        there = [numpy.where(tokens == first, tokens, NONE)] * n_nodes
        for node in range(n_nodes - 1, -1, -1):
            is_fit = fits[node][:, None]
            if node == self._entity:
                is_fit = is_fit & ((about < 0) | (entity_at[:, None] == about))
            all_later = numpy.where(is_fit, later[node], NONE)
            begun = numpy.maximum(all_later, there[node])
            parent, op = self._branches[node]
            if parent < 0:
                return all_later.min(axis=0), begun.min(axis=0)
            best = tree.pull(op, numpy.hstack([all_later, begun]))
            later[parent] = numpy.maximum(later[parent], best[:, :n_asked])
            there[parent] = numpy.minimum(there[parent], best[:, n_asked:])
            del later[node], there[node]
        raise AssertionError("the first node has no parent")


def find_trees(doc: Doc) -> Iterator[Array]:
    """Find the tokens of each tree of a parse."""
    heads = get_heads(doc)
    roots = heads
    while (roots[roots] != roots).any():
        roots = roots[roots]
    order = numpy.argsort(roots, kind="stable")
    yield from numpy.split(order, numpy.flatnonzero(numpy.diff(roots[order])) + 1)


def get_heads(doc: Doc) -> Array:
    return numpy.arange(len(doc)) + doc.to_array("HEAD").astype("int64")


class Tree:
    """The tree of a sentence.

    doc (Doc): The doc.
    tokens (Array): The indices of its tokens.
    """

    def __init__(self, doc: Doc, tokens: Array) -> None:
        self.tokens = tokens.astype(numpy.int32)
        self._heads = numpy.searchsorted(tokens, get_heads(doc)[tokens])
        self._places = numpy.arange(len(tokens))
        # from a head to its word, 0 for the root
        self._distances = self.tokens - self.tokens[self._heads]
        root = doc[int(tokens[self._places == self._heads][0])]
        # not all tokens of a tree whose arcs cross: spaCy's operators see it so
        self._is_in_sentence = (tokens >= root.left_edge.i) & (
            tokens <= root.right_edge.i
        )

    def pull(self, op: str, values: Array) -> Array:
        """Get the least of the values of the words that each word is related to.

        op (str): The operator of DependencyMatcher.
        values (Array): Values of each word, a column a question.
        RETURNS (Array): For each word the least ones, or NONE.
        """
        found = numpy.full_like(values, NONE)
        heads = self._heads
        if op[0] in ".;":
            values = numpy.where(self._is_in_sentence[:, None], values, NONE)
        if op == "<<":
            for i in self._sort_by_depth():
                found[i] = numpy.minimum(found[heads[i]], values[heads[i]])
        elif op == ">>":
            for i in reversed(self._sort_by_depth()):
                least = numpy.minimum(found[i], values[i])
                numpy.minimum(found[heads[i]], least, out=found[heads[i]])
        elif op in (".*", "$++"):
            self._pull_behind(values, found, self._places[::-1], op == "$++")
        elif op in (";*", "$--"):
            self._pull_behind(values, found, self._places, op == "$--")
        elif op in (".", ";", "$+", "$-"):
            is_next = numpy.diff(self.tokens) == 1
            one, two = self._places[:-1], self._places[1:]
            if op in (";", "$-"):
                one, two = two, one
            if op[0] == "$":
                is_next &= (heads[one] == heads[two]) & (heads[two] != two)
            found[one[is_next]] = values[two[is_next]]
        elif op[0] == "<":
            is_there = IS_THERE[op[1:]](-self._distances)
            found[is_there] = values[heads[is_there]]
        else:
            is_there = IS_THERE[op[1:]](self._distances)
            numpy.minimum.at(found, heads[is_there], values[is_there])
        return found

    def _pull_behind(
        self, values: Array, found: Array, order: Array, is_sibling: bool
    ) -> None:
        """Get the least values of the words that come before in an order, of all or of
        those with the same head."""
        least = numpy.full_like(values, NONE)
        for i in order.tolist():
            group = self._heads[i] if is_sibling else 0
            found[i] = least[group]
            if not is_sibling or self._heads[i] != i:
                numpy.minimum(least[group], values[i], out=least[group])

    def _sort_by_depth(self) -> List[int]:
        """Sort the words below the root, those with the shortest way to it first."""
        depths = numpy.zeros(len(self._heads), dtype=int)
        above = self._places
        while (self._heads[above] != above).any():
            depths += self._heads[above] != above
            above = self._heads[above]
        order = numpy.argsort(depths, kind="stable")
        return order[1:].tolist()
