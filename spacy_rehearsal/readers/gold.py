"""Gold of any format as texts with offsets, without making examples of it.

Training reads gold as examples, with spacy.Corpus.v1 or the SimpleCorpus of simple.py,
which refuses what does not fit the tokens. Here nothing is refused, so that it can be
audited, and compared by offsets.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple

from spacy import util
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Corpus, Example
from tqdm import tqdm

from ..binaries import check_doc_bin
from ..errors import config_error
from ..files import FILE_TYPE, find_files, has_doc_bins
from ..tokenizing import make_doc
from .formats.annotated import Annotated, CharSpan
from .formats.registry import raise_problems, read_annotated
from .formats.tally import Tally


@dataclass
class GoldText:
    """An annotated text.

    doc (Doc): Its tokens, without annotation.
    entities (List[CharSpan]): Start, end and label, in characters.
    is_complete (bool): Whether the rest is known to be no entity.
    place (str): Where it is from.
    others (List[CharSpan]): Spans that are no entities: rejected ones, and those that
        may overlap.
    cats (Dict[str, float]): Categories.
    file (str): The file that it is from.
    """

    doc: Doc
    entities: List[CharSpan]
    is_complete: bool
    place: str
    others: List[CharSpan] = field(default_factory=list)
    cats: Dict[str, float] = field(default_factory=dict)
    file: str = ""

    @cached_property
    def text(self) -> str:
        """The text. `Doc.text` is put together anew each time."""
        return self.doc.text

    @cached_property
    def index(self) -> "SpanIndex":
        return SpanIndex(self.entities)


class SpanIndex:
    """Spans of a text, among which those that overlap a part of it are found in
    logarithmic time.

    spans (Iterable[Tuple[Any, ...]]): Start, end and whatever else, in any order.
    """

    def __init__(self, spans: Iterable[Tuple[Any, ...]]) -> None:
        self.spans = sorted(spans)
        self._starts = [span[0] for span in self.spans]
        # the last end up to each span
        self._ends = list(accumulate((span[1] for span in self.spans), max))

    def find_first(self, start: int, end: int) -> Optional[Tuple[Any, ...]]:
        """Find the first span that has characters in common with a part of the text."""
        i = bisect_right(self._ends, start)
        return self.spans[i] if i < bisect_left(self._starts, end) else None


def read_gold(
    path: Path,
    nlp: Language,
    *,
    format: Optional[str] = None,
    tag_names: Sequence[str] = (),
    tally: Optional[Tally] = None,
) -> List[GoldText]:
    """Read annotated texts of any format. A progress bar on stderr shows meanwhile.

    path (Path): A .spacy file or a directory of such, or what SimpleCorpus reads.
    nlp (Language): The pipeline that tokenizes.
    format (Optional[str]): See `read_annotated`.
    tag_names (Sequence[str]): See `read_annotated`.
    tally (Optional[Tally]): Takes the spans that have no place in their text, and
        counts. Without it, there is a warning.
    RETURNS (List[GoldText]): The texts.
    RAISES (ConfigValidationError): If a record can't be read, or a directory holds
        .spacy and other files.
    """
    counted = Tally() if tally is None else tally
    found = (
        read_doc_bins(path, nlp, counted)
        if has_doc_bins(path)
        else read_records(path, nlp, format, tag_names, counted)
    )
    texts = list(tqdm(found, desc="Reading", unit=" texts", leave=False))
    raise_problems(counted.errors)
    if tally is None and counted.bad:
        util.logger.warning(
            "%d spans have no place in their text, the first is %s",
            len(counted.bad),
            counted.bad[0],
        )
    return texts


def find_label_files(texts: Iterable[GoldText]) -> Dict[str, Set[str]]:
    """Find the labels of each file, where each file has labels of its own, as one pass
    for each label makes them.

    texts (Iterable[GoldText]): The texts of all files.
    RETURNS (Dict[str, Set[str]]): The labels by file. Empty if files share one.
    """
    labels: Dict[str, Set[str]] = defaultdict(set)
    for text in texts:
        labels[text.file].update(label for _, _, label in text.entities)
    found = {file_: own for file_, own in labels.items() if own}
    n_labels = len(set().union(*found.values()))
    is_each = len(found) > 1 and n_labels == sum(map(len, found.values()))
    return found if is_each else {}


def read_doc_bins(path: Path, nlp: Language, tally: Tally) -> Iterator[GoldText]:
    for file_ in find_files(path, FILE_TYPE):
        for i, doc in enumerate(read_docs(file_, nlp), start=1):
            tally.in_file += len(doc.ents)
            yield GoldText(
                make_doc(nlp, doc.text),
                [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents],
                all(token.ent_iob for token in doc),
                f"{file_}, text {i}",
                cats=dict(doc.cats),
                file=str(file_),
            )


def read_records(
    path: Path,
    nlp: Language,
    format: Optional[str],
    tag_names: Sequence[str],
    tally: Tally,
) -> Iterator[GoldText]:
    for annotated in read_annotated(
        path, format=format, tag_names=tag_names, tally=tally
    ):
        doc = make_doc(nlp, annotated.text)
        if "entities" in annotated.tokens:
            set_token_tags(doc, annotated, tally)
        groups = annotated.spans.values()
        yield GoldText(
            doc,
            sorted(annotated.entities or []),
            annotated.is_complete
            and not annotated.unknown
            and annotated.entities is not None,
            annotated.place,
            [*annotated.rejected, *(span for group in groups for span in group)],
            annotated.cats,
            annotated.file,
        )


def set_token_tags(doc: Doc, annotated: Annotated, tally: Tally) -> None:
    """Read tags of tokens that spaCy makes as entities.

    doc (Doc): The tokens.
    annotated (Annotated): The text. It is changed.
    tally (Tally): Takes what is wrong, and counts.
    """
    try:
        found = Example.from_dict(doc, annotated.tokens).reference
    except Exception as err:  # whatever spaCy raises for wrong annotations
        tally.errors.append(f"{annotated.place}: {err}")
        return
    tally.in_file += len(found.ents)
    annotated.entities = [(e.start_char, e.end_char, e.label_) for e in found.ents]
    annotated.is_complete = all(token.ent_iob for token in found)


def read_docs(path: Path, nlp: Language) -> List[Doc]:
    """Read the annotated docs of a .spacy file or a directory of such.

    path (Path): The file or directory.
    nlp (Language): The pipeline whose vocab the docs get.
    RETURNS (List[Doc]): The docs.
    RAISES (ConfigValidationError): If it can't be read.
    """
    try:
        for file_ in find_files(path, FILE_TYPE):
            check_doc_bin(file_)
        return [example.reference for example in Corpus(path)(nlp)]
    except Exception as err:  # a broken file can raise anything
        raise config_error(["data"], f"{path} can't be read: {err}") from None


def overlaps(spans: Iterable[Tuple[Any, ...]], start: int, end: int) -> bool:
    """Tell whether a part of a text has characters in common with one of some spans."""
    return any(s < end and start < e for s, e, *_ in spans)
