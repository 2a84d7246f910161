"""Compare what is known of each label set after its own step and after the last one."""

from pathlib import Path
from typing import List

import srsly
import typer
from wasabi import msg

from spacy_rehearsal.report.report import report


def compare(base_model: str, base_gold: Path, names: List[str]) -> None:
    last = f"training/{names[-1]}/model-best"
    steps = {"base labels": (base_model, base_gold)}
    for name in names:
        gold = Path("assets") / name / "dev.jsonl"
        steps[name] = (f"training/{name}/model-best", gold)
    comparison = {}
    for name, (model, gold) in steps.items():
        scores = report(model, last, [gold])["base"]
        comparison[name] = {
            "own_step": round(scores["before"]["f"], 2),
            "last_step": round(scores["after"]["f"], 2),
        }
    Path("metrics").mkdir(exist_ok=True)
    srsly.write_json("metrics/comparison.json", comparison)
    msg.divider("F-score on gold annotations")
    msg.table(
        [
            (name, f"{scores['own_step']:.1f}", f"{scores['last_step']:.1f}")
            for name, scores in comparison.items()
        ],
        header=["", "after its own step", "after the last step"],
        divider=True,
        aligns=["l", "r", "r"],
    )


if __name__ == "__main__":
    typer.run(compare)
