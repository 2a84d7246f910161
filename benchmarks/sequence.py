"""Tasks that arrive one after the other, each learned from the last one's output."""

import random
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Dict, List, Optional

import spacy
import srsly
from measure import Yardstick, read_docs
from methods import METHODS, Run, Task, describe_recipe
from plots import plot_steps
from report import Record, Statistic, describe, format_rows, format_statistic
from runs import Job, Scores, do_chains, write_report

# our recipe, with the texts of the earlier tasks' gold, but not the gold itself, among
# the raw text
WITH_TEXTS = "in-place-with-texts"


def compare_sequences(
    runs: List[Run],
    methods: List[str],
    yardstick: Yardstick,
    settings: Dict[str, Any],
    output: Path,
    ray: Optional[str] = None,
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
            sequence = make_sequence(
                [run for run in runs if run.seed == seed],
                method,
                yardstick,
                settings,
                output / "runs" / method / f"seed-{seed}",
            )
            jobs.append(sequence)
            keys.append((method, seed))
    records: List[Dict[str, Any]] = [
        {"method": method, "task": task.name, "seed": seed, **scores}
        for (method, seed), done in zip(keys, do_chains(jobs, ray))
        for task, scores in zip(tasks, done)
    ]
    summary = summarize_steps(records)
    write_report(output, "sequence", settings, records, summary)
    names = [task.name for task in tasks]
    plot_steps(summary, names, output / "sequence.png")
    print(format_steps(summary, names))


def summarize_steps(records: List[Record]) -> Dict[str, Dict[str, Any]]:
    """Get mean and spread over seeds, by method and step: of retention, of agreement,
    of the F on each task so far, under the task's name in `new_f`, and, in `kept`, of
    that F of each earlier task in percent of what it was right after its own step."""
    summary: Dict[str, Dict[str, Any]] = {}
    for record in records:
        method, task = record["method"], record["task"]
        chosen = [r for r in records if (r["method"], r["task"]) == (method, task)]
        learned = list(record["new_f"])
        summary.setdefault(method, {})[task] = {
            "retention": describe([r["retention"] for r in chosen]),
            "agreement": describe([r["agreement"] for r in chosen]),
            "new_f": {
                name: describe([r["new_f"][name] for r in chosen]) for name in learned
            },
            "kept": {
                name: describe_kept(records, chosen, name) for name in learned[:-1]
            },
        }
    return summary


def describe_kept(
    records: List[Record], chosen: List[Record], task: str
) -> Optional[Statistic]:
    """Describe a task's F in percent of what it was right after its own step, or None
    if nothing was learned there."""
    own = {
        (r["method"], r["seed"]): r["new_f"][task] for r in records if r["task"] == task
    }
    pairs = [(r["new_f"][task], own[r["method"], r["seed"]]) for r in chosen]
    if not all(before for _, before in pairs):
        return None
    return describe([100 * after / before for after, before in pairs])


def format_steps(summary: Dict[str, Dict[str, Any]], tasks: List[str]) -> str:
    rows = []
    for method, steps in summary.items():
        for step, scores in steps.items():
            statistics = [
                scores["retention"],
                scores["agreement"],
                *(scores["new_f"].get(task) for task in tasks),
                *(scores["kept"].get(task) for task in tasks[:-1]),
            ]
            cells = [format_statistic(s, 1) if s else "" for s in statistics]
            rows.append([method, step, *cells])
    new = [f"{task} F" for task in tasks]
    kept = [f"{task} kept" for task in tasks[:-1]]
    header = ["method", "after", "retention", "agreement", *new, *kept]
    return format_rows(header, rows)


def make_sequence(
    runs: List[Run],
    method: str,
    yardstick: Yardstick,
    settings: Dict[str, Any],
    output: Path,
) -> List[Job]:
    jobs: List[Job] = []
    base_model = runs[0].base_model
    keep_texts = method == WITH_TEXTS
    method = "in-place" if keep_texts else method
    settings = {**settings, "recipe": describe_recipe(method)}
    for i, run in enumerate(runs, start=1):
        known = [earlier.task for earlier in runs[:i]]
        step = Run(base_model, run.task, run.raw, run.seed, run.max_steps)
        names = [[t.name, str(t.train), str(t.dev), str(t.test)] for t in known]
        directory = output / f"{i}-{run.task.name}"
        work = partial(learn_step, step, method, yardstick, known, keep_texts)
        jobs.append((directory, {**settings, "tasks": names}, work))
        base_model = str(directory / "model")
    return jobs


def learn_step(
    run: Run,
    method: str,
    yardstick: Yardstick,
    known: List[Task],
    keep_texts: bool,
    unfinished: Path,
) -> Scores:
    """Learn one more task and score the base labels and all tasks so far."""
    if keep_texts:
        texts = read_texts(run, known[:-1])
        srsly.write_jsonl(unfinished / "raw.jsonl", ({"text": text} for text in texts))
        run = replace(run, raw=unfinished / "raw.jsonl")
    seconds = METHODS[method](run, unfinished)
    nlp = spacy.load(unfinished / "model")
    new = {task.name: yardstick.score_new(nlp, task.test) for task in known}
    return {**yardstick.score_base(nlp), "new_f": new, "seconds": seconds}


def read_texts(run: Run, tasks: List[Task]) -> List[str]:
    """Read the raw text of a run and the texts of tasks, in random order."""
    nlp = spacy.blank("xx")
    texts = [record["text"] for record in srsly.read_jsonl(run.raw)]
    texts += [doc.text for task in tasks for doc in read_docs(task.train, nlp)]
    random.Random(run.seed).shuffle(texts)
    return texts
