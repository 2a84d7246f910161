"""Tiny pipelines with a transformer of either package, made of nothing but what is
written here."""

import string
from pathlib import Path
from typing import Any, Dict

import pytest
import spacy
from spacy.language import Language
from thinc.api import fix_random_seed

from tests.util import SENTENCES, make_example

WIDTH = 32
WORDS = sorted({word.lower() for s in SENTENCES for word in s["words"]})
PIECES = [*WORDS, *string.ascii_lowercase, *string.digits]
VOCAB = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", ","),
    *PIECES,
    *(f"##{piece}" for piece in PIECES),
]
SIZES = {"vocab_size": len(VOCAB), "num_hidden_layers": 2, "num_attention_heads": 2}
# the module to import, and the factory, of each of the two packages
PACKAGES = {
    "transformer": "spacy_transformers",
    "curated_transformer": "spacy_curated_transformers",
}
POOLING = {"@layers": "reduce_mean.v1"}
LISTENERS: Dict[str, Dict[str, Any]] = {
    "transformer": {
        "@architectures": "spacy-transformers.TransformerListener.v1",
        "pooling": POOLING,
        "upstream": "*",
        "grad_factor": 1.0,
    },
    "curated_transformer": {
        "@architectures": "spacy-curated-transformers.LastTransformerLayerListener.v1",
        "pooling": POOLING,
        "width": WIDTH,
        "upstream": "transformer",
        "grad_factor": 1.0,
    },
}


def add_transformer(nlp: Language, package: str, directory: Path) -> None:
    """Add a random BERT of two layers to a pipeline.

    nlp (Language): The pipeline.
    package (str): The factory, which says of which package it is.
    directory (Path): A directory for the files that it is initialized from.
    """
    pytest.importorskip(PACKAGES[package])
    directory.mkdir()
    vocab = directory / "vocab.txt"
    vocab.write_text("\n".join([*VOCAB, ""]), encoding="utf8")
    if package == "transformer":
        save_bert(directory)
        model: Dict[str, Any] = {
            "@architectures": "spacy-transformers.TransformerModel.v3",
            "name": str(directory),
            "get_spans": {
                "@span_getters": "spacy-transformers.strided_spans.v1",
                "window": 16,
                "stride": 12,
            },
        }
    else:
        model = {
            "@architectures": "spacy-curated-transformers.BertTransformer.v1",
            "hidden_width": WIDTH,
            "intermediate_width": 2 * WIDTH,
            "piece_encoder": {
                "@architectures": "spacy-curated-transformers.BertWordpieceEncoder.v1"
            },
            "with_spans": {
                "@architectures": "spacy-curated-transformers.WithStridedSpans.v1",
                "window": 16,
                "stride": 12,
            },
            **SIZES,
        }
        nlp.config["initialize"]["components"]["transformer"] = {
            "piecer_loader": {
                "@model_loaders": "spacy-curated-transformers.WordpieceLoader.v1",
                "path": str(vocab),
                "lowercase": True,
            }
        }
    nlp.add_pipe(package, "transformer", config={"model": model})


def save_bert(directory: Path) -> None:
    """Write a random BERT in the form that the package transformers loads."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    config = BertConfig(hidden_size=WIDTH, intermediate_size=2 * WIDTH, **SIZES)
    BertModel(config).save_pretrained(directory)
    tokenizer = BertTokenizerFast(str(directory / "vocab.txt"), do_lower_case=True)
    tokenizer.save_pretrained(directory)


def make_transformer_pipeline(path: Path, package: str, *factories: str) -> Path:
    """Train a tiny pipeline on three sentences, by heart. All of its components listen
    to a transformer, which they change.

    path (Path): Where to save it.
    package (str): The factory of the transformer.
    factories (str): Those of the other components.
    RETURNS (Path): The same path.
    """
    fix_random_seed(0)
    nlp = spacy.blank("en")
    add_transformer(nlp, package, path.with_name(f"{path.name}_bert"))
    listener = LISTENERS[package]
    for factory in factories:
        config: Dict[str, Any] = {"model": {"tok2vec": listener}}
        if factory in ("ner", "parser"):
            config["model"].update(use_upper=False, hidden_width=16)
        if factory == "parser":
            config["min_action_freq"] = 1
        if factory == "textcat":
            config["model"] = {
                "@architectures": "spacy.TextCatReduce.v1",
                "exclusive_classes": True,
                "use_reduce_first": False,
                "use_reduce_last": False,
                "use_reduce_max": False,
                "use_reduce_mean": True,
                "tok2vec": listener,
            }
        nlp.add_pipe(factory, config=config)
    ann, rain, joe = SENTENCES
    sentences = [(ann,), (rain,), (joe,), (ann, rain), (rain, joe), (joe, ann)]
    examples = [make_example(nlp, *sents) for sents in sentences]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.003
    for _ in range(60):
        nlp.update(examples, sgd=optimizer)
    nlp.to_disk(path)
    return path


def get_transformer_bytes(nlp: Language) -> bytes:
    """Get the weights of the transformer of a pipeline."""
    shims = [s for node in nlp.get_pipe("transformer").model.walk() for s in node.shims]  # type: ignore[attr-defined]
    tensors = [t for shim in shims for t in shim._model.state_dict().values()]
    assert tensors
    return b"".join(tensor.cpu().numpy().tobytes() for tensor in tensors)
