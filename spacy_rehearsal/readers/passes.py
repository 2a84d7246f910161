"""Several passes over texts, each of which annotates some labels."""

from typing import Dict, Iterator, List, Set, Tuple

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.training.augment import dont_augment
from spacy.util import filter_spans

from ..errors import config_error
from ..kinds.spans import MISSING_IOB
from .completed import Reader, get_path
from .source import set_annotated_labels


def create_passes_corpus(*passes: Reader) -> "PassesCorpus":
    """Create a reader of entities, spans or categories that were annotated one label,
    or a few, at a time: in several passes over the same texts, or in a file for each
    label.

    *passes (Callable[[Language], Iterable[Example]]): The reader of each pass. It
        annotates the labels that it has anywhere.
    RETURNS (PassesCorpus): The reader.
    RAISES (ConfigValidationError): If there is none.
    """
    return PassesCorpus(*passes)


class PassesCorpus:
    """Iterate over the texts of all passes, each once, with the entities, spans and
    categories of all passes that have it. Of entities that overlap the longest stays.

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
        RAISES (ConfigValidationError): If a pass has no label, or one of its readers
            finds something wrong.
        """
        examples: Dict[str, List[Example]] = {}
        known: Dict[str, Set[str]] = {}
        for reader in self.passes:
            of_pass = list(reader(nlp))
            labels = {n for eg in of_pass for n in find_labels(eg.reference)}
            if not labels:
                path = get_path(reader, "a pass")
                raise config_error(
                    ["*"], f"{path} has no entity, span or category at all"
                )
            for example in of_pass:
                text = example.reference.text
                examples.setdefault(text, []).append(example)
                known.setdefault(text, set()).update(labels)
        for text, same in examples.items():
            reference = merge([example.reference for example in same])
            set_annotated_labels(reference, known[text])
            yield Example(same[0].predicted, reference)


def find_labels(doc: Doc) -> Iterator[str]:
    """Find the labels that a text was annotated with: categories that it has not, as
    well."""
    yield from (ent.label_ for ent in doc.ents)
    yield from (span.label_ for group in doc.spans.values() for span in group)
    yield from doc.cats


def merge(docs: List[Doc]) -> Doc:
    """Put the entities, spans and categories of docs with the same text together.

    docs (List[Doc]): The docs.
    RETURNS (Doc): A copy of the first, with what all have. A token of which one
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
    groups: Dict[str, Dict[Tuple[int, int, str], Span]] = {}
    for other in docs:
        for key, group in other.spans.items():
            same = groups.setdefault(key, {})
            for span in group:
                place = span.start_char, span.end_char, span.label_
                copy = doc.char_span(*place)
                if copy is not None:
                    same.setdefault(place, copy)
    for key, spans in groups.items():
        doc.spans[key] = [*spans.values()]
    doc.cats = {name: value for other in docs for name, value in other.cats.items()}
    return doc


def find_missing(doc: Doc) -> Set[int]:
    """Find the characters of the words that an annotation says nothing about."""
    missing = (token for token in doc if token.ent_iob == MISSING_IOB)
    return {i for token in missing for i in range(token.idx, token.idx + len(token))}
