"""Check the gold of a training, and say what of it would not be learned, unseen."""

from collections import Counter
from pathlib import Path
from typing import Any, Collection, Dict, Mapping

import srsly
from spacy import util
from spacy.language import Language
from thinc.api import ConfigValidationError

from ..errors import config_error, list_names
from ..kinds.base import get_plural
from ..readers.completed import CompletedGold
from ..readers.formats.tally import Tally
from ..readers.gold import find_label_files, read_gold
from ..readers.memory import Memory
from ..readers.ownership import describe_shares
from ..readers.rehearsal import RehearsalCorpus

MIN_NEW = 0.02  # of all labels of tokens


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
                f"{gold.path} has no {gold.kinds[name].noun} with the label "
                f"{', '.join(lost)} that is made of whole tokens of the pipeline in "
                f"training, and it can't learn others. Correct their borders, or was "
                f"the data made with another tokenizer?{shown}",
            )
        util.logger.warning(
            "%d of %d %s of %s are not made of whole tokens of the pipeline in "
            "training, and are not learned: %s.%s",
            sum(counts.values()),
            sum(labels[name].values()),
            plural,
            gold.path,
            ", ".join(f"{label} ({n})" for label, n in counts.most_common()),
            shown,
        )
    for name, n_open in fit.open.items():
        if n_open and labels[name]:
            util.logger.warning(
                "%d of %d texts of %s are not annotated with any %s, nor with the word "
                "that there is none, so nothing is learned from them. If somebody has "
                "looked at them, say so before you save them: doc.ents = [], for "
                "entities.%s",
                n_open,
                fit.n_texts,
                gold.path,
                gold.kinds[name].noun,
                " fill_missing = true lets the base model annotate them."
                if "fill_missing" in gold.kinds[name].settings
                else "",
            )
    for counts in fit.trimmed.values():
        util.logger.warning(
            "%d entities of %s begin or end with white space. It is cut off: spaCy "
            "learns nothing from such entities: %s.%s",
            sum(counts.values()),
            gold.path,
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
        # texts of which each token has a label have rare ones that others lack
        n_new = sum(labels[name][label] for label in new)
        is_rare = n_new < MIN_NEW * sum(labels[name].values())
        if new and new <= {*missing} and not (kind.is_by_token and is_rare):
            raise config_error(
                ["gold"],
                f"{dev.path} has no {kind.noun} with a label that is to be "
                f"learned: {shown}. So no step could be seen to be better than the "
                "first one. Evaluate on texts that are annotated like those to train "
                "on: `spacy rehearsal init-config --split-dev` takes a tenth of them.",
            )
        if missing:
            util.logger.warning(
                "The data to evaluate on, %s, has no %s with some of the labels to "
                "train on: %s. Whether they are learned is not measured.",
                dev.path,
                kind.noun,
                shown,
            )


def log_label_files(nlp: Language, gold: CompletedGold) -> None:
    """Say that a directory seems to have a file for each label, which says nothing
    about the labels of other files.

    nlp (Language): The pipeline in training.
    gold (CompletedGold): The gold to train on, which has been read.
    """
    reader: Any = gold.reader
    path = getattr(reader, "path", None)
    spans = {"doc.ents", "doc.spans"}
    if not (isinstance(path, Path) and path.is_dir()) or not any(
        spans.intersection(kind.places) for kind in gold.kinds.values()
    ):
        return
    texts = read_gold(
        path,
        nlp,
        format=getattr(reader, "format", None),
        tag_names=getattr(reader, "tag_names", ()),
        tally=Tally(),
    )
    found = find_label_files(texts)
    if found:
        util.logger.warning(
            "Each file of %s has labels of its own: %s. Texts of one file count as "
            "free of the labels of the others. If nobody has looked for these there, "
            "read each file as a pass, with spacy-rehearsal.PassesCorpus.v1.",
            path,
            "; ".join(
                f"{Path(name).name} has {', '.join(sorted(labels))}"
                for name, labels in sorted(found.items())
            ),
        )


def check_passes(
    nlp: Language, gold: CompletedGold, distilled: Collection[str]
) -> None:
    """Check that components can leave open what nobody has looked for, where the gold
    was annotated in passes.

    nlp (Language): The pipeline in training.
    gold (CompletedGold): The gold to train on.
    distilled (Collection[str]): The components that are trained by distillation.
    RAISES (ConfigValidationError): If one would learn that there is nothing.
    """
    for name, labels in gold.find_unlooked(nlp).items():
        kind = gold.kinds[name]
        is_entity = "doc.ents" in kind.places
        is_exclusive = not is_entity and kind.is_exclusive(nlp.get_pipe(name))
        if not labels or ("doc.cats" in kind.places and not is_exclusive):
            continue
        advice = ""
        if is_exclusive:
            advice = (
                f"It gives one {kind.noun} at most, so it can't leave them open. "
                "Annotate all texts with all of them, or train a component of another "
                "factory: spancat or textcat_multilabel."
            )
        elif name not in distilled:
            advice = (
                "Only distillation leaves them open: set @callbacks = "
                '"spacy-rehearsal.distillation.v1" in [training.before_update], with '
                f'component = "{name}", as `init-config` does.'
            )
        if advice:
            raise config_error(
                ["gold"],
                f"in some texts of {gold.path} nobody has looked for "
                f"{', '.join(sorted(labels))}, and '{name}' would learn that they have "
                f"none. {advice}",
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
                "'%s': not all of these seem to be annotated, next to those that the "
                "base model finds: %s. It adds them, as if you had set "
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
                f"{memory.path} has {', '.join(unknown)}, which '{name}' of the "
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
        message = f"{gold.path} can't be read: {err}"
        raise config_error([gold.source], message) from err
