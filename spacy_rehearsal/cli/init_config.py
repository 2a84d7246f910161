"""`spacy rehearsal init-config`."""

import shlex
from pathlib import Path
from typing import List, Mapping, Optional, Sequence

from jinja2 import Environment, FileSystemLoader
from spacy.cli._util import Arg, Opt, import_code
from spacy.util import SimpleFrozenDict
from thinc.api import Config

from ..base_pipeline import BLANK
from ..errors import config_error
from ..files import has_doc_bins, is_overwritten, write_bytes
from ..readers.formats.sources import FILE_TYPES
from ..readers.raw_text.corpus import RawCorpus
from ..readers.raw_text.files import find_raw_files, is_glob, require_kind
from .adding_config import get_adding_settings, is_added
from .app import rehearsal_cli
from .blank_config import get_blank_settings
from .terminal import msg, print_text
from .training_config import get_training_settings
from .util import CODE, RAW_FILES, check_output, print_json, show_errors

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    keep_trailing_newline=True,
)
COMMAND = "python -m spacy train"
GOLD = ("train", "dev", "memory")
GOLD_FILE_TYPES = (".spacy", *FILE_TYPES)
EXAMPLES = {"train": "train.spacy", "dev": "dev.spacy", "raw": "raw.jsonl"}
READERS = {
    False: """@readers = "spacy.Corpus.v1"
gold_preproc = false
max_length = 0
limit = 0
augmenter = null""",
    True: """@readers = "spacy-rehearsal.SimpleCorpus.v1"
# the tool that wrote it; null: the first record tells
format = null
# spans that are no whole tokens, or have no place in their text: "error", "expand",
# "contract", "missing" or "skip"
misaligned = "error"
# entities that overlap: "error", "longest", "missing" or "skip"
overlapping = "error"
# what tags that are numbers stand for, in order
tag_names = []
incorrect_spans_key = "incorrect_spans"
augmenter = null""",
}


