"""What label_mapper costs, beside spaCy's entity_ruler and span_ruler; see
label_mapper.md.

python benchmarks/label_mapper.py en_core_web_sm --texts texts.jsonl
"""

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from enum import Enum
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import spacy
import srsly
import typer
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from wasabi import msg

from spacy_rehearsal.gazetteers.memory import Gazetteer
from spacy_rehearsal.gazetteers.sqlite import SqliteGazetteer, build_sqlite
from spacy_rehearsal.pipeline.label_mapper import LabelMapper

ROOT = Path(__file__).parent.parent
TEXTS = [ROOT / "examples" / "websites" / "assets" / "raw.jsonl"]
SIZES = (10, 1_000, 100_000, 1_000_000)
N_RULES = 1000
CHUNK_SIZE = 256
RULERS = ("entity_ruler", "span_ruler")
# prints the peak of the resident memory in kB
MEMORY_SCRIPT = """
import sys
from pathlib import Path
import spacy
from spacy.tokens import DocBin
from spacy_rehearsal.gazetteers.sqlite import SqliteGazetteer
nlp = spacy.blank("en")
if len(sys.argv) > 2:
    mapper = nlp.add_pipe("label_mapper")
    mapper.add_gazetteer("names", SqliteGazetteer(Path(sys.argv[2])))
    mapper.add_rules([{"label": "GPE", "to": "X", "gazetteer": "names"}])
for doc in DocBin().from_disk(sys.argv[1]).get_docs(nlp.vocab):
    for name, pipe in nlp.pipeline:
        pipe(doc)
for line in Path("/proc/self/status").read_text().splitlines():
    if line.startswith("VmHWM"):
        print(line.split()[1])
"""


class Part(str, Enum):
    names = "names"
    rules = "rules"
    sizes = "sizes"


def main(
    base_model: str = typer.Argument("en_core_web_sm", help="Base pipeline"),
    texts: List[Path] = typer.Option(TEXTS, help='JSONL files with a "text" a line'),
    n_texts: int = typer.Option(6000, help="Number of texts, repeated if need be"),
    n_names: int = typer.Option(100_000, help="Number of names for the rulers"),
    repeats: int = typer.Option(3, help="Runs of each; the fastest counts"),
    seed: int = typer.Option(0, help="Seed of the names and rules"),
    parts: List[Part] = typer.Option(list(Part), "--part", help="What to measure"),
    keep: Optional[Path] = typer.Option(None, help="File for the annotated texts"),
) -> None:
    nlp = spacy.load(base_model)
    lines = [record["text"] for path in texts for record in srsly.read_jsonl(path)]
    lines = list(islice(cycle(lines), n_texts))
    msg.info(f"{n_texts} texts from {', '.join(path.name for path in texts)}")
    docs = annotate(nlp, lines, keep)
    data = [doc.to_bytes() for doc in docs]
    n_entities = sum(len(doc.ents) for doc in docs)
    msg.info(f"{sum(map(len, docs))} tokens, {n_entities} entities in them")
    bench = Bench(nlp, data, repeats)
    # each part starts from the seed, so that it is the same without the others
    if Part.names in parts:
        compare_rulers(bench, make_names(docs, n_names, random.Random(seed)))
    if Part.rules in parts:
        measure_rules(bench, make_rules(docs, random.Random(seed)), lines)
    if Part.sizes in parts:
        with tempfile.TemporaryDirectory() as directory:
            rng = random.Random(seed)
            measure_sizes(bench, docs, n_entities, Path(directory), rng)


def annotate(nlp: Language, lines: List[str], path: Optional[Path]) -> List[Doc]:
    """Annotate the texts, or load them if an earlier run has kept them."""
    if path is not None and path.exists():
        return list(DocBin().from_disk(path).get_docs(nlp.vocab))
    docs = list(nlp.pipe(lines))
    if path is not None:
        DocBin(docs=docs).to_disk(path)
    return docs


def apply(pipe: Callable[[Doc], Doc], docs: List[Doc]) -> None:
    for doc in docs:
        pipe(doc)


