"""A component that maps generic entity labels to specific ones."""

import re
import shutil
import tempfile
import warnings
import weakref
from pathlib import Path
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Optional,
    Sequence,
    Set,
    Tuple,
    Type,
    Union,
)

import srsly
from spacy import util
from spacy.kb import InMemoryLookupKB
from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc, Span
from spacy.training import Example

from ..errors import config_error
from ..gazetteers.base import BaseGazetteer
from ..gazetteers.entries import Entry
from ..gazetteers.knowledge_base import convert_knowledge_base
from ..gazetteers.memory import Gazetteer
from ..gazetteers.sqlite import SqliteGazetteer
from .label_graph import read_backwards
from .rule_set import Result, RuleSet, describe_need
from .rules import Rule, parse_rules, read_rules
from .scorer import create_label_mapper_scorer, relabel

Table = Union[BaseGazetteer, InMemoryLookupKB, Sequence[Union[str, Entry]]]
# Pydantic 1 takes a generator, such as srsly.read_jsonl.v1 gives, for the one, and
# Pydantic 2 for the other
Rules = Union[Sequence[Dict[str, Any]], Iterable[Dict[str, Any]]]
Scorer = Callable[..., Dict[str, Any]]
GAZETTEERS: Dict[str, Type[BaseGazetteer]] = {
    "jsonl": Gazetteer,
    "sqlite": SqliteGazetteer,
}
# what says that a component sets an annotation; an attribute_ruler does not say it
ASSIGNS = {
    "LEMMA": "token.lemma",
    "POS": "token.pos",
    "TAG": "token.tag",
    "MORPH": "token.morph",
    "DEP": "token.dep",
    "SENT_START": "token.is_sent_start",
}
SET_BY_ATTRIBUTE_RULER = {"POS", "TAG", "MORPH"}


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
        self.gazetteers: Dict[str, BaseGazetteer] = {}
        self._kb_id_attr = f"{generic_label_attr}_kb_id"
        self._nlp: Callable[[], Optional[Language]] = weakref.ref(nlp)
        self._rules: List[Dict[str, Any]] = []
        self._parsed: List[Rule] = []
        self._compiled: Optional[RuleSet] = None
        for attr in (generic_label_attr, mapped_by_attr):
            set_extension(attr)

    def __reduce__(self) -> Tuple[Any, ...]:
        attrs = (self.generic_label_attr, self.mapped_by_attr)
        data = (self.vocab, self.name, self.scorer, attrs, self._rules, self.gazetteers)
        return unpickle_label_mapper, data

    @property
    def rules(self) -> List[Dict[str, Any]]:
        """All rules, as the dicts that were added."""
        return self._rules

    @property
    def labels(self) -> Tuple[str, ...]:
        """The specific labels that the rules can give."""
        labels = set()
        for rule in self._parsed:
            if rule.to:
                labels.add(rule.to)
            elif rule.gazetteer in self.gazetteers:
                labels |= self.gazetteers[rule.gazetteer].labels
        return tuple(sorted(labels))

    @property
    def rule_set(self) -> RuleSet:
        """The rules and gazetteers, ready for use.

        RAISES (ConfigValidationError): If they don't fit together.
        """
        if self._compiled is None:
            self._compiled = RuleSet(self._parsed, self.gazetteers, self.vocab)
        return self._compiled

    def add_rules(self, rules: Iterable[Dict[str, Any]]) -> None:
        """Add rules behind those that are there.

        rules (Iterable[Dict[str, Any]]): The rules; see `rules.parse_rules`.
        RAISES (ConfigValidationError): If a rule is not valid. None is added then.
        """
        rules = list(rules)
        self._parsed = parse_rules(rules, self.vocab, before=self._parsed)
        self._rules = [*self._rules, *rules]
        self._compiled = None

    def add_gazetteer(self, name: str, table: Table) -> None:
        """Add a gazetteer, or replace the one of that name.

        name (str): The name that rules use. It becomes a directory's name when the
            component is saved.
        table (Union[BaseGazetteer, InMemoryLookupKB, Sequence]): A gazetteer, a
            knowledge base, or a list of names or of dicts with `name` and optionally
            `aliases`, `id`, `label` and `attrs`.
        RAISES (ConfigValidationError): If the name or an entry is not valid.
        """
        if not re.fullmatch(r"\w[\w.-]*", name):
            raise config_error(
                ["gazetteers", name],
                "the name may have letters, digits, '_', '-' and '.', and starts with "
                "a letter or digit",
            )
        try:
            self.gazetteers[name] = make_gazetteer(table)
        except ValueError as err:
            raise config_error(["gazetteers", name], str(err)) from None
        self._compiled = None

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
        self._set_gazetteers(gazetteers or {})
        self._set_rules(rules or [])
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
                doc.spans[rule.spans_key].append(make_span(ent, result))
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
        serializers = {
            "rules": lambda: srsly.json_dumps(self._rules),
            "gazetteers": lambda: srsly.msgpack_dumps(
                {
                    name: [get_kind(table), table.to_bytes()]
                    for name, table in self.gazetteers.items()
                }
            ),
        }
        return util.to_bytes(serializers, exclude)

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
        deserializers = {
            "rules": lambda data: self._set_rules(srsly.json_loads(data)),
            "gazetteers": lambda data: self._set_gazetteers(
                {
                    name: GAZETTEERS[kind].from_bytes(table)
                    for name, (kind, table) in srsly.msgpack_loads(data).items()
                }
            ),
        }
        util.from_bytes(bytes_data, deserializers, exclude)
        if not set(exclude) & set(deserializers):
            nlp = self._nlp()
            self._check_pipeline(nlp.pipeline if nlp is not None else [])
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
        serializers = {
            "rules.jsonl": lambda p: srsly.write_jsonl(p, self._rules),
            "gazetteers": self._write_gazetteers,
        }
        util.to_disk(path, serializers, exclude)

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
        deserializers = {
            "rules.jsonl": lambda p: self._set_rules(read_rules(p)),
            "gazetteers": self._read_gazetteers,
        }
        util.from_disk(path, deserializers, exclude)
        if not set(exclude) & set(deserializers):
            nlp = self._nlp()
            self._check_pipeline(nlp.pipeline if nlp is not None else [])
        return self

    def _write_gazetteers(self, path: Path) -> None:
        # beside the old ones: a table may be a copy of itself
        with tempfile.TemporaryDirectory(dir=path.parent) as temporary:
            new = Path(temporary) / path.name
            new.mkdir()
            for name, table in self.gazetteers.items():
                directory = new / name / get_kind(table)
                directory.mkdir(parents=True)
                table.to_disk(directory)
            if path.exists():
                shutil.rmtree(path)
            new.rename(path)

    def _read_gazetteers(self, path: Path) -> None:
        self._set_gazetteers(
            {
                directory.parent.name: class_.from_disk(directory)
                for kind, class_ in GAZETTEERS.items()
                for directory in sorted(path.glob(f"*/{kind}"))
            }
        )

    def _set_rules(self, rules: Iterable[Dict[str, Any]]) -> None:
        self._rules = []
        self._parsed = []
        self.add_rules(rules)

    def _set_gazetteers(self, gazetteers: Dict[str, Table]) -> None:
        self.gazetteers = {}
        for name, table in gazetteers.items():
            self.add_gazetteer(name, table)

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
        kb_id = get_user_data(ent).get(get_key(ent, self._kb_id_attr), "")
        return Result(ent._.get(self.generic_label_attr), kb_id)

    def _check_pipeline(self, components: Sequence[Tuple[str, Any]]) -> None:
        """Check that the components before this one set what the rules look at."""
        rule_set = self.rule_set
        nlp = self._nlp()
        i = next((i for i, (_, pipe) in enumerate(components) if pipe is self), None)
        if nlp is None or i is None:
            return
        metas = [(pipe, nlp.get_pipe_meta(name)) for name, pipe in components[:i]]
        assigned = {attr for _, meta in metas for attr in meta.assigns}
        has_attribute_ruler = any(m.factory == "attribute_ruler" for _, m in metas)
        for need, rule_id in rule_set.needs.items():
            is_set = has_attribute_ruler and need in SET_BY_ATTRIBUTE_RULER
            if ASSIGNS[need] not in assigned and not is_set:
                raise config_error(["rules", rule_id], describe_need(need, rule_id))
        pipes = [pipe for pipe, meta in metas if "doc.ents" in meta.assigns]
        if all(hasattr(pipe, "labels") for pipe in pipes):
            self._warn_of_labels({label for pipe in pipes for label in pipe.labels})

    def _warn_of_labels(self, found: Set[str]) -> None:
        unknown = [
            f"{label} (rule '{rule.id}')"
            for rule in self._parsed
            for label in rule.labels
            if label not in found and label not in self.labels
        ]
        if unknown:
            warnings.warn(
                f"No component before '{self.name}' gives the entity label "
                f"{', '.join(unknown)}. They give: "
                f"{', '.join(sorted(found)) or 'none'}.",
                stacklevel=2,
            )


