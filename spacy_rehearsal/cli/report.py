import re
import warnings
from bisect import bisect_left
from itertools import islice
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import spacy
from spacy import displacy
from spacy.cli._util import Arg, Opt
from wasabi import msg

from ..base_model import find_pipeline
from ..cache import write_bytes
from ..components import Annotation
from ..input_files import check_raw_text, read_texts
from ..report import Comparison
from .app import rehearsal_cli
from .util import TEMPLATES, check_output, open_raw, print_json, show_errors

KEPT = "kept"
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


def get_plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


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


def get_summary(result: Dict[str, Any]) -> List[Tuple[str, str]]:
    """Put the figures that are not per label into words.

    result (Dict[str, Any]): The report.
    RETURNS (List[Tuple[str, str]]): Name and value of each.
    """
    summary = []
    if result["unknown_labels"]:
        unknown = ", ".join(result["unknown_labels"])
        summary.append(("In the gold, but in neither pipeline", unknown))
    if result["retention"] is not None:
        summary.append(("Retention", f"{result['retention']:.1f} % of the base F"))
    raw = result["raw"]
    if raw:
        agreement = f"{raw['agreement']:.1f} F with the base model"
        summary.append(("Agreement on raw text", f"{agreement} ({raw['texts']} texts)"))
        if raw["false_alarms_per_1000_words"] is not None:
            alarms = f"{raw['false_alarms_per_1000_words']:.2f} new labels"
            summary.append(("False alarms", f"{alarms} per 1,000 words of raw text"))
    speed, size = result["words_per_second"], result["megabytes"]
    summary.append(
        (
            "Speed",
            f"{speed['after']:,.0f} words per second, "
            f"{100 * speed['after'] / speed['before']:.0f} % of the base model's",
        )
    )
    if None not in size.values():
        summary.append(
            ("Size", f"{size['after']:.1f} MB, before {size['before']:.1f} MB")
        )
    return summary


def get_outcomes(result: Dict[str, Any]) -> List[str]:
    """Get the columns of the confusion table: kept, new labels, no entity, other
    borders, and the other labels that base entities have now."""
    rows = result["became"].items()
    others = {name for label, row in rows for name in row if name != label}
    first = [n for n in (*result["new_labels"], *result["outcomes"]) if n in others]
    return [KEPT, *first, *sorted(others - set(first))]


def render(result: Dict[str, Any]) -> str:
    """Render a report as one HTML page that needs no other file.

    result (Dict[str, Any]): The report.
    RETURNS (str): The page.
    """
    differences = result["differences"]
    found = [a for d in differences for a in d["before"] + d["after"]]
    labels = sorted({annotation[2] for annotation in found})
    colors = {
        label: f"hsl({360 * i / max(1, len(labels)):.0f} 70% 80%)"
        for i, label in enumerate(labels)
    }
    became = {
        label: {KEPT if name == label else name: n for name, n in row.items()}
        for label, row in result["became"].items()
    }
    return TEMPLATES.get_template("report.html.jinja").render(
        result=result,
        summary=get_summary(result),
        annotations=get_plural(result["annotation"]),
        outcomes=get_outcomes(result),
        became=became,
        differences=[
            {
                name: render_annotations(d["text"], d[name], colors)
                for name in ("before", "after")
            }
            for d in differences
        ],
    )


def render_annotations(
    text: str, annotations: List[Annotation], colors: Dict[str, str]
) -> str:
    """Render a text with displaCy, as entities, or as spans if some overlap.

    text (str): The text.
    annotations (List[Annotation]): What to show in it, sorted.
    colors (Dict[str, str]): The color of each label.
    RETURNS (str): The markup.
    """
    shown = [
        (s, e, get_shown_label(text, (s, e, *v)), v[0]) for s, e, *v in annotations
    ]
    options = {"colors": {name: colors[label] for _, _, name, label in shown}}
    settings: Any = {"manual": True, "jupyter": False, "options": options}
    borders = [border for start, end, *_ in shown for border in (start, end)]
    if borders == sorted(borders):
        ents = [{"start": s, "end": e, "label": name} for s, e, name, _ in shown]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"\[W006\]")
            return displacy.render(
                {"text": text, "ents": ents, "title": None}, style="ent", **settings
            )
    cuts = sorted({0, *borders, *(m.end() for m in re.finditer(r"\s+", text))})
    tokens = [text[i:j].rstrip() for i, j in zip(cuts, [*cuts[1:], len(text)])]
    spans = [
        {"start_token": cuts.index(s), "end_token": bisect_left(cuts, e), "label": name}
        for s, e, name, _ in shown
    ]
    return displacy.render({"tokens": tokens, "spans": spans}, style="span", **settings)


def get_shown_label(text: str, annotation: Annotation) -> str:
    """Get what to show of an annotation: its label, a lemma, or label and head."""
    _, _, label, *detail = annotation
    if not detail:
        return str(label)
    if isinstance(detail[0], str):
        return detail[0]
    [head, *_] = re.split(r"\s", text[detail[0] :], maxsplit=1)
    return f"{label} of {head}"
