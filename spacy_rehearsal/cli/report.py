"""`spacy rehearsal report`."""

from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional

import srsly
from spacy.cli._util import Arg, Opt, import_code
from spacy.cli.package import generate_readme

from ..base_pipeline import find_pipeline
from ..errors import config_error
from ..files import write_bytes
from ..kinds.base import get_plural
from ..report.card import render_card
from ..report.page import render
from ..report.report import report
from ..report.summary import KEPT, get_became, get_summary
from .app import rehearsal_cli
from .terminal import msg, print_text
from .util import (
    CODE,
    ON_ERROR,
    RAW,
    TEXT_KEY,
    TEXT_PER,
    check_output,
    open_raw,
    print_json,
    show_errors,
)

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
    raw: Optional[Path] = RAW,
    text_key: Optional[str] = TEXT_KEY,
    text_per: str = TEXT_PER,
    on_error: str = ON_ERROR,
    component: Optional[str] = Opt(
        None,
        "--component",
        "-c",
        help="Component to compare. By default the entities of the whole pipeline",
    ),
    label_map: List[str] = Opt(
        [],
        "--label-map",
        "-m",
        help="Labels that count as another one, for gold with fewer labels: "
        "GPE,LOC,FAC=PLACE",
    ),
    limit: int = Opt(1000, "--limit", "-l", help="Raw texts to read. 0 for all", min=0),
    html: Optional[Path] = Opt(None, "--html", help="File for a page with all of it"),
    card: Optional[Path] = Opt(
        None, "--card", help="File for the README.md of the trained pipeline's package"
    ),
    code: Optional[Path] = CODE,
    force: bool = Opt(False, "--force", "-F", help="Overwrite the page and the README"),
    as_json: bool = Opt(False, "--json", help="Print the report as JSON"),
) -> None:
    """
    What was learned, and what was lost? Compare a trained pipeline with its base.

    Scores both on gold annotations, label by label. A label is scored on the files that
    have it, so one file may annotate the new labels and another one the old ones. Raw
    text shows how far the pipelines agree, and where new labels turn up by mistake.
    """
    with show_errors():
        import_code(code)
        for path in (html, card):
            if path is not None:
                check_output(path, force=force)
        result = report(
            base_model,
            trained,
            gold,
            component=component,
            label_map=parse_label_map(label_map),
            raw=open_raw(raw, text_key, text_per, on_error),
            limit=limit,
        )
        if html is not None:
            write_bytes(html, render(result).encode("utf8"))
        if card is not None:
            meta = srsly.read_json(find_pipeline(trained) / "meta.json")
            text = render_card(generate_readme(meta), result, gold)
            write_bytes(card, text.encode("utf8"))
    if as_json:
        print_json(result)
        return
    show(result)
    if html is not None:
        msg.good("Saved the page", html)
    if card is not None:
        msg.good("Saved the README", card)


def parse_label_map(values: Iterable[str]) -> Dict[str, str]:
    """Read what `--label-map` gives.

    values (Iterable[str]): Labels, an equals sign, and the label that they count as.
    RETURNS (Dict[str, str]): The label that each counts as.
    RAISES (ConfigValidationError): If one is no such thing, or a label counts as two.
    """
    label_map: Dict[str, str] = {}
    for value in values:
        labels, _, target = value.rpartition("=")
        for label in labels.split(","):
            if not label.strip() or not target.strip():
                raise config_error(
                    ["label_map"],
                    f"expected --label-map GPE,LOC,FAC=PLACE, found '{value}'",
                )
            if label_map.setdefault(label.strip(), target.strip()) != target.strip():
                raise config_error(
                    ["label_map"],
                    f"'{label.strip()}' can't count as both "
                    f"'{label_map[label.strip()]}' and '{target.strip()}'",
                )
    return label_map


def show(result: Dict[str, Any]) -> None:
    """Print a report as tables."""
    rows = [
        (label, *show_scores(scores))
        if label.strip() not in result["unknown_labels"]
        else (label, str(scores["n_gold"]), *["-"] * 4)
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
        print_text(f"{name}: {value}")
    became = get_became(result)
    outcomes = [
        o for o in result["outcomes"] if any(o in row for row in became.values())
    ]
    if became:
        msg.divider(
            f"What became of the base model's {get_plural(result['annotation'])}"
        )
        columns = [KEPT, *outcomes]
        msg.table(
            [get_became_row(label, row, columns) for label, row in became.items()],
            header=("", "found", *columns, "now another label"),
            divider=True,
            aligns=["l", "r", *("r" for _ in columns), "l"],
            max_col=MAX_COLUMN,
        )


def get_became_row(label: str, row: Dict[str, int], columns: List[str]) -> List[Any]:
    others = sorted(
        ((name, n) for name, n in row.items() if name not in columns),
        key=lambda item: -item[1],
    )
    shown = [f"{n} {name}" for name, n in others[:MAX_OTHERS]]
    rest = sum(n for _, n in others[MAX_OTHERS:])
    return [
        label,
        sum(row.values()),
        *(row.get(name) or "" for name in columns),
        ", ".join([*shown, f"{rest} other"] if rest else shown),
    ]


def show_scores(scores: Dict[str, Any]) -> List[str]:
    before, after = scores["before"], scores["after"]
    f, p, r = (f"{before[key]:.1f} -> {after[key]:.1f}" for key in "fpr")
    return [str(scores["n_gold"]), f, f"{after['f'] - before['f']:+.1f}", p, r]
