"""Find, check, hash and partly load a base pipeline; find what listens to what."""

import re
import shutil
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Union

import spacy
import srsly
from spacy import util
from spacy.language import Language

from .binaries import check_knowledge_base
from .errors import UnavailablePipelineError, config_error, list_names
from .files import digest, write_beside

# those of spacy-transformers and spacy-curated-transformers
TRANSFORMERS = ("transformer", "curated_transformer")
EMBEDDING_FACTORIES = ("tok2vec", *TRANSFORMERS)
# as in other tools for spaCy: "blank:en" is what spacy.blank("en") makes
BLANK = "blank:"
CODE_ADVICE = "If it is code of your own, give the file with --code FILE."


def find_pipeline(base_model: Union[str, Path]) -> Path:
    """Find the data directory of a pipeline without loading it.

    base_model (Union[str, Path]): Package name or path, as for `spacy.load`.
    RETURNS (Path): The directory that holds the pipeline's config.cfg.
    RAISES (UnavailablePipelineError): If nothing loadable has that name.
    """
    name = str(base_model)
    if util.is_package(name):
        return find_package(name)
    path = Path(name)
    if (path / "config.cfg").is_file() and (path / "meta.json").is_file():
        return path
    if path.exists():
        raise UnavailablePipelineError(
            name,
            "is no pipeline directory: config.cfg or meta.json is missing. "
            "Give the directory that nlp.to_disk() or `spacy train` wrote, "
            "e.g. output/model-best.",
        )
    if name.startswith(BLANK):
        raise UnavailablePipelineError(
            name,
            "is a new pipeline, which knows nothing yet. Give a trained one, "
            "e.g. en_core_web_sm. Only `spacy rehearsal init-config` makes new ones.",
        )
    if path.name != name:
        raise UnavailablePipelineError(name, "does not exist.")
    raise UnavailablePipelineError(
        name,
        "is neither an installed package nor a directory. "
        f"Install it with: python -m spacy download {name.replace('-', '_')}",
    )


def find_package(name: str) -> Path:
    """Find the data directory of an installed pipeline package, without importing it.

    name (str): The package's name.
    RETURNS (Path): The directory that holds the pipeline's config.cfg.
    RAISES (UnavailablePipelineError): If it is no pipeline, or not the name that Python
        imports it by.
    """
    # pip takes any spelling of a name, spaCy the one that is imported
    names = [name, re.sub(r"[-_.]+", "_", name).lower()]
    specs = {n: find_spec(n) for n in names if n.isidentifier()}
    import_name = next((n for n, spec in specs.items() if spec), None)
    spec = specs[import_name] if import_name else None
    for location in (spec and spec.submodule_search_locations) or ():
        try:
            meta = util.get_model_meta(location)
        except (OSError, ValueError):
            continue
        path = Path(location) / f"{meta['lang']}_{meta['name']}-{meta['version']}"
        if import_name != name:
            raise UnavailablePipelineError(
                name,
                f"is a package that spaCy knows by another spelling. Give its import "
                f"name, {import_name}.",
            )
        if (path / "config.cfg").is_file():
            return path
    raise UnavailablePipelineError(
        name,
        "is an installed package, but no pipeline. Give the import name of a "
        "pipeline's package, e.g. en_core_web_sm, or a pipeline's directory.",
    )


class BaseModel(str):
    """The name or path of an installed pipeline, as the type of a config value."""

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[[Any], Any]]:
        yield cls.validate

    @classmethod
    def validate(cls, value: Any) -> str:
        if not isinstance(value, (str, Path)) or not str(value):
            raise UnavailablePipelineError(
                repr(value),
                "expected the name or path of a pipeline, e.g. en_core_web_sm.",
            )
        find_pipeline(value)
        return str(value)


