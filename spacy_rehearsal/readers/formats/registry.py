"""Read annotated texts of any format."""

from pathlib import Path
from typing import Iterator, List, Optional, Sequence

from ...errors import config_error
from .annotated import Annotated
from .reading import FileReading
from .recognition import get_formats, recognize_format
from .sources import find_annotated_files
from .tally import Tally, list_shown

__all__ = ["check_format", "get_formats", "read_annotated", "recognize_format"]


def read_annotated(
    path: Path,
    *,
    format: Optional[str] = None,
    tag_names: Sequence[str] = (),
    tally: Optional[Tally] = None,
) -> Iterator[Annotated]:
    """Read annotated texts from a file, or from all files of a directory.

    path (Path): A file that `find_annotated_files` knows, or a directory of such.
    format (Optional[str]): The name of a format. By default the first record of each
        file tells.
    tag_names (Sequence[str]): What the numbers of tags stand for, in order.
    tally (Optional[Tally]): Takes what is wrong, and counts. Without it, all that is
        wrong is one error at the end.
    YIELDS (Annotated): The texts, without those that the annotator has skipped.
    RAISES (ConfigValidationError): If a file can't be read, or is in no known format;
        without tally also if a record or span is wrong. All are named with file and
        line, or number of the record.
    """
    counted = Tally() if tally is None else tally
    for file_ in find_annotated_files(path):
        yield from FileReading(file_, format, tag_names).read(counted)
    if tally is None:
        raise_problems([*counted.errors, *counted.bad])


def raise_problems(problems: List[str]) -> None:
    """Raise one error for all records or spans that can't be read, if there are any.

    RAISES (ConfigValidationError): If there are.
    """
    if len(problems) == 1:
        raise config_error(["path"], problems[0])
    if problems:
        raise config_error(
            ["path"],
            f"{len(problems)} records or spans can't be read:\n{list_shown(problems)}",
        )


def check_format(format: Optional[str]) -> None:
    """Check the name of a format.

    format (Optional[str]): The name, or None to recognize it.
    RAISES (ConfigValidationError): If there is no such format.
    """
    if format is not None and format not in get_formats():
        raise config_error(
            ["format"], f"must be one of {', '.join(get_formats())}, found '{format}'"
        )
