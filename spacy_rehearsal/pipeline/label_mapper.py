"""A component that maps generic entity labels to specific ones."""

import weakref
from pathlib import Path
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from spacy import util
from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.vocab import Vocab

from ..gazetteers.base import BaseGazetteer
from .extensions import get_attr, set_attr, set_extension
from .label_graph import read_backwards
from .requirements import check_components
from .rule_book import RuleBook, Table
from .rule_set import Result, RuleSet
from .rules import Rule
from .scorer import create_label_mapper_scorer, relabel

# Pydantic 1 takes a generator, such as srsly.read_jsonl.v1 gives, for the one, and
# Pydantic 2 for the other
Rules = Union[Sequence[Dict[str, Any]], Iterable[Dict[str, Any]]]
Scorer = Callable[..., Dict[str, Any]]


@Language.factory(
    "label_mapper",
    assigns=["doc.ents", "token.ent_type", "token.ent_kb_id"],
    requires=["doc.ents"],
    default_config={
        "generic_label_attr": "generic_label",
        "mapped_by_attr": "mapped_by",
        "scorer": {"@scorers": "spacy-rehearsal.label_mapper_scorer.v1"},
    },
    default_score_weights={
        "specific_f": None,
        "specific_p": None,
        "specific_r": None,
        "specific_per_type": None,
    },
)
def create_label_mapper(
    nlp: Language,
    name: str,
    generic_label_attr: str,
    mapped_by_attr: str,
    scorer: Optional[Scorer],
) -> "LabelMapper":
    """Create a component that maps generic entity labels to specific ones by rules.

    nlp (Language): The pipeline.
    name (str): The component's name.
    generic_label_attr (str): The extension attribute of Span for the label that the
        entity had before.
    mapped_by_attr (str): The extension attribute of Span for the id of the rule that
        gave the entity its label.
    scorer (Optional[Callable]): The scorer.
    RETURNS (LabelMapper): The component, without rules.
    """
    return LabelMapper(
        nlp,
        name,
        generic_label_attr=generic_label_attr,
        mapped_by_attr=mapped_by_attr,
        scorer=scorer,
    )


