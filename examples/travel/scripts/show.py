"""Show the places that a pipeline finds, beside those that it should find."""

from pathlib import Path

import spacy
import srsly
import typer
from wasabi import msg

LABELS = ("GPE", "TOURIST_DESTINATION")


def show(pipeline: Path, sentences: Path) -> None:
    nlp = spacy.load(pipeline)
    n_right = n_places = 0
    for text, annotation in srsly.read_jsonl(sentences):
        gold = {tuple(entity) for entity in annotation["entities"]}
        found = {
            (ent.start_char, ent.end_char, ent.label_): ent._.generic_label
            for ent in nlp(text).ents
            if ent._.generic_label in LABELS
        }
        print(text)
        for start, end, label in sorted(gold | set(found)):
            entity = (start, end, label)
            if entity not in found:
                msg.fail(f"{text[start:end]}: {label} was not found")
            elif entity not in gold:
                msg.warn(f"{text[start:end]}: {label} should not be there")
            else:
                generic = found[entity]
                path = label if generic == label else f"{generic} -> {label}"
                msg.good(f"{text[start:end]}: {path}")
        n_right += len(gold & set(found))
        n_places += len(gold)
    msg.info(f"{n_right} of {n_places} places are right.")


if __name__ == "__main__":
    typer.run(show)
