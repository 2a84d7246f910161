"""What a trained pipeline says of itself, and `spacy package` publishes."""

import re
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Set

import srsly
from packaging.version import InvalidVersion, Version
from spacy import about, util
from spacy.language import Language

from .. import __version__
from ..base_pipeline import BaseModel, find_listened, find_pipeline
from ..errors import config_error
from ..readers.rehearsal import RehearsalCorpus
from .card_notes import write_notes
from .frames import LOOP, find_variable
from .prepare import PREPARE, find_blocks
from .state import find_trained

Meta = Dict[str, Any]
SUFFIX = "rehearsed"
MAX_LABELS_IN_NAME = 3
# what spaCy counts of the teacher's annotations
AGREEMENT, NEW, ALARMS = "base_", "new_", "false_alarms"
OTHER_DATA = ("teacher", "raw", "memory")


def create_model_card(
    base_model: BaseModel,
    name: Optional[str] = None,
    version: Optional[str] = None,
    description: Optional[str] = None,
    author: str = "",
    email: str = "",
    url: str = "",
    license: Optional[str] = None,
    sources: Iterable[Dict[str, str]] = (),
) -> Callable[[Language], Language]:
    """Create a `[training.before_to_disk]` callback that writes into the meta data of a
    pipeline what it is: what it was made of, and how good its components are. It does
    not take part in anything that the pipeline does.

    base_model (str): Package name or path of the base pipeline.
    name (Optional[str]): The name, without the language. By default that of the base
        pipeline and the new labels.
    version (Optional[str]): The version. By default that of the base pipeline and
        "+rehearsed".
    description (Optional[str]): One sentence about the pipeline. By default what it has
        learned.
    author (str): Whose it is.
    email (str): Where to write to.
    url (str): Where to read more.
    license (Optional[str]): The licence. By default that of the base pipeline.
    sources (Iterable[Dict[str, str]]): What it was trained on: `name`, and perhaps
        `url`, `license` and `author`. The base pipeline and its own sources come after.
    RETURNS (Callable[[Language], Language]): The callback.
    RAISES (ConfigValidationError): If a setting can't be published.
    """
    if name is not None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise config_error(
            ["name"],
            f"must be of letters, digits and underscores, as in a Python package, "
            f"found {name!r}",
        )
    if version is not None and not is_version(version):
        raise config_error(
            ["version"], f"must be a version like 1.0.0, found {version!r}"
        )
    sources = [*sources]
    for source in sources:
        texts = [*source.values()] if isinstance(source, dict) else []
        is_named = isinstance(source, dict) and source.get("name")
        if not is_named or not all(isinstance(text, str) for text in texts):
            raise config_error(
                ["sources"],
                'must be like [{"name": "…", "license": "…"}], with a name for each, '
                f"found {source!r}",
            )
    given = {
        **{"name": name, "version": version, "description": description},
        **{"license": license, "author": author, "email": email, "url": url},
    }
    return ModelCard(base_model, given, sources)


