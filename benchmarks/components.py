"""Teach components of all kinds something new, with and without rehearsal, and compare
what they learn and keep. See README.md beside this file."""

from pathlib import Path
from typing import Any, List, Set, Tuple

import click
import spacy
from methods import drop_regularization, make_reader, set_steps, train
from public_data import TASKS, ComponentTask, write_parts
from report import format_table, summarize
from runs import Job, Scores, do_all, write_report
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Example
from thinc.api import Config

from spacy_rehearsal.cli.init_config import init_config
from spacy_rehearsal.kinds.base import Kind
from spacy_rehearsal.kinds.registry import kinds

DIRECTORY = click.Path(file_okay=False, resolve_path=True, path_type=Path)
PACKAGES = {"en": "en_core_web_sm", "fr": "fr_core_news_sm"}
BASE = "base"
METHODS = (BASE, "plain", "in-place", "grown")
BASE_STEPS = 1500
COLUMNS = {"new": ("new", 1), "kept": ("kept", 1), "seconds": ("seconds", 0)}


@click.command()
@click.argument("public", type=DIRECTORY)
@click.option("--output", type=DIRECTORY, required=True, help="Finished runs are kept.")
@click.option("--english", default=PACKAGES["en"], show_default=True)
@click.option("--french", default=PACKAGES["fr"], show_default=True)
@click.option("--tasks", default=",".join(TASKS), help="Separated by commas.")
@click.option("--methods", default=",".join(METHODS), help="Separated by commas.")
@click.option("--seed", "seeds", type=int, multiple=True, default=[0])
def components(
    public: Path,
    output: Path,
    english: str,
    french: str,
    tasks: str,
    methods: str,
    seeds: Tuple[int, ...],
) -> None:
    """Teach each component something new, and compare. PUBLIC has the checkouts that
    README.md names."""
    packages = {"en": english, "fr": french}
    names = tasks.split(",")
    data = {name: output / "data" / name for name in names}
    do_all([make_data_job(TASKS[name], public, data[name]) for name in names])
    bases = {
        name: output / "bases" / name
        for name in names
        if TASKS[name].settings is not None
    }
    do_all([make_base_job(TASKS[name], data[name], bases[name]) for name in bases])
    keys = [
        (name, method, seed)
        for name in names
        for seed in seeds
        for method in methods.split(",")
        if method != BASE or seed == seeds[0]
    ]
    jobs = []
    for name, method, seed in keys:
        task = TASKS[name]
        base = str(bases[name] / "model") if name in bases else packages[task.lang]
        directory = output / "runs" / name / method / str(seed)
        jobs.append(make_job(task, base, data[name], method, seed, directory))
    records = [
        {"task": name, "method": method, "seed": seed, **scores}
        for (name, method, seed), scores in zip(keys, do_all(jobs))
    ]
    summary = summarize(records, [*COLUMNS])
    write_report(output, "components", {}, records, summary)
    print(format_table(summary, COLUMNS))


def make_data_job(task: ComponentTask, public: Path, directory: Path) -> Job:
    def work(part: Path) -> Scores:
        write_parts(part, task.read(public))
        return {}

    return directory, {}, work


def make_base_job(task: ComponentTask, data: Path, directory: Path) -> Job:
    def work(part: Path) -> Scores:
        nlp = spacy.blank(task.lang)
        nlp.add_pipe(task.component, config=task.settings or {})
        config = nlp.config.copy()
        config["paths"].update(
            train=str(data / "base_train.spacy"), dev=str(data / "base_dev.spacy")
        )
        config["training"].update(
            max_steps=BASE_STEPS, eval_frequency=100, patience=500
        )
        return {"seconds": train(config, part)}

    return directory, {}, work


def make_job(
    task: ComponentTask, base: str, data: Path, method: str, seed: int, directory: Path
) -> Job:
    def work(part: Path) -> Scores:
        seconds, model = 0.0, base
        if method != BASE:
            seconds = train(make_config(task, base, data, method, seed), part)
            model = str(part / "model")
        return {**measure(task, base, data, model), "seconds": seconds}

    return directory, {"method": method}, work


