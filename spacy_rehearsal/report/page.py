"""A report as one HTML page."""

import re
import warnings
from bisect import bisect_left
from pathlib import Path
from typing import Any, Dict, List

from jinja2 import Environment, FileSystemLoader
from spacy import displacy

from ..kinds.base import Annotation, get_plural
from .summary import get_became, get_outcomes, get_summary

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True
)


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
    return TEMPLATES.get_template("page.html.jinja").render(
        result=result,
        summary=get_summary(result),
        annotations=get_plural(result["annotation"]),
        outcomes=get_outcomes(result),
        became=get_became(result),
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