@rehearsal_cli.command("init-config")
def init_config_cli(
    base_model: str = Arg(
        ...,
        help="Package name or path of the base pipeline. blank:en for a new English "
        "pipeline without one",
    ),
    output: Path = Arg(
        ..., help="File for the config, or - for stdout", allow_dash=True
    ),
    component: List[str] = Opt(
        [],
        "--component",
        "-c",
        help="Component to train, or several. By default the entity recognizer. One "
        "that the base pipeline has none of is added, e.g. textcat",
    ),
    train: Optional[str] = Opt(
        None, "--train", "-t", help="Your annotations: .spacy, .jsonl, .json or .py"
    ),
    dev: Optional[str] = Opt(
        None, "--dev", "-d", help="Annotations to evaluate on, in one of these formats"
    ),
    raw: Optional[str] = Opt(
        None,
        "--raw",
        "-r",
        help=f"Raw text: {RAW_FILES}",
    ),
    memory: Optional[str] = Opt(
        None, "--memory", "-m", help="What `spacy rehearsal remember` has kept"
    ),
    vectors: Optional[str] = Opt(
        None,
        "--vectors",
        "-V",
        help="Pipeline with the word vectors of a new one: package name or path",
    ),
    split_dev: bool = Opt(
        False,
        "--split-dev",
        help="Evaluate on a tenth of the annotations, chosen by their hash, instead of "
        "those of --dev",
    ),
    in_place: bool = Opt(
        False,
        "--in-place",
        help="Change the component's own network, instead of letting a new part grow "
        "beside it: no larger and slower, but it forgets more",
    ),
    fine_tune: bool = Opt(
        False,
        "--fine-tune",
        help="Train the transformer that the component listens to, too; all others "
        "that listen to it are rehearsed",
    ),
    lang_free: bool = Opt(
        False,
        "--lang-free",
        help="Leave base pipeline and language open, to be given to `spacy train`: one "
        "config for all pipelines that are built like this one",
    ),
    code: Optional[Path] = CODE,
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
        import_code(code)
        is_stdout = str(output) == "-"
        if not is_stdout:
            check_output(output, force=force)
        config = init_config(
            base_model,
            components=component,
            paths={"train": train, "dev": dev, "raw": raw, "memory": memory},
            vectors=vectors,
            split_dev=split_dev,
            in_place=in_place,
            fine_tune=fine_tune,
            lang_free=lang_free,
            file_name="config.cfg" if is_stdout else str(output),
            code=code,
        )
        if as_json:
            print_json(Config().from_str(config, interpolate=False))
        if is_stdout and not as_json:
            print_text(config, end="")
        if not is_stdout:
            write_bytes(output, config.encode("utf8"))
            if not as_json:
                msg.good("Saved the config", output)
                if train and not dev and not split_dev:
                    msg.info(
                        "No annotations to evaluate on? With --split-dev a tenth of "
                        "those to train on is taken."
                    )
                [command, *_] = config[config.index(COMMAND) :].split("\n")
                print_text(f"Train with it: {command}")


def init_config(
    base_model: str,
    *,
    components: Sequence[str] = (),
    paths: Mapping[str, Optional[str]] = SimpleFrozenDict(),
    vectors: Optional[str] = None,
    split_dev: bool = False,
    in_place: bool = False,
    fine_tune: bool = False,
    lang_free: bool = False,
    file_name: str = "config.cfg",
    code: Optional[Path] = None,
) -> str:
    """Make a training config for a base pipeline, or for a new one.

    base_model (str): Package name or path of the base pipeline; "blank:" and the code
        of a language for a new one.
    components (Sequence[str]): The components to train. By default the entity
        recognizer, whatever its name; a new pipeline gets "ner". One that the base
        pipeline has none of is added.
    paths (Mapping[str, Optional[str]]): The files that are known, by "train", "dev",
        "raw" and "memory". Raw text of a new pipeline is for `spacy pretrain`.
    vectors (Optional[str]): Package name or path of the pipeline with the word vectors
        of a new one.
    split_dev (bool): Evaluate on a tenth of the annotations to train on.
    in_place (bool): Change the components' own networks, instead of letting them grow.
    fine_tune (bool): Train the transformer that they listen to, and all else that does.
    lang_free (bool): Leave base pipeline and language open.
    file_name (str): The config's file, for the command that it shows.
    code (Optional[Path]): The Python file to import, for that command.
    RETURNS (str): The config, with comments.
    RAISES (UnavailablePipelineError): If there is no such pipeline, or it needs code
        that is not there.
    RAISES (ConfigValidationError): If a component can't be trained, or a file is of a
        type that can't be read.
    """
    given = {name: path for name, path in paths.items() if path}
    for name, path in given.items():
        if name == "raw":
            check_raw(Path(path))
        else:
            check_file_type(path, GOLD_FILE_TYPES)
    known = {"base_model": None if lang_free else base_model, **given}
    is_taken = is_overwritten(Path(base_model), Path("output"))
    output = "output_next" if is_taken else "output"
    command = [*COMMAND.split(), file_name, "--output", output]
    command += ["--code", str(code)] if code else []
    options = {
        "--memory": "memory" in given,
        "--lang-free": lang_free,
        "--split-dev": split_dev,
        "--fine-tune": fine_tune,
    }
    unfit = ", ".join(option for option, is_given in options.items() if is_given)
    if base_model.startswith(BLANK):
        if unfit or {*components} - {"ner"}:
            raise config_error(
                ["base_model"],
                f"'{base_model}' is a new entity recognizer and nothing else: "
                "--memory, --lang-free, --split-dev, --fine-tune and other components "
                "need a base pipeline.",
            )
        template = "blank.cfg.jinja"
        settings = get_blank_settings(base_model[len(BLANK) :], vectors)
        names = ["train", "dev"]
    elif vectors:
        raise config_error(
            ["vectors"],
            f"--vectors is for a new pipeline: '{base_model}' keeps those that it has.",
        )
    elif is_added(base_model, components):
        if unfit:
            raise config_error(
                ["component"],
                f"'{components[0]}' is new to '{base_model}', which has none: {unfit} "
                "is for a component that it has. Leave it out.",
            )
        template = "adding.cfg.jinja"
        settings = get_adding_settings(base_model, components[0])
        names = ["base_model", "train", "dev"]
    else:
        template = "training.cfg.jinja"
        settings = get_training_settings(
            base_model, components, in_place=in_place, fine_tune=fine_tune
        )
        if split_dev and "dev" in given:
            raise config_error(["paths"], "give --dev or --split-dev, not both")
        names = ["base_model", *EXAMPLES, *({"memory"} & {*given})]
        names = [name for name in names if not (split_dev and name == "dev")]
        command += ["--nlp.lang", settings["nlp"]["lang"]] if lang_free else []
    shown = [(n, known.get(n), EXAMPLES.get(n, base_model)) for n in names]
    for name, value, example in shown:
        command += [] if value else [f"--paths.{name}", example]
    return TEMPLATES.get_template(template).render(
        **settings,
        base_model=base_model,
        lang_free=lang_free,
        split_dev=split_dev,
        command=shlex.join(command),
        paths=shown,
        readers={name: READERS[is_simple(given.get(name))] for name in GOLD},
        raw=given.get("raw"),
    )


def check_file_type(path: str, file_types: Sequence[str]) -> None:
    """Check that there is a reader for a file, which may be written later. What has no
    ending is taken for a directory.

    path (str): The file.
    file_types (Sequence[str]): The endings of the files that can be read.
    RAISES (ConfigValidationError): If it is of another type.
    """
    suffix = Path(path).suffix
    if suffix and suffix not in file_types and not Path(path).is_dir():
        raise config_error(
            ["paths"], f"'{path}' is no {', '.join(file_types)} file, nor a directory"
        )


def check_raw(path: Path) -> None:
    """Check that there is raw text in a file, which may be written later. What has no
    ending is taken for a directory.

    path (Path): The file.
    RAISES (ConfigValidationError): If it is of another type, or is read once.
    """
    RawCorpus(path).check_reread()
    if path.exists() or is_glob(path):
        find_raw_files(path)
    elif path.suffix:
        require_kind(path)


def is_simple(path: Optional[str]) -> bool:
    """Tell whether SimpleCorpus reads a file or directory, and not spacy.Corpus.v1."""
    if path and Path(path).is_dir():
        return not has_doc_bins(Path(path))
    return Path(path or "").suffix in FILE_TYPES
