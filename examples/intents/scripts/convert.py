"""Convert requests in spaCy's simple training style to the binary format."""

from pathlib import Path

import spacy
import typer
from spacy.tokens import DocBin

from spacy_rehearsal import SimpleCorpus


def convert(source: Path, target: Path) -> None:
    """SOURCE: a line is ["text", {"heads": [...], "deps": [...]}], one a token."""
    nlp = spacy.blank("en")
    docs = [example.reference for example in SimpleCorpus(source)(nlp)]
    target.parent.mkdir(parents=True, exist_ok=True)
    DocBin(docs=docs).to_disk(target)
    print(f"{target}: {len(docs)} texts")


if __name__ == "__main__":
    typer.run(convert)