def make_config(
    task: ComponentTask, base: str, data: Path, method: str, seed: int
) -> Config:
    """Make the config that `init-config` writes, or for `plain` one that trains on the
    gold alone, on as many words of it as `in-place` does."""
    files = {"train": "train.spacy", "dev": "dev.spacy", "raw": "raw.jsonl"}
    component = get_component(spacy.load(base), task)
    text = init_config(
        base,
        components=[component],
        paths={name: str(data / file) for name, file in files.items()},
        in_place=method != "grown",
    )
    config = Config().from_str(text, interpolate=False)
    config["system"]["seed"] = seed
    if method == "plain":
        n_gold = sum(
            map(
                len,
                DocBin()
                .from_disk(data / "train.spacy")
                .get_docs(spacy.blank(task.lang).vocab),
            )
        )
        corpus = config["corpora"]["train"]
        n_raw = max(corpus["ratio"] * n_gold, corpus["min_silver"])
        set_steps(config, None, n_gold / (n_gold + n_raw))
        drop_regularization(config)
        config["training"].update(max_epochs=0, score_weights={task.score: 1.0})
        config["corpora"] = {
            name: make_reader(data / f"{name}.spacy") for name in ("train", "dev")
        }
        config["initialize"]["after_init"] = {
            "@callbacks": "benchmarks.add_labels.v1",
            "component": component,
            "gold": make_reader(data / "train.spacy"),
        }
    return config


def get_component(nlp: Language, task: ComponentTask) -> str:
    """Get the name of the component that a task trains."""
    [name] = [
        n for n in nlp.component_names if nlp.get_pipe_meta(n).factory == task.component
    ]
    return name


def measure(task: ComponentTask, base: str, data: Path, model: str) -> Scores:
    """Measure what a pipeline has learned and kept.

    RETURNS (Dict[str, Any]): The component's score, from 0 to 100, on the test set and
        on gold like the base pipeline's; where labels are new, the F-score of these and
        of the others.
    """
    nlp = spacy.load(model)
    name = get_component(nlp, task)
    if name in nlp.disabled:  # as a senter is
        nlp.enable_pipe(name)
    nlp.select_pipes(enable=[n for n in nlp.component_names if n in ("tok2vec", name)])
    old = set(spacy.load(base).pipe_labels.get(name, []))
    scores = {}
    for key, part in (("new", "test"), ("kept", "kept")):
        gold = DocBin().from_disk(data / f"{part}.spacy").get_docs(nlp.vocab)
        examples = [Example(nlp.make_doc(doc.text), doc) for doc in gold]
        if task.has_new_labels:
            labels = set(nlp.pipe_labels[name]) - old if key == "new" else old
            scores[key] = 100 * get_f(nlp, name, examples, labels)
        else:
            pipe: Any = nlp.get_pipe(name)
            docs = nlp.pipe(eg.predicted for eg in examples)
            for example, doc in zip(examples, docs):
                example.predicted = doc
            scores[key] = 100 * pipe.score(examples)[task.score]
    return scores


def get_f(nlp: Language, name: str, examples: List[Example], labels: Set[str]) -> float:
    """Get the micro-averaged F-score of some labels."""
    pipe = nlp.get_pipe(name)
    kind: Kind = kinds.get(nlp.get_pipe_meta(name).factory)()
    n_right = n_found = 0
    for example, doc in zip(examples, nlp.pipe([eg.predicted for eg in examples])):
        gold, found = (
            {a for a in kind.get_annotations(pipe, d) if a[2] in labels}
            for d in (example.reference, doc)
        )
        n_right += len(gold & found)
        n_found += len(gold) + len(found)
    return 2 * n_right / n_found if n_found else 0.0


if __name__ == "__main__":
    components()