class LabelMapper(Pipe):
    """Map generic entity labels to specific ones by rules and gazetteers.

    The first rule that holds for an entity decides. What it had before stays
    readable as `ent._.generic_label`, the rule's id as `ent._.mapped_by`, and the `id`
    of the gazetteer's entry becomes `ent.kb_id_`.

    nlp (Language): The pipeline.
    name (str): The component's name.
    generic_label_attr (str): The extension attribute for the generic label.
    mapped_by_attr (str): The extension attribute for the rule's id.
    scorer (Optional[Callable]): The scorer.
    RAISES (ValueError): If an extension attribute is there already and is another's.
    """

    def __init__(
        self,
        nlp: Language,
        name: str = "label_mapper",
        *,
        generic_label_attr: str = "generic_label",
        mapped_by_attr: str = "mapped_by",
        scorer: Optional[Scorer] = create_label_mapper_scorer(),  # noqa: B008
    ) -> None:
        self.vocab = nlp.vocab
        self.name = name
        self.scorer = scorer
        self.generic_label_attr = generic_label_attr
        self.mapped_by_attr = mapped_by_attr
        self._kb_id_attr = f"{generic_label_attr}_kb_id"
        self._nlp: Callable[[], Optional[Language]] = weakref.ref(nlp)
        self._book = RuleBook(nlp.vocab)
        for attr in (generic_label_attr, mapped_by_attr):
            set_extension(attr)

    def __reduce__(self) -> Tuple[Any, ...]:
        settings = {
            "generic_label_attr": self.generic_label_attr,
            "mapped_by_attr": self.mapped_by_attr,
            "scorer": self.scorer,
        }
        return unpickle_label_mapper, (self.vocab, self.name, settings, self._book)

    @property
    def rules(self) -> List[Dict[str, Any]]:
        """Copies of all rules, as the dicts that were added."""
        return self._book.rules

    @property
    def gazetteers(self) -> Mapping[str, BaseGazetteer]:
        """The gazetteers by name, to read only."""
        return self._book.gazetteers

    @property
    def labels(self) -> Tuple[str, ...]:
        """The specific labels that the rules can give."""
        return self._book.labels

    @property
    def rule_set(self) -> RuleSet:
        """The rules and gazetteers, ready for use.

        RAISES (ConfigValidationError): If they don't fit together.
        """
        return self._book.rule_set

    def add_rules(self, rules: Iterable[Dict[str, Any]]) -> None:
        """Add rules behind those that are there.

        rules (Iterable[Dict[str, Any]]): The rules; see `rules.parse_rules`.
        RAISES (ConfigValidationError): If a rule is not valid. None is added then.
        """
        self._book.add_rules(rules)

    def add_gazetteer(self, name: str, table: Table) -> None:
        """Add a gazetteer, or replace the one of that name.

        name (str): The name that rules use. It becomes a directory's name when the
            component is saved.
        table (Union[BaseGazetteer, InMemoryLookupKB, Sequence]): A gazetteer, a
            knowledge base, or a list of names or of dicts with `name` and optionally
            `aliases`, `id`, `label` and `attrs`.
        RAISES (ConfigValidationError): If the name or an entry is not valid.
        """
        self._book.add_gazetteer(name, table)

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Optional[Language] = None,
        rules: Optional[Rules] = None,
        gazetteers: Optional[Dict[str, Table]] = None,
    ) -> None:
        """Set the rules and gazetteers, in place of those that are there.

        get_examples (Callable[[], Iterable[Example]]): Not used.
        nlp (Optional[Language]): The pipeline.
        rules (Optional[Iterable[Dict[str, Any]]]): The rules.
        gazetteers (Optional[Dict[str, Table]]): The tables by name; see
            `add_gazetteer`.
        RAISES (ConfigValidationError): If a rule or table is not valid, a rule names
            a table that is not there, or looks at what no component sets.
        """
        if nlp is not None:
            self._nlp = weakref.ref(nlp)
        self._book.set_gazetteers(gazetteers or {})
        self._book.set_rules(rules or [])
        # the training loop disables components while it initializes the others
        self._check_pipeline(nlp.components if nlp is not None else [])

    def __call__(self, doc: Doc) -> Doc:
        """Map the labels of a doc's entities.

        doc (Doc): The doc, with entities.
        RETURNS (Doc): The same doc.
        RAISES (ConfigValidationError): If a rule names a gazetteer that is not there.
        RAISES (ValueError): If the doc lacks an annotation that a rule looks at.
        """
        rule_set = self.rule_set
        ents = doc.ents
        for ent in ents:
            set_attr(ent, self.generic_label_attr, ent.label_)
        for key in rule_set.spans_keys:
            if key not in doc.spans:
                doc.spans[key] = []
        for ent, decision in rule_set.decide(doc, ents):
            for rule, result in decision.spans:
                span = Span(doc, ent.start, ent.end, result.label, kb_id=result.kb_id)
                doc.spans[rule.spans_key].append(span)
            last_rule, result = decision.steps[-1]
            if last_rule is not None:
                self._relabel(ent, last_rule, result)
        return doc

    def explain(self, doc: Doc) -> List[Dict[str, Any]]:
        """Say why each entity has the label that it has.

        doc (Doc): The doc, before or after this component.
        RETURNS (List[Dict[str, Any]]): For each entity `text`, `start` and `end` (in
            tokens), `generic_label`, `label`, `mapped_by` (the rule's id, or None) and
            `rules`: for each rule its `id` and `failed`, the key of the first
            condition that did not hold. It is None for a rule that holds; the first
            of those decided.
        RAISES (ConfigValidationError): If a rule names a gazetteer that is not there.
        RAISES (ValueError): If the doc lacks an annotation that a rule looks at.
        """
        before = relabel(doc, self._get_generic)
        return list(self.rule_set.explain(before, before.ents))

    def get_generic_labels(self) -> Dict[str, List[str]]:
        """Read the rules backwards.

        RETURNS (Dict[str, List[str]]): For each specific label the generic ones that
            can become it.
        """
        return read_backwards(self.rule_set.edges)

    def score(
        self, examples: Iterable[Example], **kwargs: Any
    ) -> Dict[str, Union[float, Dict[str, float]]]:
        """Score the specific labels, and the generic ones as they were before.

        examples (Iterable[Example]): The examples.
        RETURNS (Dict[str, Any]): The scores; see `scorer.score_label_mapper`.
        """
        if self.scorer is None:
            return {}
        return self.scorer(
            examples,
            generic_labels=self.get_generic_labels(),
            generic_label_attr=self.generic_label_attr,
            **kwargs,
        )

    def to_bytes(self, *, exclude: Iterable[str] = util.SimpleFrozenList()) -> bytes:
        """Serialize the rules and gazetteers.

        exclude (Iterable[str]): Names of parts to leave out.
        RETURNS (bytes): The serialized component.
        """
        return self._book.to_bytes(exclude=exclude)

    def from_bytes(
        self, bytes_data: bytes, *, exclude: Iterable[str] = util.SimpleFrozenList()
    ) -> "LabelMapper":
        """Load the rules and gazetteers, in place of those that are there.

        bytes_data (bytes): What `to_bytes` gave.
        exclude (Iterable[str]): Names of parts to leave out.
        RETURNS (LabelMapper): The component.
        RAISES (ConfigValidationError): If a rule or table is not valid, or they do
            not fit the pipeline.
        """
        self._book.from_bytes(bytes_data, exclude=exclude)
        self._check_loaded(exclude)
        return self

    def to_disk(
        self,
        path: Union[str, Path],
        *,
        exclude: Iterable[str] = util.SimpleFrozenList(),
    ) -> None:
        """Save the rules as JSONL, and each gazetteer in a directory of its own.

        path (Union[str, Path]): The directory.
        exclude (Iterable[str]): Names of parts to leave out.
        """
        self._book.to_disk(path, exclude=exclude)

    def from_disk(
        self,
        path: Union[str, Path],
        *,
        exclude: Iterable[str] = util.SimpleFrozenList(),
    ) -> "LabelMapper":
        """Load the rules and gazetteers, in place of those that are there.

        path (Union[str, Path]): The directory.
        exclude (Iterable[str]): Names of parts to leave out.
        RETURNS (LabelMapper): The component.
        RAISES (ConfigValidationError): If a rule or table is not valid, or they do
            not fit the pipeline.
        """
        self._book.from_disk(path, exclude=exclude)
        self._check_loaded(exclude)
        return self

    def _relabel(self, ent: Span, rule: Rule, result: Result) -> None:
        if ent.kb_id_:
            set_attr(ent, self._kb_id_attr, ent.kb_id_)
        set_attr(ent, self.mapped_by_attr, rule.id)
        for token in ent:
            token.ent_type_ = result.label
            token.ent_kb_id_ = result.kb_id

    def _get_generic(self, ent: Span) -> Result:
        """Get what an entity was before this component."""
        if ent._.get(self.mapped_by_attr) is None:
            return Result(ent.label_, ent.kb_id_)
        kb_id = get_attr(ent, self._kb_id_attr, "")
        return Result(ent._.get(self.generic_label_attr), kb_id)

    def _check_loaded(self, exclude: Iterable[str]) -> None:
        if not {"rules", "rules.jsonl", "gazetteers"}.intersection(exclude):
            nlp = self._nlp()
            self._check_pipeline(nlp.pipeline if nlp is not None else [])

    def _check_pipeline(self, components: Sequence[Tuple[str, Any]]) -> None:
        rules, nlp = self.rule_set.rules, self._nlp()
        if nlp is not None:
            check_components(nlp, components, self, rules)


def unpickle_label_mapper(
    vocab: Vocab, name: str, settings: Dict[str, Any], book: RuleBook
) -> LabelMapper:
    nlp = Language(vocab)
    mapper = LabelMapper(nlp, name, **settings)
    mapper._book = book
    return mapper
