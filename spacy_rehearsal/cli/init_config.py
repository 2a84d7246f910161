"""`spacy rehearsal init-config`."""

from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import spacy
from spacy import util
from spacy.cli._util import Arg, Opt
from thinc.api import Config
from wasabi import msg

from ..base_pipeline import find_listened, find_listeners, find_pipeline
from ..errors import UnavailablePipelineError, config_error
from ..files import has_doc_bins, write_bytes
from ..kinds.registry import find_kinds
from ..readers.formats.records import FILE_TYPES
from .app import rehearsal_cli
from .util import RAW_FILE_TYPES, TEMPLATES, check_output, print_json, show_errors

COMMAND_LINE = 3
READERS = {
    False: """@readers = "spacy.Corpus.v1"
gold_preproc = false
max_length = 0
limit = 0
augmenter = null""",
    True: """@readers = "spacy-rehearsal.SimpleCorpus.v1"
# the tool that wrote it; null: the first record tells
format = null
# entities that are no whole tokens: "error", "expand", "contract" or "missing"
misaligned = "error"
incorrect_spans_key = "incorrect_spans"
augmenter = null""",
}
RAW_READERS = {False: "spacy.JsonlCorpus.v1", True: "spacy.PlainTextCorpus.v1"}


@rehearsal_cli.command("init-config")
def init_config_cli(
    base_model: str = Arg(..., help="Package name or path of the base pipeline"),
    output: Path = Arg(
        ..., help="File for the config, or - for stdout", allow_dash=True
    ),
    component: List[str] = Opt(
        ["ner"],
        "--component",
        "-c",
        help="Component to train. Can be given several times",
    ),
    train: Optional[str] = Opt(
        None, "--train", "-t", help="Your annotations: .spacy, .jsonl, .json or .py"
    ),
    dev: Optional[str] = Opt(
        None, "--dev", "-d", help="Annotations to evaluate on, in one of these formats"
    ),
    raw: Optional[str] = Opt(None, "--raw", "-r", help="Raw text: .jsonl or .txt"),
    lang_free: bool = Opt(
        False,
        "--lang-free",
        help="Leave base pipeline and language open, to be given to `spacy train`: one "
        "config for all pipelines that are built like this one",
    ),
    force: bool = Opt(False, "--force", "-F", help="Overwrite the config"),
    as_json: bool = Opt(False, "--json", help="Print the config as JSON instead"),
) -> None:
    """
    Make a training config for a base pipeline.

    All its components are sourced and all but those in training frozen, so that what
    comes out of training is the same pipeline with new labels. The config is complete
    and commented. Paths that are not given here are for the command line of
    `spacy train`.
    """
    with show_errors():
        is_stdout = str(output) == "-"
        if not is_stdout:
            check_output(output, force=force)
        config = init_config(
            base_model,
            components=component,
            paths={"train": train, "dev": dev, "raw": raw},
            lang_free=lang_free,
            file_name="config.cfg" if is_stdout else str(output),
        )
        if as_json:
            print_json(Config().from_str(config, interpolate=False))
        if is_stdout and not as_json:
            print(config)
        if not is_stdout:
            write_bytes(output, config.encode("utf8"))
            if not as_json:
                msg.good("Saved the config", output)
                print("Train with it:", config.splitlines()[COMMAND_LINE].lstrip("# "))


