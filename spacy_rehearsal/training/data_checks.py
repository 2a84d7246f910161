"""Read all data of a corpus before training starts, and say what is wrong with it."""

from collections import Counter
from contextlib import contextmanager
from typing import Any, Collection, Dict, Iterator, List, Mapping

import srsly
from spacy import util
from spacy.language import Language
from thinc.api import ConfigValidationError

from ..errors import config_error, list_names
from ..kinds.base import get_plural
from ..readers.completed import CompletedGold
from ..readers.memory import Memory
from ..readers.ownership import describe_shares
from ..readers.raw import check_raw_text
from ..readers.rehearsal import RehearsalCorpus
from ..readers.shared_gold import get_shared_gold


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
        log_shares(nlp, train.gold)
    for name, corpus in corpora.items():
        with blame(name):
            if train not in (None, corpus):
                check_measurable(nlp, train.gold, corpus.gold)
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
    path = get_path(corpus.gold)
    for name, kind in corpus.kinds.items():
        if not labels[name]:
            if name not in needed and any(labels.values()):
                continue
            raise config_error(
                ["gold"],
                f"{path} has no {kind.noun} at all. Is it annotated, and with "
                f"{kind.places[0]}?",
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


def check_fit(gold: CompletedGold, labels: Mapping[str, Counter[str]]) -> None:
    """Say what of the gold does not fit the tokens of the pipeline.

    gold (CompletedGold): The gold, which has been read.
    labels (Mapping[str, Counter[str]]): The number of annotations with each label, by
        component.
    RAISES (ConfigValidationError): If nothing with some label does.
    """
    fit = gold.fit
    shown = "".join(f"\n  {line}" for line in fit.shown)
    for name, counts in fit.unaligned.items():
        plural = get_plural(gold.kinds[name].noun)
        label_map = gold.settings.get("label_map", {})
        lost = [
            label
            for label, n in counts.items()
            if n >= labels[name][label_map.get(label, label)]
        ]
        if lost:
            raise config_error(
                ["gold"],
                f"{get_path(gold)} has no {gold.kinds[name].noun} with the label "
                f"{', '.join(lost)} that is made of whole tokens of the pipeline in "
                f"training, and it can't learn others. Correct their borders, or was "
                f"the data made with another tokenizer?{shown}",
            )
        util.logger.warning(
            "%d %s of %s are not made of whole tokens of the pipeline in training, and "
            "are not learned: %s.%s",
            sum(counts.values()),
            plural,
            get_path(gold),
            ", ".join(f"{label} ({n})" for label, n in counts.most_common()),
            shown,
        )
    for counts in fit.trimmed.values():
        util.logger.warning(
            "%d entities of %s begin or end with white space. It is cut off: spaCy "
            "learns nothing from such entities: %s.%s",
            sum(counts.values()),
            get_path(gold),
            ", ".join(f"{label} ({n})" for label, n in counts.most_common()),
            "" if fit.unaligned else shown,
        )


def check_measurable(nlp: Language, train: CompletedGold, dev: CompletedGold) -> None:
    """Check that the data to evaluate on has the labels that are to be learned.

    nlp (Language): The pipeline in training.
    train (CompletedGold): The gold to train on.
    dev (CompletedGold): The gold to evaluate on.
    RAISES (ConfigValidationError): If it has none of the new ones of a component.
    """
    labels, dev_labels = train.count_labels(nlp), dev.count_labels(nlp)
    shares = train.count_shares(nlp)
    for name, kind in train.kinds.items():
        if not kind.has_labels or not dev_labels.get(name):
            continue
        shared = {n for n, share in shares.get(name, {}).items() if share.is_seldom}
        own = {*labels[name]} - {"", *shared}
        new = own - {*kind.get_known_labels(train.get_tutor(name))}
        missing = sorted(own - {*dev_labels[name]})
        shown = list_names([f"{label} ({labels[name][label]})" for label in missing])
        if new and new <= {*missing} and not kind.is_by_token:
            raise config_error(
                ["gold"],
                f"{get_path(dev)} has no {kind.noun} with a label that is to be "
                f"learned: {shown}. So no step could be seen to be better than the "
                "first one. Evaluate on texts that are annotated like those to train "
                "on, e.g. on a tenth of them.",
            )
        if missing:
            util.logger.warning(
                "The data to evaluate on, %s, has no %s with some of the labels to "
                "train on: %s. Whether they are learned is not measured.",
                get_path(dev),
                kind.noun,
                shown,
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
            util.logger.warning(
                "There is no raw text. The pipeline keeps what it knew in texts like "
                "yours only, and false alarms elsewhere go unseen. Plain text of any "
                "kind, some 50,000 words or more, is all that it takes: "
                "--paths.raw raw.jsonl"
            )
        return
    gold = get_shared_gold(nlp)
    n_in_gold = 0

    def is_used(text: str) -> bool:
        nonlocal n_in_gold
        n_in_gold += gold.has_text(text)
        return not gold.has_text(text)

    n_texts = check_raw_text(
        corpus.silver.reader,
        max_length=nlp.max_length,
        count_words=corpus.teacher.count_words,
        is_used=is_used,
    )
    if not is_new:
        return
    if n_in_gold:
        util.logger.warning(
            "%d of the %d raw texts are among those that are annotated, and left out: "
            "the base model's annotation would contradict yours.%s",
            n_in_gold,
            n_texts,
            " There is no other raw text." if n_in_gold == n_texts else "",
        )
    found = corpus.silver.look(nlp)
    if found.is_full:
        util.logger.warning(
            "The raw text has names that you annotate with a new label, %.1f in 1,000 "
            "words; your texts have %.1f. The base model does not know them, so "
            "nothing is learned about new labels from raw text, and false alarms in it "
            "are not counted. Raw text of other domains would show the model where "
            "there are none.",
            1000 * found.names_per_word,
            1000 * gold.n_names / gold.n_words,
        )


def log_rehearsed(corpus: RehearsalCorpus, taught: Collection[str]) -> None:
    """Say which components in training have nothing to learn.

    corpus (RehearsalCorpus): The corpus to train on.
    taught (Collection[str]): The components that its gold annotates for.
    """
    for name, kind in corpus.kinds.items():
        if name not in taught:
            util.logger.info(
                "The gold has no %s: '%s' is rehearsed, what the base model gives is "
                "kept.",
                get_plural(kind.noun),
                name,
            )


def log_shares(nlp: Language, gold: CompletedGold) -> None:
    """Say whose the labels are that gold and teacher have.

    nlp (Language): The pipeline in training.
    gold (CompletedGold): The gold to train on.
    """
    for name, shares in gold.count_shares(nlp).items():
        seldom = [label for label, share in shares.items() if share.is_seldom]
        others = [label for label in shares if label not in seldom]
        if seldom:
            util.logger.warning(
                "'%s': few of these are annotated, next to those that the base model "
                "finds in the same texts: %s. It adds them, as if you had set "
                "partial_gold = %s. If nothing but your annotations is right, set "
                "partial_gold = false.",
                name,
                describe_shares(shares, seldom),
                srsly.json_dumps(seldom),
            )
        if others:
            util.logger.info(
                "'%s': what the base model finds of your labels where you have no %s "
                "counts as wrong: %s. If it is right, list them in partial_gold.",
                name,
                gold.kinds[name].noun,
                describe_shares(shares, others),
            )


def check_memory(
    nlp: Language, memory: Memory, gold_labels: Mapping[str, Collection[str]]
) -> None:
    """Check that the labels of a memory are to be kept, or to be learned.

    nlp (Language): The pipeline in training.
    memory (Memory): The memory.
    gold_labels (Mapping[str, Collection[str]]): The labels of the gold, by component.
    RAISES (ConfigValidationError): If it can't be read, or has another label.
    """
    labels = count_labels(nlp, memory)
    for name, kind in memory.kinds.items():
        known = kind.get_known_labels(memory.teacher.nlp.get_pipe(name))
        unknown = sorted({*labels[name]} - {"", *known, *gold_labels[name]})
        if kind.has_labels and unknown:
            raise config_error(
                ["memory"],
                f"{get_path(memory)} has {', '.join(unknown)}, which '{name}' of the "
                f"base pipeline '{memory.teacher.base_model}' does not have, nor the "
                "gold. Is it that of another pipeline?",
            )


def count_labels(nlp: Language, gold: CompletedGold) -> Dict[str, Counter[str]]:
    """Count the labels of gold or of a memory.

    nlp (Language): The pipeline in training.
    gold (CompletedGold): The gold.
    RETURNS (Dict[str, Counter[str]]): The number of annotations with each label,
        by component.
    RAISES (ConfigValidationError): If it can't be read.
    """
    try:
        return gold.count_labels(nlp)
    except ConfigValidationError as err:  # the reader's own, with file and line
        [error] = err.errors
        raise config_error([gold.source, *error["loc"]], error["msg"]) from None
    except Exception as err:  # whatever a reader raises for a broken file
        message = f"{get_path(gold)} can't be read: {err}"
        raise config_error([gold.source], message) from err


def get_path(gold: CompletedGold) -> Any:
    """Get what to call gold or a memory in a message: its file, if it has one."""
    return getattr(gold.reader, "path", f"the {gold.source} data")
