"""Teach a pipeline new labels in every way there is, and compare what each learns,
keeps and costs. See README.md beside this file."""

import importlib.util
import re
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

# Typer, which spaCy's commands use, takes no repeated option with several values
import click
from comparison import BASE, compare
from measure import Yardstick, read_docs
from methods import DERIVED, METHODS, Run, Task
from report import ALL
from sequence import WITH_TEXTS, compare_sequences
from spacy.language import Language
from thinc.api import ConfigValidationError
from wasabi import msg

from spacy_rehearsal.base_pipeline import find_pipeline
from spacy_rehearsal.errors import UnavailablePipelineError
from spacy_rehearsal.readers.raw_text.corpus import RawCorpus
from spacy_rehearsal.readers.raw_text.reading import check_raw_text

FILE = click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path)
ALL_METHODS = [BASE, *METHODS, *DERIVED]
SEQUENCE_METHODS = [*METHODS, WITH_TEXTS]


def parse_label_map(_: Any, __: Any, values: Tuple[str, ...]) -> Dict[str, str]:
    label_map = {}
    for value in values:
        labels, equals, coarse = value.partition("=")
        if not (labels and equals and coarse):
            raise click.BadParameter(f"expected e.g. GPE,LOC,FAC=PLACE, found {value}")
        label_map.update(dict.fromkeys(labels.split(","), coarse))
    return label_map


def parse_methods(_: Any, __: Any, value: Optional[str]) -> Optional[List[str]]:
    if value is None:
        return None
    chosen = value.split(",")
    methods = [*ALL_METHODS, WITH_TEXTS]
    unknown = [name for name in chosen if name not in methods]
    if unknown:
        raise click.BadParameter(
            f"no method {', '.join(unknown)}, there are: {', '.join(methods)}"
        )
    return [name for name in methods if name in chosen]


def parse_tasks(_: Any, __: Any, values: Tuple[Tuple[Any, ...], ...]) -> List[Task]:
    tasks = [Task(*value) for value in values]
    names = [task.name for task in tasks]
    for name in names:
        if not re.fullmatch(r"\w[\w.-]*", name) or name == ALL or names.count(name) > 1:
            raise click.BadParameter(
                f"expected names of their own, of letters and digits, found '{name}'"
            )
    return tasks


@click.command()
@click.option(
    "--task",
    "tasks",
    type=(str, FILE, FILE, FILE),
    multiple=True,
    required=True,
    callback=parse_tasks,
    metavar="NAME TRAIN DEV TEST",
    help="New labels to learn: a name, and three .spacy files. Repeatable.",
)
@click.option("--raw", type=FILE, required=True, help="Raw text to train with, JSONL.")
@click.option(
    "--heldout", type=FILE, required=True, help="Raw text to measure with, JSONL."
)
@click.option(
    "--base-gold",
    type=FILE,
    multiple=True,
    required=True,
    help="Gold for the base labels, .spacy. Repeatable.",
)
@click.option(
    "--label-map",
    multiple=True,
    callback=parse_label_map,
    metavar="LABELS=LABEL",
    help="If that gold has a coarser scheme: e.g. GPE,LOC,FAC=PLACE. Repeatable.",
)
@click.option("--base-model", default="en_core_web_sm", show_default=True)
@click.option(
    "--seed", "seeds", type=int, multiple=True, default=[0], help="Repeatable."
)
@click.option(
    "--methods",
    callback=parse_methods,
    help=f"Separated by commas; by default all: {', '.join(ALL_METHODS)}.",
)
@click.option(
    "--max-steps",
    type=click.IntRange(min=1),
    help="Steps of our recipe, instead of its own number. The others' follow.",
)
@click.option(
    "--sequence",
    is_flag=True,
    help="Learn the tasks one after the other, each from the last one's output.",
)
@click.option(
    "--ray",
    help="Address of a Ray cluster for the tasks and seeds, or 'local' to start one.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, resolve_path=True, path_type=Path),
    required=True,
    help="Directory for pipelines and results. Finished runs in it are kept.",
)
def forgetting(
    tasks: List[Task],
    raw: Path,
    heldout: Path,
    base_gold: Tuple[Path, ...],
    label_map: Dict[str, str],
    base_model: str,
    seeds: Tuple[int, ...],
    methods: Optional[List[str]],
    max_steps: Optional[int],
    sequence: bool,
    ray: Optional[str],
    output: Path,
) -> None:
    """Teach a pipeline new labels in every way there is, and compare what each
    learns, keeps and costs."""
    base_model = check_base_model(base_model)
    chosen = choose_methods(methods, sequence=sequence)
    for path in (raw, heldout):
        check_raw(path)
    yardstick = Yardstick(base_model, heldout, list(base_gold), label_map)
    check_gold(yardstick, tasks)
    settings = {
        "base_model": base_model,
        "raw": str(raw),
        "heldout": str(heldout),
        "base_gold": [str(path) for path in base_gold],
        "label_map": label_map,
        "max_steps": max_steps,
    }
    runs = [
        Run(base_model, task, raw, seed, max_steps)
        for task in tasks
        for seed in dict.fromkeys(seeds)
    ]
    if sequence:
        compare_sequences(runs, chosen, yardstick, settings, output / "sequence", ray)
    else:
        compare(runs, chosen, yardstick, settings, output, ray)


