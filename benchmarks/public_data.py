"""Tasks for all kinds of components, made of public data: what is new to learn, what is
to be kept, and the base pipelines that no package has."""

import csv
import random
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import (
    Any,
    Callable,
    Collection,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Set,
    Tuple,
)

import spacy
import srsly
from spacy.tokens import Doc, DocBin, Span
from spacy.training.converters import conllu_to_docs
from spacy.vocab import Vocab

TOK2VEC = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 96,
    "depth": 4,
    "embed_size": 2000,
    "window_size": 1,
    "maxout_pieces": 3,
    "subword_features": True,
}
BOW = {
    "@architectures": "spacy.TextCatBOW.v3",
    "ngram_size": 1,
    "no_output_layer": False,
}
REDUCE = {
    "@architectures": "spacy.TextCatReduce.v1",
    "tok2vec": TOK2VEC,
    "use_reduce_first": False,
    "use_reduce_last": False,
    "use_reduce_max": True,
    "use_reduce_mean": True,
}
NGRAMS = {"@misc": "spacy.ngram_suggester.v1", "sizes": [1, 2, 3, 4]}
SPANS_KEY = "sc"
# of GUM's nested spans, the labels that a base pipeline has, and those to learn
OLD_SPANS = {"person", "place", "organization", "time", "event"}
NEW_SPANS = {"object", "abstract"}
OLD_INTENTS = {
    "AddToPlaylist",
    "PlayMusic",
    "RateBook",
    "SearchCreativeWork",
    "SearchScreeningEvent",
}
NEW_INTENTS = {"BookRestaurant", "GetWeather"}
N_CLASSES = 20  # of Banking77, that a base pipeline has; one more is to be learned
# "(3-person-new-..." opens a span, "3)" closes it, "(3-person-...)" does both
ENTITY = re.compile(
    r"\((?P<opened>\w+)-(?P<label>\w+)[^()]*(?P<both>\)?)|(?P<closed>\w+)\)"
)
BLANK = spacy.blank("en")
Parts = Dict[str, List[Doc]]


@dataclass(frozen=True)
class ComponentTask:
    """What a component is to learn and to keep.

    component (str): The component, by the name of its factory.
    score (str): The score that tells how good it is.
    read (Callable[[Path], Dict[str, List[Doc]]]): Makes `train`, `dev` and `test` of
        what is new, `kept`, gold for what the base pipeline knows, `raw`, of which only
        the text is used, and `base_train` and `base_dev`, if there is no base pipeline.
    lang (str): The language of the base pipeline.
    settings (Optional[Dict[str, Any]]): The settings of the component of a base
        pipeline that is trained first. None where a package has one.
    """

    component: str
    score: str
    read: Callable[[Path], Parts]
    lang: str = "en"
    settings: Optional[Dict[str, Any]] = None

    @property
    def has_new_labels(self) -> bool:
        return self.component.startswith(("textcat", "spancat"))


def read_treebanks(public: Path, new: str, old: str, *, has_base: bool) -> Parts:
    """Read one treebank to learn from, and one whose texts are like those that the base
    pipeline was trained on."""
    learn, test = (
        read_treebank(public / f"UD_{new}", part) for part in ("dev", "test")
    )
    known = read_treebank(public / f"UD_{old}", "dev")
    n_dev = len(test) // 2
    parts = {"train": learn, "dev": test[:n_dev], "test": test[n_dev:], "raw": known}
    if not has_base:
        n_train = len(known) * 4 // 5
        parts.update(base_train=known[:n_train], base_dev=known[n_train:])
    return {**parts, "kept": read_treebank(public / f"UD_{old}", "test")}


def read_treebank(directory: Path, part: str) -> List[Doc]:
    """Read a part of a treebank, ten sentences a doc."""
    [path] = directory.glob(f"*-ud-{part}.conllu")
    text = path.read_text(encoding="utf8")
    return list(conllu_to_docs(text, n_sents=10, merge_subtokens=True, no_print=True))


