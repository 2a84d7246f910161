"""Distil components that have grown into ones of their first size."""

from pathlib import Path
from typing import Any, Dict, Sequence, Tuple

import srsly
from spacy import util
from spacy.language import Language
from spacy.pipeline import DependencyParser, EntityRecognizer
from thinc.api import fix_random_seed

from ..base_pipeline import (
    check_factories,
    find_needed_components,
    find_pipeline,
    load_components,
    write_copy,
)
from ..errors import config_error
from ..growth.component import find_original, shrink_component
from ..growth.registry import get_growth
from ..kinds.registry import find_kinds
from ..readers.raw_text.corpus import RawCorpus
from ..teacher.teacher import Teacher
from .costs import measure, read_dev
from .distiller import Distiller
from .texts import Texts

MAX_STEPS = 1000
Originals = Dict[str, Dict[str, Any]]


def compact(
    trained: str,
    output: Path,
    raw: RawCorpus,
    *,
    components: Sequence[str] = (),
    gold: Sequence[Path] = (),
    dev: Sequence[Path] = (),
    max_steps: int = MAX_STEPS,
    seed: int = 0,
) -> Dict[str, Any]:
    """Distil components that have grown into ones of their first size, on raw text, and
    write the pipeline. They start as the first units of what they have become.

    An interrupt ends the training. What is best so far is written all the same.

    trained (str): Package name or path of the pipeline.
    output (Path): The directory to write to. One that is there is replaced.
    raw (RawCorpus): Raw text.
    components (Sequence[str]): The components. By default all that have grown.
    gold (Sequence[Path]): Annotations that the components were trained on. Only their
        texts are used, as more raw text.
    dev (Sequence[Path]): Annotations to score on, before and after.
    max_steps (int): The number of training steps at most. 0 for the first units alone.
    seed (int): The seed.
    RETURNS (Dict[str, Any]): `trained`, `output`, `steps`, `interrupted` (whether it
        was), and what `measure` returns for each of `components`.
    RAISES (ConfigValidationError): If nothing has grown, or a file can't be read.
    RAISES (UnavailablePipelineError): If there is no such pipeline, or it needs code
        that is not there.
    """
    fix_random_seed(seed)
    path = find_pipeline(trained)
    nlp, originals = load_grown(trained, components)
    teacher = Teacher(trained, components=[*originals])
    scored = read_dev(dev, teacher)
    texts = Texts(raw, gold, teacher)
    for name, original in originals.items():
        shrink_component(nlp, name, original)
    held_out = texts.draw_held_out(seed=seed)
    distiller = Distiller(nlp, teacher, held_out)
    idle = distiller.find_idle()
    if idle:
        raise config_error(
            ["raw"],
            f"'{idle[0]}' of '{trained}' finds nothing in the tenth of '{raw.path}' "
            "that is held out. Give more text, like what the pipeline is used on.",
        )
    is_done = distiller.train(texts.read_epoch, max_steps=max_steps, seed=seed)
    write_compacted(nlp, originals, path, output)
    return {
        "trained": trained,
        "output": str(output),
        "steps": distiller.n_steps,
        "interrupted": not is_done,
        "components": {
            name: measure(trained, output, name, texts=held_out, gold=scored[name])
            for name in originals
        },
    }


def load_grown(trained: str, components: Sequence[str]) -> Tuple[Language, Originals]:
    """Load the components of a pipeline that have grown, and what they listen to.

    trained (str): Package name or path of the pipeline.
    components (Sequence[str]): The components. By default all that have grown.
    RETURNS (Tuple[Language, Dict[str, Dict[str, Any]]]): The pipeline, and the block of
        the network that each component had, by name.
    RAISES (ConfigValidationError): If one of them has not grown, or none has.
    RAISES (UnavailablePipelineError): If there is no such pipeline, or it needs code
        that is not there.
    """
    path = find_pipeline(trained)
    config = util.load_config(path / "config.cfg")
    check_factories(config, components, base_model=trained)
    find_kinds(config, components, base_model=trained, loc=["component"])
    blocks = config["components"]
    names = [n for n in config["nlp"]["pipeline"] if get_growth(blocks[n]) is not None]
    names = [*components] or names
    nlp = load_components(path, find_needed_components(config, names))
    found = {name: find_original(nlp, name) for name in names}
    originals = {name: block for name, block in found.items() if block is not None}
    missing = [name for name in components if name not in originals]
    if missing or not originals:
        problem = f"nothing in '{trained}' has grown"
        if missing:
            problem = f"'{missing[0]}' of '{trained}' has not grown"
        raise config_error(
            ["component"],
            f"{problem}, or it has been trained in place since, so there is no smaller "
            "network in it. What is trained with a config of `spacy rehearsal "
            "init-config`, without --in-place, grows.",
        )
    for name in originals:
        if not isinstance(nlp.get_pipe(name), (EntityRecognizer, DependencyParser)):
            raise config_error(
                ["component"],
                f"'{name}' can't be compacted yet, only entity recognizers and parsers",
            )
    needed = find_needed_components(config, [*originals])
    for name in [*nlp.component_names]:
        if name not in needed:
            nlp.remove_pipe(name)
    return nlp, originals


def write_compacted(
    nlp: Language, originals: Originals, trained: Path, output: Path
) -> None:
    """Write a pipeline with other components. All else of it is copied as it is.

    nlp (Language): The pipeline that has the components.
    originals (Dict[str, Dict[str, Any]]): The block of the network of each.
    trained (Path): The directory of the pipeline.
    output (Path): The directory to write to. One that is there is replaced.
    """
    with write_copy(trained, output, nlp, originals) as temporary:
        config = util.load_config(temporary / "config.cfg")
        for name, block in originals.items():
            config["components"][name]["model"] = block
        config.to_disk(temporary / "config.cfg", interpolate=False)
        # the scores are those of the larger network
        meta = srsly.read_json(temporary / "meta.json")
        srsly.write_json(temporary / "meta.json", {**meta, "performance": {}})
