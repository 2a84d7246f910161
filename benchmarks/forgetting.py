"""Teach a pipeline new labels in every way there is, and compare what each learns,
keeps and costs. See README.md beside this file."""

import importlib.util
import re
import shutil
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

# Typer, which spaCy's commands use, takes no repeated option with several values
import click
import spacy
import srsly
from measure import Yardstick, get_size, read_docs
from methods import METHODS, RECIPE, TWO_NER, Run, Task, add_new_ner
from report import (
    ALL,
    COLUMNS,
    describe,
    format_rows,
    format_statistic,
    format_table,
    plot,
    summarize,
)
from spacy.language import Language
from thinc.api import ConfigValidationError
from tqdm import tqdm
from wasabi import msg

from spacy_rehearsal.base_model import find_pipeline
from spacy_rehearsal.errors import UnavailablePipelineError
from spacy_rehearsal.input_files import read_lines

FILE = click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path)
BASE = "base"
ALL_METHODS = [BASE, *METHODS, *TWO_NER]
SEQUENCE_METHODS = ["plain", "ours"]
Scores = Dict[str, float]
Work = Callable[[Path], Scores]
Job = Tuple[Path, Dict[str, Any], Work]


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
    unknown = [name for name in chosen if name not in ALL_METHODS]
    if unknown:
        raise click.BadParameter(
            f"no method {', '.join(unknown)}, there are: {', '.join(ALL_METHODS)}"
        )
    return [name for name in ALL_METHODS if name in chosen]


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
        "recipe": RECIPE.read_text(encoding="utf8"),
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
        compare_sequences(runs, chosen, yardstick, settings, output / "sequence")
    else:
        compare(runs, chosen, yardstick, settings, output)


def check_base_model(base_model: str) -> str:
    """Find the base model, by a name that holds in any working directory."""
    try:
        path = find_pipeline(base_model)
    except UnavailablePipelineError as err:
        raise click.BadParameter(str(err), param_hint="--base-model") from None
    return str(path.resolve()) if Path(base_model).exists() else base_model


def check_raw(path: Path) -> None:
    try:
        n_texts = sum(bool(text.strip()) for _, text in read_lines(path, is_json=True))
    except ConfigValidationError as err:
        raise click.ClickException(err.errors[0]["msg"]) from None
    if not n_texts:
        raise click.ClickException(f"{path}: there is no text in it")


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
    if sequence:
        chosen = methods or SEQUENCE_METHODS
        unfit = [name for name in chosen if name not in METHODS]
        if unfit:
            raise click.BadParameter(
                f"{', '.join(unfit)} can't learn a sequence", param_hint="--methods"
            )
    else:
        chosen = methods or ALL_METHODS
    if set(chosen) & set(TWO_NER) and "plain" not in chosen:
        chosen = [name for name in ALL_METHODS if name in [*chosen, "plain"]]
    if "spacy-ewc" in chosen and importlib.util.find_spec("spacy_ewc") is None:
        missing = "spacy-ewc is not installed: pip install '.[benchmarks]'"
        if methods:
            raise click.BadParameter(missing, param_hint="--methods")
        msg.warn(f"Left out: {missing}")
        chosen = [name for name in chosen if name != "spacy-ewc"]
    return chosen


def compare(
    runs: List[Run],
    methods: List[str],
    yardstick: Yardstick,
    settings: Dict[str, Any],
    output: Path,
) -> None:
    """Run each method on each task with each seed, and report.

    runs (List[Run]): The tasks and seeds.
    methods (List[str]): The methods. The base model is the same for each seed.
    yardstick (Yardstick): What to measure against.
    settings (Dict[str, Any]): What all runs have in common, to tell whether those in
        the output directory are of the same kind.
    output (Path): The directory for runs/, forgetting.json and forgetting.png.
    """
    keys = [
        (run, method)
        for run in runs
        for method in methods
        if method != BASE or run.seed == runs[0].seed
    ]
    jobs = [
        make_job(run, method, yardstick, settings, output / "runs")
        for run, method in keys
    ]
    records = [
        {"task": run.task.name, "method": method, "seed": run.seed, **scores}
        for (run, method), scores in zip(keys, do_all(jobs))
    ]
    summary = summarize(records, list(COLUMNS))
    write_report(output, "forgetting", settings, records, summary)
    plot(summary[ALL], output / "forgetting.png")
    print(format_table(summary))


def make_job(
    run: Run, method: str, yardstick: Yardstick, settings: Dict[str, Any], output: Path
) -> Job:
    directory = get_directory(output, run, method)
    plain = get_directory(output, run, "plain")
    paths = {name: str(getattr(run.task, name)) for name in ("train", "dev", "test")}

    def work(unfinished: Path) -> Scores:
        model = unfinished / "model"
        if method == BASE:
            seconds, model = 0.0, find_pipeline(run.base_model)
        elif method in TWO_NER:
            seconds = srsly.read_json(plain / "result.json")["scores"]["seconds"]
            first = TWO_NER[method]
            add_new_ner(run.base_model, plain / "model", model, first=first)
        else:
            seconds = METHODS[method](run, unfinished)
        return {**measure(model, run.task, yardstick), "seconds": seconds}

    return directory, {**settings, **paths}, work


def get_directory(output: Path, run: Run, method: str) -> Path:
    return output / run.task.name / method / f"seed-{run.seed}"


