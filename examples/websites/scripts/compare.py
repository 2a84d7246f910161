"""Compare the base pipeline, the plainly trained one and the rehearsed one."""

from pathlib import Path
from typing import Any, Dict, List

import srsly
import typer
from wasabi import msg

from spacy_rehearsal.report.report import report


def compare(base_model: str, gold: List[Path]) -> None:
    reports = {
        name: report(base_model, f"training/{name}/model-best", gold)
        for name in ("plain", "rehearsed")
    }
    results = {"base": get_scores(reports["plain"], "before", 0.0)}
    for name, result in reports.items():
        seconds = srsly.read_json(f"metrics/{name}_seconds.json")["seconds"]
        results[name] = get_scores(result, "after", seconds)
    srsly.write_json(
        "metrics/comparison.json",
        {
            name: {k: round(result[k], 2) for k in ("new_f", "base_f", "seconds")}
            for name, result in results.items()
        },
    )
    rows = [
        [label, *(f"{result[key]:.{digits}f}" for result in results.values())]
        for label, key, digits in [
            ("WEBSITE", "new_f", 1),
            ("all base labels", "base_f", 1),
            *((f"  {label}", label, 1) for label in reports["plain"]["labels"]),
            ("training seconds", "seconds", 0),
        ]
        if label != "  WEBSITE"
    ]
    msg.divider("F-score on gold annotations: before, and after learning WEBSITE")
    msg.table(
        rows, header=["", *results], divider=True, aligns=["l"] + ["r"] * len(results)
    )
    kept = reports["rehearsed"]["retention"]
    msg.good(f"With rehearsal {kept:.0f} % of the old F-score is kept.")


def get_scores(result: Dict[str, Any], when: str, seconds: float) -> Dict[str, float]:
    """Pick the F-scores of one pipeline out of a report.

    result (Dict[str, Any]): The report.
    when (str): "before" or "after".
    seconds (float): What the training took.
    RETURNS (Dict[str, float]): `new_f`, `base_f` and that of each label, from 0 to 100,
        and `seconds`.
    """
    scores = {"new_f": result["new"], "base_f": result["base"], **result["labels"]}
    return {
        **{name: score[when]["f"] for name, score in scores.items()},
        "seconds": seconds,
    }


if __name__ == "__main__":
    typer.run(compare)
