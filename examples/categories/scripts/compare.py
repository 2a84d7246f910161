"""Compare the categories that the first pipeline, the plainly trained one and the
rehearsed one find in mails."""

from pathlib import Path
from typing import List

import spacy
import srsly
import typer
from spacy.training import Example
from wasabi import msg

from spacy_rehearsal import SimpleCorpus

CATEGORIES = ["DELIVERY", "RETURN", "PAYMENT", "REPAIR"]
OLD = CATEGORIES[:-1]


def compare(gold: List[Path]) -> None:
    """GOLD: annotated mails. What a mail is not said to be, it is not."""
    results = {}
    for name in ("first", "plain", "rehearsed"):
        nlp = spacy.load(f"training/{name}/model-best")
        examples: List[Example] = []
        for path in gold:
            for example in SimpleCorpus(path)(nlp):
                cats = dict.fromkeys(CATEGORIES, 0.0)
                example.reference.cats = {**cats, **example.reference.cats}
                examples.append(example)
        scores = nlp.evaluate(examples)["cats_f_per_type"]
        f_scores = {c: 100 * scores[c]["f"] if c in scores else 0.0 for c in CATEGORIES}
        f_scores["mean of the old"] = sum(f_scores[c] for c in OLD) / len(OLD)
        results[name] = {key: round(f, 2) for key, f in f_scores.items()}
    Path("metrics").mkdir(exist_ok=True)
    srsly.write_json("metrics/comparison.json", results)
    msg.divider("F-score on mails to evaluate on: before and after learning REPAIR")
    msg.table(
        [
            (key, *(f"{result[key]:.1f}" for result in results.values()))
            for key in results["first"]
        ],
        header=("", *results),
        divider=True,
        aligns=("l", "r", "r", "r"),
    )


if __name__ == "__main__":
    typer.run(compare)