def unpickle_label_mapper(
    vocab: Any,
    name: str,
    scorer: Optional[Scorer],
    attrs: Tuple[str, str],
    rules: List[Dict[str, Any]],
    gazetteers: Dict[str, BaseGazetteer],
) -> LabelMapper:
    generic_label_attr, mapped_by_attr = attrs
    nlp = Language(vocab)
    mapper = LabelMapper(
        nlp,
        name,
        generic_label_attr=generic_label_attr,
        mapped_by_attr=mapped_by_attr,
        scorer=scorer,
    )
    mapper.gazetteers = gazetteers
    mapper.add_rules(rules)
    return mapper


def set_extension(attr: str) -> None:
    if not Span.has_extension(attr):
        Span.set_extension(attr, default=None)
    elif Span.get_extension(attr) != (None, None, None, None):
        raise ValueError(
            f"Span has an extension attribute '{attr}' of another kind already. Give "
            "label_mapper another name, with generic_label_attr or mapped_by_attr."
        )


def make_gazetteer(table: Table) -> BaseGazetteer:
    if isinstance(table, BaseGazetteer):
        return table
    if isinstance(table, InMemoryLookupKB):
        return convert_knowledge_base(table)
    if isinstance(table, (str, dict)) or not isinstance(table, Iterable):
        raise ValueError(
            "expected a gazetteer, a knowledge base, or a list of names or entries, "
            f"found {table!r}"
        )
    return Gazetteer(table)


def get_kind(table: BaseGazetteer) -> str:
    for kind, class_ in GAZETTEERS.items():
        if type(table) is class_:
            return kind
    raise ValueError(f"Don't know how to save a gazetteer of the class {type(table)}.")


def make_span(ent: Span, result: Result) -> Span:
    return Span(ent.doc, ent.start, ent.end, result.label, kb_id=result.kb_id)


def set_attr(ent: Span, attr: str, value: Any) -> None:
    """Do what `ent._.set(attr, value)` does, at a tenth of its cost."""
    get_user_data(ent)[get_key(ent, attr)] = value


def get_user_data(ent: Span) -> Dict[Any, Any]:
    return ent.doc.user_data


def get_key(ent: Span, attr: str) -> Tuple[str, str, int, int]:
    """Get the key of an extension attribute. Other keys are lost in merged docs."""
    return "._.", attr, ent.start_char, ent.end_char