def measure(model: Path, task: Task, yardstick: Yardstick) -> Scores:
    nlp = spacy.load(model)
    new_f = yardstick.score_new(nlp, task.test)
    base = yardstick.score_base(nlp)
    return {
        "new_f": new_f,
        **base,
        "product": new_f * base["retention"] / 100,
        "speed": yardstick.measure_speed(nlp),
        "size": get_size(model),
    }


def do_all(jobs: List[Job]) -> List[Scores]:
    """Do what is not done yet.

    jobs (List[Tuple[Path, Dict[str, Any], Callable[[Path], Dict[str, float]]]]): For
        each, the directory that is there once it is finished, its settings, and what
        to do in a directory beside it.
    RETURNS (List[Dict[str, float]]): The scores of each.
    """
    for directory, settings, _ in jobs:
        check_settings(directory, settings)
    done = []
    with tqdm(jobs, unit="run", disable=None) as progress:
        for directory, settings, work in progress:
            progress.set_description("/".join(directory.parts[-3:]))
            if not directory.exists():
                do(directory, settings, work)
            done.append(srsly.read_json(directory / "result.json")["scores"])
    return done


def check_settings(directory: Path, settings: Dict[str, Any]) -> None:
    if not directory.exists():
        return
    stored = srsly.read_json(directory / "result.json")["settings"]
    differing = [name for name in settings if stored.get(name) != settings[name]]
    if differing:
        raise click.ClickException(
            f"{directory} was made with another {', '.join(differing)}. "
            "Give another --output, or remove it."
        )


def do(directory: Path, settings: Dict[str, Any], work: Work) -> None:
    unfinished = directory.with_name(f"{directory.name}-unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        scores = work(unfinished)
    except RuntimeError as err:
        raise click.ClickException(str(err)) from err
    result = {"settings": settings, "scores": scores}
    srsly.write_json(unfinished / "result.json", result)
    unfinished.rename(directory)


def compare_sequences(
    runs: List[Run],
    methods: List[str],
    yardstick: Yardstick,
    settings: Dict[str, Any],
    output: Path,
) -> None:
    """Learn the tasks one after the other with each method and seed, and report what
    is known of each after every step: class-incremental learning (Monaikul et al.
    2021, "Continual learning for named entity recognition").

    For the settings see `compare`.
    """
    tasks = list(dict.fromkeys(run.task for run in runs))
    seeds = list(dict.fromkeys(run.seed for run in runs))
    keys, jobs = [], []
    for method in methods:
        for seed in seeds:
            jobs += make_sequence(
                [run for run in runs if run.seed == seed],
                method,
                yardstick,
                settings,
                output / "runs" / method / f"seed-{seed}",
            )
            keys += [(method, task.name, seed) for task in tasks]
    records = [
        {"method": method, "task": task, "seed": seed, **scores}
        for (method, task, seed), scores in zip(keys, do_all(jobs))
    ]
    groups = ["retention", "agreement", *(task.name for task in tasks)]
    summary: Dict[str, Any] = {
        method: {task.name: {} for task in tasks} for method in methods
    }
    rows = []
    for method in methods:
        for task in tasks:
            chosen = [
                r for r in records if (r["method"], r["task"]) == (method, task.name)
            ]
            statistics = {
                group: describe([record[group] for record in chosen])
                for group in groups
                if group in chosen[0]
            }
            summary[method][task.name] = statistics
            cells = [
                format_statistic(statistics[g], 1) if g in statistics else ""
                for g in groups
            ]
            rows.append([method, task.name, *cells])
    write_report(output, "sequence", settings, records, summary)
    header = ["method", "after", "retention", "agreement"]
    print(format_rows([*header, *(f"{task.name} F" for task in tasks)], rows))


def make_sequence(
    runs: List[Run],
    method: str,
    yardstick: Yardstick,
    settings: Dict[str, Any],
    output: Path,
) -> List[Job]:
    jobs = []
    base_model = runs[0].base_model
    for i, run in enumerate(runs, start=1):
        known = [earlier.task for earlier in runs[:i]]
        step = Run(base_model, run.task, run.raw, run.seed, run.max_steps)
        paths = {"tasks": [[t.name, str(t.train), str(t.dev)] for t in known]}
        directory = output / f"{i}-{run.task.name}"
        work = partial(learn_step, step, method, yardstick, known)
        jobs.append((directory, {**settings, **paths}, work))
        base_model = str(directory / "model")
    return jobs


def learn_step(
    run: Run, method: str, yardstick: Yardstick, known: List[Task], unfinished: Path
) -> Scores:
    """Learn one more task and score the base labels and all tasks so far."""
    seconds = METHODS[method](run, unfinished)
    nlp = spacy.load(unfinished / "model")
    new = {task.name: yardstick.score_new(nlp, task.test) for task in known}
    return {**yardstick.score_base(nlp), **new, "seconds": seconds}


def write_report(
    output: Path, name: str, settings: Dict[str, Any], records: Any, summary: Any
) -> None:
    unfinished = output / f"{name}-unfinished.json"
    report = {"settings": settings, "summary": summary, "runs": records}
    srsly.write_json(unfinished, report)
    unfinished.rename(output / f"{name}.json")


if __name__ == "__main__":
    forgetting()
