"""Gold of any format as texts with offsets, without making examples of it.

Training reads gold as examples, with spacy.Corpus.v1 or the SimpleCorpus of simple.py,
which refuses what does not fit the tokens. Here nothing is refused, so that it can be
audited, and compared by offsets.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, Iterator, List, Optional, Tuple

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Corpus

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


def read_gold(
    path: Path, nlp: Language, *, format: Optional[str] = None
) -> List[GoldText]:
    """Read annotated texts of any format.

    path (Path): A .spacy file or a directory of such, or what SimpleCorpus reads.
    nlp (Language): The pipeline that tokenizes.
    format (Optional[str]): See `read_annotated`.
    RETURNS (List[GoldText]): The texts.
    RAISES (ConfigValidationError): If a record can't be read, or a directory holds
        .spacy and other files.
    """
    if has_doc_bins(path):
        return list(read_doc_bins(path, nlp))
    return list(read_records(path, nlp, format))


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
