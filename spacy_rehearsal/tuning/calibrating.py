"""Give a pipeline the component that says how sure it is, calibrated."""

from pathlib import Path
from typing import Any, Dict, Iterator, Optional

import srsly
from spacy import util
from spacy.language import Language
from spacy.training import Corpus, Example
from thinc.api import ConfigValidationError

from ..base_pipeline import find_pipeline, load_pipeline, write_copy
from ..errors import config_error, list_names
from ..files import has_doc_bins
from ..pipeline.entity_confidence import EntityConfidence
from ..readers.simple import SimpleCorpus

FACTORY = "entity_confidence"


def calibrate(
    model: str, dev: Path, output: Path, *, component: Optional[str] = None
) -> Dict[str, Any]:
    """Calibrate the `entity_confidence` of a pipeline, which is added if it has none,
    and write the pipeline.

    model (str): Package name or path of the pipeline.
    dev (Path): Annotations that it was not trained on.
    output (Path): The directory to write to. One that is there is replaced.
    component (Optional[str]): The entity recognizer. By default the only one.
    RETURNS (Dict[str, Any]): `model`, `component`, `name` (of the `entity_confidence`),
        `output`, and what `EntityConfidence.calibrate` returns.
    RAISES (ConfigValidationError): If the annotations can't be read or do not do, or
        there is no such entity recognizer.
    RAISES (UnavailablePipelineError): If there is no such pipeline, or it needs code
        that is not there.
    """
    path = find_pipeline(model)
    nlp = load_pipeline(model)
    component = find_recognizer(nlp, component)
    name = find_or_add(nlp, component)
    pipe: Any = nlp.get_pipe(name)
    result = pipe.calibrate(run(nlp, name, read(nlp, dev)))
    with write_copy(path, output, nlp, [name]) as temporary:
        config = util.load_config(temporary / "config.cfg")
        config["components"][name] = nlp.get_pipe_config(name)
        config["nlp"]["pipeline"] = nlp.component_names
        config.to_disk(temporary / "config.cfg", interpolate=False)
        meta = srsly.read_json(temporary / "meta.json")
        meta["pipeline"], meta["components"] = nlp.pipe_names, nlp.component_names
        meta.get("labels", {}).setdefault(name, [])
        srsly.write_json(temporary / "meta.json", meta)
    start = {"model": model, "component": component, "name": name}
    return {**start, "output": str(output), **result}


def find_recognizer(nlp: Language, component: Optional[str]) -> str:
    """Find the entity recognizer.

    RAISES (ConfigValidationError): If it is not there, or it is unclear which one.
    """
    names = [n for n in nlp.component_names if nlp.get_pipe_meta(n).factory == "ner"]
    if component is None and len(names) == 1:
        return names[0]
    if component is None:
        raise config_error(
            ["component"],
            f"the pipeline has {len(names)} entity recognizers, "
            f"{list_names(names)}. Say which one with --component.",
        )
    if component not in nlp.component_names:
        raise config_error(
            ["component"],
            f"the pipeline has no component '{component}', it has: "
            f"{list_names(nlp.component_names)}",
        )
    return component


def find_or_add(nlp: Language, component: str) -> str:
    """Find the `entity_confidence` of an entity recognizer, or add one behind it.

    nlp (Language): The pipeline.
    component (str): The entity recognizer.
    RETURNS (str): Its name.
    RAISES (ConfigValidationError): If the confidence can't be computed.
    """
    for name, pipe in nlp.components:
        if isinstance(pipe, EntityConfidence) and pipe.component == component:
            return name
    name = FACTORY if FACTORY not in nlp.component_names else f"{component}_confidence"
    config = {"component": component}
    if name != FACTORY:  # another one has the extension attribute
        config["confidence_attr"] = name
    nlp.add_pipe(FACTORY, name, after=component, config=config)
    return name


def read(nlp: Language, dev: Path) -> Iterator[Example]:
    """Read annotations.

    nlp (Language): The pipeline.
    dev (Path): The file or directory.
    YIELDS (Example): The examples.
    RAISES (ConfigValidationError): If they can't be read.
    """
    if not has_doc_bins(dev):
        # what does not fit the tokens counts neither way
        corpus = SimpleCorpus(dev, misaligned="missing", overlapping="missing")
        yield from corpus(nlp)
        return
    try:
        yield from Corpus(dev)(nlp)
    except ConfigValidationError:
        raise
    except Exception as err:  # whatever a reader raises for a broken file
        raise config_error(["dev"], f"{dev} can't be read: {err}") from None


def run(nlp: Language, name: str, examples: Iterator[Example]) -> Iterator[Example]:
    """Run the components before one on the texts of examples.

    nlp (Language): The pipeline.
    name (str): The component.
    examples (Iterator[Example]): The examples.
    YIELDS (Example): The examples, with what was found.
    """
    listed = [*examples]
    before = nlp.component_names[: nlp.component_names.index(name)]
    with nlp.select_pipes(enable=[n for n in before if n in nlp.pipe_names]):
        docs = nlp.pipe(example.predicted for example in listed)
        for doc, example in zip(docs, listed):
            yield Example(doc, example.reference)
