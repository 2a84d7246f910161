"""`spacy rehearsal tune`."""

from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from spacy.cli._util import Arg, Opt, import_code

from ..errors import config_error
from ..tuning.tuning import tune
from .app import rehearsal_cli
from .terminal import msg, print_text
from .util import (
    CODE,
    ON_ERROR,
    RAW,
    TEXT_KEY,
    TEXT_PER,
    check_pipeline_output,
    open_raw,
    print_json,
    show_errors,
)

# columns of the tables, by name in the result
SCORES = {
    "new_f": "new F",
    "base_f": "base F",
    "false_alarms_per_1000_words": "false alarms",
    "score": "score",
}


@rehearsal_cli.command("tune")
def tune_cli(
    base_model: str = Arg(..., help="Package name or path of the base pipeline"),
    trained: str = Arg(..., help="Package name or path of the trained pipeline"),
    dev: Path = Arg(
        ...,
        help="Annotations that it was not trained on: .spacy, .jsonl, .json or .py",
        exists=True,
    ),
    output: Path = Arg(..., help="Directory for the tuned pipeline"),
    raw: Optional[Path] = RAW,
    text_key: Optional[str] = TEXT_KEY,
    text_per: str = TEXT_PER,
    on_error: str = ON_ERROR,
    component: Optional[str] = Opt(
        None,
        "--component",
        "-c",
        help="Entity recognizer to tune. By default the one that the base pipeline has",
    ),
    bias: Optional[float] = Opt(
        None,
        "--bias",
        help="Number to add to the scores of new labels, instead of the best: above 0 "
        "finds more of them, below 0 fewer",
    ),
    label_bias: List[str] = Opt(
        [],
        "--label-bias",
        help="The same for one label: LABEL=0.5. Can be given several times",
    ),
    scale: Optional[float] = Opt(
        None,
        "--scale",
        help="How much of what was learned is applied to what was known, instead of "
        "the best: 0 for none of it, 1 for all",
        min=0,
    ),
    code: Optional[Path] = CODE,
    force: bool = Opt(False, "--force", "-F", help="Overwrite the output"),
    as_json: bool = Opt(False, "--json", help="Print the tables as JSON"),
) -> None:
    """
    More of the new labels, or fewer mistakes? Tune a trained pipeline.

    Shows what becomes of new labels, old labels and false alarms with a bias for new
    labels, and a scale for what was learned about old ones. The pipeline that is
    written has what is best by the score that picks the best pipeline of a training, or
    what is given by hand. Nothing is trained.
    """
    with show_errors():
        import_code(code)
        check_pipeline_output(output, source=trained, force=force)
        result = tune(
            base_model,
            trained,
            dev,
            output,
            component=component,
            raw=open_raw(raw, text_key, text_per, on_error),
            scale=scale,
            bias=bias,
            label_bias=dict(parse_bias(value) for value in label_bias),
        )
    if as_json:
        print_json(result)
    else:
        show(result)


def parse_bias(value: str) -> Tuple[str, float]:
    """Parse LABEL=0.5.

    RAISES (ConfigValidationError): If it is something else.
    """
    label, _, number = value.rpartition("=")
    try:
        bias = float(number)
    except ValueError:
        label = ""
    if not label:
        raise config_error(
            ["label_bias"], f"expected LABEL=0.5 for --label-bias, found '{value}'"
        )
    return label, bias


def show(result: Dict[str, Any]) -> None:
    """Print what was tried as tables."""
    msg.divider(f"{result['trained']}, trained from {result['base_model']}")
    gold = ", ".join(f"{n} {label}" for label, n in result["gold"].items())
    print_text(f"Tuned on {result['texts']} texts with {gold}")
    print_text(f"and {result['raw_words']} words of raw text")
    if not result["raw_words"]:
        msg.warn("Without --raw nothing counts false alarms in other texts")
    if len(result["scales"]) > 1:
        rows = [([show_scale(row), show_bias(row)], row) for row in result["scales"]]
        show_table(["scale", "bias"], rows)
    if len(result["biases"]) > 1:
        rows = [([show_bias(row)], row) for row in result["biases"]]
        show_table(["bias"], rows)
    if result["labels"]:
        rows = [
            ([label, str(result["gold"][label]), show_number(row["bias"][label])], row)
            for label, row in result["labels"].items()
        ]
        show_table(["label", "gold", "bias"], rows)
    rows = [
        ([name, show_scale(row), show_bias(row)], row)
        for name, row in (("as trained", result["before"]), ("tuned", result["best"]))
    ]
    show_table(["", "scale", "bias"], rows)
    msg.good("Saved the pipeline", result["output"])


def show_table(header: List[str], rows: List[Tuple[List[str], Dict[str, Any]]]) -> None:
    """Print settings and their scores."""
    msg.table(
        [[*cells, *(show_score(row[name]) for name in SCORES)] for cells, row in rows],
        header=[*header, *SCORES.values()],
        divider=True,
        aligns=["l" if name in ("", "label") else "r" for name in [*header, *SCORES]],
    )


def show_scale(row: Dict[str, Any]) -> str:
    return f"{row['scale']:g}"


def show_bias(row: Dict[str, Any]) -> str:
    """Show the bias, or from where to where the biases of the labels go."""
    ends = sorted({min(row["bias"].values()), max(row["bias"].values())})
    return " to ".join(show_number(number) for number in ends)


def show_number(number: float) -> str:
    return f"{number:+g}" if number else "0"


def show_score(score: Optional[float]) -> str:
    return "-" if score is None else f"{score:.2f}"
