"""spaCy's simple training style: ["text", {"entities": ...}]."""

import ast
from typing import Any, Dict, Tuple

from .annotated import Annotated, get_text, shorten
from .base import Format, formats
from .shapes import read_spans
from .tags import are_tags

NOT_TOKENS = {"entities", "ner", "cats", "spans", "links", "text", "raw"}


@formats("simple")
class SimpleFormat(Format):
    rank = 1

    def recognizes(self, record: Any) -> bool:
        return isinstance(record, (list, tuple))

    def is_sure(self, record: Any) -> bool:
        if len(record) != 2 or not isinstance(record[0], str):
            return False
        annotations = record[1]
        if not isinstance(annotations, (list, tuple)):
            return isinstance(annotations, dict)
        return are_tags(annotations) or all(
            isinstance(span, (list, tuple)) for span in annotations
        )

    def parse(self, record: Any) -> Annotated:
        """Parse spaCy's simple training style: ["text", {"entities": [...], ...}], or
        ["text", [...]] with nothing but entities, as for spaCy 1."""
        if not isinstance(record, (list, tuple)) or len(record) != 2:
            raise ValueError(f'expected ["text", {{...}}], found: {shorten(record)}')
        text, annotations = record
        text = get_text({"text": text})
        if isinstance(annotations, (list, tuple)):
            annotations = {"entities": annotations}
        if not isinstance(annotations, dict):
            raise ValueError(f"expected an object, found: {shorten(annotations)}")
        tokens = {k: v for k, v in annotations.items() if k not in NOT_TOKENS}
        if "words" in tokens:
            tokens["text"] = text  # decides where there is white space between them
        cats = parse_cats(annotations.get("cats") or {})
        annotated = Annotated(text, cats=cats, tokens=tokens)
        entities = annotations.get("entities", annotations.get("ner"))
        if not isinstance(entities, (list, tuple, type(None))):
            raise ValueError(
                f'expected "entities" as a list, found: {shorten(entities)}'
            )
        if entities and all(isinstance(tag, (str, type(None))) for tag in entities):
            annotated.tokens["entities"] = entities  # BILUO tags
        elif entities is not None:
            annotated.entities = read_spans(text, entities)
        spans = annotations.get("spans") or {}
        if not isinstance(spans, dict):
            raise ValueError(f'expected "spans" by key, found: {shorten(spans)}')
        for key, group in spans.items():
            annotated.spans[key] = read_spans(text, group)
        annotated.links = parse_links(annotations.get("links") or {})
        return annotated


def parse_cats(cats: Any) -> Dict[str, float]:
    """Parse {"LABEL": 1.0, "OTHER_LABEL": 0.0}."""
    if not isinstance(cats, dict) or not all(
        isinstance(value, (int, float)) and 0 <= value <= 1 for value in cats.values()
    ):
        raise ValueError(
            'expected "cats" like {"SPORTS": 1.0, "POLITICS": 0.0}, '
            f"found: {shorten(cats)}"
        )
    return {str(name): float(value) for name, value in cats.items()}


def parse_links(links: Any) -> Dict[Tuple[int, int], str]:
    """Parse {(start, end): {"ID": probability}}. JSON has no tuples as keys: there
    the key is a string, "0,5" or "(0, 5)"."""
    found = {}
    for key, probabilities in links.items():
        try:
            start, end = ast.literal_eval(key) if isinstance(key, str) else key
            [best] = [kb_id for kb_id, p in probabilities.items() if p == 1.0] or [""]
        except (ValueError, SyntaxError, TypeError, AttributeError):
            raise ValueError(
                'expected "links" like {"0,5": {"Q42": 1.0}}, at most one of them '
                f"with 1.0, found: {shorten({key: probabilities})}"
            ) from None
        found[start, end] = best
    return found
