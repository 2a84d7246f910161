"""Gold examples completed by the teacher, mixed with raw text that it annotates."""

import random
from itertools import chain
from typing import Any, Dict, Iterator, List, Optional, Tuple, Union

from spacy.language import Language
from spacy.training import Example

from ..base_pipeline import check_component
from ..errors import config_error, list_names
from ..teacher.teacher import Teacher
from .completed import CompletedGold, Reader
from .memory import Memory
from .raw_text.corpus import RawCorpus
from .raw_text.reading import as_raw_corpus, check_path
from .sampling import spread
from .silver import SilverStream
from .source import get_source

__all__ = ["RehearsalCorpus", "create_rehearsal_corpus", "get_source"]


def create_rehearsal_corpus(
    gold: Reader,
    teacher: Teacher,
    raw: Optional[Reader] = None,
    memory: Optional[Reader] = None,
    component: Union[str, List[str]] = "ner",
    ratio: float = 1.0,
    min_silver: int = 0,
    fresh: bool = True,
    split: Optional[str] = None,
    labels: Optional[List[str]] = None,
    label_map: Optional[Dict[str, str]] = None,
    fill_missing: bool = False,
    partial_gold: Union[bool, List[str], None] = None,
    shuffle: bool = True,
    seed: int = 0,
    gold_split: Optional[str] = None,
) -> "RehearsalCorpus":
    """Create a reader that mixes gold data, completed by the teacher, with raw
    text that the teacher annotates: pseudo-rehearsal (Robins 1995, "Catastrophic
    forgetting, rehearsal and pseudorehearsal", section 3).

    gold (Callable[[Language], Iterable[Example]]): The user's annotations.
    teacher (Teacher): The frozen base pipeline.
    raw (Optional[Callable[[Language], Iterable[Example]]]): Unlabelled text. Only
        its texts are used. By default only the gold is completed.
    memory (Optional[Callable[[Language], Iterable[Example]]]): A few texts of each
        earlier training, with the annotations that they had there. The teacher
        completes them. They take the place of raw text, of half of it at most.
    component (Union[str, List[str]]): The component in training, or several.
    ratio (float): Words of silver per word of gold, 0 or more.
    min_silver (int): Words of silver that each call has at least, however small the
        gold is. Little gold is then not seen so often that the model overfits it.
    fresh (bool): Let each call go on in the raw text where the last one stopped,
        and start over when it is used up. Otherwise each call gives the same
        sample, drawn from all of the raw text.
    split (Optional[str]): Which part of the raw text to use: "dev" is a tenth of
        the texts, chosen by their hash, "train" the others. By default all.
    labels (Optional[List[str]]): The base labels to rehearse, of all components
        together; the model unlearns the others. By default all that the teacher has.
        This and the next three settings are for entities and, but for `fill_missing`,
        for spans.
    label_map (Optional[Dict[str, str]]): New labels for gold entities, e.g.
        TOURIST_DESTINATION to GPE.
    fill_missing (bool): Let the teacher fill tokens that gold marks as missing.
    partial_gold (Union[bool, List[str], None]): Let the teacher add entities with
        labels that the gold has, or with those that are listed, because the gold leaves
        some of those unlabelled too. By default those that the gold has seldom, and the
        teacher finds often in the same texts.
    shuffle (bool): Shuffle the examples, anew on each call.
    seed (int): Seed of the sample and of the shuffling.
    gold_split (Optional[str]): Which part of the gold to use, as `split` is for raw
        text: one file is then enough to train and to evaluate on.
    RETURNS (RehearsalCorpus): The reader.
    RAISES (ConfigValidationError): If a setting is out of range or contradicts
        another one.
    """
    return RehearsalCorpus(
        gold,
        teacher,
        raw=raw,
        memory=memory,
        component=component,
        ratio=ratio,
        min_silver=min_silver,
        fresh=fresh,
        split=split,
        labels=labels,
        label_map=label_map,
        fill_missing=fill_missing,
        partial_gold=partial_gold,
        shuffle=shuffle,
        seed=seed,
        gold_split=gold_split,
    )


