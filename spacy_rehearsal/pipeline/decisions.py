"""The decisions that an entity recognizer takes for entities, and how sure they are."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy
from spacy.tokens import Doc

# start and end character, and label
Entity = Tuple[int, int, str]
# scores of the two ways, numpy's and the C code's, that are the same but for rounding
TOLERANCE = 1e-3


class Decisions(NamedTuple):
    """The steps in which an entity recognizer finds entities, a row each.

    entities (List[Entity]): The entities.
    scores (Floats2d): The score of each action that is possible in a step, or -inf.
    actions (Ints1d): The index of the action that is taken.
    owners (Ints1d): The index of the entity that the step belongs to.
    """

    entities: List[Entity]
    scores: numpy.ndarray
    actions: numpy.ndarray
    owners: numpy.ndarray


class Step(NamedTuple):
    """A step at a token: the first token of the entity is its own in the step that
    opens one. Tokens are those of the doc.

    owner (int): The index of the entity.
    start (int): The first token of the entity.
    token (int): The token.
    action (str): What is done, e.g. B-GPE.
    can_go_on (bool): Whether an entity may go on after the token.
    """

    owner: int
    start: int
    token: int
    action: str
    can_go_on: bool


def find_steps(doc: Doc) -> List[Step]:
    """Find the steps that lead to the entities of a doc.

    doc (Doc): The doc.
    RETURNS (List[Step]): The steps.
    """
    steps = []
    for owner, ent in enumerate(doc.ents):
        start, last, label = ent.start, ent.end - 1, ent.label_
        for token in range(start, last + 1):
            if token == start:
                prefix = "U" if token == last else "B"
            else:
                prefix = "L" if token == last else "I"
            can_go_on = token < last or (
                token + 1 < len(doc) and doc[token + 1].is_sent_start is not True
            )
            action = f"{prefix}-{label}"
            steps.append(Step(owner, start, token, action, can_go_on))
    return steps


def get_token_ids(step: Step, n_features: int) -> List[int]:
    """Get the tokens that a network of spaCy's looks at in a step: with 3 this one, the
    first and the last one of the open entity, with 6 this one and the first five.

    step (Step): The step.
    n_features (int): How many it looks at.
    RETURNS (List[int]): Their indices in the doc, and -1 for none.
    """
    is_open = step.token > step.start
    if n_features == 3:
        inside = [step.start, step.token - 1] if is_open else []
    else:
        inside = [*range(step.start, step.token)][: n_features - 1]
    ids = [step.token, *inside]
    return ids + [-1] * (n_features - len(ids))


class ActionTable:
    """The actions of an entity recognizer.

    moves (BiluoPushDown): Its transition system.
    """

    def __init__(self, moves: Any) -> None:
        names = [moves.get_class_name(i) for i in range(moves.n_moves)]
        self.indices: Dict[str, int] = {name: i for i, name in enumerate(names)}
        # "U-" is for tokens that are blocked
        self._opens = numpy.array([n[:2] in ("B-", "U-") and len(n) > 2 for n in names])
        self._begins = self._opens & numpy.array([n[0] == "B" for n in names])
        self._opens[self.indices["O"]] = True

    def get_possible(self, step: Step) -> Any:
        """Get the actions that are possible in a step.

        step (Step): The step.
        RETURNS (Union[Ints1d, Bools1d]): Their indices, or a mask of them.
        """
        if step.token == step.start:
            return self._opens if step.can_go_on else self._opens & ~self._begins
        label = step.action[2:]
        possible = [self.indices[f"L-{label}"]]
        if step.can_go_on:
            possible.append(self.indices[f"I-{label}"])
        return possible


def decide(
    moves: Any, network: Any, docs: Sequence[Optional[Doc]], lengths: Sequence[int]
) -> List[Optional[Decisions]]:
    """Score the steps that lead to the entities of docs, all at once.

    moves (BiluoPushDown): The transition system of the entity recognizer.
    network (ParserStepModel): What its network has computed of a batch of docs.
    docs (Sequence[Optional[Doc]]): The batch, None for those that are not asked for.
    lengths (Sequence[int]): The number of tokens that each had in the batch.
    RETURNS (List[Optional[Decisions]]): Those of each doc, None for one whose tokens
        are not those of the batch.
    """
    table = ActionTable(moves)
    n_features = network.state2vec.nF
    found: List[Optional[Tuple[Doc, List[Step]]]] = []
    ids: List[List[int]] = []
    offset = 0
    for doc, length in zip(docs, lengths):
        if doc is None or len(doc) != length:
            found.append(None)
        else:
            # what the entity recognizer has no action for is another component's
            steps = [s for s in find_steps(doc) if s.action in table.indices]
            found.append((doc, steps))
            for step in steps:
                tokens = get_token_ids(step, n_features)
                ids.append([i if i < 0 else i + offset for i in tokens])
        offset += length
    rows = score(network, ids) if ids else numpy.zeros((0, len(table.indices)), "f")
    return [
        None if pair is None else take(table, *pair, rows, start)
        for pair, start in zip(found, find_starts(found))
    ]


def find_starts(found: Sequence[Optional[Tuple[Doc, List[Step]]]]) -> List[int]:
    """Find the first row of each doc among those of all."""
    counts = [0 if pair is None else len(pair[1]) for pair in found]
    return [0, *numpy.cumsum(counts).tolist()][:-1]


def take(
    table: ActionTable, doc: Doc, steps: List[Step], rows: numpy.ndarray, start: int
) -> Decisions:
    """Take the decisions of a doc out of the scores of all."""
    scores = numpy.full((len(steps), rows.shape[1]), -numpy.inf, dtype="f")
    for i, step in enumerate(steps):
        possible = table.get_possible(step)
        scores[i, possible] = rows[start + i, possible]
    return Decisions(
        [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents],
        scores,
        numpy.array([table.indices[s.action] for s in steps], dtype="i"),
        numpy.array([s.owner for s in steps], dtype="i"),
    )


def score(network: Any, ids: List[List[int]]) -> numpy.ndarray:
    """Score all actions in states that look at some tokens, as the entity recognizer
    does.

    network (ParserStepModel): What its network has computed of a batch of docs.
    ids (List[List[int]]): The tokens of each state, by index in the batch.
    RETURNS (Floats2d): The scores.
    """
    vectors, _ = network.state2vec(numpy.array(ids, dtype="i"), False)
    if network.attrs["has_upper"]:
        vectors = network.vec2scores.predict(vectors)
    scores = numpy.array(vectors)
    scores[:, network._class_mask == 0] = scores.min()
    return scores


def get_confidences(decisions: Decisions, temperature: float) -> numpy.ndarray:
    """Get the probability of each entity, given that none is open before it: the
    product of those of the steps that lead to it.

    decisions (Decisions): The steps.
    temperature (float): What scores are divided by. Above 1 all is less sure.
    RETURNS (Floats1d): The probabilities. NaN for an entity that the entity recognizer
        would not find, as it would have done something else in one of the steps.
    """
    totals = numpy.zeros(len(decisions.entities))
    # an entity without a step is of a label that is not known
    totals[~numpy.isin(numpy.arange(len(totals)), decisions.owners)] = numpy.nan
    if not len(decisions.actions):
        return totals
    best = decisions.scores.max(axis=1)
    taken = decisions.scores[numpy.arange(len(best)), decisions.actions]
    shifted = (decisions.scores - best[:, None]) / temperature
    logs = (taken - best) / temperature - numpy.log(numpy.exp(shifted).sum(axis=1))
    logs[taken < best - TOLERANCE] = numpy.nan
    numpy.add.at(totals, decisions.owners, logs)
    return numpy.exp(totals)
