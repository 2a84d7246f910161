"""Tune a trained pipeline, and write it."""

from math import isfinite
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence

import srsly
from spacy import util
from spacy.language import Language
from spacy.training import Corpus
from spacy.util import SimpleFrozenDict
from thinc.api import ConfigValidationError

from ..base_pipeline import (
    check_factories,
    find_needed_components,
    find_pipeline,
    load_components,
    write_copy,
)
from ..errors import config_error, list_names
from ..files import has_doc_bins
from ..kinds.registry import find_kinds
from ..readers.raw_text.corpus import RawCorpus
from ..readers.raw_text.reading import check_raw_text
from ..readers.rehearsal import RehearsalCorpus
from ..readers.simple import SimpleCorpus
from ..readers.source import SILVER, get_source
from ..teacher.teacher import Teacher
from .ancestry import check_descent, check_tokens, find_scaling
from .bias import apply_bias
from .recognizer import TunedRecognizer
from .search import SCALES, Row, search
from .settings import get_corpus_settings, get_floor, get_weights

# raw text to count false alarms in, if there is as much: in a model that finds one in a
# thousand words, these are enough to see it become two
MIN_RAW_WORDS = 20_000


def tune(
    base_model: str,
    trained: str,
    dev: Path,
    output: Path,
    *,
    component: Optional[str] = None,
    raw: Optional[RawCorpus] = None,
    scale: Optional[float] = None,
    bias: Optional[float] = None,
    label_bias: Mapping[str, float] = SimpleFrozenDict(),
) -> Dict[str, Any]:
    """Set how strongly a trained pipeline shows what it has learned, and write it.

    base_model (str): Package name or path of the base pipeline.
    trained (str): Package name or path of the pipeline that was trained from it.
    dev (Path): Annotations with the new labels that it was not trained on.
    output (Path): The directory to write to. One that is there is replaced.
    component (Optional[str]): The entity recognizer. By default the one that the base
        pipeline has.
    raw (Optional[RawCorpus]): Raw text without new labels.
    scale (Optional[float]): The scale. By default it is searched for.
    bias (Optional[float]): The bias of new labels. By default it is searched for, or 0
        if some of them have their own.
    label_bias (Mapping[str, float]): Biases of single labels, by label.
    RETURNS (Dict[str, Any]): `base_model`, `trained`, `component` and `output`; `texts`
        and `raw_words`, what was tuned with; `gold`, the number of entities of each new
        label in it; `weights`, those of the scores; and what `Tuned` has, with scores
        from 0 to 100.
    RAISES (ConfigValidationError): If a file can't be read, the one pipeline was not
        trained from the other, or the component can't be tuned.
    RAISES (UnavailablePipelineError): If there is no such pipeline, or it needs code
        that is not there.
    """
    for number in (scale or 0.0, bias or 0.0, *label_bias.values()):
        if not isfinite(number):
            raise config_error(["bias"], f"expected a finite number, found {number}")
    if raw is not None:
        raw.check_reread()
    base = Teacher(base_model, components=[component] if component else ())
    [component] = base.components
    nlp = load(trained, component)
    check_descent(nlp, component, base.nlp)
    labels = nlp.pipe_labels[component]
    new_labels = [label for label in labels if label not in base.labels]
    given = get_given(bias, label_bias, new_labels)
    scaling = None if scale == 1.0 else find_scaling(nlp, component, base.nlp)
    corpus = create_corpus(dev, raw, base, nlp, component)
    gold = count_gold(corpus, nlp, component, new_labels)
    texts = (example.reference.text for example in corpus.gold.reader(nlp))
    check_tokens(nlp, component, base.nlp, texts)
    examples = [*corpus(nlp)]
    weights = get_weights(nlp.config, component)
    recognizer = TunedRecognizer(nlp, component, examples, base.labels, scaling=scaling)
    scales = SCALES if scale is None else [scale]
    floor = get_floor(nlp.config)
    tuned = search(recognizer, weights, floor=floor, scales=scales, bias=given)
    recognizer.set_scale(tuned.best.scale)
    apply_bias(nlp, component, tuned.best.bias)
    write_tuned(nlp, component, output, tuned.best)
    silver = [example for example in examples if get_source(example) == SILVER]
    return {
        "base_model": base_model,
        "trained": trained,
        "component": component,
        "output": str(output),
        "texts": len(examples) - len(silver),
        "raw_words": sum(map(len, silver)),
        "gold": {label: gold[label] for label in new_labels},
        "weights": weights,
        "before": to_dict(tuned.before),
        "best": to_dict(tuned.best),
        "scales": [to_dict(row) for row in tuned.scales],
        "biases": [to_dict(row) for row in tuned.biases],
        "labels": {label: to_dict(row) for label, row in tuned.labels.items()},
    }