class RehearsalCorpus:
    """Iterate over examples of gold and of earlier gold, both completed by the teacher,
    and silver examples.

    Raw text is streamed. Gold is held in memory.

    For the settings see `create_rehearsal_corpus`.

    ATTRIBUTES:
    kinds (Dict[str, Kind]): The components in training, and what they are.
    gold (CompletedGold): The gold examples.
    memory (Optional[Memory]): Those of earlier gold, if there are any.
    silver (Optional[SilverStream]): The silver examples, if there is raw text.
    """

    def __init__(
        self,
        gold: Reader,
        teacher: Teacher,
        *,
        raw: Optional[Reader] = None,
        memory: Optional[Reader] = None,
        component: Union[str, List[str]] = "ner",
        ratio: float = 1.0,
        min_silver: int = 0,
        fresh: bool = True,
        split: Optional[str] = None,
        labels: Optional[List[str]] = None,
        label_map: Optional[Dict[str, str]] = None,
        fill_missing: bool = False,
        partial_gold: Union[bool, List[str], None] = None,
        shuffle: bool = True,
        seed: int = 0,
        gold_split: Optional[str] = None,
    ) -> None:
        if ratio < 0:
            raise config_error(["ratio"], f"must be 0 or more, found {ratio}")
        if min_silver < 0:
            raise config_error(["min_silver"], f"must be 0 or more, found {min_silver}")
        for setting, part in (("split", split), ("gold_split", gold_split)):
            if part not in (None, "train", "dev"):
                raise config_error(
                    [setting], f"must be 'train' or 'dev', found '{part}'"
                )
        names = [component] if isinstance(component, str) else component
        for name in names:
            teacher.check_component(name)
        self.kinds = {name: teacher.kinds[name] for name in names}
        settings = {
            "labels": labels,
            "label_map": label_map or {},
            "fill_missing": fill_missing,
            "partial_gold": partial_gold,
        }
        self.teacher = teacher
        self.ratio = ratio
        self.min_silver = min_silver
        self.shuffle = shuffle
        self._random = random.Random(seed)
        self._check_settings(settings)
        raw = as_raw_corpus(raw)
        if isinstance(raw, RawCorpus) and raw.path is None:
            raw = None
        for name, reader in (("gold", gold), ("raw", raw), ("memory", memory)):
            check_path(name, reader)
        self.gold = CompletedGold(gold, teacher, self.kinds, settings, split=gold_split)
        self.memory = None
        if memory is not None:
            self.memory = Memory(memory, teacher, self.kinds, settings)
        self.silver = None
        if raw is not None:
            self.silver = SilverStream(
                raw,
                teacher,
                self.kinds,
                settings,
                fresh=fresh,
                split=split,
                shuffle=shuffle,
                seed=seed,
                rng=self._random,
            )

    def _check_settings(self, settings: Dict[str, Any]) -> None:
        takers: Dict[str, List[str]] = {
            setting: [n for n, kind in self.kinds.items() if setting in kind.settings]
            for setting in settings
        }
        for setting, value in settings.items():
            if value and not takers[setting]:
                raise config_error(
                    [setting], f"means nothing to {', '.join(self.kinds)}"
                )
        base_labels = {
            label
            for name in takers["labels"]
            for label in self.teacher.nlp.pipe_labels[name]
        }
        for setting in ("labels", "partial_gold"):
            listed = settings[setting]
            if not isinstance(listed, (list, tuple)):
                continue
            unknown = sorted(set(listed) - base_labels)
            if unknown:
                raise config_error(
                    [setting],
                    f"the teacher has no label {', '.join(unknown)}, it has: "
                    f"{list_names(sorted(base_labels))}",
                )

    def __call__(self, nlp: Language) -> Iterator[Example]:
        """Yield all examples of the gold and of the memory, and silver ones in the set
        ratio.

        nlp (Language): The pipeline in training.
        YIELDS (Example): The examples. `get_source` says where each is from.
        RAISES (ConfigValidationError): If the pipeline's language is not the
            teacher's, or the raw text is needed and empty.
        """
        self.check_pipeline(nlp)
        gold, n_words = self._read(nlp)
        if self.shuffle:
            gold = self._random.sample(gold, len(gold))
        silver = () if self.silver is None else self.silver(nlp, n_words)
        if self.shuffle:
            if self.silver is not None:
                n_words = self.silver.count_words(nlp, n_words)
            yield from spread(gold, silver, n_words, self._random)
        else:
            yield from chain(gold, silver)

    def count_words(self, nlp: Language) -> float:
        """Tell about how many words the examples of a call have.

        nlp (Language): The pipeline in training.
        RETURNS (float): The number of words.
        """
        gold, n_words = self._read(nlp)
        return sum(map(len, gold)) + (n_words if self.silver is not None else 0)

    def count_silver_words(self, nlp: Language) -> float:
        """Tell how many words of raw text a call asks for.

        nlp (Language): The pipeline in training.
        RETURNS (float): The number of words.
        """
        return self._read(nlp)[1]

    def _read(self, nlp: Language) -> Tuple[List[Example], float]:
        """Get all examples but silver ones, and how many words these should have."""
        gold = self.gold(nlp)
        n_words = max(self.ratio * sum(map(len, gold)), self.min_silver)
        if self.memory is not None:
            memory = self.memory(nlp)
            gold = [*gold, *memory]
            n_words -= min(sum(map(len, memory)), n_words / 2)
        return gold, n_words

    def check_pipeline(self, nlp: Language) -> None:
        """Check that a pipeline can learn from the teacher.

        nlp (Language): The pipeline in training.
        RAISES (ConfigValidationError): If it has another language than the
            teacher, or lacks the component.
        """
        if nlp.lang != self.teacher.nlp.lang:
            raise config_error(
                ["teacher", "base_model"],
                f"'{self.teacher.base_model}' is a pipeline for "
                f"'{self.teacher.nlp.lang}', [nlp] lang is '{nlp.lang}'",
            )
        for name in self.kinds:
            check_component(nlp, name)
