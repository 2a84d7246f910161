"""Make a base pipeline with a transformer, to measure with where none can be had: a
pretrained encoder, and components that learn what a small pipeline finds in raw text.
"""

import random
import time
from pathlib import Path
from typing import Any, Dict, List

import click
import spacy
from spacy.training import Example
from spacy.training.batchers import minibatch_by_words
from thinc.api import Adam, fix_random_seed, warmup_linear

from spacy_rehearsal.readers.raw_text.corpus import RawCorpus

LISTENER: Dict[str, Any] = {
    "@architectures": "spacy-transformers.TransformerListener.v1",
    "pooling": {"@layers": "reduce_mean.v1"},
    "upstream": "*",
    "grad_factor": 1.0,
}
COMPONENTS: Dict[str, Dict[str, Any]] = {
    "tagger": {"model": {"tok2vec": LISTENER}},
    # as in spaCy's own pipelines with a transformer
    "ner": {
        "model": {
            "tok2vec": LISTENER,
            "hidden_width": 64,
            "maxout_pieces": 2,
            "use_upper": False,
        }
    },
}
BATCH_WORDS = 300


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("encoder")
@click.argument("raw", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("output", type=click.Path(path_type=Path))
@click.option(
    "--teacher", default="en_core_web_sm", show_default=True, help="What annotates"
)
@click.option("--epochs", default=1, show_default=True)
@click.option("--learn-rate", default=3e-4, show_default=True)
def make_base(
    encoder: str, raw: Path, output: Path, teacher: str, epochs: int, learn_rate: float
) -> None:
    """Train tagger and ner behind ENCODER, the directory of a model that the package
    transformers loads, on what a pipeline finds in RAW, {"text": "..."} a line. The
    encoder is trained, too."""
    fix_random_seed(0)
    annotator = spacy.load(teacher)
    texts = [*RawCorpus(raw).read(len)]
    nlp = spacy.blank(annotator.meta["lang"])
    nlp.add_pipe("transformer", config={"model": {"name": encoder}})
    for name, config in COMPONENTS.items():
        nlp.add_pipe(name, config=config)
    examples = [Example(nlp.make_doc(d.text), d) for d in annotator.pipe(texts)]
    n_words = sum(len(example) for example in examples)
    nlp.initialize(lambda: examples)
    n_steps = epochs * n_words // BATCH_WORDS
    rate: Any = warmup_linear(learn_rate, n_steps // 10, n_steps)
    optimizer = Adam(rate, L2=0.01, grad_clip=1.0, use_averages=False)
    start = time.time()
    step = 0
    for _ in range(epochs):
        random.shuffle(examples)
        losses: Dict[str, float] = {}
        for batch in minibatch_by_words(examples, BATCH_WORDS):
            fresh: List[Example] = [
                Example(nlp.make_doc(eg.text), eg.reference) for eg in batch
            ]
            nlp.update(fresh, drop=0.1, sgd=optimizer, losses=losses)
            optimizer.step_schedules()
            step += 1
            if step % 25 == 0:
                print(step, n_steps, f"{time.time() - start:.0f} s", losses, flush=True)
    nlp.meta["name"] = "minilm"
    nlp.to_disk(output)


if __name__ == "__main__":
    make_base()
