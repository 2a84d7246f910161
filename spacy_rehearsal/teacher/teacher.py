"""The frozen base pipeline whose predictions are rehearsed."""

import gc
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple, Union

import spacy
from spacy import util
from spacy.tokens import Doc
from spacy.vocab import Vocab
from tqdm import tqdm

from ..base_pipeline import (
    BaseModel,
    check_factories,
    find_needed_components,
    find_pipeline,
    get_modification_time,
    hash_pipeline,
    load_components,
)
from ..errors import config_error
from ..kinds.registry import find_kinds, find_recognizer
from ..tokenizing import check_text
from .cache import PredictionCache, split_into_shards
from .features import FrozenListeners, FrozenNetwork
from .vocab_limit import VocabLimit


def create_teacher(
    base_model: BaseModel,
    components: Sequence[str] = ("ner",),
    cache_dir: Optional[str] = None,
) -> "Teacher":
    """Load the frozen base pipeline whose predictions are rehearsed.

    Equal settings give the same teacher for as long as the process runs and the
    pipeline's files stay as they are, so the corpora of a config share it.

    base_model (str): Package name or path of the base pipeline.
    components (Sequence[str]): The components whose annotations are needed. Only
        these, and those that they depend on, are loaded.
    cache_dir (Optional[str]): Directory that keeps the predictions across runs.
        Several base models and runs can share it. By default predictions are
        remembered in memory, up to 64 MB.
    RETURNS (Teacher): The teacher.
    RAISES (ConfigValidationError): If the pipeline has no such component, or
        the cache directory cannot be written to.
    """
    path = find_pipeline(base_model)
    modified = get_modification_time(path)
    return _create_teacher(str(base_model), tuple(components), cache_dir, modified)


@lru_cache(maxsize=4)
def _create_teacher(
    base_model: str, components: Tuple[str, ...], cache_dir: Optional[str], _: int
) -> "Teacher":
    return Teacher(base_model, components=components, cache_dir=cache_dir)


