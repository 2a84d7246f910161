"""Gold examples, completed by the teacher."""

from collections import Counter
from typing import (
    Any,
    Callable,
    Collection,
    Dict,
    FrozenSet,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Set,
)

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.training.augment import dont_augment

from ..kinds.base import Completion, Kind, get_plural
from ..teacher.teacher import Teacher
from ..tokenizing import make_doc
from .completing import PARTIAL_GOLD, create_completions, get_settings
from .fit import Fit
from .ownership import Shares, count_shares
from .sampling import get_split
from .shared_gold import get_shared_gold
from .source import GOLD, get_annotated_labels, set_annotated_labels, set_source
from .warn_once import warn_once

Reader = Callable[[Language], Iterable[Example]]


def get_path(reader: Reader, otherwise: str) -> str:
    """Get what to call the data of a reader in a message: its file, if it has one."""
    return str(getattr(reader, "path", otherwise))


class CompletedGold:
    """Read gold examples, count their labels, and complete them.

    The examples are held in memory, and read anew only if they can have changed: if
    their reader has an augmenter or is none of spaCy's.

    reader (Callable[[Language], Iterable[Example]]): The user's annotations.
    teacher (Teacher): The frozen base pipeline.
    kinds (Mapping[str, Kind]): The components in training, and what they are.
    settings (Mapping[str, Any]): The corpus settings that some kinds take.
    split (Optional[str]): Which part of the texts to use: "train", "dev", or all.

    ATTRIBUTES:
    source (str): What `get_source` says of the examples.
    counts (Counter[str]): What became of the teacher's annotations when the gold was
        last completed; see the completions in `kinds/`.
    fit (Fit): What of the gold does not fit the tokens, when it was last read.
    n_texts (int): The number of texts, when it was last read.
    """

    source = GOLD

    def __init__(
        self,
        reader: Reader,
        teacher: Teacher,
        kinds: Mapping[str, Kind],
        settings: Mapping[str, Any],
        *,
        split: Optional[str] = None,
    ) -> None:
        self.reader = reader
        self.split = split
        self.teacher = teacher
        self.kinds = kinds
        self.settings = settings
        self.counts: Counter[str] = Counter()
        self.fit = Fit()
        self.n_texts = 0
        self._nlp: Optional[Language] = None
        self._labels: Dict[str, Counter[str]] = {}
        self._shares: Optional[Shares] = None
        self._looked_for: Set[FrozenSet[str]] = set()
        self._examples: Optional[List[Example]] = None
        self._completed: Optional[List[Example]] = None

    @property
    def path(self) -> str:
        """What to call it in a message."""
        return get_path(self.reader, f"the {self.source} data")

    def __call__(self, nlp: Language) -> List[Example]:
        """Get the completed examples.

        nlp (Language): The pipeline in training.
        RETURNS (List[Example]): The examples.
        """
        self.count_labels(nlp)
        is_augmented = getattr(self.reader, "augmenter", None) is not dont_augment
        if self._completed is None or is_augmented:
            if self._examples is None:
                self._read(nlp)
            self.count_shares(nlp)
            examples, self._examples = self._examples or [], None
            self._completed = list(self._complete(nlp, examples))
        return self._completed

    def count_labels(self, nlp: Language) -> Dict[str, Counter[str]]:
        """Count the labels of the gold, after the label map. Reads the gold once.

        nlp (Language): The pipeline in training.
        RETURNS (Dict[str, Counter[str]]): The number of annotations with each label,
            by component.
        """
        if self._nlp is not nlp:
            self._nlp, self._completed, self._shares = nlp, None, None
            self._read(nlp)
            get_shared_gold(nlp).add(
                (eg.reference, self._find_new(nlp, eg.reference))
                for eg in self._examples or []
            )
        return self._labels

    def count_shares(self, nlp: Language) -> Shares:
        """Count, for labels that gold and teacher have, the annotations of the gold and
        what the teacher would add, where that decides whose they are.

        nlp (Language): The pipeline in training.
        RETURNS (Dict[str, Dict[str, Share]]): By component and label, those that the
            teacher would add to.
        """
        labels = self.count_labels(nlp)
        if self._shares is None:
            examples = self._examples or []
            silver_docs = self.teacher.predict(eg.reference.text for eg in examples)
            kinds = {
                name: kind
                for name, kind in self.kinds.items()
                if self.is_undecided(name)
                and {*labels[name]} & {*kind.get_known_labels(self.get_tutor(name))}
            }
            self._shares = count_shares(
                nlp,
                kinds,
                self.settings,
                labels,
                zip((eg.reference for eg in examples), silver_docs) if kinds else (),
            )
        return self._shares

    def find_unlooked(self, nlp: Language) -> Dict[str, Set[str]]:
        """Find the new labels that nobody has looked for in some of the texts.

        nlp (Language): The pipeline in training.
        RETURNS (Dict[str, Set[str]]): The labels, by component.
        """
        labels = self.count_labels(nlp)
        found: Dict[str, Set[str]] = {}
        for name, kind in self.kinds.items():
            new = {*labels[name]} - {*kind.get_known_labels(self.get_tutor(name))}
            found[name] = {
                n for n in new for looked in self._looked_for if n not in looked
            }
        return found

    def is_undecided(self, name: str) -> bool:
        """Tell whether it depends on the gold whose a label of a component is."""
        is_set = self.settings.get(PARTIAL_GOLD) is not None
        return PARTIAL_GOLD in self.kinds[name].settings and not is_set

    def get_tutor(self, name: str) -> Any:
        """Get the teacher's component."""
        return self.teacher.nlp.get_pipe(name)

    def get_own_labels(self, nlp: Language, doc: Doc) -> Mapping[str, Collection[str]]:
        """Get the labels that are the gold's own in a text, where the teacher adds none
        of them: those that the gold has anywhere, but for those that it is known to
        have in part, or has seldom where the teacher finds them often.

        nlp (Language): The pipeline in training.
        doc (Doc): The text with its annotation.
        RETURNS (Mapping[str, Collection[str]]): The labels, by component.
        """
        partial = self.settings.get(PARTIAL_GOLD)
        listed = set(partial) if isinstance(partial, (list, tuple)) else set()
        shares = self.count_shares(nlp)
        annotated = get_annotated_labels(doc)
        return {
            name: {*labels}.intersection(labels if annotated is None else annotated)
            - listed
            - {n for n, share in shares.get(name, {}).items() if share.is_seldom}
            for name, labels in self._labels.items()
        }

    def get_labels(self, nlp: Language, name: str, doc: Doc) -> List[str]:
        """Get the labels of a text, after the label map.

        nlp (Language): The pipeline in training.
        name (str): The component.
        doc (Doc): The text with its annotation.
        RETURNS (List[str]): A label for each annotation.
        """
        kind = self.kinds[name]
        map_ = get_settings(kind, self.settings).get("label_map", {})
        labels = kind.get_labels(nlp.get_pipe(name), doc)
        return [map_.get(label, label) for label in labels]

    def _find_new(self, nlp: Language, doc: Doc) -> List[Span]:
        """Find the entities of a text that have a label the teacher does not have."""
        return [
            span
            for name, kind in self.kinds.items()
            if "doc.ents" in kind.places
            for span, label in zip(doc.ents, self.get_labels(nlp, name, doc))
            if label not in kind.get_known_labels(self.get_tutor(name))
        ]

    def _read(self, nlp: Language) -> None:
        self._labels = {name: Counter() for name in self.kinds}
        self._examples = []
        self._looked_for = set()
        self.fit = Fit()
        pipes = {name: (kind, nlp.get_pipe(name)) for name, kind in self.kinds.items()}
        for example in self.reader(nlp):
            if example.predicted.text != example.reference.text:
                make_doc(nlp, example.reference.text)  # an error if it is the tokenizer
            if self.split not in (None, get_split(example.reference.text)):
                continue
            example = self.fit.add(example, pipes)
            self._examples.append(example)
            annotated = get_annotated_labels(example.reference)
            if annotated is not None:
                map_ = self.settings.get("label_map", {})
                mapped = {map_.get(label, label) for label in annotated}
                set_annotated_labels(example.reference, mapped)
                self._looked_for.add(frozenset(mapped))
            for name in self.kinds:
                self._labels[name].update(self.get_labels(nlp, name, example.reference))
        self.n_texts = len(self._examples)

    def _complete(self, nlp: Language, examples: List[Example]) -> Iterator[Example]:
        completions: Dict[Any, List[Completion]] = {}
        # where no text has entities, the teacher's are not missing, as in raw text
        is_open = any(
            "doc.ents" in kind.places and not self._labels[name]
            for name, kind in self.kinds.items()
        )
        silver_docs = self.teacher.predict(eg.reference.text for eg in examples)
        for example, silver in zip(examples, silver_docs):
            reference = example.reference
            labels = self.get_own_labels(nlp, reference)
            key = tuple(map(frozenset, labels.values()))
            if key not in completions:
                completions[key] = create_completions(
                    nlp, self.kinds, self.settings, labels
                )
            if is_open:
                reference = reference.copy()
                reference.set_ents([], default="outside")
            for complete in completions[key]:
                reference = complete(reference, silver)
            set_source(reference, self.source)
            yield Example(example.predicted, reference)
        is_first_call = not self.counts
        # a completion for each component, in each set of labels
        counts = [
            sum((completion.counts for completion in of_kind), Counter[str]())
            for of_kind in zip(*completions.values())
        ]
        self.counts = sum(counts, Counter[str]())
        if is_first_call:
            self._warn(nlp, counts)

    def _warn(self, nlp: Language, counts: List[Counter[str]]) -> None:
        if self.counts["unaligned"]:
            warn_once(
                nlp,
                f"{self.counts['unaligned']} of the base model's annotations in the "
                f"{self.source} texts have borders that are no token borders there. "
                "Tokens of such entities are left missing, such spans left out.",
            )
        for kind, of_kind in zip(self.kinds.values(), counts):
            if of_kind["unknown"]:
                warn_once(
                    nlp,
                    f"{of_kind['unknown']} {get_plural(kind.noun)} of the "
                    f"{self.source} {kind.unknown}. They are left missing.",
                )