class Bench:
    """Times components on the same docs."""

    def __init__(self, nlp: Language, data: List[bytes], repeats: int) -> None:
        self.nlp = nlp
        self.blank = spacy.blank(nlp.lang or "xx", vocab=nlp.vocab)
        self.data = data
        self.repeats = repeats

    def time_apply(self, pipe: Callable[[Doc], Doc]) -> float:
        """Time a component on docs that it has not seen yet."""
        docs = [Doc(self.nlp.vocab).from_bytes(doc) for doc in self.data]
        return measure(partial(apply, pipe, docs))[0]

    def create(self, factory: str) -> Any:
        """Create a component in place of the last one: a ruler in a blank pipeline,
        because its patterns run through all components before it."""
        nlp = self.blank if factory in RULERS else self.nlp
        for name in {*RULERS, "label_mapper"} & set(nlp.component_names):
            nlp.remove_pipe(name)
        return nlp.add_pipe(factory)


def measure(function: Callable[[], Any]) -> Tuple[float, Any]:
    """Call a function, and return the seconds that it took and its result."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def make_names(docs: List[Doc], n_names: int, rng: random.Random) -> List[str]:
    """Make names: half of the entities in the docs, the rest of words in them."""
    names = {ent.text: None for doc in docs for ent in doc.ents if rng.random() < 0.5}
    words = sorted({token.text for doc in docs for token in doc if token.is_title})
    while len(names) < n_names:
        names[" ".join(rng.choices(words, k=rng.choice([1, 2, 2, 3])))] = None
    return list(names)[:n_names]


def compare_rulers(bench: Bench, names: List[str]) -> None:
    labels = bench.nlp.get_pipe("ner").labels  # type: ignore[attr-defined]
    patterns = [{"label": "LISTED", "pattern": name} for name in names]
    rule = {"label": list(labels), "to": "LISTED", "gazetteer": "names"}

    def build(factory: str) -> Any:
        pipe = bench.create(factory)
        if factory == "label_mapper":
            pipe.initialize(lambda: [], rules=[rule], gazetteers={"names": names})
        else:
            pipe.add_patterns(patterns)
        return pipe

    def load(factory: str, path: Path) -> Any:
        return bench.create(factory).from_disk(path)

    factories = (*RULERS, "label_mapper")
    rounds: Dict[str, List[Tuple[float, ...]]] = {name: [] for name in factories}
    with tempfile.TemporaryDirectory() as directory:
        for factory in factories:
            build(factory).to_disk(Path(directory) / factory)
        # by turns, so that all see the same load of the machine
        for _ in range(bench.repeats):
            for factory in factories:
                build_seconds, _ = measure(partial(build, factory))
                path = Path(directory) / factory
                load_seconds, pipe = measure(partial(load, factory, path))
                seconds = build_seconds, load_seconds, bench.time_apply(pipe)
                rounds[factory].append(seconds)
    rows = {name: [min(column) for column in zip(*rounds[name])] for name in factories}
    ratios = [
        ours / theirs for ours, theirs in zip(rows["label_mapper"], rows["span_ruler"])
    ]
    print_table(
        f"{len(names)} names, seconds",
        ("", "build", "load", "apply"),
        [(name, *(f"{s:.2f}" for s in row)) for name, row in rows.items()]
        + [("label_mapper / span_ruler", *(f"{ratio:.2f}" for ratio in ratios))],
    )


def make_rules(docs: List[Doc], rng: random.Random) -> List[Dict[str, Any]]:
    """Make rules with contexts of the docs' most frequent words, each a fourth of
    them a word, a phrase with the entity, one with an optional word, and one with
    several words and the entity."""
    words = Counter(
        token.lemma_
        for doc in docs
        for token in doc
        if token.is_alpha and not token.is_stop
    )
    lemmas = [lemma for lemma, _ in words.most_common(2 * N_RULES)]
    labels = sorted({ent.label_ for doc in docs for ent in doc.ents})
    rules = []
    for i, lemma in enumerate(lemmas[:N_RULES]):
        either = {"LEMMA": {"IN": [lemma, rng.choice(lemmas)]}}
        contexts: List[List[Dict[str, Any]]] = [
            [{"LEMMA": lemma}],
            [{"LEMMA": lemma}, {"ENT": True}],
            [{"LEMMA": lemma}, {"OP": "?"}, {"POS": "NOUN"}],
            [either, {"LOWER": {"IN": ["at", "in", "to"]}}, {"ENT": True}],
        ]
        rule = {"label": rng.sample(labels, 2), "to": f"SPECIFIC_{i % 9}"}
        rules.append({**rule, "context": contexts[i % len(contexts)]})
    return rules


def measure_rules(bench: Bench, rules: List[Dict[str, Any]], lines: List[str]) -> None:
    """Measure the pipeline and label_mapper by turns, so that both see the same load
    of the machine."""
    mapper = bench.create("label_mapper")
    mapper.initialize(lambda: [], rules=rules)
    pipeline = seconds = 0.0
    for start in range(0, len(lines), CHUNK_SIZE):
        docs: List[Doc] = []
        chunk = lines[start : start + CHUNK_SIZE]
        with bench.nlp.select_pipes(disable="label_mapper"):
            pipeline += measure(partial(docs.extend, bench.nlp.pipe(chunk)))[0]
        seconds += measure(partial(apply, mapper, docs))[0]
    print_table(
        f"{len(rules)} context rules",
        ("pipeline without it, s", "label_mapper, s", "share"),
        [(f"{pipeline:.1f}", f"{seconds:.2f}", f"{seconds / pipeline:.1%}")],
    )


def measure_sizes(
    bench: Bench, docs: List[Doc], n_entities: int, path: Path, rng: random.Random
) -> None:
    """Measure the cost per entity, the same entities being listed in each table."""
    labels = sorted({ent.label_ for doc in docs for ent in doc.ents})
    rule = {"label": labels, "to": "LISTED", "gazetteer": "names"}
    frequent = Counter(ent.text for doc in docs for ent in doc.ents).most_common(10)
    listed = [text for text, _ in frequent]
    mappers: List[LabelMapper] = []
    for size in SIZES:
        file_ = path / f"{size}.sqlite"
        build_sqlite(path, enumerate(make_entries(listed, size, rng)), file_)
        in_memory = Gazetteer(make_entries(listed, size, rng))
        for table in (in_memory, SqliteGazetteer(file_)):
            mappers.append(bench.create("label_mapper"))
            mappers[-1].initialize(
                lambda: [], rules=[rule], gazetteers={"names": table}
            )
    # by turns, so that all see the same load of the machine
    rounds = [[bench.time_apply(m) for m in mappers] for _ in range(bench.repeats)]
    costs = [f"{min(column) / n_entities * 1e6:.0f}" for column in zip(*rounds)]
    print_table(
        "Microseconds per entity",
        ("entries", "in memory", "SQLite"),
        [(f"{n}", *costs[2 * i : 2 * i + 2]) for i, n in enumerate(SIZES)],
    )
    DocBin(docs=docs).to_disk(path / "docs.spacy")
    if not Path("/proc/self/status").exists():
        msg.warn("Resident memory is measured on Linux only")
        return
    empty = measure_memory(path / "docs.spacy")
    full = measure_memory(path / "docs.spacy", path / f"{SIZES[-1]}.sqlite")
    print_table(
        f"Peak of resident memory, MB, {SIZES[-1]} entries in SQLite",
        ("blank pipeline", "with label_mapper", "difference"),
        [(f"{empty:.0f}", f"{full:.0f}", f"{full - empty:.0f}")],
    )


def make_entries(
    listed: List[str], size: int, rng: random.Random
) -> Iterator[Dict[str, str]]:
    for i in range(size):
        made_up = f"Place {rng.randrange(10**6)} of {i}"
        yield {"name": listed[i] if i < len(listed) else made_up, "id": f"Q{i}"}


def measure_memory(*paths: Path) -> float:
    command = [sys.executable, "-c", MEMORY_SCRIPT, *map(str, paths)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(result.stdout) / 2**10


def print_table(
    title: str, header: Tuple[str, ...], rows: List[Tuple[str, ...]]
) -> None:
    msg.divider(title)
    msg.table(
        rows, header=header, divider=True, aligns=["l"] + ["r"] * (len(header) - 1)
    )


if __name__ == "__main__":
    typer.run(main)
