"""Show both parses of a few requests: the relations, and the base pipeline's own."""

from pathlib import Path
from typing import List

import spacy
import typer
from spacy.util import import_file
from wasabi import msg

import_file("functions", "functions.py")


def show(pipeline: Path, texts: List[str]) -> None:
    for doc in spacy.load(pipeline).pipe(texts):
        rows = [
            (token.text, token._.relation, token._.target, token.dep_, token.head)
            for token in doc
        ]
        msg.table(rows, header=("", "relation", "target", "dep", "head"), divider=True)


if __name__ == "__main__":
    typer.run(show)