class Teacher:
    """The frozen base pipeline, with a vocab and weights of its own.

    base_model (Union[str, Path]): Package name or path of the base pipeline.
    components (Sequence[str]): The components whose annotations are needed. By default
        its entity recognizer, whatever the name.
    cache_dir (Optional[Union[str, Path]]): Directory that keeps the predictions
        across runs.
    RAISES (UnavailablePipelineError): If there is no such pipeline, or it needs code
        that is not there.
    RAISES (ConfigValidationError): If the pipeline has no such component, or
        the cache directory cannot be written to.
    """

    def __init__(
        self,
        base_model: Union[str, Path],
        *,
        components: Sequence[str] = (),
        cache_dir: Optional[Union[str, Path]] = None,
    ) -> None:
        self.base_model = str(base_model)
        path = find_pipeline(base_model)
        config = util.load_config(path / "config.cfg")
        check_factories(config, components, base_model=self.base_model)
        components = components or [find_recognizer(config, base_model=self.base_model)]
        self.kinds = find_kinds(
            config,
            components,
            base_model=self.base_model,
            loc=["teacher", "components"],
        )
        needed = find_needed_components(config, [*components])
        self.components = [*components]
        self._path = path
        self._modified = get_modification_time(path)
        self.nlp = load_components(path, needed)
        model = {
            "base_model": self.nlp.meta["lang"] + "_" + self.nlp.meta["name"],
            "base_model_version": self.nlp.meta["version"],
            "weights": hash_pipeline(path, needed),
            "components": self.components,
            "spacy": ".".join(spacy.__version__.split(".")[:2]),
        }
        self.vocab_limit = VocabLimit(self.nlp)
        self.listeners = FrozenListeners(self.nlp)
        self._networks: Dict[str, FrozenNetwork] = {}
        attrs = sorted(attr for kind in self.kinds.values() for attr in kind.attrs)
        try:
            self.cache = PredictionCache(model, attrs=attrs, cache_dir=cache_dir)
        except (OSError, ValueError) as err:  # ValueError for what can be no path
            raise config_error(["teacher", "cache_dir"], str(err)) from None

    @property
    def labels(self) -> Set[str]:
        """The labels that the teacher's components can predict."""
        return {
            label for name in self.components for label in self.nlp.pipe_labels[name]
        }

    def check_component(self, component: str) -> None:
        """Check that the teacher was made for a component.

        component (str): The component.
        RAISES (ConfigValidationError): If it was not.
        """
        if component not in self.components:
            raise config_error(
                ["component"],
                f"'{component}' is none of the teacher's components: "
                f"{', '.join(self.components)}",
            )

    def predict(self, texts: Iterable[str]) -> Iterator[Doc]:
        """Annotate texts, or remember their annotations. Streams.

        A progress bar on stderr shows while there is something to predict.

        texts (Iterable[str]): The texts.
        YIELDS (Doc): The annotated doc of each text, in order, with the teacher's own
            tokenization. Its vocab goes with it, and knows of a word only its text.
        """
        n_predicted = 0
        for shard in split_into_shards(texts):
            docs = self.cache.get(shard, Vocab())
            if docs is None:
                with tqdm(
                    desc=f"Predicting with {self.base_model}",
                    unit=" texts",
                    initial=n_predicted,
                    leave=False,
                ) as progress:
                    predicted = self._predict_and_remember(shard, progress)
                    doc_bin = self.cache.put(shard, predicted)
                    del predicted
                n_predicted += len(shard)
                docs = list(doc_bin.get_docs(Vocab()))
            yield from docs

    def annotate(self, texts: List[str]) -> bytes:
        """Annotate the texts of a shard, and remember nothing.

        texts (List[str]): The texts.
        RETURNS (bytes): The content of the shard's file in a cache.
        """
        return self.cache.pack(texts, self.predict_shard(texts))

    def predict_shard(
        self, texts: List[str], progress: Optional[tqdm] = None
    ) -> List[Doc]:
        """Annotate texts.

        texts (List[str]): The texts.
        progress (Optional[tqdm]): The progress bar to update.
        RETURNS (List[Doc]): Their docs, with the teacher's vocab.
        """
        if self.vocab_limit.is_reached:
            self._renew()
        docs = []
        for text, doc in zip(texts, self.nlp.pipe(texts)):
            check_text(self.nlp, doc, text)
            doc.user_data.clear()  # what a transformer makes of a doc is large
            docs.append(doc)
            if progress is not None:
                progress.update()
        return docs

    def count_words(self, text: str) -> int:
        """Count the tokens of a text."""
        return len(self.vocab_limit.make_doc(text))

    def get_network(self, component: str) -> FrozenNetwork:
        """Get the network of a component, which remembers what it made of texts.

        component (str): The component.
        RETURNS (FrozenNetwork): The network.
        """
        if component not in self._networks:
            network = FrozenNetwork(self.nlp, component, self.listeners)
            self._networks[component] = network
        return self._networks[component]

    def _predict_and_remember(self, texts: List[str], progress: tqdm) -> List[Doc]:
        """Annotate texts, and remember what encoders make of them, because they are
        trained on next."""
        if self.vocab_limit.is_reached:
            self._renew()
        with ExitStack() as stack:
            for name, network in self._networks.items():
                stack.enter_context(network.share(self.nlp.get_pipe(name)))
            stack.enter_context(self.listeners.feed_all())
            return self.predict_shard(texts, progress)

    def _renew(self) -> None:
        """Load the pipeline anew, which frees the words in its vocab, unless its files
        are other ones by now."""
        if get_modification_time(self._path) == self._modified:
            components = self.nlp.pipe_names
            self._networks.clear()
            del self.nlp, self.vocab_limit, self.listeners
            gc.collect()
            self.nlp = load_components(self._path, components)
            self.vocab_limit = VocabLimit(self.nlp)
            self.listeners = FrozenListeners(self.nlp)
