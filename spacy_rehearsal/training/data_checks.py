"""Read all data of a corpus before training starts, and say what is wrong with it."""

from collections import Counter
from typing import Any, Collection, Dict, List, Mapping

import srsly
from spacy import util
from spacy.language import Language
from thinc.api import ConfigValidationError

from ..errors import config_error
from ..kinds.base import get_plural
from ..readers.completed import CompletedGold
from ..readers.memory import Memory
from ..readers.ownership import describe_shares
from ..readers.raw import check_raw_text
from ..readers.rehearsal import RehearsalCorpus


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
    if corpus.memory is not None:
        check_memory(nlp, corpus.memory, labels)
    if corpus.silver is not None:
        check_raw_text(
            corpus.silver.reader,
            max_length=nlp.max_length,
            count_words=corpus.teacher.count_words,
        )
    return [name for name in corpus.kinds if labels[name]]


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
