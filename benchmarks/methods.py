"""The ways to teach a pipeline new labels that are compared. All train with
`spacy train` and a config that init-config writes, or one made from it."""

import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from thinc.api import Config

from spacy_rehearsal.base_pipeline import find_pipeline, find_transformers
from spacy_rehearsal.cli.init_config import init_config
from spacy_rehearsal.readers.raw_text.corpus import RawCorpus
from spacy_rehearsal.tuning.tuning import tune

CONFIGS = Path(__file__).parent.parent / "configs"
RECIPE = CONFIGS / "ner_in_place.cfg"
CODE = Path(__file__).parent / "alternatives.py"
GOLD_READER = "spacy.Corpus.v1"


@dataclass(frozen=True)
class Task:
    """New labels to learn: a name, and gold for training, development and test."""

    name: str
    train: Path
    dev: Path
    test: Path


@dataclass(frozen=True)
class Run:
    """One training run.

    base_model (str): Package name or path of the pipeline to train.
    task (Task): What it is to learn.
    raw (Path): Raw text, {"text"} a line.
    seed (int): The seed.
    max_steps (Optional[int]): Steps of our recipe; None takes the recipe's own
        number. The other methods' steps follow from it.
    """

    base_model: str
    task: Task
    raw: Path
    seed: int = 0
    max_steps: Optional[int] = None


Method = Callable[[Run, Path], float]


def train_grown(run: Run, output: Path) -> float:
    """What `init-config` writes for the base model."""
    return train(make_grown_config(run), output)


def train_in_place(run: Run, output: Path) -> float:
    """What `init-config --in-place` writes, configs/ner_in_place.cfg."""
    return train(make_config(run), output)


def train_plain(run: Run, output: Path) -> float:
    """`spacy train` on the gold alone, as a first try usually goes."""
    return train(make_plain_config(run), output)


def train_completed(run: Run, output: Path) -> float:
    """On gold that the base model completes, without raw text or distillation."""
    config = make_config(run, gold_share=1.0)
    del config["corpora"]["train"]["raw"]
    config["corpora"]["train"].update(ratio=0.0, min_silver=0)
    config["corpora"]["dev"]["raw"] = read_raw_block()
    set_scores(config, {"new_f": 0.5, "base_f": 0.5})
    drop_regularization(config)
    return train(config, output)


def train_rehearse(run: Run, output: Path) -> float:
    """On gold, with a batch of raw text for spaCy's `nlp.rehearse` at each step."""
    config = make_config(run, gold_share=1.0)
    train_on(config, run.task.train)
    config["training"]["before_update"]["*"]["rehearse"] = {
        "@callbacks": "benchmarks.rehearse.v1",
        "raw": read_raw_block(),
        "batcher": config["training"]["batcher"],
    }
    return train(config, output)


def train_ewc(run: Run, output: Path) -> float:
    """On gold, with the penalty of spacy-ewc; as many silver as gold examples tell
    it what the base model knows."""
    start = time.process_time()
    silver = make_silver(run, spacy.load(find_pipeline(run.base_model)))
    DocBin(docs=silver).to_disk(output / "silver.spacy")
    config = make_config(run, gold_share=1.0)
    train_on(config, run.task.train)
    config["training"]["before_update"]["*"]["ewc"] = {
        "@callbacks": "benchmarks.ewc.v1",
        "data": make_reader(output / "silver.spacy"),
    }
    return time.process_time() - start + train(config, output)


def train_half_silver(run: Run, output: Path) -> float:
    """On as many silver as gold examples, shuffled; the advice of spaCy's course."""
    start = time.process_time()
    nlp = spacy.load(find_pipeline(run.base_model))
    gold = read_gold(run, nlp)
    silver = make_silver(run, nlp)
    DocBin(docs=[*gold, *silver]).to_disk(output / "mixed.spacy")
    n_gold, n_silver = sum(map(len, gold)), sum(map(len, silver))
    config = make_config(run, gold_share=n_gold / (n_gold + n_silver))
    train_on(config, output / "mixed.spacy")
    return time.process_time() - start + train(config, output)


def train_negatives(run: Run, output: Path) -> float:
    """On gold and raw text, in which all that the base model finds is no entity."""
    config = make_config(run)
    silver = dict(config["corpora"]["train"], labels=[])
    train_on(config, run.task.train)
    config["corpora"]["train"] = silver
    config["training"].update(max_epochs=-1, patience=0)
    return train(config, output)


