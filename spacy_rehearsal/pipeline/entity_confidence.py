"""A component that says how sure an entity recognizer is of each entity."""

import weakref
from math import isfinite
from pathlib import Path
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Sequence,
    Tuple,
    Union,
)

import srsly
from spacy import util
from spacy.language import Language
from spacy.pipeline import EntityRecognizer, Pipe
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from ..errors import config_error, explain_damage
from .calibration import collect, fit_temperature, get_bins, get_calibration_error
from .decisions import Decisions, get_confidences
from .extensions import set_attr, set_extension
from .observing import observe

# how many tokens the networks of entity recognizers look at, without and with
# extra_state_tokens
N_FEATURES = (3, 6)


@Language.factory(
    "entity_confidence",
    requires=["doc.ents"],
    default_config={"component": "ner", "confidence_attr": "confidence"},
)
def create_entity_confidence(
    nlp: Language, name: str, component: str, confidence_attr: str
) -> "EntityConfidence":
    """Create a component that says how sure an entity recognizer is of each entity.

    nlp (Language): The pipeline.
    name (str): The component's name.
    component (str): The entity recognizer.
    confidence_attr (str): The extension attribute of Span for the confidence.
    RETURNS (EntityConfidence): The component, not calibrated.
    """
    return EntityConfidence(
        nlp, name, component=component, confidence_attr=confidence_attr
    )


