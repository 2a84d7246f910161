"""Start a component as that of a base pipeline, with new units beside it; and make one
of the first units again."""

from typing import Any, Dict, List, Optional, Sequence

from spacy.language import Language
from spacy.training import Example
from thinc.api import Config

from ..base_pipeline import find_listened, find_transformers
from ..errors import config_error
from .base import Growth
from .registry import get_growth


def grow_blocks(
    config: Dict[str, Any], components: Sequence[str]
) -> Dict[str, Dict[str, Any]]:
    """Get the configs of components whose networks have grown, where that can be.

    config (Dict[str, Any]): The base pipeline's config.
    components (Sequence[str]): The components.
    RETURNS (Dict[str, Dict[str, Any]]): The blocks of those that grow, by name.
    """
    blocks = Config(config).interpolate()["components"]
    grown = {}
    for name in components:
        growth = get_growth(blocks[name])
        if growth is not None:
            copied = [blocks[n]["model"] for n in find_copied(config, name)]
            model = growth.grow_config(blocks[name]["model"], copied)
            grown[name] = {**blocks[name], "model": model}
    return grown


def initialize_encoders(nlp: Language, components: Sequence[str]) -> None:
    """Initialize the encoders of components, so that the size of what they put out is
    known before the rest of the networks is initialized.

    nlp (Language): The pipeline, with its vectors.
    components (Sequence[str]): The components.
    """
    listened = {n for name in components for n in find_listened(nlp.config, name)}
    doc = nlp.make_doc("a")
    for name, upstream in nlp.pipeline:
        if name in listened:
            doc = upstream(doc)
    for name in components:
        growth = get_growth(nlp.get_pipe_config(name))
        if growth is not None and growth.needs_width:
            pipe: Any = nlp.get_pipe(name)
            growth.get_encoder(pipe.model).initialize(X=[doc])


def find_wide(blocks: Dict[str, Dict[str, Any]]) -> List[str]:
    """Find the components whose encoders have to be initialized before.

    blocks (Dict[str, Dict[str, Any]]): Their blocks, by name.
    RETURNS (List[str]): Their names.
    """
    growths = {name: get_growth(block) for name, block in blocks.items()}
    return [name for name, growth in growths.items() if growth and growth.needs_width]


def grow_component(nlp: Language, name: str, base: Language) -> Growth:
    """Copy a component of a base pipeline, its labels and its network, into one whose
    network is larger. It then predicts what the other does.

    nlp (Language): The pipeline, initialized.
    name (str): The component.
    base (Language): The base pipeline.
    RETURNS (Growth): How it has grown.
    RAISES (ConfigValidationError): If the network is not the base pipeline's and more.
    """
    growth = find_growth(nlp, name, base)
    source: Any = base.get_pipe(name)
    pipe: Any = nlp.get_pipe(name)
    copy_labels(source, pipe)
    upstreams: List[Any] = [
        base.get_pipe(upstream) for upstream in find_copied(base.config, name)
    ]
    growth.copy(source.model, pipe.model, [upstream.model for upstream in upstreams])
    return growth


def find_copied(config: Dict[str, Any], name: str) -> List[str]:
    """Find the encoders that a component listens to and gets a copy of when it grows. A
    transformer is too large to have another beside it.

    config (Dict[str, Any]): The pipeline's config.
    name (str): The component.
    RETURNS (List[str]): Their names, in pipeline order.
    """
    transformers = find_transformers(config, name)
    return [n for n in find_listened(config, name) if n not in transformers]


def find_growth(nlp: Language, name: str, base: Language) -> Growth:
    """Find how a component has grown.

    nlp (Language): The pipeline in training.
    name (str): The component.
    base (Language): The base pipeline.
    RETURNS (Growth): How it has.
    RAISES (ConfigValidationError): If its network is not the base pipeline's and more.
    """
    if name not in nlp.component_names or name not in base.component_names:
        where = "the base pipeline" if name in nlp.component_names else "the pipeline"
        raise config_error(["grown"], f"{where} has no component '{name}'")
    block, base_block = (
        p.config.interpolate()["components"][name] for p in (nlp, base)
    )
    growth = get_growth(base_block)
    if growth is None:
        raise config_error(
            ["grown"],
            f"the network of '{name}' in the base pipeline, "
            f"{base_block.get('model', {}).get('@architectures')}, can't grow. Source "
            "the component instead",
        )
    if not growth.has_grown(base_block["model"], block.get("model", {})):
        raise config_error(
            ["components", name, "model"],
            "is not the base pipeline's network and one more part beside it. "
            "`spacy rehearsal init-config` writes a block that is",
        )
    return growth


def find_original(nlp: Language, name: str) -> Optional[Dict[str, Any]]:
    """Find what the network of a component was before it grew.

    nlp (Language): The pipeline.
    name (str): The component.
    RETURNS (Optional[Dict[str, Any]]): The block of the smaller network. None if the
        component has not grown, or its first units read new ones by now.
    """
    block = nlp.config.interpolate()["components"][name]
    growth = get_growth(block)
    pipe: Any = nlp.get_pipe(name)
    return growth.shrink_config(block["model"], pipe.model) if growth else None


def shrink_component(nlp: Language, name: str, original: Dict[str, Any]) -> None:
    """Put one with a smaller network in the place of a component. It has the settings
    and all labels of the other, and of its weights those of the first units.

    nlp (Language): The pipeline.
    name (str): The component.
    original (Dict[str, Any]): The block of the smaller network.
    """
    grown: Any = nlp.get_pipe(name)
    config = dict(nlp.get_pipe_config(name))
    growth = get_growth(config)
    factory = config.pop("factory")
    pipe: Any = nlp.replace_pipe(name, factory, config={**config, "model": original})
    doc = nlp.make_doc("a")
    pipe.initialize(lambda: [Example(doc, doc)], nlp=nlp, labels=grown.label_data)
    copy_labels(grown, pipe)
    if growth is not None:
        growth.copy_base(grown.model, pipe.model)


def copy_labels(source: Any, pipe: Any) -> None:
    """Give a component the labels of another of its kind, and the order of its outputs.
    The settings that it has from its config stay.

    source (Pipe): The component with the labels.
    pipe (Pipe): The component.
    """
    parts = [part for part in (pipe, getattr(pipe, "moves", None)) if part is not None]
    settings = [
        {key: v for key, v in part.cfg.items() if not key.startswith("labels")}
        for part in parts
    ]
    for part in parts:
        part.cfg.clear()  # a morphologizer adds to the labels that it has
    clear_trees(pipe)
    exclude = ["model", "vocab"]
    pipe.from_bytes(source.to_bytes(exclude=exclude), exclude=exclude)
    for part, own in zip(parts, settings):
        part.cfg.update(own)
    for label in source.labels:
        if isinstance(label, str):  # a lemmatizer has the numbers of edit trees
            pipe.vocab.strings.add(label)


def clear_trees(pipe: Any) -> None:
    """Let a lemmatizer forget its edit trees, before it is read from bytes: it would
    have them twice.

    pipe (Pipe): The component. Others are left as they are.
    """
    if hasattr(pipe, "trees"):
        pipe.trees = type(pipe.trees)(pipe.vocab.strings)
        pipe.tree2label = {}
