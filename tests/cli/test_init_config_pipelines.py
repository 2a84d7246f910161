"""What `spacy rehearsal init-config` writes trains pipelines of many builds, names and
languages, and leaves alone what else is in them."""

import json
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

import pytest
import spacy
import srsly
from spacy.kb import InMemoryLookupKB
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.training import Example
from spacy.util import import_file, load_config
from thinc.api import fix_random_seed

from tests.util import TOK2VEC, get_ents, make_doc, run_rehearsal, run_spacy

# a text, its entities, and a name that is to be learned
Row = Tuple[str, Dict[str, str], str]
ENGLISH: List[Row] = [
    ("Ann sells mugs in Oslo.", {"Ann": "PERSON", "Oslo": "GPE"}, "mugs"),
    ("Joe runs in Bern.", {"Joe": "PERSON", "Bern": "GPE"}, ""),
    ("It rained yesterday.", {}, ""),
]
GERMAN: List[Row] = [
    ("Jörg verkauft Krüge in Köln.", {"Jörg": "PERSON", "Köln": "GPE"}, "Krüge"),
    ("Änne läuft z.B. in Übersee.", {"Änne": "PERSON", "Übersee": "GPE"}, ""),
    ("Gestern regnete es.", {}, ""),
]
CHINESE: List[Row] = [
    ("安娜在北京卖杯子。", {"安娜": "PERSON", "北京": "GPE"}, "杯子"),
    ("乔在上海跑步。", {"乔": "PERSON", "上海": "GPE"}, ""),
    ("昨天下雨了。", {}, ""),
]
JAPANESE: List[Row] = [
    ("健は東京で本を売る。", {"健": "PERSON", "東京": "GPE"}, "本"),
    ("花子は大阪で走る。", {"花子": "PERSON", "大阪": "GPE"}, ""),
    ("昨日は雨だった。", {}, ""),
]
CODE = """
import re

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import registry


@registry.tokenizers("{name}.v1")
def create_tokenizer():
    return lambda nlp: Words(nlp.vocab)


class Words:
    def __init__(self, vocab):
        self.vocab = vocab

    def __call__(self, text):
        words = [*re.finditer(r"\\w+|\\S", text)]
        spaces = [text[w.end() : w.end() + 1] == " " for w in words]
        return Doc(self.vocab, words=[w.group() for w in words], spaces={spaces})

    def to_bytes(self, **kwargs):
        return b""

    def from_bytes(self, data, **kwargs):
        return self

    def to_disk(self, path, **kwargs):
        pass

    def from_disk(self, path, **kwargs):
        return self


@Language.component("{name}")
def find_weather(doc):
    doc.spans["weather"] = [Span(doc, t.i, t.i + 1) for t in doc if t.text == "rained"]
    return doc
"""


def get_offsets(text: str, entities: Dict[str, str]) -> List[Tuple[int, int, str]]:
    return [(text.index(e), text.index(e) + len(e), x) for e, x in entities.items()]


def add_recognizer(nlp: Language, name: str, rows: Sequence[Row]) -> None:
    """Add an entity recognizer that knows some texts by heart."""
    nlp.add_pipe("ner", name=name, config={"model": {"tok2vec": TOK2VEC}})
    examples = [
        Example.from_dict(nlp.make_doc(text), {"entities": get_offsets(text, entities)})
        for text, entities, _ in rows
    ]
    pipe: Any = nlp.get_pipe(name)
    pipe.initialize(lambda: examples, nlp=nlp)
    optimizer = nlp.create_optimizer()
    optimizer.learn_rate = 0.005
    for _ in range(60):
        pipe.update(examples, sgd=optimizer)


def make_base(
    path: Path, rows: Sequence[Row] = ENGLISH, *, name: str = "ner", **settings: Any
) -> Path:
    fix_random_seed(0)
    nlp = spacy.blank(settings.pop("lang", "en"), **settings)
    add_recognizer(nlp, name, rows)
    for text, entities, _ in rows:
        assert get_ents(nlp(text)) == [*entities.items()]
    nlp.to_disk(path)
    return path


