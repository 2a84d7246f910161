"""Make the whole report: what a trained pipeline has learned, and what it has lost."""

from itertools import islice
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

from spacy import util
from spacy.language import Language
from spacy.util import SimpleFrozenDict

from ..base_pipeline import (
    check_factories,
    find_needed_components,
    find_pipeline,
    load_components,
    load_pipeline,
)
from ..kinds.registry import find_kinds
from ..readers.raw_text.corpus import RawCorpus
from ..readers.raw_text.reading import check_raw_text, read_texts
from .comparison import Comparison


def report(
    base_model: str,
    trained: str,
    gold: List[Path],
    *,
    component: Optional[str] = None,
    label_map: Mapping[str, str] = SimpleFrozenDict(),
    raw: Optional[RawCorpus] = None,
    limit: int = 0,
) -> Dict[str, Any]:
    """Compare a trained pipeline with its base.

    base_model (str): Package name or path of the base pipeline.
    trained (str): Package name or path of the trained pipeline.
    gold (List[Path]): Annotations that neither was trained on. A label is scored on the
        files that have it.
    component (Optional[str]): The component to compare. By default the entities of the
        whole pipeline are compared.
    label_map (Mapping[str, str]): Labels that count as another one, in the gold too.
    raw (Optional[RawCorpus]): Raw text without new labels.
    limit (int): Raw texts to read. 0 for all.
    RETURNS (Dict[str, Any]): `base_model`, `trained` and what `Comparison.to_dict`
        returns.
    RAISES (ConfigValidationError): If a file can't be read, or the component can't be
        compared.
    RAISES (UnavailablePipelineError): If there is no such pipeline, or it needs code
        that is not there.
    """
    for name in (base_model, trained):
        find_pipeline(name)
    base_nlp, trained_nlp = (load(name, component) for name in (base_model, trained))
    comparison = Comparison(
        base_nlp, trained_nlp, component=component, label_map=label_map
    )
    files = [comparison.read_gold(path) for path in gold]
    if raw is not None:
        check_raw_text(raw)
    for texts in files:
        comparison.add_gold(texts)
    if raw is not None:
        comparison.add_raw(islice(read_texts(raw, base_nlp), limit or None))
        raw.tell()
    return {"base_model": base_model, "trained": trained, **comparison.to_dict()}


def load(name: str, component: Optional[str]) -> Language:
    """Load a pipeline, or nothing but what one of its components needs.

    name (str): Package name or path of the pipeline.
    component (Optional[str]): The component.
    RETURNS (Language): The pipeline.
    RAISES (ConfigValidationError): If there is no such component, or there is no kind
        for it.
    RAISES (UnavailablePipelineError): If the pipeline needs code that is not there.
    """
    if component is None:
        return load_pipeline(name)
    path = find_pipeline(name)
    config = util.load_config(path / "config.cfg")
    check_factories(config, [component], base_model=name)
    find_kinds(config, [component], base_model=name, loc=["component"])
    return load_components(path, find_needed_components(config, [component]))
