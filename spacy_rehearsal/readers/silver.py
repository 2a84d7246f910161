"""Silver examples: raw text, annotated by the teacher."""

import random
from typing import (
    Any,
    Callable,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
)

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from ..errors import config_error
from ..kinds.base import Kind
from ..teacher.teacher import Teacher
from ..teacher.vocab_limit import VocabLimit
from .completed import Reader
from .completing import create_completions
from .raw_text.corpus import RawCorpus
from .raw_text.reading import read_texts
from .sampling import (
    N_TEXTS_TO_DRAW_FROM,
    draw_sample,
    get_split,
    shuffle_in_buffer,
    take_words,
)
from .shared_gold import SharedGold, get_shared_gold
from .source import SILVER, set_open, set_source

# how much of the raw text is looked at to see whether it is full of new labels
N_WORDS_TO_LOOK_AT = 10_000


class RawText(NamedTuple):
    """How much raw text has of what the gold gives a new label.

    n_words (int): How many words were looked at.
    names_per_word (float): How often they have such a name.
    is_full (bool): Whether that is often, compared with the gold.
    """

    n_words: int
    names_per_word: float
    is_full: bool


class SilverStream:
    """Let the teacher annotate raw text. Streams.

    reader (Callable[[Language], Iterable[Example]]): The raw text.
    teacher (Teacher): The frozen base pipeline.
    kinds (Mapping[str, Kind]): The components in training, and what they are.
    settings (Mapping[str, Any]): The corpus settings that some kinds take.
    fresh (bool): Let each call go on in the raw text where the last one stopped, and
        start over when it is used up. Otherwise each call gives the same sample.
    split (Optional[str]): Which part of the raw text to use: "train", "dev", or all.
    shuffle (bool): Shuffle the examples, anew on each call.
    seed (int): Seed of the sample.
    rng (random.Random): Source of randomness for the shuffling.
    """

    def __init__(
        self,
        reader: Reader,
        teacher: Teacher,
        kinds: Mapping[str, Kind],
        settings: Mapping[str, Any],
        *,
        fresh: bool,
        split: Optional[str],
        shuffle: bool,
        seed: int,
        rng: random.Random,
    ) -> None:
        self.reader = reader
        self.teacher = teacher
        self.kinds = kinds
        self.settings = settings
        self.fresh = fresh
        self.split = split
        self.shuffle = shuffle
        self.seed = seed
        self._random = rng
        self._docs = self._stream_docs()
        self._nlp: Optional[Language] = None
        self._sample: Optional[List[str]] = None
        self._vocab_limit: Optional[VocabLimit] = None
        self._gold = SharedGold()
        self._found: Optional[RawText] = None

    def __call__(self, nlp: Language, n_words: float) -> Iterator[Example]:
        """Yield silver examples.

        nlp (Language): The pipeline in training.
        n_words (float): How many words; the last text may exceed it. A sample may have
            fewer, if there is no more raw text.
        YIELDS (Example): The examples.
        RAISES (ConfigValidationError): If there is no text.
        """
        if not n_words:
            return
        is_full = self.look(nlp).is_full
        self._nlp = nlp
        if self.fresh:
            docs = take_words(self._docs, n_words)
        else:
            docs = self._predict(self.get_sample(nlp, n_words))
        completions = create_completions(nlp, self.kinds, self.settings)
        make_doc = self._get_tokenizer(nlp)
        for doc in docs:
            predicted = make_doc(doc.text)
            reference = Doc(
                predicted.vocab,
                words=[token.text for token in predicted],
                spaces=[bool(token.whitespace_) for token in predicted],
            )
            reference.set_ents([], default="outside")
            for complete in completions:
                reference = complete(reference, doc)
            set_source(reference, SILVER)
            if is_full:
                set_open(reference)
            yield Example(predicted, reference)

    def look(self, nlp: Language) -> RawText:
        """See once whether the raw text is full of new labels.

        nlp (Language): The pipeline in training, whose gold has been read.
        RETURNS (RawText): What was found.
        RAISES (ConfigValidationError): If there is no text.
        """
        gold = get_shared_gold(nlp)
        if self._found is None or self._gold is not gold:
            self._gold, self._sample = gold, None
            texts = self._read_texts(limit=N_TEXTS_TO_DRAW_FROM)
            if isinstance(self.reader, RawCorpus):  # others may never end
                count_words = self.teacher.count_words
                texts = iter(
                    draw_sample(
                        texts, N_WORDS_TO_LOOK_AT, count_words=count_words, seed=0
                    )
                )
            docs = map(self.teacher.vocab_limit.make_doc, texts)
            n_words = n_names = 0
            for doc in take_words(docs, N_WORDS_TO_LOOK_AT):
                n_words += len(doc)
                n_names += gold.count_names([token.text for token in doc])
            self._found = RawText(
                n_words,
                n_names / max(1, n_words),
                gold.is_full(n_names, n_words),
            )
        return self._found

    def count_words(self, nlp: Language, n_words: float) -> float:
        """Tell how many words the examples of a call will have.

        nlp (Language): The pipeline in training.
        n_words (float): How many are asked for.
        RETURNS (float): As many, or those of the sample if it has fewer.
        """
        if self.fresh or not n_words:
            return n_words
        counts = map(self.teacher.count_words, self.get_sample(nlp, n_words))
        return min(n_words, sum(counts))

    def get_sample(self, nlp: Language, n_words: float) -> List[str]:
        """Get the texts of the fixed sample, drawn from all of the raw text, or from
        its first `N_TEXTS_TO_DRAW_FROM`.

        nlp (Language): The pipeline in training.
        n_words (float): How many words to draw, at the first call.
        RETURNS (List[str]): The texts, in the order of the raw text.
        """
        self.look(nlp)
        if self._sample is None:
            self._sample = draw_sample(
                self._read_texts(limit=N_TEXTS_TO_DRAW_FROM),
                n_words,
                count_words=self.teacher.count_words,
                seed=self.seed,
            )
        return self._sample

    def _get_tokenizer(self, nlp: Language) -> Callable[[str], Doc]:
        """Get the function that tokenizes silver texts. Docs that components annotate,
        during training or in an evaluation, need the vocab of these components."""
        training = nlp.config.get("training", {})
        if not self.fresh or training.get("annotating_components"):
            return nlp.make_doc
        if self._vocab_limit is None or self._vocab_limit.nlp is not nlp:
            self._vocab_limit = VocabLimit(nlp)
        return self._vocab_limit.make_doc

    def _stream_docs(self) -> Iterator[Doc]:
        is_empty = False
        while not is_empty:
            is_empty = True
            for doc in self._predict(self._read_texts()):
                is_empty = False
                yield doc
            if isinstance(self.reader, RawCorpus):
                self.reader.tell(self._nlp)

    def _predict(self, texts: Iterable[str]) -> Iterator[Doc]:
        docs = self.teacher.predict(texts)
        return shuffle_in_buffer(docs, self._random) if self.shuffle else docs

    def _read_texts(self, *, limit: Optional[int] = None) -> Iterator[str]:
        is_empty = True

        def is_used(text: str) -> bool:
            nonlocal is_empty
            is_empty = False
            return not self._gold.has_text(text)

        for text in read_texts(
            self.reader,
            self.teacher.nlp,
            count_words=self.teacher.count_words,
            is_used=is_used,
            limit=limit,
        ):
            if self.split in (None, get_split(text)):
                yield text
        if is_empty:
            raise config_error(["raw"], "there is no text in the raw data")
