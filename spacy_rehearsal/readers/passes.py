"""Several passes over texts, each of which annotates some labels."""

from typing import Dict, Iterator, List, Set

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.training.augment import dont_augment
from spacy.util import filter_spans

from ..errors import config_error
from ..kinds.spans import MISSING_IOB
from .completed import Reader, get_path
from .source import LABELS_KEY


def create_passes_corpus(*passes: Reader) -> "PassesCorpus":
    """Create a reader of entities that were annotated one label, or a few, at a time:
    in several passes over the same texts, or in a file for each label.

    *passes (Callable[[Language], Iterable[Example]]): The reader of each pass. It
        annotates the labels that it has anywhere.
    RETURNS (PassesCorpus): The reader.
    RAISES (ConfigValidationError): If there is none.
    """
    return PassesCorpus(*passes)


class PassesCorpus:
    """Iterate over the texts of all passes, each once, with the entities of all passes
    that have it. Of those that overlap the longest stays.

    A pass says all about its own labels, and nothing about others.

    For the settings see `create_passes_corpus`.
    """

    augmenter = staticmethod(dont_augment)

    def __init__(self, *passes: Reader) -> None:
        if not passes:
            raise config_error(["*"], "there is no reader, expected one for each pass")
        self.passes = passes

    @property
    def path(self) -> str:
        """The files, for messages."""
        return ", ".join(get_path(reader, "a pass") for reader in self.passes)

    def __call__(self, nlp: Language) -> Iterator[Example]:
        """Yield an example per text.

        nlp (Language): The pipeline that tokenizes.
        YIELDS (Example): The examples.
        RAISES (ConfigValidationError): If a pass has no entity, or one of its readers
            finds something wrong.
        """
        examples: Dict[str, List[Example]] = {}
        known: Dict[str, Set[str]] = {}
        for reader in self.passes:
            of_pass = list(reader(nlp))
            labels = {ent.label_ for eg in of_pass for ent in eg.reference.ents}
            if not labels:
                path = get_path(reader, "a pass")
                raise config_error(["*"], f"{path} has no entity at all")
            for example in of_pass:
                text = example.reference.text
                examples.setdefault(text, []).append(example)
                known.setdefault(text, set()).update(labels)
        for text, same in examples.items():
            reference = merge([example.reference for example in same])
            reference.user_data[LABELS_KEY] = sorted(known[text])
            yield Example(same[0].predicted, reference)


def merge(docs: List[Doc]) -> Doc:
    """Put the entities of docs with the same text together.

    docs (List[Doc]): The docs.
    RETURNS (Doc): A copy of the first, with the entities of all. A token of which one
        says something is not missing.
    """
    doc = docs[0].copy()
    found = [
        doc.char_span(ent.start_char, ent.end_char, ent.label_, kb_id=ent.kb_id_)
        for other in docs
        for ent in other.ents
    ]
    entities: List[Span] = filter_spans([span for span in found if span is not None])
    missing = set.intersection(*map(find_missing, docs))
    missing -= {i for ent in entities for i in range(ent.start_char, ent.end_char)}
    doc.set_ents(
        entities,
        missing=[doc[token.i : token.i + 1] for token in doc if token.idx in missing],
        default="outside",
    )
    return doc


def find_missing(doc: Doc) -> Set[int]:
    """Find the characters of the words that an annotation says nothing about."""
    missing = (token for token in doc if token.ent_iob == MISSING_IOB)
    return {i for token in missing for i in range(token.idx, token.idx + len(token))}
