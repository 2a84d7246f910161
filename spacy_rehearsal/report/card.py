"""A report as the README of the trained pipeline's package."""

from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence

from jinja2 import Environment, FileSystemLoader

from .summary import get_summary

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
# a label with fewer annotations can be off by ten points of F by chance
FEW = 50
# the fall of F, in points, that is called a limit
FALL = 1.0


def render_card(readme: str, result: Dict[str, Any], gold: Sequence[Path]) -> str:
    """Render the README of a package, with what a report says of its pipeline.

    readme (str): What spaCy writes of the pipeline.
    result (Dict[str, Any]): The report.
    gold (Sequence[Path]): The files that both pipelines were scored on.
    RETURNS (str): The README, as Markdown.
    """
    totals = {f"all {name} labels": result[name] for name in ("new", "base")}
    rows = {
        **{name: scores for name, scores in totals.items() if scores["n_gold"]},
        **{show(label): scores for label, scores in result["labels"].items()},
    }
    return TEMPLATES.get_template("card.md.jinja").render(
        readme=readme.strip(),
        base_model=Path(result["base_model"]).name,
        gold=[show(path.name) for path in gold],
        rows=rows,
        summary=get_summary(result),
        limits=list(find_limits(result)),
    )


def find_limits(result: Dict[str, Any]) -> Iterator[str]:
    """Find what somebody who uses the pipeline should know.

    result (Dict[str, Any]): The report.
    YIELDS (str): A sentence or two.
    """
    labels, raw = result["labels"], result["raw"]
    for label, scores in labels.items():
        before, after = scores["before"]["f"], scores["after"]["f"]
        if before - after >= FALL:
            yield (
                f"{show(label)} got worse: F fell from {before:.1f} to {after:.1f}, "
                f"on {scores['n_gold']} annotations."
            )
    lost = [name for name, scores in labels.items() if not scores["after"]["f"]]
    if lost:
        yield f"It found none of these in the test data: {', '.join(map(show, lost))}."
    few = [name for name, scores in labels.items() if scores["n_gold"] < FEW]
    if few:
        yield (
            f"There were fewer than {FEW} annotations to test these on, which says "
            f"little: {show_counts(few, labels)}."
        )
    untested = [name for name in result["new_labels"] if name not in labels]
    if untested:
        yield f"There was nothing to test these on: {', '.join(map(show, untested))}."
    if not result["base"]["n_gold"]:
        yield "It was not tested on annotations what was kept of the labels of before."
    if raw is None:
        yield "It was not tested how often new labels turn up in text that has none."
    elif raw["false_alarms_per_1000_words"]:
        yield (
            f"In text without new labels it finds some all the same: "
            f"{raw['false_alarms_per_1000_words']:.2f} in 1,000 words."
        )


def show(text: str) -> str:
    """Show a name as code, in the cell of a table too."""
    return "`{}`".format(" ".join(text.replace("|", "\\|").replace("`", "'").split()))


def show_counts(names: List[str], labels: Dict[str, Any]) -> str:
    return ", ".join(f"{show(name)} ({labels[name]['n_gold']})" for name in names)
