"""Show generic and specific labels with displaCy."""

from itertools import cycle
from typing import Any, Dict, Iterable, List, Union

from spacy.tokens import Doc, Span

SPANS_KEY = "label_mapper"
# light enough for dark text, and none of displaCy's own
COLORS = ("#ffb3a7", "#ffe08a", "#b5e48c", "#a0c4ff", "#d0bfff", "#ffc6ff")


def make_displacy_options(
    docs: Union[Doc, Iterable[Doc]],
    *,
    generic_label_attr: str = "generic_label",
    spans_key: str = SPANS_KEY,
) -> Dict[str, Any]:
    """Make the options with which displaCy shows the generic and the specific label
    of each entity, one below the other: `displacy.render(doc, style="span",
    options=make_displacy_options(doc))`.

    docs (Union[Doc, Iterable[Doc]]): The docs to show. Their labels are put into
        `doc.spans`.
    generic_label_attr (str): The extension attribute with the generic label.
    spans_key (str): The key in `doc.spans`.
    RETURNS (Dict[str, Any]): The options, with a color for each specific label.
    """
    specific_labels = set()
    for doc in [docs] if isinstance(docs, Doc) else docs:
        spans: List[Span] = []
        for ent in doc.ents:
            generic_label = ent._.get(generic_label_attr) or ent.label_
            spans.append(Span(doc, ent.start, ent.end, generic_label))
            if ent.label_ != generic_label:
                spans.append(ent)
                specific_labels.add(ent.label_)
        doc.spans[spans_key] = spans
    colors = dict(zip(sorted(specific_labels), cycle(COLORS)))
    return {"spans_key": spans_key, "colors": colors}