def init_config(
    base_model: str,
    *,
    components: List[str] = ["ner"],
    paths: Dict[str, Optional[str]] = {},
    lang_free: bool = False,
    file_name: str = "config.cfg",
) -> str:
    """Make a training config for a base pipeline.

    base_model (str): Package name or path of the base pipeline.
    components (List[str]): The components to train.
    paths (Dict[str, Optional[str]]): The files that are known: "train", "dev", "raw".
    lang_free (bool): Leave base pipeline and language open.
    file_name (str): The config's file, for the command that it shows.
    RETURNS (str): The config, with comments.
    RAISES (UnavailablePipelineError): If there is no such pipeline, or it needs a
        package that is not installed.
    RAISES (ConfigValidationError): If a component can't be trained, or a file is of a
        type that can't be read.
    """
    for name in ("train", "dev"):
        check_file_type(paths.get(name), (".spacy", *FILE_TYPES))
    check_file_type(paths.get("raw"), RAW_FILE_TYPES)
    config = util.load_config(find_pipeline(base_model) / "config.cfg")
    kinds = find_kinds(config, components, base_model=base_model, loc=["component"])
    for name in kinds:
        check_listened(config, name, base_model)
    nlp: Dict[str, Any] = config["nlp"]
    listened = {name: find_listened(config, name) for name in nlp["pipeline"]}
    shared = {
        upstream
        for name in nlp["pipeline"]
        if name not in kinds
        for upstream in listened[name]
    }
    copied = {name: listened[name] for name in kinds if shared & set(listened[name])}
    trained = {*kinds, *(n for name in kinds for n in listened[name])} - shared
    known = {"base_model": None if lang_free else base_model, **paths}
    examples = {
        "base_model": base_model,
        "train": "train.spacy",
        "dev": "dev.spacy",
        "raw": "raw.jsonl",
    }
    return TEMPLATES.get_template("training.cfg.jinja").render(
        base_model=base_model,
        lang_free=lang_free,
        file_name=file_name,
        paths=[(name, known.get(name), examples[name]) for name in examples],
        nlp=nlp,
        nlp_blocks=get_blocks(nlp),
        components=list(kinds),
        disabled=[name for name in nlp["disabled"] if name not in kinds],
        enabled=[name for name in nlp["disabled"] if name in kinds],
        recognizers=[name for name, kind in kinds.items() if kind.is_distillable],
        settings={setting for kind in kinds.values() for setting in kind.settings},
        copied=copied,
        listeners={name: find_listeners(config["components"][name]) for name in copied},
        frozen=[name for name in nlp["pipeline"] if name not in trained],
        other_scores=any(kind.scores for kind in kinds.values()),
        score_weights={
            key: weight
            for name, kind in kinds.items()
            for key, weight in kind.get_score_weights(
                config["components"][name]
            ).items()
        },
        readers={
            name: READERS[is_simple(known.get(name))] for name in ("train", "dev")
        },
        raw_reader=RAW_READERS[Path(known.get("raw") or "raw.jsonl").suffix == ".txt"],
        unused_scores=find_scores(config, base_model),
    )


def check_listened(config: Dict[str, Any], name: str, base_model: str) -> None:
    """Check that there is a recipe for what a component listens to.

    config (Dict[str, Any]): The base pipeline's config.
    name (str): The component.
    base_model (str): The base pipeline, for messages.
    RAISES (ConfigValidationError): If there is none yet.
    """
    for upstream in find_listened(config, name):
        factory = config["components"][upstream]["factory"]
        if factory != "tok2vec":
            raise config_error(
                ["component"],
                f"'{name}' of '{base_model}' listens to a {factory}. There is no "
                "recipe for that yet, only for pipelines for the CPU.",
            )


def find_scores(config: Dict[str, Any], base_model: str) -> List[str]:
    """Find the scores that would be weighted by default.

    config (Dict[str, Any]): The base pipeline's config.
    base_model (str): The base pipeline, for messages.
    RETURNS (List[str]): The names of the scores.
    RAISES (UnavailablePipelineError): If a component's factory is not installed.
    """
    try:
        nlp = spacy.blank(config["nlp"]["lang"])
    except ImportError as err:
        raise UnavailablePipelineError(base_model, f"can't be loaded: {err}") from None
    scores: Dict[str, None] = {}
    for name in config["nlp"]["pipeline"]:
        factory = config["components"][name]["factory"]
        if not nlp.has_factory(factory):
            raise UnavailablePipelineError(
                base_model,
                f"has a component '{name}' of factory '{factory}', which is not "
                "installed.",
            )
        weights = nlp.get_factory_meta(factory).default_score_weights
        scores.update(dict.fromkeys(weights or {}))
    return [*scores, "speed"]


def get_blocks(nlp: Dict[str, Any]) -> str:
    """Write the blocks of [nlp], e.g. the tokenizer, as they are in a config file."""
    blocks = {key: value for key, value in nlp.items() if isinstance(value, dict)}
    return Config({"nlp": blocks}).to_str().replace("[nlp]\n\n", "", 1)


def check_file_type(path: Optional[str], file_types: Sequence[str]) -> None:
    """Check that there is a reader for a file, which may be written later. What has no
    ending is taken for a directory.

    path (Optional[str]): The file, if it is known.
    file_types (Sequence[str]): The endings of the files that can be read.
    RAISES (ConfigValidationError): If it is of another type.
    """
    suffix = Path(path or "").suffix
    if suffix and suffix not in file_types and not Path(path or "").is_dir():
        raise config_error(
            ["paths"], f"'{path}' is no {', '.join(file_types)} file, nor a directory"
        )


def is_simple(path: Optional[str]) -> bool:
    """Tell whether SimpleCorpus reads a file or directory, and not spacy.Corpus.v1."""
    if path and Path(path).is_dir():
        return not has_doc_bins(Path(path))
    return Path(path or "").suffix in FILE_TYPES
