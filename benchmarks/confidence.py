"""What `entity_confidence` costs: the time of a pipeline with it and without.

    python benchmarks/confidence.py BASE_MODEL RAW.jsonl [--rounds 7]

Both are run by turns on the same texts, in CPU seconds. `--only ner` leaves all
components out that `ner` does not need, which is where it costs most.
"""

import time
from pathlib import Path
from statistics import median
from typing import Optional

import spacy
import srsly
import typer
from spacy import util
from spacy.language import Language
from wasabi import msg

from spacy_rehearsal.base_pipeline import find_needed_components, find_pipeline


def main(
    base_model: str, raw: Path, rounds: int = 7, only: Optional[str] = None
) -> None:
    plain, sure = load(base_model, only), load(base_model, only)
    sure.add_pipe("entity_confidence", after=only or "ner")
    texts = [record["text"] for record in srsly.read_jsonl(raw)]
    for nlp in (plain, sure):
        run(nlp, texts[:100])
    rows = []
    for i in range(rounds):
        # who goes first changes
        pair = (plain, sure) if i % 2 == 0 else (sure, plain)
        seconds = {nlp is sure: run(nlp, texts) for nlp in pair}
        rows.append((seconds[False], seconds[True], seconds[True] / seconds[False]))
    shown = [[f"{value:.3f}" for value in row] for row in rows]
    msg.table(shown, header=("without", "with", "ratio"), divider=True)
    without, with_, ratios = zip(*rows)
    n_words = sum(len(plain.make_doc(text)) for text in texts)
    print(f"{n_words} words; words per second at best: ", end="")
    print(f"{n_words / min(without):.0f} without, {n_words / min(with_):.0f} with")
    print(f"median ratio: {median(ratios):.3f}, of the fastest rounds: ", end="")
    print(f"{min(with_) / min(without):.3f}")


def load(base_model: str, only: Optional[str]) -> Language:
    """Load a pipeline, or what a component of it needs."""
    config = util.load_config(find_pipeline(base_model) / "config.cfg")
    names = config["nlp"]["pipeline"]
    kept = find_needed_components(config, [only]) if only else names
    return spacy.load(base_model, exclude=[name for name in names if name not in kept])


def run(nlp: Language, texts: "list[str]") -> float:
    """Run a pipeline on texts, and count the CPU seconds."""
    start = time.process_time()
    for _ in nlp.pipe(texts):
        pass
    return time.process_time() - start


if __name__ == "__main__":
    typer.run(main)
