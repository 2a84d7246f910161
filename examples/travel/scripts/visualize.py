"""Show the generic and the specific label of each entity, in a page for a browser."""

from pathlib import Path
from typing import List

import spacy
import typer
from spacy import displacy

from spacy_rehearsal import make_displacy_options


def visualize(pipeline: Path, output: Path, texts: List[str]) -> None:
    docs = list(spacy.load(pipeline).pipe(texts))
    options = make_displacy_options(docs)
    html = displacy.render(docs, style="span", options=options, page=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(html, encoding="utf8")
    print(output)


if __name__ == "__main__":
    typer.run(visualize)
