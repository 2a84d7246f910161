"""Score the tourist destinations that pipelines find, and print them as a table."""

from pathlib import Path
from typing import List

import spacy
import srsly
import typer
from spacy.training import Corpus
from wasabi import table

LABEL = "TOURIST_DESTINATION"


def evaluate(gold: Path, output: Path, pipelines: List[str]) -> None:
    """PIPELINES: names or directories of pipelines."""
    scores = {}
    for pipeline in pipelines:
        nlp = spacy.load(pipeline)
        per_type = nlp.evaluate(list(Corpus(gold)(nlp)))["ents_per_type"]
        scores[Path(pipeline).name] = per_type[LABEL]
    output.parent.mkdir(parents=True, exist_ok=True)
    srsly.write_json(output, scores)
    rows = [
        (name, *(f"{100 * score[key]:.1f}" for key in "prf"))
        for name, score in scores.items()
    ]
    header = (LABEL, "P", "R", "F")
    print(table(rows, header=header, divider=True, aligns=("l", "r", "r", "r")))


if __name__ == "__main__":
    typer.run(evaluate)