def add_new_ner(run: Run, trained: Path, output: Path, *, first: bool) -> None:
    """Put a `ner` that was trained on the new labels alone into the base pipeline,
    beside its own.

    run (Run): The run.
    trained (Path): The trained pipeline.
    output (Path): Where to save the pipeline with two `ner`.
    first (bool): Whether the new component comes first and wins where both find
        something, or the base pipeline's own.
    """
    nlp = spacy.load(find_pipeline(run.base_model))
    place: Dict[str, Any] = {"before": "ner"} if first else {"after": "ner"}
    nlp.add_pipe("ner", source=spacy.load(trained), name="new_ner", **place)
    nlp.to_disk(output)


def tune_trained(
    run: Run, trained: Path, output: Path, *, scale: Optional[float] = None
) -> None:
    """Tune a trained pipeline on the dev data and the raw text of its training.

    run (Run): The run.
    trained (Path): The trained pipeline.
    output (Path): Where to save the tuned one.
    scale (Optional[float]): The scale of what it has learned, and no bias. By default
        both are searched for.
    """
    bias = None if scale is None else 0.0
    tune(
        *(run.base_model, str(trained), run.task.dev, output),
        raw=RawCorpus(run.raw),
        scale=scale,
        bias=bias,
    )


METHODS: Dict[str, Method] = {
    "plain": train_plain,
    "completed": train_completed,
    "grown": train_grown,
    "in-place": train_in_place,
    "nlp.rehearse": train_rehearse,
    "spacy-ewc": train_ewc,
    "half-silver": train_half_silver,
    "negatives": train_negatives,
}
Derive = Callable[[Run, Path, Path], None]
# what is made of the output of another method
DERIVED: Dict[str, Tuple[str, Derive]] = {
    "two-ner-new-first": ("plain", partial(add_new_ner, first=True)),
    "two-ner-base-first": ("plain", partial(add_new_ner, first=False)),
    "two-ner-negatives": ("negatives", partial(add_new_ner, first=True)),
    "grown-tuned": ("grown", tune_trained),
    "in-place-tuned": ("in-place", tune_trained),
    "in-place-halved": ("in-place", partial(tune_trained, scale=0.5)),
}


def read_recipe() -> Config:
    return Config().from_disk(RECIPE, interpolate=False)


def describe_recipe(method: str) -> str:
    """Get what a method takes from the recipe, to tell whether a run is of today's."""
    if method.startswith("grown"):
        return (CONFIGS / "ner.cfg").read_text(encoding="utf8")
    config = read_recipe()
    if method != "in-place":
        drop_regularization(config)
    return config.to_str(interpolate=False)


def read_raw_block() -> Dict[str, Any]:
    return read_recipe()["corpora"]["train"]["raw"]


def get_gold_share(config: Config, run: Run) -> float:
    """Get the share of the gold in all words that a config trains on."""
    corpus = config["corpora"]["train"]
    n_gold = sum(map(len, read_gold(run, spacy.blank(config["nlp"]["lang"]))))
    n_silver = max(corpus["ratio"] * n_gold, corpus["min_silver"])
    return n_gold / (n_gold + n_silver)


def make_config(run: Run, *, gold_share: Optional[float] = None) -> Config:
    """Make the recipe's config for a run: with the components of the base model, and
    with as many steps as it takes to see the recipe's number of gold words. Only the
    recipe itself may stop earlier, for lack of progress.

    run (Run): The run.
    gold_share (Optional[float]): The share of gold in the words to train on. None
        makes the recipe itself.
    RETURNS (Config): The config.
    """
    config = read_recipe()
    share = get_gold_share(config, run)
    set_steps(config, run.max_steps, share / (gold_share or share))
    if gold_share is not None:
        config["training"]["patience"] = 0
    set_pipeline(config, run.base_model)
    config["system"]["seed"] = run.seed
    config["paths"] = {
        "base_model": run.base_model,
        "train": str(run.task.train),
        "dev": str(run.task.dev),
        "raw": str(run.raw),
    }
    return config


def make_grown_config(run: Run) -> Config:
    """Make the config that `init-config` writes for the base model of a run."""
    paths = {"train": run.task.train, "dev": run.task.dev, "raw": run.raw}
    text = init_config(run.base_model, paths={k: str(p) for k, p in paths.items()})
    config = Config().from_str(text, interpolate=False)
    config["system"]["seed"] = run.seed
    if run.max_steps is not None:
        least = config["initialize"]["after_init"]["min_steps"]
        config["training"]["max_steps"] = least
        set_steps(config, run.max_steps, 1.0)
    return config


def make_plain_config(run: Run) -> Config:
    """Make a config that knows nothing of the base labels, in its dev data either."""
    config = make_config(run, gold_share=1.0)
    train_on(config, run.task.train)
    config["corpora"]["dev"] = make_reader(run.task.dev)
    set_scores(config, {"ents_f": 1.0})
    return config