class FittingBaseModel(dict):
    """A base pipeline and what the config takes from it, as the type of a block.

    The block's keys are `name` (str), `lang` (str) and `pipeline` (List[str]).
    """

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[[Any], Any]]:
        yield cls.validate

    @classmethod
    def validate(cls, value: Any) -> Dict[str, Any]:
        value = value if isinstance(value, dict) else {}
        names = value.get("pipeline")
        if not isinstance(names, (list, tuple)) or not {"name", "lang"} <= {*value}:
            msg = "expected a block with name, lang and pipeline."
            raise UnavailablePipelineError(repr(value), msg)
        name = BaseModel.validate(value["name"])
        meta = srsly.read_json(find_pipeline(name) / "meta.json")
        if meta["lang"] != value["lang"]:
            raise UnavailablePipelineError(
                name,
                f"is a pipeline for '{meta['lang']}', the config is for "
                f"'{value['lang']}'. Set [nlp] lang and [components] to match, "
                "or give another base model.",
            )
        missing = [n for n in names if n not in meta["components"]]
        if missing:
            raise UnavailablePipelineError(
                name,
                f"has no component {', '.join(map(repr, missing))}, it has: "
                f"{list_names(meta['components'])}. Take what is missing out of "
                "[nlp] pipeline and [components], or give another base model.",
            )
        return value


def load_pipeline(base_model: Union[str, Path], **settings: Any) -> Language:
    """Load a pipeline, and say what it needs where that is not there.

    base_model (Union[str, Path]): Package name or path, as for `spacy.load`.
    **settings: The other settings of `spacy.load`.
    RETURNS (Language): The pipeline.
    RAISES (UnavailablePipelineError): If there is no such pipeline, or it needs code
        that is not there.
    """
    path = find_pipeline(base_model)
    config = util.load_config(path / "config.cfg")
    excluded = settings.get("exclude", ())
    names = [name for name in config["nlp"]["pipeline"] if name not in excluded]
    check_factories(config, names, base_model=base_model)
    try:
        for kb in path.glob("*/kb"):
            check_knowledge_base(kb)
        return spacy.load(path, **settings)
    except (ImportError, ValueError) as err:  # among them that a function is unknown
        problem = " ".join(str(err).strip().partition("\n\n")[0].split())
        raise UnavailablePipelineError(
            str(base_model), f"can't be loaded: {problem} {CODE_ADVICE}"
        ) from None


def check_factories(
    config: Dict[str, Any], components: Iterable[str], *, base_model: Union[str, Path]
) -> None:
    """Check that the factories of some components are installed. A pipeline's package
    is imported before, as `spacy.load` does: it can hold the code of its components.

    config (Dict[str, Any]): The pipeline's config.
    components (Iterable[str]): Names of the components. Those that the pipeline does
        not have are passed over.
    base_model (Union[str, Path]): The pipeline, for messages.
    RAISES (UnavailablePipelineError): If one is not, or the language is not.
    """
    try:
        if util.is_package(str(base_model)):
            import_module(str(base_model))
        nlp = spacy.blank(config["nlp"]["lang"])
    except Exception as err:  # the code of a package can raise anything
        problem = " ".join(str(err).split())
        raise UnavailablePipelineError(
            str(base_model), f"can't be loaded: {problem}. {CODE_ADVICE}"
        ) from None
    for name in components:
        factory = config["components"].get(name, {}).get("factory")
        if factory is not None and not nlp.has_factory(factory):
            raise UnavailablePipelineError(
                str(base_model),
                f"has a component '{name}' of factory '{factory}', which is not "
                f"installed. {CODE_ADVICE}",
            )


def load_components(path: Path, components: List[str]) -> Language:
    """Load nothing but some components of a pipeline.

    path (Path): The pipeline's directory.
    components (List[str]): Their names. They are enabled even if the pipeline has
        them disabled.
    RETURNS (Language): The pipeline.
    RAISES (UnavailablePipelineError): If one needs code that is not there.
    """
    names = util.load_config(path / "config.cfg")["nlp"]["pipeline"]
    exclude = [name for name in names if name not in components]
    nlp = load_pipeline(path, exclude=exclude, disable=[])
    for name in components:
        nlp.enable_pipe(name)
    return nlp


