from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Union

import srsly
from spacy import util

from .errors import UnavailablePipelineError


def find_pipeline(base_model: Union[str, Path]) -> Path:
    """Find the data directory of a pipeline without loading it.

    base_model (Union[str, Path]): Package name or path, as for `spacy.load`.
    RETURNS (Path): The directory that holds the pipeline's config.cfg.
    RAISES (UnavailablePipelineError): If nothing loadable has that name.
    """
    name = str(base_model)
    if util.is_package(name):
        package = util.get_package_path(name)
        meta = util.get_model_meta(package)
        return package / f"{meta['lang']}_{meta['name']}-{meta['version']}"
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
    if path.name != name:
        raise UnavailablePipelineError(name, "does not exist.")
    raise UnavailablePipelineError(
        name,
        "is neither an installed package nor a directory. "
        f"Install it with: python -m spacy download {name}",
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
        name = BaseModel.validate(value["name"])
        meta = srsly.read_json(find_pipeline(name) / "meta.json")
        if meta["lang"] != value["lang"]:
            raise UnavailablePipelineError(
                name,
                f"is a pipeline for '{meta['lang']}', the config is for "
                f"'{value['lang']}'. Set [nlp] lang and [components] to match, "
                "or give another base model.",
            )
        missing = [n for n in value["pipeline"] if n not in meta["components"]]
        if missing:
            raise UnavailablePipelineError(
                name,
                f"has no component {', '.join(map(repr, missing))}, it has: "
                f"{', '.join(meta['components'])}. Take what is missing out of "
                "[nlp] pipeline and [components], or give another base model.",
            )
        return value