def read_nested_spans(public: Path) -> Parts:
    """Read the nested spans of GUM. Those with new labels are annotated in a hundred
    docs, and no others in these."""
    known, test = (
        [
            doc
            for path in (public / "UD_English-GUM").glob(f"*-ud-{part}.conllu")
            for doc in read_entities(path.read_text(encoding="utf8"))
        ]
        for part in ("dev", "test")
    )
    n_train = len(known) // 2
    base, learn = known[:n_train], known[n_train:]
    n_base = len(base) * 4 // 5
    new = [keep_labels(doc, NEW_SPANS) for doc in (*learn, *test)]
    return {
        "base_train": [keep_labels(doc, OLD_SPANS) for doc in base[:n_base]],
        "base_dev": [keep_labels(doc, OLD_SPANS) for doc in base[n_base:]],
        "train": new[: len(learn) * 3 // 4],
        "dev": new[len(learn) * 3 // 4 : len(learn)],
        "test": new[len(learn) :],
        "kept": [keep_labels(doc, OLD_SPANS) for doc in test],
        "raw": base,
    }


def read_entities(text: str) -> Iterator[Doc]:
    """Read sentences with the spans that the last column of GUM's files has."""
    vocab = Vocab()
    for block in text.split("\n\n"):
        rows = [line.split("\t") for line in block.splitlines()]
        rows = [row for row in rows if row[0].isdigit()]
        if not rows:
            continue
        has_space = ["SpaceAfter=No" not in row[9] for row in rows]
        doc = Doc(vocab, [row[1] for row in rows], has_space)
        spans, opened = [], {}
        for token, row in zip(doc, rows):
            for mark in ENTITY.finditer(row[9].partition("Entity=")[2].split("|")[0]):
                if mark["opened"]:
                    opened[mark["opened"]] = token.i, mark["label"]
                if mark["both"] or mark["closed"]:
                    name = mark["closed"] or mark["opened"]
                    if name in opened:
                        start, label = opened.pop(name)
                        spans.append(Span(doc, start, token.i + 1, label))
        doc.spans[SPANS_KEY] = spans
        yield doc


def keep_labels(doc: Doc, labels: Set[str]) -> Doc:
    """Get a doc with the spans that have certain labels."""
    doc = doc.copy()
    doc.spans[SPANS_KEY] = [s for s in doc.spans[SPANS_KEY] if s.label_ in labels]
    return doc


def read_classes(public: Path) -> Parts:
    """Read classes of which one is true: questions to a bank. There are 60 examples of
    the new class, and five of each old one."""
    directory = public / "task-specific-datasets" / "banking_data"
    classes = srsly.read_json(directory / "categories.json")[: N_CLASSES + 1]
    new = classes[-1]
    rows = {}
    for part in ("train", "test"):
        with (directory / f"{part}.csv").open(encoding="utf8", newline="") as file:
            found = [(r["text"], r["category"]) for r in csv.DictReader(file)]
        rows[part] = [row for row in found if row[1] in classes]
        random.Random(0).shuffle(rows[part])
    by_class = {c: [row for row in rows["train"] if row[1] == c] for c in classes}
    first = {c: 60 if c == new else 5 for c in classes}
    learn = [row for c in classes for row in by_class[c][: first[c]]]
    dev = [row for c in classes for row in by_class[c][first[c] : 2 * first[c]]]
    rest = [row for c in classes[:-1] for row in by_class[c][2 * first[c] :]]
    raw, base, base_dev = rest[::3], rest[1::3], rest[2::3]
    test = rows["test"]
    parts = {"train": learn, "dev": dev, "test": test, "raw": raw}
    parts.update(kept=[row for row in test if row[1] != new])
    docs = {
        name: [make_doc(t, {label}, classes) for t, label in part]
        for name, part in parts.items()
    }
    for name, old in (("base_train", base), ("base_dev", base_dev)):
        docs[name] = [make_doc(text, {label}, classes[:-1]) for text, label in old]
    return docs


def read_intents(public: Path) -> Parts:
    """Read categories of which any number can be true: what somebody wants a machine to
    do. What there is to learn is annotated with the new ones only."""
    directory = public / "AGIF" / "data" / "MixSNIPS_clean"
    known, test = (
        [
            read_intent(block)
            for block in path.read_text(encoding="utf8").split("\n\n")
            if block.strip()
        ]
        for path in (directory / "dev.txt", directory / "test.txt")
    )
    random.Random(0).shuffle(known)
    old = [row for row in known if not row[1] & NEW_INTENTS]
    n_base = len(old) * 4 // 5
    rest = [row for row in known if row not in old]
    parts = {"base_train": old[: n_base // 2], "base_dev": old[n_base:], "kept": test}
    docs = {
        n: [make_doc(*row, OLD_INTENTS) for row in part] for n, part in parts.items()
    }
    docs["raw"] = [
        make_doc(*row, ()) for row in (*old[n_base // 2 : n_base], *rest[600:])
    ]
    news = {
        "train": rest[:150] + old[:150],
        "dev": rest[150:300] + old[150:300],
        "test": test,
    }
    for name, part in news.items():
        docs[name] = [make_doc(*row, NEW_INTENTS) for row in part]
    return docs


def read_intent(block: str) -> Tuple[str, Set[str]]:
    """Read a text, a token and its slot a line, and its intents in the last line."""
    *rows, intents = block.strip().splitlines()
    return " ".join(row.split(" ")[0] for row in rows), {*intents.split("#")}


def make_doc(text: str, labels: Collection[str], known: Iterable[str]) -> Doc:
    """Make a doc with the categories that are known of it."""
    doc = BLANK.make_doc(text)
    doc.cats = {label: float(label in labels) for label in known}
    return doc


def write_parts(directory: Path, parts: Parts) -> None:
    """Write .spacy files, and raw.jsonl."""
    for name, docs in parts.items():
        if name == "raw":
            srsly.write_jsonl(directory / "raw.jsonl", ({"text": d.text} for d in docs))
        else:
            DocBin(docs=docs, store_user_data=True).to_disk(directory / f"{name}.spacy")


english = partial(read_treebanks, new="English-EWT", old="English-GUM")
french = partial(
    read_treebanks, new="French-ParisStories", old="French-Sequoia", has_base=True
)
TASKS = {
    "tagger": ComponentTask("tagger", "tag_acc", partial(english, has_base=True)),
    "senter": ComponentTask("senter", "sents_f", partial(english, has_base=True)),
    "morphologizer": ComponentTask("morphologizer", "morph_acc", french, "fr"),
    "parser": ComponentTask("parser", "dep_las", french, "fr"),
    "lemmatizer": ComponentTask(
        "trainable_lemmatizer",
        "lemma_acc",
        partial(english, has_base=False),
        settings={},
    ),
    "spancat": ComponentTask(
        "spancat",
        f"spans_{SPANS_KEY}_f",
        read_nested_spans,
        settings={"suggester": NGRAMS, "spans_key": SPANS_KEY},
    ),
    **{
        f"{component}-{name}": ComponentTask(
            component, "cats_micro_f", read, settings=settings
        )
        for component, read, is_exclusive in (
            ("textcat", read_classes, True),
            ("textcat_multilabel", read_intents, False),
        )
        for name, settings in (
            ("bow", {"model": {**BOW, "exclusive_classes": is_exclusive}}),
            ("reduce", {"model": {**REDUCE, "exclusive_classes": is_exclusive}}),
            ("ensemble", {}),
        )
    },
}