@contextmanager
def write_copy(
    source: Path, output: Path, nlp: Language, components: Iterable[str]
) -> Iterator[Path]:
    """Write a copy of a pipeline in which some components are other ones. It is there
    once the block is left without an error.

    source (Path): The pipeline's directory.
    output (Path): The directory to write to. One that is there is replaced.
    nlp (Language): The pipeline that has the other components.
    components (Iterable[str]): Their names.
    YIELDS (Path): The copy, unfinished, to change what else is not as it was.
    """
    with write_beside(output) as temporary:
        shutil.copytree(source, temporary)
        for name in components:
            pipe: Any = nlp.get_pipe(name)
            pipe.to_disk(temporary / name, exclude=["vocab"])
        yield temporary


def get_modification_time(path: Path) -> int:
    """Get the time when a file of a directory was last modified, in nanoseconds. 0 if
    there is no file."""
    return max((p.stat().st_mtime_ns for p in path.rglob("*")), default=0)


def find_needed_components(config: Dict[str, Any], components: List[str]) -> List[str]:
    """Find what has to run for some components: they and what they listen to.

    config (Dict[str, Any]): The config of the pipeline.
    components (List[str]): Names of the wanted components.
    RETURNS (List[str]): Names of the needed components, in pipeline order.
    """
    pipeline = config["nlp"]["pipeline"]
    needed = set(components)
    for name in components:
        upstreams = set(find_upstreams(config["components"][name].get("model")))
        for other in pipeline[: pipeline.index(name)]:
            factory = config["components"][other].get("factory")
            if other in upstreams or (
                "*" in upstreams and factory in EMBEDDING_FACTORIES
            ):
                needed.add(other)
    return [name for name in pipeline if name in needed]


def find_upstreams(block: Any) -> Iterator[str]:
    """Find the names in `upstream` settings of listeners anywhere in a block."""
    if isinstance(block, dict):
        if "@architectures" in block and "upstream" in block:
            yield block["upstream"]
        for value in block.values():
            yield from find_upstreams(value)


def hash_pipeline(path: Path, components: List[str]) -> str:
    """Hash the files that decide what some components of a pipeline predict.

    path (Path): The pipeline's directory.
    components (List[str]): Names of the components.
    RETURNS (str): The hash, in hexadecimal digits.
    """
    roots = [path / name for name in ["config.cfg", "tokenizer", "vocab", *components]]
    files = sorted(f for r in roots for f in [r, *r.rglob("*")] if f.is_file())
    return digest(
        part
        for file_ in files
        for part in (file_.relative_to(path).as_posix().encode(), file_.read_bytes())
    )


def find_listened(config: Dict[str, Any], name: str) -> List[str]:
    """Find the components that a component listens to.

    config (Dict[str, Any]): The pipeline's config.
    name (str): The component.
    RETURNS (List[str]): Their names, in pipeline order.
    """
    return [n for n in find_needed_components(config, [name]) if n != name]


def find_transformers(config: Dict[str, Any], name: str) -> List[str]:
    """Find the transformers that a component listens to.

    config (Dict[str, Any]): The pipeline's config.
    name (str): The component.
    RETURNS (List[str]): Their names, in pipeline order.
    """
    blocks = config["components"]
    listened = find_listened(config, name)
    return [n for n in listened if blocks[n].get("factory") in TRANSFORMERS]


def find_listeners(block: Any, path: str = "") -> List[str]:
    """Find the listeners of a component, for its `replace_listeners`.

    block (Any): The component's block, or a part of it.
    path (str): The path to that part.
    RETURNS (List[str]): The path to each listener, e.g. "model.tok2vec".
    """
    if not isinstance(block, dict):
        return []
    if "@architectures" in block and "upstream" in block:
        return [path]
    return [
        listener
        for key, value in block.items()
        for listener in find_listeners(value, f"{path}.{key}".lstrip("."))
    ]


def check_component(nlp: Language, name: str) -> None:
    """Check that a pipeline has a component.

    nlp (Language): The pipeline in training.
    name (str): The component.
    RAISES (ConfigValidationError): If not.
    """
    if name not in nlp.component_names:
        raise config_error(
            ["component"],
            f"the pipeline in training has no '{name}', "
            f"it has: {list_names(nlp.component_names)}",
        )
