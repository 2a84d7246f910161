"""Keep what a training has done beside its output, so that it goes on after a kill."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Sequence

import srsly
from spacy import util
from spacy.language import Language
from spacy.training import Example
from spacy.training.loop import DIR_MODEL_BEST
from thinc.api import Optimizer

from ..binaries import unpack
from ..errors import config_error
from ..files import digest, write_beside, write_bytes
from . import state
from .frames import LOOP, find_output, find_variable, is_finished
from .hooks import get_hooks
from .journal import Journal, Losses, Scores

FORMAT_VERSION = 1
DIRECTORY = "checkpoint"
FILE_NAME = "state.msgpack"
# what is the same when a training goes on, and what it means if it is not
ORIGIN = {
    "format": "it is of another version of spacy-rehearsal",
    "config": "the config is another one",
    "weights": "the components in training start with other weights or labels",
}


def create_checkpoint() -> "CheckpointCallback":
    """Create a `[training.before_update]` callback that keeps all that a training has
    done in the directory `checkpoint` of its `--output`, after each evaluation. If the
    training is killed, the same command goes on from there, with the same result; on
    the CPU the weights are the same to the last bit. It goes when the training is done.

    RETURNS (CheckpointCallback): The callback.
    """
    return CheckpointCallback()


class CheckpointCallback:
    """Keep a checkpoint, and go on from it. Without an output directory there is none.

    ATTRIBUTES:
    checkpoint (Optional[Checkpoint]): The checkpoint.
    """

    def __init__(self) -> None:
        self.checkpoint: Optional[Checkpoint] = None

    def __call__(self, nlp: Language, info: Dict[str, Any]) -> None:
        output = find_output() if info["step"] == 0 else None
        if output is not None:
            self.checkpoint = Checkpoint(nlp, output, find_variable("optimizer", LOOP))
            get_hooks(nlp).set_recorder(self.checkpoint, owner=self)
        if self.checkpoint is not None:
            self.checkpoint.start_step(info["step"])


class Checkpoint:
    """What a training has done, in memory and on disk.

    nlp (Language): The pipeline in training, before the first step. If there is a
        checkpoint of the same training, it gets the weights from there.
    output (Path): The directory that the training writes to.
    optimizer (Optimizer): The optimizer of the training.
    RAISES (ConfigValidationError): If the optimizer is none of Thinc's.
    """

    def __init__(self, nlp: Language, output: Path, optimizer: Any) -> None:
        if not isinstance(optimizer, Optimizer):
            raise config_error(
                ["training", "optimizer"],
                f"a checkpoint can't keep the state of {type(optimizer).__name__}, "
                "which is no Optimizer of Thinc's. Take "
                "'spacy-rehearsal.checkpoint.v1' out of [training.before_update]",
            )
        self.nlp = nlp
        self.output = output
        self.optimizer = optimizer
        self.path = output / DIRECTORY
        start = state.get_components(nlp)
        self._origin = {
            "format": FORMAT_VERSION,
            "config": digest([nlp.config.interpolate().to_str().encode("utf8")]),
            "weights": digest(start[name]["bytes"] for name in sorted(start)),
        }
        self._saved = self._load()
        self.journal = Journal(self._saved and self._saved["journal"])
        self._n_evaluations = self.journal.n_evaluations
        if self._saved:
            util.logger.warning(
                "Going on at step %d, from the checkpoint in '%s'.",
                self.journal.n_steps,
                self.path,
            )
            state.set_components(nlp, self._saved["components"])
            state.set_optimizer(nlp, optimizer, self._saved["optimizer"])

    def start_step(self, step: int) -> None:
        """Start a step, and save what was done before, if that has been evaluated.

        step (int): The step, from 0.
        """
        self.journal.start_step(step)
        if self._saved and not self.journal.is_replay:
            state.set_random_state(self._saved["random"])
            state.set_scorers(self.nlp, self._saved["scorers"])
            best = self.output / DIR_MODEL_BEST
            shutil.rmtree(best, ignore_errors=True)
            shutil.copytree(self.path / self._saved["best"], best)
            self._saved = None
        elif self.journal.n_evaluations > self._n_evaluations:
            self._n_evaluations = self.journal.n_evaluations
            try:
                self._save()
            except OSError as err:
                util.logger.warning(
                    "The checkpoint in '%s' could not be written (%s). The training "
                    "goes on, and can't be gone on with from here.",
                    self.path,
                    err,
                )

    def update(
        self, update: Callable[[], Losses], examples: Sequence[Example], losses: Losses
    ) -> Losses:
        """See `Journal.update`.

        RAISES (ConfigValidationError): If it was done before, with other examples.
        """
        try:
            return self.journal.update(update, examples, losses)
        except ValueError as err:
            if not self.journal.is_replay:
                raise
            raise config_error(
                ["training", "before_update"],
                f"can't go on from the checkpoint in '{self.path}': {err}, so the data "
                "has changed. Remove this directory to start from the beginning, or "
                "give another --output",
            ) from None

    def evaluate(self, evaluate: Callable[[], Scores]) -> Scores:
        """See `Journal.evaluate`."""
        return self.journal.evaluate(evaluate)

    def to_disk(self, to_disk: Callable[[], None], path: Path) -> None:
        """Save the pipeline. While steps are skipped once is enough. At the end of the
        training the checkpoint goes.

        to_disk (Callable[[], None]): Saves it.
        path (Path): The directory to save it to.
        """
        if not (self.journal.is_replay and path.exists()):
            to_disk()
        if is_finished():
            shutil.rmtree(self.path, ignore_errors=True)

    def _save(self) -> None:
        self.path.mkdir(exist_ok=True)
        best = f"{DIR_MODEL_BEST}-{self.journal.step}"
        with write_beside(self.path / best) as temporary:
            shutil.copytree(self.output / DIR_MODEL_BEST, temporary, copy_function=link)
        saved = {
            **self._origin,
            "components": state.get_components(self.nlp),
            "optimizer": state.get_optimizer(self.nlp, self.optimizer),
            "random": state.get_random_state(),
            "scorers": state.get_scorers(self.nlp),
            "journal": self.journal.to_record(),
            "best": best,
        }
        write_bytes(self.path / FILE_NAME, srsly.msgpack_dumps(saved))
        for old in self.path.iterdir():
            if old.is_dir() and old.name != best:
                shutil.rmtree(old, ignore_errors=True)

    def _load(self) -> Optional[state.State]:
        """Get what was saved, if it is of the same training."""
        path = self.path / FILE_NAME
        if not path.is_file():
            return None
        try:
            saved: state.State = unpack(path.read_bytes())
            for name, reason in ORIGIN.items():
                if saved.get(name) != self._origin[name]:
                    raise ValueError(reason)
            if not (self.path / saved["best"]).is_dir():
                raise ValueError(f"'{saved['best']}' is missing")
        except ValueError as err:
            util.logger.warning(
                "Starting from the beginning. There is a checkpoint in '%s', but %s.",
                self.path,
                err,
            )
            return None
        return saved


def link(source: str, target: str) -> None:
    """Copy a file by a hard link, where the file system has them. spaCy replaces the
    files of a saved pipeline and changes none."""
    with suppress(OSError):
        return os.link(source, target)
    shutil.copy2(source, target)
