"""Gold of any format as texts with offsets, without making examples of it.

Training reads gold as examples, with spacy.Corpus.v1 or the SimpleCorpus of simple.py,
which refuses what does not fit the tokens. Here nothing is refused, so that it can be
audited, and compared by offsets.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Iterable, Iterator, List, Optional, Tuple

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Corpus
from tqdm import tqdm

from ..errors import config_error
from ..files import FILE_TYPE, find_files, has_doc_bins
from ..tokenizing import make_doc
from .formats.annotated import CharSpan
from .formats.registry import read_annotated


@dataclass
class GoldText:
    """An annotated text.

    doc (Doc): Its tokens, without annotation.
    entities (List[CharSpan]): Start, end and label, in characters.
    is_complete (bool): Whether the rest is known to be no entity.
    place (str): Where it is from.
    """

    doc: Doc
    entities: List[CharSpan]
    is_complete: bool
    place: str

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
    path: Path, nlp: Language, *, format: Optional[str] = None
) -> List[GoldText]:
    """Read annotated texts of any format. A progress bar on stderr shows meanwhile.

    path (Path): A .spacy file or a directory of such, or what SimpleCorpus reads.
    nlp (Language): The pipeline that tokenizes.
    format (Optional[str]): See `read_annotated`.
    RETURNS (List[GoldText]): The texts.
    RAISES (ConfigValidationError): If a record can't be read, or a directory holds
        .spacy and other files.
    """
    is_doc_bin = has_doc_bins(path)
    texts = read_doc_bins(path, nlp) if is_doc_bin else read_records(path, nlp, format)
    return list(tqdm(texts, desc="Reading", unit=" texts", leave=False))


def read_doc_bins(path: Path, nlp: Language) -> Iterator[GoldText]:
    for file_ in find_files(path, FILE_TYPE):
        for i, doc in enumerate(read_docs(file_, nlp), start=1):
            yield GoldText(
                make_doc(nlp, doc.text),
                [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents],
                all(token.ent_iob for token in doc),
                f"{file_}, text {i}",
            )


def read_records(
    path: Path, nlp: Language, format: Optional[str]
) -> Iterator[GoldText]:
    for annotated in read_annotated(path, format=format):
        yield GoldText(
            make_doc(nlp, annotated.text),
            sorted(annotated.entities or []),
            annotated.is_complete and annotated.entities is not None,
            annotated.place,
        )


def read_docs(path: Path, nlp: Language) -> List[Doc]:
    """Read the annotated docs of a .spacy file or a directory of such.

    path (Path): The file or directory.
    nlp (Language): The pipeline whose vocab the docs get.
    RETURNS (List[Doc]): The docs.
    RAISES (ConfigValidationError): If it can't be read.
    """
    try:
        return [example.reference for example in Corpus(path)(nlp)]
    except Exception as err:  # a broken file can raise anything
        raise config_error(["data"], f"{path} can't be read: {err}") from None


def overlaps(spans: Iterable[Tuple[Any, ...]], start: int, end: int) -> bool:
    """Tell whether a part of a text has characters in common with one of some spans."""
    return any(s < end and start < e for s, e, *_ in spans)
