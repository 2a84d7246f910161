"""Score the relations that a pipeline finds in requests, and compare all else that it
finds in them with what the base pipeline does."""

from pathlib import Path
from typing import Any, Dict

import spacy
import srsly
import typer
from spacy.scorer import Scorer
from spacy.tokens import Token
from spacy.training import Corpus
from spacy.util import import_file
from wasabi import msg

import_file("functions", "functions.py")


def evaluate(base_model: str, pipeline: Path, gold: Path, output: Path) -> None:
    base, nlp = spacy.load(base_model), spacy.load(pipeline)
    examples = list(Corpus(gold)(nlp))
    n_same = 0
    for example in examples:
        example.predicted = nlp(example.text)
        # tags, lemmas, heads, dependency labels, sentences and entities
        n_same += example.predicted.to_json() == base(example.text).to_json()
    scores: Dict[str, Any] = Scorer.score_deps(
        examples,
        "dep",
        getter=get_relation,
        head_getter=get_target,
        # words that are no part of the request
        ignore_labels=["-"],
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    srsly.write_json(output, {**scores, "same": n_same, "texts": len(examples)})
    rows = [
        (label, *(f"{100 * score[key]:.1f}" for key in "prf"))
        for label, score in scores["dep_las_per_type"].items()
    ]
    msg.table(
        rows, header=("", "P", "R", "F"), divider=True, aligns=("l", "r", "r", "r")
    )
    msg.info(f"UAS {100 * scores['dep_uas']:.1f}, LAS {100 * scores['dep_las']:.1f}")
    msg.info(f"{n_same} of {len(examples)} texts are parsed as by the base pipeline")


def get_relation(token: Token, attr: str) -> str:
    """Get the relation that was predicted; that of the gold is in the gold's parse."""
    return token._.relation or token.dep_


def get_target(token: Token, attr: str) -> Token:
    return token._.target if token._.relation else token.head


if __name__ == "__main__":
    typer.run(evaluate)
