"""Save tables by their names, and load each with the class that saved it."""

import shutil
import tempfile
from pathlib import Path
from typing import Dict, Mapping, Type

import catalogue
import srsly

from ..binaries import unpack
from ..errors import config_error, explain_damage
from .base import BaseGazetteer

# classes of tables by kind; other packages add theirs with entry points of the group
# `spacy_rehearsal_gazetteers`
gazetteers = catalogue.create("spacy_rehearsal", "gazetteers", entry_points=True)


def get_class(name: str, kind: str) -> Type[BaseGazetteer]:
    """Find the class that loads a saved table.

    name (str): The table's name, for the message.
    kind (str): The kind that it was saved as.
    RETURNS (Type[BaseGazetteer]): The class.
    RAISES (ConfigValidationError): If there is none.
    """
    if kind not in gazetteers:
        raise config_error(
            ["gazetteers", name],
            f"was saved as '{kind}', and only these can be loaded: "
            f"{', '.join(sorted(gazetteers.get_all()))}. Install the package that "
            "adds it.",
        )
    return gazetteers.get(kind)


def get_kind(table: BaseGazetteer) -> str:
    """Find out what a table is saved as.

    table (BaseGazetteer): The table.
    RETURNS (str): The kind.
    RAISES (ValueError): If its class could not be found again.
    """
    kind = table.kind
    # a class that inherits the kind would be loaded as the one it inherits from
    if kind not in gazetteers or gazetteers.get(kind) is not type(table):
        raise ValueError(
            f"Don't know how to save a gazetteer of the class {type(table)}."
        )
    return kind


def tables_to_bytes(tables: Mapping[str, BaseGazetteer]) -> bytes:
    """Serialize tables.

    tables (Mapping[str, BaseGazetteer]): The tables by name.
    RETURNS (bytes): The serialized tables.
    """
    return srsly.msgpack_dumps(
        {name: [get_kind(table), table.to_bytes()] for name, table in tables.items()}
    )


def tables_from_bytes(data: bytes) -> Dict[str, BaseGazetteer]:
    """Load what `tables_to_bytes` gave.

    data (bytes): The serialized tables.
    RETURNS (Dict[str, BaseGazetteer]): The tables by name.
    RAISES (ConfigValidationError): If one can't be loaded.
    """
    tables = {}
    for name, (kind, table) in unpack(data).items():
        with explain_damage(["gazetteers", name], f"the gazetteer '{name}'"):
            tables[name] = get_class(name, kind).from_bytes(table)
    return tables


def tables_to_disk(tables: Mapping[str, BaseGazetteer], path: Path) -> None:
    """Save tables, each in a directory NAME/KIND of its own.

    tables (Mapping[str, BaseGazetteer]): The tables by name.
    path (Path): The directory, which is replaced.
    """
    # beside the old ones: a table may be a copy of itself
    with tempfile.TemporaryDirectory(dir=path.parent) as temporary:
        new = Path(temporary) / path.name
        new.mkdir()
        for name, table in tables.items():
            directory = new / name / get_kind(table)
            directory.mkdir(parents=True)
            table.to_disk(directory)
        if path.exists():
            shutil.rmtree(path)
        new.rename(path)


def tables_from_disk(path: Path) -> Dict[str, BaseGazetteer]:
    """Load what `tables_to_disk` saved.

    path (Path): The directory.
    RETURNS (Dict[str, BaseGazetteer]): The tables by name.
    RAISES (ConfigValidationError): If one can't be loaded.
    """
    tables = {}
    for directory in sorted(path.glob("[!.]*")):
        kinds = sorted(p.name for p in directory.glob("[!.]*") if p.is_dir())
        # a directory of something else may lie beside that of a table
        for kind in [kind for kind in kinds if kind in gazetteers] or kinds:
            class_ = get_class(directory.name, kind)
            with explain_damage(["gazetteers", directory.name], f"'{directory}'"):
                tables[directory.name] = class_.from_disk(directory / kind)
    return tables
