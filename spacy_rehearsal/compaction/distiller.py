"""Train components to do what the teacher's do, and keep the best of their weights."""

import random
from itertools import count, islice
from typing import Any, Callable, Dict, Iterator, List, Sequence, Set, Tuple

from spacy.language import Language
from spacy.scorer import PRFScore
from spacy.training import Example, minibatch_by_words
from spacy.training.loop import train_while_improving
from thinc.api import compounding, warmup_linear
from tqdm import tqdm

from ..kinds.base import Annotation
from ..readers.sampling import shuffle_in_buffer
from ..teacher.teacher import Teacher
from ..teacher.vocab_limit import VocabLimit
from ..training.hooks import get_hooks
from ..training.imitation import Imitation
from ..training.listening import feed_listeners
from ..training.optimizers import create_adam_sp
from ..training.schedules import linear_decay

# as in the configs of `init-config`, but that nothing draws weights back
LEARN_RATE = 0.002
WARMUP = 0.1  # of all steps
DROPOUT = {"start": 0.15, "stop": 0.05, "decay": 0.000125}
WORDS = {"start": 500.0, "stop": 1000.0, "compound": 1.005}
EVAL_FREQUENCY = 100
PATIENCE = 400


class Distiller:
    """Train components of a pipeline to do what the teacher's of the same name do, and
    tell how far they agree.

    nlp (Language): The pipeline: the components, and what they listen to.
    teacher (Teacher): The pipeline to imitate, for these components.
    held_out (List[str]): Texts to compare on.

    ATTRIBUTES:
    agreement (Dict[str, float]): How far each component agrees with the teacher's, with
        the best weights so far: F with the teacher's annotations as the reference.
    n_steps (int): The number of steps taken.
    """

    def __init__(
        self, nlp: Language, teacher: Teacher, held_out: Sequence[str]
    ) -> None:
        self.nlp = nlp
        self.teacher = teacher
        self.n_steps = 0
        self._held_out = held_out
        self._expected = [
            {name: self._get_annotations(name, doc) for name in teacher.components}
            for doc in teacher.predict(held_out)
        ]
        self.agreement: Dict[str, float] = {}
        self._weights: Dict[str, bytes] = {}
        self.evaluate()

    @property
    def score(self) -> float:
        """The mean agreement, with the best weights so far."""
        return sum(self.agreement.values()) / len(self.teacher.components)

    def find_idle(self) -> List[str]:
        """Find the components that do nothing to the held-out texts."""
        return [
            name
            for name in self.teacher.components
            if not any(annotations[name] for annotations in self._expected)
        ]

    def train(
        self, read: Callable[[], Iterator[str]], *, max_steps: int, seed: int
    ) -> bool:
        """Train the components. They end with the weights that agree most.

        read (Callable[[], Iterator[str]]): Reads the texts to train on, once an epoch.
        max_steps (int): The number of steps to take at most.
        seed (int): Seed of the order of the texts.
        RETURNS (bool): False if it was interrupted.
        """
        names = self.teacher.components
        listened = [n for n in self.nlp.pipe_names if n not in names]
        rate: Any = warmup_linear(LEARN_RATE, int(WARMUP * max_steps), max_steps)
        optimizer = create_adam_sp(rate, L2=0.0)
        hooks = get_hooks(self.nlp)
        imitations = [Imitation(self.teacher, name) for name in names]
        for imitation in imitations:
            name = imitation.component
            hooks.set_component_update(name, imitation, owner=imitation)
        if {*feed_listeners(self.nlp, self.teacher, names, listened)} == {*names}:
            hooks.leave_out(listened)
        steps = train_while_improving(
            self.nlp,
            optimizer,
            self._make_batches(read, random.Random(seed)),
            self.evaluate,
            dropout=linear_decay(**DROPOUT),  # type: ignore[arg-type]
            accumulate_gradient=1,
            patience=PATIENCE,
            max_steps=max_steps,
            eval_frequency=EVAL_FREQUENCY,
            exclude=listened,
            annotating_components=listened,
            before_update=None,
        )
        is_done = True
        try:
            with tqdm(desc="Compacting", unit=" steps", total=max_steps) as progress:
                for _ in islice(steps, max_steps):
                    self.n_steps += 1
                    progress.update()
                    progress.set_postfix(agreement=f"{100 * self.score:.1f}")
        except KeyboardInterrupt:
            is_done = False
        with self.nlp.use_params(optimizer.averages):
            self.evaluate()
        for name, weights in self._weights.items():
            self._get_pipe(name).model.from_bytes(weights)
        return is_done

    def evaluate(self) -> Tuple[float, Dict[str, float]]:
        """Compare with the teacher. Weights that agree better than all before are kept.

        RETURNS (Tuple[float, Dict[str, float]]): The mean agreement, and each.
        """
        scores = {name: PRFScore() for name in self.teacher.components}
        for doc, expected in zip(self.nlp.pipe(self._held_out), self._expected):
            for name, score in scores.items():
                score.score_set(self._get_annotations(name, doc), expected[name])
        agreement = {name: score.fscore for name, score in scores.items()}
        mean = sum(agreement.values()) / len(agreement)
        if not self._weights or mean > self.score:
            self.agreement = agreement
            self._weights = {n: self._get_pipe(n).model.to_bytes() for n in scores}
        return mean, agreement

    def _make_batches(
        self, read: Callable[[], Iterator[str]], rng: random.Random
    ) -> Iterator[Tuple[int, List[Example]]]:
        """Yield batches without end, each with the number of its epoch."""
        make_doc = VocabLimit(self.nlp).make_doc
        size: Any = compounding(**WORDS)
        for epoch in count():
            docs = map(make_doc, shuffle_in_buffer(read(), rng))
            examples = (Example(doc, doc) for doc in docs)
            for batch in minibatch_by_words(examples, size):
                yield epoch, batch

    def _get_pipe(self, name: str) -> Any:
        return self.nlp.get_pipe(name)

    def _get_annotations(self, name: str, doc: Any) -> Set[Annotation]:
        kind = self.teacher.kinds[name]
        return set(kind.get_annotations(self._get_pipe(name), doc))
