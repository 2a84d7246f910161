"""Compare the base pipeline, the plainly trained one and the rehearsed one."""

from pathlib import Path
from typing import Any, Dict, Set

import spacy
import srsly
import typer
from spacy.language import Language
from spacy.scorer import PRFScore
from spacy.training import Corpus
from wasabi import msg

PIPELINES = {"plain": "training/plain", "rehearsed": "training/rehearsed"}


def compare(base_model: str) -> None:
    base = spacy.load(base_model)
    base_labels = set(base.get_pipe("ner").labels)
    results = {"base": {**score(base, base_labels), "seconds": 0.0}}
    for name, path in PIPELINES.items():
        nlp = spacy.load(f"{path}/model-best")
        seconds = srsly.read_json(f"metrics/{name}_seconds.json")["seconds"]
        results[name] = {**score(nlp, base_labels), "seconds": seconds}
    srsly.write_json(
        "metrics/comparison.json",
        {
            name: {key: result[key] for key in ("new_f", "old_f", "seconds")}
            for name, result in results.items()
        },
    )
    labels = sorted(results["base"]["per_label"])
    rows = [
        ["WEBSITE", *(f"{r['new_f']:.1f}" for r in results.values())],
        ["all base labels", *(f"{r['old_f']:.1f}" for r in results.values())],
        *[
            [f"  {label}", *(f"{r['per_label'][label]:.1f}" for r in results.values())]
            for label in labels
        ],
        ["training seconds", *(f"{r['seconds']:.0f}" for r in results.values())],
    ]
    msg.divider("F-score on gold annotations: before, and after learning WEBSITE")
    msg.table(
        rows, header=["", *results], divider=True, aligns=["l"] + ["r"] * len(results)
    )
    kept = 100 * results["rehearsed"]["old_f"] / results["base"]["old_f"]
    msg.good(f"With rehearsal {kept:.0f} % of the old F-score is kept.")


def score(nlp: Language, base_labels: Set[str]) -> Dict[str, Any]:
    """Score a pipeline.

    nlp (Language): The pipeline.
    base_labels (Set[str]): The labels that the base pipeline has.
    RETURNS (Dict[str, Any]): `new_f`, `old_f` and `per_label`, from 0 to 100.
    """
    per_label = count_entities(nlp, "corpus/base_gold.spacy", base_labels)
    new = count_entities(nlp, "corpus/dev.spacy", {"WEBSITE"})
    total = sum(per_label.values(), PRFScore())
    return {
        "new_f": round(100 * new["WEBSITE"].fscore, 2),
        "old_f": round(100 * total.fscore, 2),
        "per_label": {name: round(100 * s.fscore, 2) for name, s in per_label.items()},
    }


def count_entities(nlp: Language, path: str, labels: Set[str]) -> Dict[str, PRFScore]:
    """Count what a pipeline finds of the gold entities, per label.

    nlp (Language): The pipeline.
    path (str): The gold annotations.
    labels (Set[str]): The labels to count.
    RETURNS (Dict[str, PRFScore]): The counts of each label.
    """
    scores = {label: PRFScore() for label in labels}
    examples = list(Corpus(Path(path))(nlp))
    docs = nlp.pipe(example.text for example in examples)
    for example, doc in zip(examples, docs):
        gold = {(e.start_char, e.end_char, e.label_) for e in example.reference.ents}
        found = {(e.start_char, e.end_char, e.label_) for e in doc.ents}
        for label in labels:
            scores[label].score_set(
                {entity for entity in found if entity[2] == label},
                {entity for entity in gold if entity[2] == label},
            )
    return scores


if __name__ == "__main__":
    typer.run(compare)
