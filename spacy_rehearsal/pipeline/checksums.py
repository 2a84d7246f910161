"""Notice when files of a saved component are not what was saved."""

from pathlib import Path
from typing import Collection, Dict, Iterator

import srsly

from ..errors import config_error
from ..files import digest

FILE_NAME = "checksums.json"


def write_checksums(path: Path, parts: Collection[str]) -> None:
    """Write the checksums of files, beside them.

    path (Path): The directory.
    parts (Collection[str]): The names of the files in it, and of the directories.
    """
    srsly.write_json(path / FILE_NAME, compute_checksums(path, parts))


def verify_checksums(path: Path, parts: Collection[str]) -> None:
    """Check that files are those that were saved, if there are checksums.

    path (Path): The directory.
    parts (Collection[str]): The names of the files and directories to check.
    RAISES (ConfigValidationError): If one has been changed, is missing or new.
    """
    file_ = path / FILE_NAME
    if not file_.exists():
        return
    try:
        expected = srsly.read_json(file_)
    except (ValueError, OSError):
        expected = None
    if not isinstance(expected, dict):
        raise config_error(["path"], f"'{file_}' is damaged, expected a JSON object")
    found = compute_checksums(path, parts)
    for name in sorted({*found, *pick(expected, parts)}):
        if found.get(name) == expected.get(name):
            continue
        what = "has been changed" if name in found else "has gone"
        raise config_error(
            ["path"],
            f"'{path / name}' {what if name in expected else 'is new'} since the "
            f"pipeline was saved. If you have edited it, delete '{file_}'; the files "
            "are then loaded as they are.",
        )


def compute_checksums(path: Path, parts: Collection[str]) -> Dict[str, str]:
    return {
        file_.relative_to(path).as_posix(): digest([file_.read_bytes()])
        for part in parts
        for file_ in find_files(path / part)
    }


def find_files(path: Path) -> Iterator[Path]:
    """Find a file, or those of a directory but for hidden ones."""
    if path.is_file():
        yield path
    elif path.is_dir():
        for inner in path.glob("[!.]*"):
            yield from find_files(inner)


def pick(names: Collection[str], parts: Collection[str]) -> Iterator[str]:
    return (name for name in names if name.split("/")[0] in parts)