def train_briefly(
    base: Path, path: Path, *args: Any, rows: Sequence[Row] = ENGLISH, code: Any = None
) -> Path:
    """Do what a user does with a base pipeline: annotate, write a config, and train.

    RETURNS (Path): The trained pipeline. Beside it are gold.jsonl and raw.jsonl.
    """
    text, _, new = rows[0]
    gold = [text, {"entities": get_offsets(text, {new: "GOODS"})}]
    srsly.write_jsonl(path / "gold.jsonl", [gold])
    raw = [{"text": " ".join([text] * n)} for text, *_ in rows for n in range(1, 15)]
    srsly.write_jsonl(path / "raw.jsonl", raw)
    args = (*args, "--code", code) if code else args
    printed = run_rehearsal(
        *("annotate", base, path / "raw.jsonl", path / "out.spacy", "--json", *args)
    ).stdout
    assert json.loads(printed)["labels"].keys() == {"PERSON", "GPE"}
    run_rehearsal(
        *("init-config", base, path / "config.cfg", "--train", path / "gold.jsonl"),
        *("--dev", path / "gold.jsonl", "--raw", path / "raw.jsonl", *args),
    )
    result = run_spacy(
        *("train", path / "config.cfg", "--output", path / "output"),
        *("--training.max_steps", 40, "--training.eval_frequency", 20),
        *("--corpora.train.min_silver", 0, "--corpora.train.ratio", 4.0),
        *("--training.optimizer.learn_rate.initial_rate", 0.02),
        *("--training.optimizer.learn_rate.warmup_steps", 2),
        *(("--code", code) if code else ()),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return path / "output" / "model-last"


def check_learned(base: Path, trained: Path, *args: Any) -> None:
    """Check that a new label was learned, and the old ones were not unlearned."""
    path = trained.parents[1]
    report = run_rehearsal(
        *("report", base, trained, path / "gold.jsonl", "--json"),
        *("--raw", path / "raw.jsonl", "--html", path / "report.html", *args),
    )
    result = json.loads(report.stdout)
    assert result["new_labels"] == ["GOODS"]
    assert result["labels"]["GOODS"]["after"]["f"] == 100
    assert result["raw"]["agreement"] > 99


@pytest.mark.slow
@pytest.mark.parametrize(
    "lang,rows,module",
    [
        ("de", GERMAN, "spacy"),
        ("zh", CHINESE, "spacy"),
        ("ja", JAPANESE, "sudachipy"),
    ],
)
def test_other_tokenizers_and_letters(
    lang: str, rows: List[Row], module: str, tmp_path: Path
) -> None:
    pytest.importorskip(module)
    path = tmp_path / "mein täglich 本"
    path.mkdir()
    base = make_base(path / "die Basis", rows, lang=lang)
    trained = train_briefly(base, path, rows=rows)
    check_learned(base, trained)
    tuned = path / "getönt"
    raw = path / "raw.jsonl"
    run_rehearsal("tune", base, trained, path / "gold.jsonl", tuned, "--raw", raw)
    text = rows[0][0]
    assert "GOODS" in [label for _, label in get_ents(spacy.load(tuned)(text))]


@pytest.mark.slow
def test_a_recognizer_has_any_name(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base", name="entities")
    trained = train_briefly(base, tmp_path)
    assert load_config(trained / "config.cfg")["nlp"]["pipeline"] == ["entities"]
    check_learned(base, trained)
    gold, raw = tmp_path / "gold.jsonl", ("--raw", tmp_path / "raw.jsonl")
    args = ("tune", base, trained, gold, tmp_path / "tuned", *raw, "--json")
    assert json.loads(run_rehearsal(*args).stdout)["component"] == "entities"
    printed = run_rehearsal("audit", gold, "-b", base, "--json").stdout
    found = {f["name"]: f for f in json.loads(printed)["findings"]}
    assert found["unlabelled_base_entities"]["count"] == 2


@pytest.mark.slow
def test_one_of_two_recognizers_learns(tmp_path: Path) -> None:
    make_base(tmp_path / "base", name="first")
    nlp = spacy.load(tmp_path / "base")
    animals: List[Row] = [("A cat ran.", {"cat": "ANIMAL"}, ""), ("It rained.", {}, "")]
    add_recognizer(nlp, "second", animals)
    texts = [text for text, *_ in [*ENGLISH, *animals]]
    before = [get_ents(doc) for doc in nlp.pipe(texts)]
    assert ("cat", "ANIMAL") in before[3] and ("Oslo", "GPE") in before[0]
    base = tmp_path / "both"
    nlp.to_disk(base)
    for command in (
        ("init-config", base, tmp_path / "none.cfg"),
        ("annotate", base, tmp_path / "none.jsonl", tmp_path / "none.spacy"),
    ):
        (tmp_path / "none.jsonl").write_text('{"text": "It rained."}\n')
        printed = " ".join(run_rehearsal(*command, status=1).output.split())
        assert "several entity recognizers: first, second. Say with --comp" in printed
    trained = spacy.load(train_briefly(base, tmp_path, "--component", "first"))
    after = [get_ents(doc) for doc in trained.pipe(texts)]
    assert ("mugs", "GOODS") in after[0]
    kept = [[ent for ent in ents if ent[1] != "GOODS"] for ents in after]
    assert before[: len(ENGLISH)] == kept[: len(ENGLISH)]
    assert ("cat", "ANIMAL") in after[3]
    weights = [p / "second" / "model" for p in (base, tmp_path / "output/model-last")]
    assert weights[0].read_bytes() == weights[1].read_bytes()
    gold = tmp_path / "gold.jsonl"
    audit = run_rehearsal("audit", gold, "-b", base, status=1)
    assert "several entity recognizers" in " ".join(audit.output.split())
    run_rehearsal("audit", gold, "-b", base, "-c", "first")


@pytest.mark.slow
def test_rulers_before_and_behind_stay(tmp_path: Path) -> None:
    make_base(tmp_path / "ner")
    nlp = spacy.load(tmp_path / "ner")
    before: Any = nlp.add_pipe("entity_ruler", name="before", before="ner")
    before.add_patterns([{"label": "WEATHER", "pattern": "rained"}])
    behind: Any = nlp.add_pipe("entity_ruler", config={"overwrite_ents": True})
    behind.add_patterns([{"label": "CITY", "pattern": "Bern"}])
    spans: Any = nlp.add_pipe("span_ruler")
    spans.add_patterns([{"label": "DEED", "pattern": [{"LOWER": "runs"}]}])
    nlp.to_disk(tmp_path / "base")
    trained = spacy.load(train_briefly(tmp_path / "base", tmp_path))
    assert trained.pipe_names == ["before", "ner", "entity_ruler", "span_ruler"]
    for text in ("Joe runs in Bern.", "It rained yesterday.", "Ann is in Oslo."):
        doc, expected = trained(text), nlp(text)
        assert get_ents(doc) == get_ents(expected)
        assert [s.label_ for s in doc.spans["ruler"]] == ["DEED"] * ("runs" in text)
    assert ("mugs", "GOODS") in get_ents(trained(ENGLISH[0][0]))


@pytest.mark.slow
def test_a_linker_behind_stays(tmp_path: Path) -> None:
    make_base(tmp_path / "ner")
    nlp = spacy.load(tmp_path / "ner")
    linker: Any = nlp.add_pipe("entity_linker", config={"use_gold_ents": False})
    examples = []
    for text, entities, _ in ENGLISH:
        offsets = get_offsets(text, entities)
        links = {(s, e): {f"Q_{text[s:e]}": 1.0} for s, e, _ in offsets}
        annotation = {"entities": offsets, "links": links, "sent_starts": [1]}
        doc = nlp.make_doc(text)
        annotation["sent_starts"] = [1, *[-1] * (len(doc) - 1)]
        examples.append(Example.from_dict(doc, annotation))
    linker.initialize(lambda: examples, nlp=nlp, kb_loader=load_kb)
    nlp.add_pipe("sentencizer", first=True)
    nlp.to_disk(tmp_path / "base")
    trained = spacy.load(train_briefly(tmp_path / "base", tmp_path))
    text = "Ann sells mugs in Oslo. Joe runs in Bern."
    before, after = get_links(nlp(text)), get_links(trained(text))
    assert ("Oslo", "Q_Oslo") in before
    assert before == [link for link in after if link[0] != "mugs"]
    assert "mugs" in dict(after)


def load_kb(vocab: Any) -> InMemoryLookupKB:
    kb = InMemoryLookupKB(vocab, entity_vector_length=64)
    for _, entities, _ in ENGLISH:
        for name in entities:
            kb.add_entity(entity=f"Q_{name}", freq=1, entity_vector=[1.0] * 64)
            kb.add_alias(alias=name, entities=[f"Q_{name}"], probabilities=[1.0])
    return kb


def get_links(doc: Doc) -> List[Tuple[str, str]]:
    return [(ent.text, ent.kb_id_) for ent in doc.ents]


def make_coded(path: Path, name: str, spaces: str) -> Tuple[Path, Path]:
    """Make a pipeline whose tokenizer and one component are defined in a file.

    RETURNS (Tuple[Path, Path]): The pipeline and the file.
    """
    code = path / f"{name}.py"
    code.write_text(CODE.format(name=name, spaces=spaces))
    import_file(name, code)
    config = {"nlp": {"tokenizer": {"@tokenizers": f"{name}.v1"}}}
    base = make_base(path / "base", config=config)
    nlp = spacy.load(base)
    nlp.add_pipe(name)
    nlp.to_disk(base)
    return base, code


@pytest.mark.slow
def test_tokenizer_and_component_of_ones_own(tmp_path: Path) -> None:
    base, code = make_coded(tmp_path, "my_words", "spaces")
    trained = train_briefly(base, tmp_path, code=code)
    check_learned(base, trained, "--code", code)
    doc = spacy.load(trained)("It rained yesterday.")
    assert [span.text for span in doc.spans["weather"]] == ["rained"]


@pytest.mark.slow
def test_a_tokenizer_that_changes_texts_is_refused(tmp_path: Path) -> None:
    base, code = make_coded(tmp_path, "my_spaces", "None")
    gold, raw = tmp_path / "gold.jsonl", tmp_path / "raw.jsonl"
    srsly.write_jsonl(gold, [["Ann sells mugs.", {"entities": [[10, 14, "GOODS"]]}]])
    srsly.write_jsonl(raw, [{"text": "Ann sells mugs."}])
    (tmp_path / "names.txt").write_text("mugs")
    config, doc_bin = tmp_path / "config.cfg", tmp_path / "out.spacy"
    message = "the tokenizer Words changes texts: 'Ann sells mugs.' becomes 'Ann sells"
    names = tmp_path / "names.txt"
    for args in [
        ("annotate", base, raw, doc_bin),
        ("report", base, base, gold),
        ("audit", gold, "-b", base),
        ("bootstrap", names, raw, doc_bin, "-L", "GOODS", "-b", base),
    ]:
        result = run_rehearsal(*args, "--code", code, status=1)
        assert message in " ".join(result.output.split()), args
    doc = make_doc("Ann sells mugs.", ("mugs", "GOODS"))
    DocBin(docs=[doc]).to_disk(tmp_path / "gold.spacy")
    for path in (gold, tmp_path / "gold.spacy"):
        paths = ("--train", path, "--dev", path, "--raw", raw, "--code", code)
        run_rehearsal("init-config", base, config, *paths, "--force")
        training = run_spacy("train", config, "--code", code)
        assert training.returncode == 1
        assert "the tokenizer Words changes texts" in training.stdout
        assert "Traceback" not in training.stderr
