"""Every method on every task, each from the untouched base model."""

import time
from pathlib import Path
from typing import Any, Dict, List, Optional

import spacy
import srsly
from measure import Yardstick, get_size
from methods import DERIVED, METHODS, Run, Task, describe_recipe
from plots import plot_methods
from report import ALL, COLUMNS, format_table, summarize
from runs import Job, Scores, do_chains, write_report

from spacy_rehearsal.base_pipeline import find_pipeline

BASE = "base"


def compare(
    runs: List[Run],
    methods: List[str],
    yardstick: Yardstick,
    settings: Dict[str, Any],
    output: Path,
    ray: Optional[str] = None,
) -> None:
    """Run each method on each task with each seed, and report.

    runs (List[Run]): The tasks and seeds.
    methods (List[str]): The methods. The base model is the same for each seed.
    yardstick (Yardstick): What to measure against.
    settings (Dict[str, Any]): What all runs have in common, to tell whether those in
        the output directory are of the same kind.
    output (Path): The directory for runs/, forgetting.json and forgetting.png.
    ray (Optional[str]): Address of a Ray cluster for the tasks and seeds.
    """
    keys = [
        [(run, m) for m in methods if m != BASE or run.seed == runs[0].seed]
        for run in runs
    ]
    jobs = [
        [make_job(*key, yardstick, settings, output / "runs") for key in chain]
        for chain in keys
    ]
    records = [
        {"task": run.task.name, "method": method, "seed": run.seed, **scores}
        for chain, done in zip(keys, do_chains(jobs, ray))
        for (run, method), scores in zip(chain, done)
    ]
    summary = summarize(records, list(COLUMNS))
    write_report(output, "forgetting", settings, records, summary)
    plot_methods(summary[ALL], output / "forgetting.png")
    print(format_table(summary))


def make_job(
    run: Run, method: str, yardstick: Yardstick, settings: Dict[str, Any], output: Path
) -> Job:
    directory = get_directory(output, run, method)
    paths = {name: str(getattr(run.task, name)) for name in ("train", "dev", "test")}

    def work(unfinished: Path) -> Scores:
        model = unfinished / "model"
        if method == BASE:
            seconds, model = 0.0, find_pipeline(run.base_model)
        elif method in DERIVED:
            source, derive = DERIVED[method]
            trained = get_directory(output, run, source)
            seconds = srsly.read_json(trained / "result.json")["scores"]["seconds"]
            start = time.process_time()
            derive(run, trained / "model", model)
            seconds += time.process_time() - start
        else:
            seconds = METHODS[method](run, unfinished)
        return {**measure(model, run.task, yardstick), "seconds": seconds}

    recipe = describe_recipe(DERIVED[method][0] if method in DERIVED else method)
    return directory, {**settings, **paths, "recipe": recipe}, work


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
