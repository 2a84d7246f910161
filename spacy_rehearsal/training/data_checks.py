"""Read all data of a training before it starts, and say what is wrong with it."""

from contextlib import contextmanager
from typing import Collection, Dict, Iterator, List, Mapping, Optional

from spacy import util
from spacy.language import Language
from thinc.api import ConfigValidationError

from ..errors import config_error
from ..readers.raw_text.corpus import RawCorpus
from ..readers.raw_text.reading import check_raw_text
from ..readers.rehearsal import RehearsalCorpus
from ..readers.shared_gold import get_shared_gold
from ..readers.silver import N_WORDS_TO_LOOK_AT
from .gold_checks import (
    check_fit,
    check_measurable,
    check_memory,
    count_labels,
    log_label_files,
    log_rehearsed,
    log_shares,
)

TAKE_RAW = (
    "Plain text of any kind, some 50,000 words or more, is all that it takes: "
    "--paths.raw raw.jsonl"
)
WITHOUT_RAW = (
    "The pipeline keeps what it knew in texts like yours only, and false alarms "
    f"elsewhere go unseen. {TAKE_RAW}"
)


def check_data(
    nlp: Language, corpora: Mapping[str, RehearsalCorpus], train_corpus: str
) -> Dict[str, List[str]]:
    """Read all data of a training once, and say what of it would go wrong unseen.

    nlp (Language): The pipeline in training.
    corpora (Mapping[str, RehearsalCorpus]): By block of the config, the corpus to train
        on and that to evaluate on, or one of them.
    train_corpus (str): The block of the first.
    RETURNS (Dict[str, List[str]]): The components that the gold of each annotates for.
    RAISES (ConfigValidationError): At the first thing that is wrong.
    """
    taught: Dict[str, List[str]] = {}
    train = corpora.get(train_corpus)
    for name, corpus in corpora.items():
        with blame(name):
            needed = taught.get(train_corpus, [])
            taught[name] = check_corpus(nlp, corpus, needed)
    if train is not None:
        log_rehearsed(train, taught[train_corpus])
        log_label_files(nlp, train.gold)
        log_shares(nlp, train.gold)
    for name, corpus in corpora.items():
        with blame(name):
            if train not in (None, corpus):
                check_measurable(nlp, train.gold, corpus.gold)
            if corpus is train or not have_same_raw(train, corpus):
                check_raw(nlp, corpus, is_new=corpus is train)
    return taught


@contextmanager
def blame(block: str) -> Iterator[None]:
    """Let errors name the block of the config that they come from.

    block (str): The block's name, with dots.
    """
    try:
        yield
    except ConfigValidationError as err:
        raise ConfigValidationError.from_error(err, parent=block) from None


def check_corpus(
    nlp: Language, corpus: RehearsalCorpus, needed: Collection[str] = ()
) -> List[str]:
    """Read all data of a corpus once, so that nothing that is wrong with it turns up
    during training. Says so if there is no new label to learn.

    nlp (Language): The pipeline in training.
    corpus (RehearsalCorpus): The corpus.
    needed (Collection[str]): The components that the gold has to annotate for. By
        default at least one.
    RETURNS (List[str]): Those that it does annotate for.
    RAISES (ConfigValidationError): At the first thing that is wrong.
    """
    corpus.check_pipeline(nlp)
    labels = count_labels(nlp, corpus.gold)
    path, split = corpus.gold.path, corpus.gold.split
    hint = (
        f" Or too short to be split: this is about its part for {split}."
        if split
        else ""
    )
    for name, kind in corpus.kinds.items():
        if not labels[name]:
            if name not in needed and any(labels.values()):
                continue
            raise config_error(
                ["gold"],
                f"{path} has no {kind.noun} at all. Is it annotated, and with "
                f"{kind.places[0]}?{hint}",
            )
        base_labels = set(corpus.teacher.nlp.pipe_labels.get(name, []))
        if "labels" in kind.settings and not set(labels[name]) - base_labels:
            util.logger.info(
                "The base model has all labels of the gold already (%s). Completion "
                "only fills in the others.",
                ", ".join(sorted(labels[name])),
            )
    check_fit(corpus.gold, labels)
    if corpus.memory is not None:
        check_memory(nlp, corpus.memory, labels)
    return [name for name in corpus.kinds if labels[name]]


def have_same_raw(train: Optional[RehearsalCorpus], corpus: RehearsalCorpus) -> bool:
    """Tell whether two corpora read the same files of raw text in the same way."""
    if train is None or train.silver is None or corpus.silver is None:
        return False
    reader, other = train.silver.reader, corpus.silver.reader
    return (
        isinstance(reader, RawCorpus)
        and isinstance(other, RawCorpus)
        and reader.reads_the_same(other)
    )


def check_raw(nlp: Language, corpus: RehearsalCorpus, *, is_new: bool = True) -> None:
    """Check the raw text of a corpus, when all gold has been read.

    nlp (Language): The pipeline in training.
    corpus (RehearsalCorpus): The corpus.
    is_new (bool): Whether it is to be said what is special about the raw text.
    RAISES (ConfigValidationError): At the first text that can't be read.
    """
    if corpus.silver is None:
        if is_new:
            util.logger.warning("There is no raw text. %s", WITHOUT_RAW)
        return
    gold = get_shared_gold(nlp)
    n_in_gold = 0

    def is_used(text: str) -> bool:
        nonlocal n_in_gold
        n_in_gold += gold.has_text(text)
        return not gold.has_text(text)

    texts = check_raw_text(
        corpus.silver.reader,
        count_words=corpus.teacher.count_words,
        is_used=is_used,
        nlp=nlp,
    )
    if not is_new:
        return
    if n_in_gold:
        util.logger.warning(
            "%d of %s are among those that are annotated, and left out: "
            "the base model's annotation would contradict yours.",
            n_in_gold,
            texts,
        )
    found = corpus.silver.look(nlp)
    n_needed = min(corpus.count_silver_words(nlp), N_WORDS_TO_LOOK_AT)
    if n_needed and not found.n_words:
        other = "other " if n_in_gold else ""
        util.logger.warning("There is no %sraw text. %s", other, WITHOUT_RAW)
    elif found.n_words < n_needed:
        util.logger.warning(
            "There are only %d words of raw text to train on, and an epoch takes %d: "
            "they are repeated in each epoch, and keep less. %s",
            found.n_words,
            corpus.count_silver_words(nlp),
            TAKE_RAW,
        )
    if found.is_full:
        util.logger.warning(
            "The raw text has names that you annotate with a new label, %.1f in 1,000 "
            "words; your texts have %.1f. The base model does not know them. So where "
            "the model in training is sure of a new label there, it is not told that "
            "there is none, and false alarms are not counted. With raw text of other "
            "domains it keeps more.",
            1000 * found.names_per_word,
            1000 * gold.n_names / gold.n_words,
        )
