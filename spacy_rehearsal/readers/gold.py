"""Gold of any format as texts with offsets, without making examples of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, List, Optional, Tuple

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Corpus

from ..errors import config_error
from ..files import find_files, has_doc_bins
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
    RAISES (ConfigValidationError): If a record can't be read.
    """
    if has_doc_bins(path):
        files = find_files(path, ".spacy")
        return [text for file_ in files for text in read_doc_bin(file_, nlp)]
    return [
        GoldText(
            nlp.make_doc(annotated.text),
            sorted(annotated.entities or []),
            annotated.is_complete and annotated.entities is not None,
            annotated.place,
        )
        for annotated in read_annotated(path, format=format)
    ]


def read_docs(path: Path, nlp: Language) -> List[Doc]:
    """Read the annotated docs of a .spacy file or a directory of such.

    RAISES (ConfigValidationError): If it can't be read.
    """
    try:
        return [example.reference for example in Corpus(path)(nlp)]
    except Exception as err:  # a broken file can raise anything
        raise config_error(["data"], f"{path} can't be read: {err}") from None


def read_doc_bin(path: Path, nlp: Language) -> List[GoldText]:
    """Read the annotated texts of a .spacy file."""
    docs = read_docs(path, nlp)
    return [
        GoldText(
            nlp.make_doc(doc.text),
            [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents],
            all(token.ent_iob for token in doc),
            f"{path}, text {i}",
        )
        for i, doc in enumerate(docs, start=1)
    ]


def overlaps(spans: Iterable[Tuple[Any, ...]], start: int, end: int) -> bool:
    return any(s < end and start < e for s, e, *_ in spans)