class ModelCard:
    """Write the meta data of a pipeline in training. Each time it is saved they are
    those of the last evaluation.

    base_model (str): Package name or path of the base pipeline.
    given (Dict[str, Optional[str]]): What the user says of it. None for what follows
        from the base pipeline.
    sources (List[Dict[str, str]]): What it was trained on.
    """

    def __init__(
        self,
        base_model: str,
        given: Dict[str, Optional[str]],
        sources: List[Dict[str, str]],
    ) -> None:
        self.given = given
        self.sources = sources
        self.base: Meta = srsly.read_json(find_pipeline(base_model) / "meta.json")

    def __call__(self, nlp: Language) -> Language:
        info = find_variable("info", LOOP)
        if info and info["other_scores"] is not None:
            self.write(nlp, info)
        elif "rehearsal" not in nlp.meta:
            self.write(nlp)
        return nlp

    def write(self, nlp: Language, info: Optional[Dict[str, Any]] = None) -> None:
        """Write the meta data.

        nlp (Language): The pipeline.
        info (Optional[Dict[str, Any]]): What spaCy says of the step that was evaluated.
        """
        base, config = self.base, nlp.config.interpolate()
        trained = describe_components(nlp, base)
        labels = sorted({label for t in trained.values() for label in t["new_labels"]})
        kept = get_kept_performance(nlp, base, [*trained])
        learned = get_learned_performance(config, info, kept) if info else {}
        full_name = f"{base['lang']}_{base['name']}"
        default = {
            "name": make_name(base["name"], labels),
            "version": make_version(base["version"]),
            "description": f"{full_name} {base['version']}, with "
            f"{' and '.join(trained)} trained "
            f"{'for ' * bool(labels)}{', '.join(labels) or 'further'}.",
            "license": base.get("license", ""),
        }
        steps = get_steps(info, config) if info else {}
        nlp.meta.update(
            {
                **default,
                **{k: value for k, value in self.given.items() if value is not None},
                "sources": [*self.sources, *get_sources(base, full_name)],
                "requirements": [
                    requirement
                    for requirement in base.get("requirements", [])
                    if util.split_requirement(requirement)[0] != about.__title__
                ],
                "performance": {**kept, **learned},
                "rehearsal": {
                    "base_model": {
                        "name": full_name,
                        "version": base["version"],
                        "performance": {
                            key: score
                            for key, score in base.get("performance", {}).items()
                            if key not in kept
                            and key != "speed"
                            and not isinstance(score, dict)
                        },
                    },
                    "performance_from": {
                        "base_model": [*kept],
                        "training": [*learned],
                    },
                    "components": trained,
                    "data": describe_data(config),
                    **steps,
                    "seed": config["training"]["seed"],
                    "versions": {
                        "spacy": about.__version__,
                        "spacy-rehearsal": __version__,
                    },
                },
            }
        )
        nlp.meta["notes"] = write_notes(nlp.meta)


def is_version(version: str) -> bool:
    """Tell whether a package can have a version."""
    try:
        return bool(Version(version))
    except (InvalidVersion, TypeError):
        return False


def make_version(version: str) -> str:
    """Make the version of what is trained from that of its base: 3.8.0+rehearsed, and
    after that 3.8.0+rehearsed.2."""
    version = version if is_version(version) else "0.0.0"
    public, _, local = version.partition("+")
    if not local:
        return f"{public}+{SUFFIX}"
    before, found, number = local.partition(SUFFIX)
    if not found:
        return f"{version}.{SUFFIX}"
    n = int(number[1:]) if number[1:].isdecimal() else 1
    return f"{public}+{before}{SUFFIX}.{n + 1}"