def load(trained: str, component: str) -> Language:
    """Load what of a trained pipeline is tuned.

    RAISES (ConfigValidationError): If there is no such component.
    RAISES (UnavailablePipelineError): If there is no such pipeline, or it needs code
        that is not there.
    """
    path = find_pipeline(trained)
    config = util.load_config(path / "config.cfg")
    check_factories(config, [component], base_model=trained)
    find_kinds(config, [component], base_model=trained, loc=["component"])
    return load_components(path, find_needed_components(config, [component]))


def get_given(
    bias: Optional[float], label_bias: Mapping[str, float], new_labels: Sequence[str]
) -> Optional[Dict[str, float]]:
    """Get the bias of each new label that is given by hand, or None if none is.

    RAISES (ConfigValidationError): If one is given to another label.
    """
    for label in label_bias:
        if label not in new_labels:
            raise config_error(
                ["label_bias"],
                f"'{label}' is no new label, those are: {', '.join(new_labels)}",
            )
    if bias is None and not label_bias:
        return None
    return {**dict.fromkeys(new_labels, bias or 0.0), **label_bias}


def create_corpus(
    dev: Path, raw: Optional[RawCorpus], base: Teacher, nlp: Language, component: str
) -> RehearsalCorpus:
    """Create the corpus to tune with, as like the one that the training was evaluated
    on as the files allow.

    RAISES (ConfigValidationError): If one of the files can't be read by its name.
    """
    settings = get_corpus_settings(nlp.config, None if raw is None else raw.path)
    if "labels" in settings:  # of all components in training
        settings["labels"] = [x for x in settings["labels"] if x in base.labels]
    return RehearsalCorpus(
        # what does not fit the tokens counts neither way
        Corpus(dev)
        if has_doc_bins(dev)
        else SimpleCorpus(dev, misaligned="missing", overlapping="missing"),
        base,
        raw=raw,
        component=component,
        min_silver=MIN_RAW_WORDS,
        fresh=False,
        shuffle=False,
        **settings,
    )


def count_gold(
    corpus: RehearsalCorpus, nlp: Language, component: str, new_labels: Sequence[str]
) -> Dict[str, int]:
    """Read the data once, and count the labels of the gold.

    RAISES (ConfigValidationError): If something can't be read, or there is no new label
        in the gold.
    """
    path = getattr(corpus.gold.reader, "path", None)
    try:
        counts = corpus.gold.count_labels(nlp)[component]
    except ConfigValidationError:
        raise
    except Exception as err:  # whatever a reader raises for a broken file
        raise config_error(["dev"], f"{path} can't be read: {err}") from None
    if corpus.silver is not None:
        check_raw_text(corpus.silver.reader)
    if not any(counts[label] for label in new_labels):
        raise config_error(
            ["dev"],
            f"'{path}' has none of the new labels, {', '.join(new_labels)}. It has: "
            f"{list_names(sorted(counts))}",
        )
    return {label: counts[label] for label in new_labels}


def write_tuned(nlp: Language, component: str, output: Path, row: Row) -> None:
    """Write a pipeline with a component that is not as it was loaded. All else of it is
    copied as it is.

    nlp (Language): The pipeline.
    component (str): The component.
    output (Path): The directory to write to. One that is there is replaced.
    row (Row): The scores that it has now.
    """
    with write_copy(nlp.path, output, nlp, [component]) as temporary:
        meta = srsly.read_json(temporary / "meta.json")
        kept = {
            name: score
            for name, score in meta.get("performance", {}).items()
            if not name.startswith("ents_")
        }
        meta["performance"] = {**kept, **row.scores}
        srsly.write_json(temporary / "meta.json", meta)


def to_dict(row: Row) -> Dict[str, Any]:
    """Get a setting and its scores, from 0 to 100."""
    scores = {name: row.scores[name] for name in ("new_f", "base_f")}
    alarms = row.scores["false_alarms"]
    return {
        "scale": row.scale,
        "bias": dict(row.bias),
        **{name: None if f is None else 100 * f for name, f in scores.items()},
        "false_alarms_per_1000_words": None if alarms is None else 1000 * alarms,
        "score": 100 * row.score,
    }