def set_steps(config: Config, max_steps: Optional[int], factor: float) -> None:
    """Set the number of steps, and with it what counts in steps: evaluation,
    patience and warm-up keep their place in the run.

    config (Config): The config to change.
    max_steps (Optional[int]): The number of steps. None takes the config's.
    factor (float): What to multiply it by.
    """
    training = config["training"]
    scale = factor * (max_steps or training["max_steps"]) / training["max_steps"]
    learn_rate = training["optimizer"]["learn_rate"]
    for block, name in (
        (training, "max_steps"),
        (training, "patience"),
        (training, "eval_frequency"),
        (learn_rate, "warmup_steps"),
    ):
        block[name] = max(1, round(scale * block[name]))


def set_pipeline(config: Config, base_model: str) -> None:
    """Source all components of the base model and freeze all but `ner`. A transformer
    that it listens to is run."""
    path = find_pipeline(base_model)
    base_config = Config().from_disk(path / "config.cfg", interpolate=False)
    nlp_config = base_config["nlp"]
    names = nlp_config["pipeline"]
    for name in ("lang", "pipeline", "disabled"):
        config["nlp"][name] = nlp_config[name]
    source = {"source": "${paths.base_model}"}
    config["components"] = {name: dict(source) for name in names}
    config["training"].update(
        frozen_components=[n for n in names if n != "ner"],
        annotating_components=find_transformers(base_config, "ner"),
    )


def train_on(config: Config, path: Path) -> None:
    """Let a config train on a file as it is, shuffled in each epoch, and choose the
    pipeline with the best F on the new labels, as someone with gold for these alone
    would.

    config (Config): The config to change.
    path (Path): The .spacy file.
    """
    corpora = config["corpora"]
    corpora["dev"].update(teacher=corpora["train"]["teacher"], ratio=0.0)
    del corpora["dev"]["raw"]
    corpora["train"] = make_reader(path)
    set_scores(config, {"new_f": 1.0})
    config["training"]["max_epochs"] = 0
    drop_regularization(config)


def set_scores(config: Config, weights: Dict[str, float]) -> None:
    """Let these scores alone choose the best pipeline."""
    names = config["training"]["score_weights"]
    config["training"]["score_weights"] = {**dict.fromkeys(names), **weights}


def drop_regularization(config: Config) -> None:
    """Take out what ties the recipe's training to the base model, besides its data:
    distillation, and weight decay towards it instead of towards 0."""
    callbacks = config["training"]["before_update"]["*"]
    config["training"]["before_update"]["*"] = {
        name: block for name, block in callbacks.items() if "teacher" not in block
    }
    optimizer = config["training"]["optimizer"]
    optimizer.update({"@optimizers": "Adam.v1", "L2": 0.01, "L2_is_weight_decay": True})


def make_reader(path: Path) -> Dict[str, Any]:
    return {"@readers": GOLD_READER, "path": str(path), "gold_preproc": False}


def read_gold(run: Run, nlp: Language) -> List[Doc]:
    return list(DocBin().from_disk(run.task.train).get_docs(nlp.vocab))


def make_silver(run: Run, nlp: Language) -> List[Doc]:
    """Annotate as many raw texts as there are gold examples, drawn at random."""
    texts = [record["text"] for record in srsly.read_jsonl(run.raw)]
    n_docs = min(len(read_gold(run, nlp)), len(texts))
    sample = random.Random(run.seed).sample(texts, n_docs)
    others = [name for name in nlp.pipe_names if name not in ("tok2vec", "ner")]
    with nlp.select_pipes(disable=others):
        return list(nlp.pipe(sample))


def train(config: Config, output: Path) -> float:
    """Run `spacy train` and keep its best pipeline, its config and its log.

    config (Config): The config.
    output (Path): The directory for `model`, `config.cfg` and `log.txt`.
    RETURNS (float): The seconds that it kept one core busy, from start to end.
    RAISES (RuntimeError): If it fails.
    """
    config.to_disk(output / "config.cfg", interpolate=False)
    args = ["train", output / "config.cfg", "--output", output, "--code", CODE]
    start = os.times()
    with (output / "log.txt").open("wb") as log:
        result = subprocess.run(
            [sys.executable, "-m", "spacy", *map(str, args)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    end = os.times()
    if result.returncode:
        tail = (output / "log.txt").read_text(encoding="utf8").splitlines()[-20:]
        raise RuntimeError(f"`spacy train` failed in {output}:\n" + "\n".join(tail))
    (output / "model-best").rename(output / "model")
    shutil.rmtree(output / "model-last")
    return (
        end.children_user
        - start.children_user
        + end.children_system
        - start.children_system
    )
