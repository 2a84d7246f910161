import warnings
from itertools import islice
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import spacy
from spacy import displacy
from spacy.cli._util import Arg, Opt
from spacy.language import Language
from wasabi import msg

from ..audit import GoldText, read_gold
from ..base_model import find_pipeline
from ..cache import write_bytes
from ..errors import config_error
from ..input_files import check_raw_text, read_texts
from ..readers.formats import CharSpan
from ..report import NO_ENTITY, OTHER_BORDERS, Comparison
from .app import rehearsal_cli
from .util import TEMPLATES, check_output, open_raw, print_json, show_errors

KEPT = "kept"
MAX_OTHERS = 3


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
    limit: int = Opt(1000, "--limit", "-l", help="Raw texts to read. 0 for all"),
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
        result = report(base_model, trained, gold, raw=raw, limit=limit)
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
    raw: Optional[Path] = None,
    limit: int = 0,
) -> Dict[str, Any]:
    """Compare a trained pipeline with its base.

    For the settings see the command's help.

    RETURNS (Dict[str, Any]): `base_model`, `trained` and what `Comparison.to_dict`
        returns.
    RAISES (ConfigValidationError): If a file can't be read.
    RAISES (UnavailablePipelineError): If there is no such pipeline.
    """
    for name in (base_model, trained):
        find_pipeline(name)
    base_nlp, trained_nlp = spacy.load(base_model), spacy.load(trained)
    files = [read_scored(path, base_nlp) for path in gold]
    comparison = Comparison(base_nlp, trained_nlp)
    if raw is not None:
        reader = open_raw(raw)
        check_raw_text(reader, max_length=base_nlp.max_length)
    for texts in files:
        comparison.add_gold(texts)
    if raw is not None:
        raw_texts = read_texts(reader, base_nlp)
        comparison.add_raw(islice(raw_texts, limit or None))
    return {"base_model": base_model, "trained": trained, **comparison.to_dict()}


def read_scored(path: Path, nlp: Language) -> List[GoldText]:
    """Read gold that has something to score.

    path (Path): The file.
    nlp (Language): The pipeline that tokenizes.
    RETURNS (List[GoldText]): Its texts.
    RAISES (ConfigValidationError): If it can't be read, or has no entity.
    """
    if not path.exists():
        raise config_error(["gold"], f"there is no file or directory '{path}'")
    texts = read_gold(path, nlp)
    if not any(text.entities for text in texts):
        raise config_error(["gold"], f"'{path}' has no entity at all. Is it annotated?")
    return texts


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
    header = ("", "gold", "F before", "F after", "change", "P after", "R after")
    msg.divider(f"{result['trained']}, trained from {result['base_model']}")
    msg.table(rows, header=header, divider=True, aligns=["l"] + ["r"] * 6)
    for name, value in get_summary(result):
        print(f"{name}: {value}")
    if result["became"]:
        msg.divider("What became of the base model's entities")
        msg.table(
            [get_became_row(*item) for item in result["became"].items()],
            header=("", "found", "kept", OTHER_BORDERS, NO_ENTITY, "now another label"),
            divider=True,
            aligns=["l"] + ["r"] * 4 + ["l"],
        )


def get_became_row(label: str, outcomes: Dict[str, int]) -> List[Any]:
    others = {
        name: n
        for name, n in sorted(outcomes.items(), key=lambda item: -item[1])
        if name not in (label, OTHER_BORDERS, NO_ENTITY)
    }
    shown = [f"{n} {name}" for name, n in list(others.items())[:MAX_OTHERS]]
    rest = sum(list(others.values())[MAX_OTHERS:])
    return [
        label,
        sum(outcomes.values()),
        *(outcomes.get(name) or "" for name in (label, OTHER_BORDERS, NO_ENTITY)),
        ", ".join([*shown, f"{rest} other"] if rest else shown),
    ]


def show_scores(scores: Dict[str, Any]) -> List[str]:
    before, after = scores["before"], scores["after"]
    return [
        str(scores["n_gold"]),
        f"{before['f']:.1f}",
        f"{after['f']:.1f}",
        f"{after['f'] - before['f']:+.1f}",
        f"{after['p']:.1f}",
        f"{after['r']:.1f}",
    ]


def get_summary(result: Dict[str, Any]) -> List[Tuple[str, str]]:
    """Put the figures that are not per label into words.

    result (Dict[str, Any]): The report.
    RETURNS (List[Tuple[str, str]]): Name and value of each.
    """
    summary = []
    if result["retention"] is not None:
        summary.append(("Retention", f"{result['retention']:.1f} % of the base F"))
    raw = result["raw"]
    if raw:
        summary += [
            ("Agreement on raw text", f"{raw['agreement']:.1f} F with the base model"),
            (
                "False alarms",
                f"{raw['false_alarms_per_1000_words']:.2f} new labels per 1,000 words "
                f"of raw text ({raw['texts']} texts)",
            ),
        ]
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


def get_outcomes(became: Dict[str, Dict[str, int]], new_labels: List[str]) -> List[str]:
    """Get the columns of the confusion table: kept, new labels, no entity, other
    borders, and the other labels that base entities have now."""
    others = {name for label, row in became.items() for name in row if name != label}
    first = [n for n in (*new_labels, NO_ENTITY, OTHER_BORDERS) if n in others]
    return [KEPT, *first, *sorted(others - set(first))]


def render(result: Dict[str, Any]) -> str:
    """Render a report as one HTML page that needs no other file.

    result (Dict[str, Any]): The report.
    RETURNS (str): The page.
    """
    differences = result["differences"]
    labels = sorted({e[2] for d in differences for e in d["before"] + d["after"]})
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
        outcomes=get_outcomes(result["became"], result["new_labels"]),
        became=became,
        differences=[
            {
                name: render_entities(d["text"], d[name], colors)
                for name in ("before", "after")
            }
            for d in differences
        ],
    )


def render_entities(text: str, entities: List[CharSpan], colors: Dict[str, str]) -> str:
    """Render a text with displaCy.

    text (str): The text.
    entities (List[CharSpan]): Its entities.
    colors (Dict[str, str]): The color of each label.
    RETURNS (str): The markup.
    """
    ents = [{"start": s, "end": e, "label": label} for s, e, label in entities]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\[W006\]")
        return displacy.render(
            {"text": text, "ents": ents, "title": None},
            style="ent",
            manual=True,
            jupyter=False,
            options={"colors": colors},
        )
