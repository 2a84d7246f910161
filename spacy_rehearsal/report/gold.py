"""Gold as it is compared with what pipelines find: by character."""

from dataclasses import dataclass
from pathlib import Path
from typing import Collection, List, Optional, Sequence

from spacy.tokens import Doc

from ..errors import config_error
from ..files import has_doc_bins
from ..kinds.base import Part, find_gaps
from ..readers.gold import overlaps, read_docs, read_gold
from ..readers.simple import SimpleCorpus
from .runner import Annotations, Runner, rename_labels


@dataclass
class Gold:
    """The annotations of a text, by character.

    text (str): The text.
    annotations (Set[Annotation]): Start, end, label and what else they have.
    missing (Sequence[Tuple[int, int]]): The parts that it says nothing about.
    labels (Optional[Collection[str]]): The labels that it says something about. None
        for all.
    """

    text: str
    annotations: Annotations
    missing: Sequence[Part] = ()
    labels: Optional[Collection[str]] = None

    def pick_comparable(self, found: Annotations) -> Annotations:
        """Pick the annotations that this says to be right or wrong, as spaCy does."""
        if self.labels is not None:
            found = pick(found, self.labels)
        return {e for e in found if not overlaps(self.missing, *e[:2])}


def read_comparable(path: Path, base: Runner, trained: Runner) -> List[Gold]:
    """Read gold that has something to score.

    path (Path): The file, or a directory of such.
    base (Runner): The base pipeline.
    trained (Runner): The trained pipeline, which tokenizes.
    RETURNS (List[Gold]): Its texts.
    RAISES (ConfigValidationError): If it can't be read, or has no annotation.
    """
    if not path.exists():
        raise config_error(["gold"], f"there is no file or directory '{path}'")
    kind, nlp = trained.kind, trained.nlp
    if has_doc_bins(path):
        texts = [convert(doc, base, trained) for doc in read_docs(path, nlp)]
    elif kind.has_offsets:
        texts = [
            Gold(
                text.text,
                set(text.entities),
                [] if text.is_complete else find_gaps(text.doc, text.entities),
            )
            for text in read_gold(path, nlp)
        ]
    else:
        examples = SimpleCorpus(path)(nlp)
        texts = [convert(example.reference, base, trained) for example in examples]
    for text in texts:
        text.annotations = rename_labels(text.annotations, trained.label_map)
    if not any(text.annotations for text in texts):
        raise config_error(
            ["gold"], f"'{path}' has no {kind.noun} at all. Is it annotated?"
        )
    return texts


def convert(doc: Doc, base: Runner, trained: Runner) -> Gold:
    """Convert an annotated doc. A label may be known to one of the pipelines only."""
    kind, pipes = trained.kind, (base.pipe, trained.pipe)
    annotations = {a for pipe in pipes for a in kind.get_annotations(pipe, doc)}
    missing_to_base = kind.get_missing(base.pipe, doc)
    missing = [m for m in kind.get_missing(trained.pipe, doc) if m in missing_to_base]
    labels = kind.get_annotated_labels(trained.pipe, doc)
    return Gold(doc.text, annotations, missing, labels)


def pick(annotations: Annotations, labels: Collection[str]) -> Annotations:
    """Pick the annotations that have one of some labels."""
    return {annotation for annotation in annotations if annotation[2] in labels}
