"""What a pipeline has learned, what it has kept, and what it costs."""

import time
from itertools import chain, cycle, islice
from pathlib import Path
from statistics import median
from typing import Dict, Iterable, List, Set, Tuple

import spacy
import srsly
from spacy.language import Language
from spacy.pipeline import EntityRecognizer
from spacy.scorer import PRFScore
from spacy.tokens import Doc, DocBin
from spacy.training.batchers import minibatch_by_words

from spacy_rehearsal.base_pipeline import find_pipeline

Entities = Set[Tuple[int, int, str]]
SPEED_WORDS = 1_000
SPEED_TURNS = 20


class Yardstick:
    """What trained pipelines are measured against: the untouched base pipeline.

    base_model (str): Package name or path of the base pipeline.
    heldout (Path): Raw text that no method has trained on, {"text"} a line.
    base_gold (List[Path]): .spacy files with gold for the base labels. Each is one
        test of retention.
    label_map (Dict[str, str]): The base pipeline's labels to those of base_gold, if
        that has a coarser scheme. Labels that it does not name stay as they are.
    """

    def __init__(
        self,
        base_model: str,
        heldout: Path,
        base_gold: List[Path],
        label_map: Dict[str, str],
    ) -> None:
        self.base = spacy.load(find_pipeline(base_model))
        self.labels = get_labels(self.base)
        self.texts = [record["text"] for record in srsly.read_jsonl(heldout)]
        self.docs = [self.base.make_doc(text) for text in self.texts]
        self.n_words = sum(len(doc) for doc in self.docs)
        self.predictions = find_entities(self.base, self.docs)
        self.base_gold = base_gold
        self.label_map = label_map
        self.base_f = [self.score_base_gold(self.base, path) for path in base_gold]

    def find_new_labels(self, path: Path) -> Set[str]:
        """Find the labels of a .spacy file that the base pipeline does not have."""
        docs = read_docs(path, self.base)
        return {ent.label_ for doc in docs for ent in doc.ents} - self.labels

    def score_base_gold(self, nlp: Language, path: Path) -> float:
        docs = read_docs(path, nlp)
        labels = {ent.label_ for doc in docs for ent in doc.ents}
        return get_f(
            [get_entities(doc) for doc in docs],
            [rename(ents, self.label_map) for ents in find_entities(nlp, docs)],
            labels,
        )

    def score_new(self, nlp: Language, path: Path) -> float:
        """Get the F-score of a task's new labels, from 0 to 100.

        nlp (Language): A trained pipeline.
        path (Path): The task's test set.
        RETURNS (float): The micro-averaged F-score.
        """
        docs = read_docs(path, nlp)
        return get_f(
            [get_entities(doc) for doc in docs],
            find_entities(nlp, docs),
            self.find_new_labels(path),
        )

    def score_base(self, nlp: Language) -> Dict[str, float]:
        """Score what a pipeline has kept.

        nlp (Language): A trained pipeline.
        RETURNS (Dict[str, float]): `retention`: F on gold for the base labels, in
            percent of the untouched base pipeline's, mean over the files;
            `agreement`: F against the base pipeline's predictions on the held-out
            text, from 0 to 100; `false_alarms`: entities with new labels per 1,000
            words of that text.
        """
        kept = [
            100 * self.score_base_gold(nlp, path) / base_f
            for path, base_f in zip(self.base_gold, self.base_f)
        ]
        found = find_entities(nlp, self.docs)
        alarms = sum(ent[2] not in self.labels for ents in found for ent in ents)
        return {
            "retention": sum(kept) / len(kept),
            "agreement": get_f(self.predictions, found, self.labels),
            "false_alarms": 1000 * alarms / self.n_words,
        }

    def measure_speed(self, nlp: Language) -> float:
        """Measure the words per second of a whole pipeline, as a ratio to the base
        pipeline's: the median of short turns side by side, so that what else the
        machine does slows both. Both have met the words before, because tokenizer
        and lemmatizer remember them.

        nlp (Language): A trained pipeline.
        RETURNS (float): The ratio.
        """
        lengths = dict(zip(self.texts, map(len, self.docs)))
        turns = minibatch_by_words(
            cycle(lengths), size=SPEED_WORDS, get_length=lengths.__getitem__
        )
        chosen = list(islice(turns, SPEED_TURNS))
        for pipeline in (self.base, nlp):
            time_prediction(pipeline, dict.fromkeys(chain(*chosen)))
        return median(
            time_prediction(self.base, texts) / time_prediction(nlp, texts)
            for texts in chosen
        )


def read_docs(path: Path, nlp: Language) -> List[Doc]:
    return list(DocBin().from_disk(path).get_docs(nlp.vocab))


def get_entities(doc: Doc) -> Entities:
    return {(ent.start, ent.end, ent.label_) for ent in doc.ents}


def rename(entities: Entities, label_map: Dict[str, str]) -> Entities:
    return {(start, end, label_map.get(name, name)) for start, end, name in entities}


def find_recognizers(nlp: Language) -> List[str]:
    return [n for n, pipe in nlp.pipeline if isinstance(pipe, EntityRecognizer)]


def get_labels(nlp: Language) -> Set[str]:
    names = find_recognizers(nlp)
    return {label for name in names for label in nlp.pipe_labels[name]}


def find_entities(nlp: Language, docs: Iterable[Doc]) -> List[Entities]:
    """Predict the entities of docs, with their tokens. Components that the entities
    do not depend on are left out.

    nlp (Language): The pipeline.
    docs (Iterable[Doc]): The docs. They are not changed.
    RETURNS (List[Set[Tuple[int, int, str]]]): Start and end token, and label, of
        each doc's entities.
    """
    bare = (
        Doc(nlp.vocab, [t.text for t in doc], [bool(t.whitespace_) for t in doc])
        for doc in docs
    )
    recognizers = set(find_recognizers(nlp))
    needed = [
        name
        for name, pipe in nlp.pipeline
        if name in recognizers
        or recognizers & set(getattr(pipe, "listening_components", []))
    ]
    with nlp.select_pipes(enable=needed):
        return [get_entities(doc) for doc in nlp.pipe(bare, batch_size=256)]


def get_f(gold: List[Entities], found: List[Entities], labels: Set[str]) -> float:
    """Get the micro-averaged F-score of some labels, from 0 to 100."""
    score = PRFScore()
    for gold_ents, found_ents in zip(gold, found):
        score.score_set(
            {ent for ent in found_ents if ent[2] in labels},
            {ent for ent in gold_ents if ent[2] in labels},
        )
    return 100 * score.fscore


def time_prediction(nlp: Language, texts: Iterable[str]) -> float:
    start = time.process_time()
    for _ in nlp.pipe(texts):
        pass
    return time.process_time() - start


def get_size(path: Path) -> float:
    """Get the size of a pipeline's directory in megabytes."""
    return sum(p.stat().st_size for p in path.rglob("*") if p.is_file()) / 1e6
