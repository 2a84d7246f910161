"""Choose a few texts of gold that have all of its labels, to learn from them again."""

import heapq
from collections import Counter
from pathlib import Path
from typing import Any, Iterator, List, Mapping, Optional, Sequence, Set

from spacy import blank
from spacy.tokens import Doc
from spacy.util import SimpleFrozenDict

from ..files import FILE_TYPE, find_files, has_doc_bins
from ..kinds.base import locate_spans
from ..kinds.spans import MISSING_IOB
from .formats.annotated import Annotated
from .formats.registry import read_annotated
from .gold import read_docs


def read_texts(path: Path, *, format: Optional[str] = None) -> Iterator[Annotated]:
    """Read annotated texts of any format.

    path (Path): A .spacy file or a directory of such, or what SimpleCorpus reads.
    format (Optional[str]): See `read_annotated`.
    YIELDS (Annotated): The texts.
    RAISES (ConfigValidationError): If one can't be read, or a directory holds .spacy
        and other files.
    """
    if not has_doc_bins(path):
        yield from read_annotated(path, format=format)
        return
    nlp = blank("xx")
    for file_ in find_files(path, FILE_TYPE):
        yield from map(convert, read_docs(file_, nlp))


def convert(doc: Doc) -> Annotated:
    """Convert the entities, spans and categories of a doc."""
    missing = [token.ent_iob == MISSING_IOB for token in doc]
    return Annotated(
        doc.text,
        entities=None if all(missing) else locate_spans(doc.ents),
        is_complete=all(missing) or not any(missing),
        spans={key: locate_spans(group) for key, group in doc.spans.items()},
        cats=dict(doc.cats),
    )


def get_labels(text: Annotated) -> Set[str]:
    """Get the labels of the entities and spans of a text, and of its categories."""
    spans = [
        *(text.entities or []),
        *(s for group in text.spans.values() for s in group),
    ]
    return {span[2] for span in spans} | {c for c, value in text.cats.items() if value}


def choose_exemplars(
    texts: Sequence[Annotated],
    n_texts: int,
    counts: Mapping[str, int] = SimpleFrozenDict(),
) -> List[Annotated]:
    """Choose few texts, so that each label is in a number of them, or in all that have
    it. The next text is always the one with most labels that are lacking still, and the
    shortest of these.

    Exemplars are kept for each class as in iCaRL (Rebuffi et al. 2017, "iCaRL:
    Incremental classifier and representation learning", exemplar management), but a
    text can stand for several labels, so they cover labels greedily; a text is looked
    at again only when it may be the next (Minoux 1978, "Accelerated greedy algorithms
    for maximizing submodular set functions").

    texts (Sequence[Annotated]): The texts.
    n_texts (int): In how many texts each label is to be.
    counts (Mapping[str, int]): In how many texts labels are already.
    RETURNS (List[Annotated]): The texts, in the order in which they were.
    """
    labels = [get_labels(text) for text in texts]
    found = Counter(counts)

    def get_order(i: int) -> Any:
        n_lacking = sum(found[label] < n_texts for label in labels[i])
        return -n_lacking, len(texts[i].text), i

    queue = [get_order(i) for i in range(len(texts))]
    heapq.heapify(queue)
    chosen: List[int] = []
    while queue and queue[0][0]:
        *_, i = order = heapq.heappop(queue)
        if order < get_order(i):  # others have brought its labels since
            heapq.heappush(queue, get_order(i))
        else:
            chosen.append(i)
            found.update(labels[i])
    return [texts[i] for i in sorted(chosen)]


def to_record(text: Annotated) -> List[Any]:
    """Write an annotated text in spaCy's simple training style.

    text (Annotated): The text.
    RETURNS (List[Any]): The text, and its entities, spans and categories.
    """
    annotations = {"entities": text.entities, "spans": text.spans, "cats": text.cats}
    given = {k: v for k, v in annotations.items() if v or k == "entities"}
    if text.entities is None:
        del given["entities"]
    return [text.text, given]
