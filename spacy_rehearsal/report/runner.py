"""Run two pipelines side by side, and measure their speed."""

import time
from itertools import chain, islice, tee
from pathlib import Path
from typing import Any, Iterable, Iterator, Mapping, Optional, Set, Tuple

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import SimpleFrozenDict
from tqdm import tqdm

from ..files import get_megabytes
from ..kinds.base import Annotation, Kind
from ..kinds.registry import find_kinds, kinds
from ..tokenizing import check_text

N_WARM_UP = 64
Annotations = Set[Annotation]


class Runner:
    """Run a pipeline, and measure its speed.

    nlp (Language): The pipeline. All that it has switched on runs.
    component (Optional[str]): The component whose annotations count. By default the
        entities do, whatever sets them.
    label_map (Mapping[str, str]): Labels that count as another one.
    RAISES (ConfigValidationError): If there is no such component, or there is no kind
        for it.

    ATTRIBUTES:
    kind (Kind): What the component is.
    pipe (Any): The component. None for entities, whatever sets them.
    own_labels (Set[str]): The labels that the pipeline has.
    labels (Set[str]): Those that can be found: the same after the label map.
    seconds (float): The time spent so far.
    n_words (int): The tokens annotated in that time.
    """

    def __init__(
        self,
        nlp: Language,
        component: Optional[str] = None,
        label_map: Mapping[str, str] = SimpleFrozenDict(),
    ) -> None:
        self.nlp = nlp
        self.label_map = label_map
        self.kind: Kind = kinds.get("ner")()
        self.pipe: Any = None
        if component is not None:
            name = str(nlp.path or nlp.meta["name"])
            found = find_kinds(
                nlp.config, [component], base_model=name, loc=["component"]
            )
            self.kind = found[component]
            self.pipe = nlp.get_pipe(component)
        self.own_labels = get_labels(nlp, self.kind, self.pipe)
        self.labels = {label_map.get(label, label) for label in self.own_labels}
        self.seconds = 0.0
        self.n_words = 0

    @property
    def words_per_second(self) -> float:
        return self.n_words / max(self.seconds, 1e-9)

    @property
    def megabytes(self) -> Optional[float]:
        """The size of the pipeline's files. None if it was not loaded from files."""
        if self.nlp.path is None:
            return None
        return get_megabytes(Path(self.nlp.path))

    def annotate(self, texts: Iterable[str]) -> Iterator[Annotations]:
        """Annotate texts. Streams.

        texts (Iterable[str]): The texts.
        YIELDS (Set[Annotation]): The annotations of each, by character.
        """
        checked, texts = tee(texts)
        for text, doc in zip(checked, self._measure(self.nlp.pipe(texts))):
            check_text(self.nlp, doc, text)
            found = self.kind.get_annotations(self.pipe, doc)
            yield rename_labels(found, self.label_map)

    def warm_up(self, texts: Iterable[str]) -> None:
        """Run on texts without measuring."""
        for _ in self.nlp.pipe(texts):
            pass

    def _measure(self, docs: Iterator[Doc]) -> Iterator[Doc]:
        while True:
            start = time.perf_counter()
            doc = next(docs, None)
            self.seconds += time.perf_counter() - start
            if doc is None:
                return
            self.n_words += len(doc)
            yield doc


def rename_labels(
    annotations: Iterable[Annotation], label_map: Mapping[str, str]
) -> Annotations:
    """Give annotations the labels that they count as."""
    return {(s, e, label_map.get(n, n), *rest) for s, e, n, *rest in annotations}


def run_side_by_side(
    base: Runner, trained: Runner, texts: Iterable[str]
) -> Iterator[Tuple[str, Annotations, Annotations]]:
    """Annotate texts with two pipelines. They take turns, and are warm, so that their
    speed is measured under the same conditions.

    base (Runner): The base pipeline.
    trained (Runner): The trained pipeline.
    texts (Iterable[str]): The texts. They are streamed.
    YIELDS (Tuple[str, Set[Annotation], Set[Annotation]]): Each text, and what the two
        find in it.
    """
    remaining = iter(tqdm(texts, desc="Comparing", unit=" texts", leave=False))
    is_cold = not base.n_words
    first = list(islice(remaining, N_WARM_UP if is_cold else 0))
    for runner in (base, trained):
        runner.warm_up(first)
    shown, for_base, for_trained = tee(chain(first, remaining), 3)
    yield from zip(shown, base.annotate(for_base), trained.annotate(for_trained))


def get_labels(nlp: Language, kind: Kind, pipe: Any) -> Set[str]:
    """Get the labels of a component, or of all that set `doc.ents`."""
    if pipe is None:
        return {
            label
            for name in nlp.pipe_names
            if "doc.ents" in nlp.get_pipe_meta(name).assigns
            for label in nlp.pipe_labels.get(name, [])
        }
    return set(kind.get_known_labels(pipe)) if kind.has_labels else {kind.noun}
