"""`spacy rehearsal report`."""

from itertools import islice
from pathlib import Path
from typing import Any, Dict, List, Optional

import spacy
from spacy.cli._util import Arg, Opt
from wasabi import msg

from ..base_pipeline import find_pipeline
from ..files import write_bytes
from ..readers.raw import check_raw_text, read_texts
from ..report.comparison import Comparison
from ..report.page import render
from ..report.summary import KEPT, get_plural, get_summary
from .app import rehearsal_cli
from .util import check_output, open_raw, print_json, show_errors

MAX_OTHERS = 3
# characters: labels of a morphologizer are long
MAX_COLUMN = 100


@rehearsal_cli.command("report")
def report_cli(
    base_model: str = Arg(..., help="Package name or path of the base pipeline"),
    trained: str = Arg(..., help="Package name or path of the trained pipeline"),
    gold: List[Path] = Arg(
        ..., help="Annotations that neither was trained on: .spacy, .jsonl, .json, .py"
    ),
    raw: Optional[Path] = Opt(
        None,
        "--raw",
        "-r",
        help="Raw text without new labels: .jsonl or .txt",
        exists=True,
    ),
    component: Optional[str] = Opt(
        None,
        "--component",
        "-c",
        help="Component to compare. By default the entities of the whole pipeline",
    ),
    limit: int = Opt(1000, "--limit", "-l", help="Raw texts to read. 0 for all", min=0),
    html: Optional[Path] = Opt(None, "--html", help="File for a page with all of it"),
    force: bool = Opt(False, "--force", "-F", help="Overwrite the page"),
    as_json: bool = Opt(False, "--json", help="Print the report as JSON"),
) -> None:
    """
    What was learned, and what was lost? Compare a trained pipeline with its base.

    Scores both on gold annotations, label by label. A label is scored on the files that
    have it, so one file may annotate the new labels and another one the old ones. Raw
    text shows how far the pipelines agree, and where new labels turn up by mistake.
    """
    with show_errors():
        if html is not None:
            check_output(html, force=force)
        result = report(
            base_model, trained, gold, component=component, raw=raw, limit=limit
        )
        if html is not None:
            write_bytes(html, render(result).encode("utf8"))
    if as_json:
        print_json(result)
        return
    show(result)
    if html is not None:
        msg.good("Saved the page", html)


def report(
    base_model: str,
    trained: str,
    gold: List[Path],
    *,
    component: Optional[str] = None,
    raw: Optional[Path] = None,
    limit: int = 0,
) -> Dict[str, Any]:
    """Compare a trained pipeline with its base.

    For the settings see the command's help.

    RETURNS (Dict[str, Any]): `base_model`, `trained` and what `Comparison.to_dict`
        returns.
    RAISES (ConfigValidationError): If a file can't be read, or the component can't be
        compared.
    RAISES (UnavailablePipelineError): If there is no such pipeline.
    """
    for name in (base_model, trained):
        find_pipeline(name)
    base_nlp, trained_nlp = spacy.load(base_model), spacy.load(trained)
    comparison = Comparison(base_nlp, trained_nlp, component=component)
    files = [comparison.read_gold(path) for path in gold]
    if raw is not None:
        reader = open_raw(raw)
        check_raw_text(reader, max_length=base_nlp.max_length)
    for texts in files:
        comparison.add_gold(texts)
    if raw is not None:
        raw_texts = read_texts(reader, base_nlp)
        comparison.add_raw(islice(raw_texts, limit or None))
    return {"base_model": base_model, "trained": trained, **comparison.to_dict()}


def show(result: Dict[str, Any]) -> None:
    """Print a report as tables."""
    rows = [
        (label, *show_scores(scores))
        for label, scores in [
            ("new labels", result["new"]),
            ("base labels", result["base"]),
            *((f"  {label}", scores) for label, scores in result["labels"].items()),
        ]
        if scores["n_gold"]
    ]
    header = ("before -> after", "gold", "F", "change", "P", "R")
    msg.divider(f"{result['trained']}, trained from {result['base_model']}")
    aligns = ["l"] + ["r"] * 5
    msg.table(rows, header=header, divider=True, aligns=aligns, max_col=MAX_COLUMN)
    for name, value in get_summary(result):
        print(f"{name}: {value}")
    became = result["became"]
    outcomes = [
        o for o in result["outcomes"] if any(o in row for row in became.values())
    ]
    if became:
        msg.divider(
            f"What became of the base model's {get_plural(result['annotation'])}"
        )
        msg.table(
            [get_became_row(label, found, outcomes) for label, found in became.items()],
            header=("", "found", KEPT, *outcomes, "now another label"),
            divider=True,
            aligns=["l", "r", "r", *("r" for _ in outcomes), "l"],
            max_col=MAX_COLUMN,
        )


def get_became_row(label: str, found: Dict[str, int], outcomes: List[str]) -> List[Any]:
    others = {
        name: n
        for name, n in sorted(found.items(), key=lambda item: -item[1])
        if name not in (label, *outcomes)
    }
    shown = [f"{n} {name}" for name, n in list(others.items())[:MAX_OTHERS]]
    rest = sum(list(others.values())[MAX_OTHERS:])
    return [
        label,
        sum(found.values()),
        *(found.get(name) or "" for name in (label, *outcomes)),
        ", ".join([*shown, f"{rest} other"] if rest else shown),
    ]


def show_scores(scores: Dict[str, Any]) -> List[str]:
    before, after = scores["before"], scores["after"]
    f, p, r = (f"{before[key]:.1f} -> {after[key]:.1f}" for key in "fpr")
    return [str(scores["n_gold"]), f, f"{after['f'] - before['f']:+.1f}", p, r]