def check_base_model(base_model: str) -> str:
    """Find the base model, by a name that holds in any working directory."""
    try:
        path = find_pipeline(base_model)
    except UnavailablePipelineError as err:
        raise click.BadParameter(str(err), param_hint="--base-model") from None
    return str(path.resolve()) if Path(base_model).exists() else base_model


def check_raw(path: Path) -> None:
    try:
        check_raw_text(RawCorpus(path))
    except ConfigValidationError as err:
        raise click.ClickException(err.errors[0]["msg"]) from None


def check_gold(yardstick: Yardstick, tasks: List[Task]) -> None:
    for task in tasks:
        for path in (task.train, task.dev, task.test):
            check_readable(path, yardstick.base)
            if not yardstick.find_new_labels(path):
                raise click.ClickException(
                    f"{path}: no entity with a label that the base model lacks"
                )
    for path, base_f in zip(yardstick.base_gold, yardstick.base_f):
        if not base_f:
            raise click.ClickException(
                f"{path}: the base model finds none of its entities. "
                "Does it need a --label-map?"
            )


def check_readable(path: Path, nlp: Language) -> None:
    try:
        read_docs(path, nlp)
    except Exception as err:  # whatever a broken file raises
        raise click.ClickException(f"{path} can't be read: {err}") from err


def choose_methods(methods: Optional[List[str]], *, sequence: bool) -> List[str]:
    """Choose what to run: the methods asked for, and those that they need."""
    fit = SEQUENCE_METHODS if sequence else ALL_METHODS
    chosen = methods or (
        ["plain", "grown", "in-place", WITH_TEXTS] if sequence else ALL_METHODS
    )
    unfit = [name for name in chosen if name not in fit]
    if unfit:
        what = "can't learn a sequence" if sequence else "is for a --sequence"
        raise click.BadParameter(f"{', '.join(unfit)} {what}", param_hint="--methods")
    sources = {DERIVED[name][0] for name in chosen if name in DERIVED}
    if sources - set(chosen):
        chosen = [name for name in ALL_METHODS if name in {*chosen, *sources}]
    if "spacy-ewc" in chosen and importlib.util.find_spec("spacy_ewc") is None:
        missing = "spacy-ewc is not installed: pip install '.[benchmarks]'"
        if methods:
            raise click.BadParameter(missing, param_hint="--methods")
        msg.warn(f"Left out: {missing}")
        chosen = [name for name in chosen if name != "spacy-ewc"]
    return chosen


if __name__ == "__main__":
    forgetting()