class EntityConfidence(Pipe):
    """Set `ent._.confidence`: the probability that the entity recognizer gives to the
    entity, which is the product of those of the steps that lead to it.

    nlp (Language): The pipeline.
    name (str): The component's name.
    component (str): The entity recognizer.
    confidence_attr (str): The extension attribute.
    RAISES (ConfigValidationError): If the component is there, and its confidence can't
        be computed.
    RAISES (ValueError): If the extension attribute is there already and is another's.

    ATTRIBUTES:
    temperature (float): What scores are divided by: 1 before it is calibrated.
    """

    def __init__(
        self,
        nlp: Language,
        name: str = "entity_confidence",
        *,
        component: str = "ner",
        confidence_attr: str = "confidence",
    ) -> None:
        self.vocab = nlp.vocab
        self.name = name
        self.component = component
        self.confidence_attr = confidence_attr
        self.temperature = 1.0
        self._nlp: Callable[[], Optional[Language]] = weakref.ref(nlp)
        self._ner: Any = None
        set_extension(confidence_attr)
        if component in nlp.component_names:
            observe(self._find_ner())

    def __reduce__(self) -> Tuple[Any, ...]:
        settings = {
            "component": self.component,
            "confidence_attr": self.confidence_attr,
        }
        state = self.vocab, self.name, settings, self.temperature, self._find_ner()
        return unpickle_entity_confidence, state

    def __call__(self, doc: Doc) -> Doc:
        """Set the confidence of a doc's entities.

        doc (Doc): The doc, with entities.
        RETURNS (Doc): The same doc.
        RAISES (ConfigValidationError): If the pipeline has no such entity recognizer.
        """
        self._annotate([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Set the confidence of the entities of docs.

        stream (Iterable[Doc]): The docs.
        batch_size (int): How many to score at once, if they have to be.
        YIELDS (Doc): The same docs.
        """
        # before the entity recognizer gets the first doc of the stream
        observe(self._find_ner())
        handle_error = self.get_error_handler()
        for docs in util.minibatch(stream, batch_size):
            docs = [*docs]
            try:
                self._annotate(docs)
            except Exception as err:
                handle_error(self.name, self, docs, err)
            else:
                yield from docs

    def calibrate(self, examples: Iterable[Example]) -> Dict[str, Any]:
        """Set the temperature with which confidence is closest to how often the entity
        recognizer is right.

        Entities with a label that no example has are left out, and those where
        annotation is missing.

        examples (Iterable[Example]): Annotated texts that it was not trained on. The
            pipeline has been run on the predicted docs, as `nlp.evaluate` does.
        RETURNS (Dict[str, Any]): `temperature`; the number of `entities` and of those
            that are `right`; and `before` and `after`, each with `error`, the expected
            calibration error, and its `bins`.
        RAISES (ConfigValidationError): If the entities of the examples are all right,
            or all wrong, or there are none.
        """
        examples = [*examples]
        found = self._decide([eg.predicted for eg in examples])
        decisions, is_right = collect(found, examples)
        n_right = int(is_right.sum())
        if n_right in (0, len(is_right)):
            raise config_error(
                ["dev"],
                "calibrating takes entities that are right and others that are wrong. "
                f"'{self.component}' has found {len(is_right)} with labels of the "
                f"annotations, {n_right} of them right. Give more annotated texts that "
                "it was not trained on.",
            )
        self.temperature = fit_temperature(decisions, is_right)
        result: Dict[str, Any] = {
            "temperature": self.temperature,
            "entities": len(is_right),
            "right": n_right,
        }
        for name, temperature in (("before", 1.0), ("after", self.temperature)):
            bins = get_bins(get_confidences(decisions, temperature), is_right)
            result[name] = {"error": get_calibration_error(bins), "bins": bins}
        return result

    def to_bytes(self, *, exclude: Iterable[str] = util.SimpleFrozenList()) -> bytes:
        """Serialize the temperature.

        exclude (Iterable[str]): Names of parts to leave out.
        RETURNS (bytes): The serialized component.
        """
        parts = {"cfg": lambda: srsly.json_dumps(self._cfg)}
        return util.to_bytes(parts, exclude)

    def from_bytes(
        self, bytes_data: bytes, *, exclude: Iterable[str] = util.SimpleFrozenList()
    ) -> "EntityConfidence":
        """Load the temperature.

        bytes_data (bytes): What `to_bytes` gave.
        exclude (Iterable[str]): Names of parts to leave out.
        RETURNS (EntityConfidence): The component.
        RAISES (ConfigValidationError): If it is no temperature.
        """
        parts = {"cfg": lambda data: self._set_cfg(srsly.json_loads(data))}
        util.from_bytes(bytes_data, parts, exclude)
        return self

    def to_disk(
        self,
        path: Union[str, Path],
        *,
        exclude: Iterable[str] = util.SimpleFrozenList(),
    ) -> None:
        """Save the temperature.

        path (Union[str, Path]): The directory.
        exclude (Iterable[str]): Names of parts to leave out.
        """
        parts = {"cfg": lambda file_: srsly.write_json(file_, self._cfg)}
        util.to_disk(path, parts, exclude)

    def from_disk(
        self,
        path: Union[str, Path],
        *,
        exclude: Iterable[str] = util.SimpleFrozenList(),
    ) -> "EntityConfidence":
        """Load the temperature.

        path (Union[str, Path]): The directory.
        exclude (Iterable[str]): Names of parts to leave out.
        RETURNS (EntityConfidence): The component.
        RAISES (ConfigValidationError): If it is no temperature.
        """

        def read(file_: Path) -> None:
            with explain_damage([self.name], f"'{file_}'"):
                self._set_cfg(srsly.read_json(file_))

        util.from_disk(path, {"cfg": read}, exclude)
        return self

    @property
    def _cfg(self) -> Dict[str, Any]:
        return {"temperature": self.temperature}

    def _set_cfg(self, cfg: Dict[str, Any]) -> None:
        temperature = float(cfg["temperature"])
        if not isfinite(temperature) or temperature <= 0:
            raise config_error(
                [self.name, "temperature"],
                f"expected a number above 0, found {temperature}",
            )
        self.temperature = temperature

    def _annotate(self, docs: Sequence[Doc]) -> None:
        for doc, decisions in zip(docs, self._decide(docs)):
            sure: Dict[Any, float] = {}
            if decisions is not None:
                values = get_confidences(decisions, self.temperature).tolist()
                sure = dict(zip(decisions.entities, values))
            for ent in doc.ents:
                value = sure.get((ent.start_char, ent.end_char, ent.label_))
                is_known = value is not None and value == value  # not NaN
                set_attr(ent, self.confidence_attr, value if is_known else None)

    def _decide(self, docs: Sequence[Doc]) -> List[Optional[Decisions]]:
        """Get what has led to the entities of each doc, None if it has none."""
        ner = self._find_ner()
        observer = observe(ner)
        found = {id(doc): observer.pop(doc) for doc in docs if doc.ents}
        unknown = [d for d in docs if d.ents and found[id(d)] is None]
        if unknown:
            ner.model.predict(unknown)
            found.update((id(doc), observer.pop(doc)) for doc in unknown)
        return [found.get(id(doc)) for doc in docs]

    def _find_ner(self) -> Any:
        """Find the entity recognizer.

        RAISES (ConfigValidationError): If there is none of that name, or its confidence
            can't be computed.
        """
        nlp = self._nlp()
        if nlp is not None and self.component in nlp.component_names:
            ner = nlp.get_pipe(self.component)
            if ner is not self._ner:
                check_recognizer(ner, self.component)
                self._ner = ner
        if self._ner is None:
            raise config_error(
                ["component"],
                f"'{self.name}' says how sure the component '{self.component}' is, and "
                "the pipeline has none of that name",
            )
        return self._ner


def check_recognizer(ner: Any, name: str) -> None:
    """Check that the confidence of an entity recognizer can be computed.

    ner (Pipe): The component.
    name (str): Its name.
    RAISES (ConfigValidationError): If not.
    """
    if not isinstance(ner, EntityRecognizer):
        problem = "it is no entity recognizer, whose factory is ner"
    elif ner.cfg["beam_width"] != 1:
        problem = "it looks at several ways through a text (beam_width)"
    elif not {"lower", "upper"} <= {*ner.model.ref_names}:
        problem = "its network is none of spaCy's, such as TransitionBasedParser"
    elif ner.model.get_ref("lower").get_dim("nF") not in N_FEATURES:
        problem = "its network looks at other tokens than those of spaCy do"
    elif ner.model.get_ref("lower").get_dim("nP") < 2:
        problem = "the units of its network are of one piece (maxout_pieces = 1)"
    else:
        return
    raise config_error(
        ["component"], f"how sure '{name}' is can't be computed: {problem}"
    )


def unpickle_entity_confidence(
    vocab: Vocab, name: str, settings: Dict[str, Any], temperature: float, ner: Any
) -> EntityConfidence:
    pipe = EntityConfidence(Language(vocab), name, **settings)
    pipe.temperature = temperature
    pipe._ner = ner
    return pipe
