from dataclasses import dataclass
from pathlib import Path

import pytest
import spacy
from spacy.util import load_config

CODE = """
from spacy.language import Language
from spacy.tokens import Span
from spacy_rehearsal.kinds.registry import kinds
from spacy_rehearsal.kinds.spans import EntityKind

kinds.register("{name}", func=EntityKind)

class Finder:
    labels = ("CITY",)

    def __call__(self, doc):
        doc.ents = [Span(doc, t.i, t.i + 1, "CITY") for t in doc if t.text == "Oslo"]
        return doc

@Language.factory("{name}", assigns=["doc.ents"])
def create_finder(nlp, name):
    return Finder()
"""


@dataclass
class Finder:
    """A pipeline whose only component is defined in a file.

    name (str): The component, and its factory.
    model (Path): The pipeline.
    code (Path): The file.
    message (str): What is wrong without the file.
    """

    name: str
    model: Path
    code: Path

    @property
    def message(self) -> str:
        return (
            f"has a component '{self.name}' of factory '{self.name}', which is not "
            "installed. If it is code of your own, give the file with --code FILE."
        )


@pytest.fixture
def finder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Finder:
    path = tmp_path_factory.mktemp("finder")
    # one for each test: what a file registers stays registered
    name = f"finder_{abs(hash(request.node.nodeid))}"
    (path / "code.py").write_text(CODE.format(name=name))
    spacy.blank("en").to_disk(path / "model")
    config = load_config(path / "model" / "config.cfg")
    config["nlp"]["pipeline"] = [name]
    config["components"] = {name: {"factory": name}}
    config.to_disk(path / "model" / "config.cfg")
    return Finder(name, path / "model", path / "code.py")
