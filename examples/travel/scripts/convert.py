"""Convert JSONL in spaCy's simple training style to the binary format."""

from pathlib import Path

import spacy
import srsly
import typer
from spacy.tokens import DocBin


def convert(source: Path, target: Path) -> None:
    """SOURCE: a line is ["text", {"entities": [[start, end, "LABEL"], ...]}]."""
    nlp = spacy.blank("en")
    doc_bin = DocBin()
    for line_no, (text, annotation) in enumerate(srsly.read_jsonl(source), start=1):
        doc = nlp.make_doc(text)
        spans = []
        for start, end, label in annotation["entities"]:
            span = doc.char_span(start, end, label)
            if span is None:
                raise SystemExit(
                    f"{source}, line {line_no}: '{text[start:end]}' is not made of "
                    f"whole tokens in: {text}"
                )
            spans.append(span)
        doc.set_ents(spans)
        doc_bin.add(doc)
    target.parent.mkdir(parents=True, exist_ok=True)
    doc_bin.to_disk(target)
    print(f"{target}: {len(doc_bin)} texts")


if __name__ == "__main__":
    typer.run(convert)