def make_name(name: str, labels: List[str]) -> str:
    """Make the name of what is trained from that of its base and the new labels."""
    words = [re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_") for label in labels]
    if not all(words) or not 0 < len(words) <= MAX_LABELS_IN_NAME:
        words = [SUFFIX]
    new = "_".join(words)
    return name if name.endswith(f"_{new}") else f"{name}_{new}"


def describe_components(nlp: Language, base: Meta) -> Dict[str, Dict[str, Any]]:
    """Describe the components in training: how they learn, and their new labels.

    nlp (Language): The pipeline.
    base (Dict[str, Any]): The meta data of the base pipeline.
    RETURNS (Dict[str, Dict[str, Any]]): `recipe` and `new_labels` by name.
    """
    grown: Set[str] = set()
    for block in find_blocks(nlp.config["initialize"], PREPARE):
        grown.update(block.get("grown") or ())
    known: Any = base.get("components") or base.get("pipeline", [])

    def get_recipe(name: str) -> str:
        if name not in known:
            return "added"
        return "grown" if name in grown else "in place"

    return {
        name: {
            "recipe": get_recipe(name),
            "new_labels": sorted(
                {*nlp.pipe_labels.get(name, [])}
                - {*base.get("labels", {}).get(name, [])}
            ),
        }
        for name in find_trained(nlp)
    }


def get_kept_performance(
    nlp: Language, base: Meta, trained: List[str]
) -> Dict[str, Any]:
    """Get what the base pipeline says of the components that have not changed, which is
    still true.

    nlp (Language): The pipeline.
    base (Dict[str, Any]): The meta data of the base pipeline.
    trained (List[str]): The components in training.
    RETURNS (Dict[str, Any]): The scores.
    """
    config = nlp.config.interpolate()
    changed = {
        name
        for name in nlp.component_names
        if {name, *find_listened(config, name)} & {*trained}
    }
    scores = {score for name in changed for score in nlp.get_pipe_meta(name).scores}
    earlier = base.get("rehearsal", {})
    if {*earlier.get("components", ())} & changed:
        scores.update(earlier["performance_from"]["training"])
    return {
        key: score
        for key, score in base.get("performance", {}).items()
        if key not in {*scores, "speed"} and not key.endswith("_loss")
    }


def get_learned_performance(
    config: Dict[str, Any], info: Dict[str, Any], kept: Dict[str, Any]
) -> Dict[str, Any]:
    """Get what was evaluated of the components in training.

    config (Dict[str, Any]): The config.
    info (Dict[str, Any]): What spaCy says of the step.
    kept (Dict[str, Any]): The scores of the other components.
    RETURNS (Dict[str, Any]): The scores. Those that have the base pipeline's own
        annotations as the reference are called agreement.
    """
    scores = {k: v for k, v in info["other_scores"].items() if v not in (None, {})}
    new = {key: score for key, score in scores.items() if key.startswith(NEW)}
    agreement = {
        key.replace(AGREEMENT, "agreement_", 1): score
        for key, score in scores.items()
        if key.startswith(AGREEMENT)
    }
    if new or agreement:
        return {**new, **agreement}
    shown = config["training"]["score_weights"]
    return {key: scores[key] for key in shown if key in scores and key not in kept}


def get_steps(info: Dict[str, Any], config: Dict[str, Any]) -> Dict[str, Any]:
    """Get which step it is, and which one was the best so far."""
    alarms = info["other_scores"].get(ALARMS)
    return {
        "step": info["step"],
        "best_step": max(info["checkpoints"])[1],
        "max_steps": config["training"]["max_steps"],
        **({} if alarms is None else {ALARMS: alarms}),
    }


def get_sources(base: Meta, full_name: str) -> List[Dict[str, str]]:
    """Get the sources of the base pipeline, and before them the pipeline itself."""
    keys = ("url", "license", "author")
    itself = {key: base[key] for key in keys if base.get(key)}
    return [
        {"name": f"{full_name} {base['version']}", **itself},
        *(
            source if isinstance(source, dict) else {"name": source}
            for source in base.get("sources") or ()
        ),
    ]


def describe_data(config: Dict[str, Any]) -> Dict[str, Dict[str, Any]]:
    """Describe the data of a training: the names of the files, and the number of texts,
    where a RehearsalCorpus knows it.

    config (Dict[str, Any]): The config.
    RETURNS (Dict[str, Dict[str, Any]]): `files` and `texts` of "train" and "dev", and
        the files of `raw` text.
    """
    data: Dict[str, Dict[str, Any]] = {}
    for name in ("train", "dev"):
        block: Any = config
        for key in config["training"][f"{name}_corpus"].split("."):
            block = block[key]
        corpus = find_variable(f"{name}_corpus", LOOP)
        is_counted = isinstance(corpus, RehearsalCorpus)
        data[name] = {
            "files": sorted({*find_file_names(block)}),
            "texts": corpus.gold.n_texts if is_counted else None,
            "raw": sorted({*find_file_names(block.get("raw"))}),
        }
    return data


def find_file_names(block: Any) -> Iterator[str]:
    """Find the names of the files with annotations in the block of a corpus."""
    if isinstance(block, dict):
        for key, value in block.items():
            if key in ("path", "patterns") and isinstance(value, (str, Path)):
                yield Path(value).name
            elif key not in OTHER_DATA:
                yield from find_file_names(value)
