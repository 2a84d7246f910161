"""What a format has to say of itself: `Format`, and the registry of formats."""

from abc import ABC, abstractmethod
from typing import Any, Iterable, Optional, Set

import catalogue

from .annotated import Annotated

# classes of formats by name; other packages add theirs with entry points of the group
# `spacy_rehearsal_formats`
formats = catalogue.create("spacy_rehearsal", "formats", entry_points=True)


class Format(ABC):
    """What a tool writes: how to recognize its records, and how to read them.

    A subclass is registered under the name that users give, with
    `@formats("my_tool")`.

    ATTRIBUTES:
    rank (int): Its place where the formats are listed. Those of the same rank are
        listed by name.
    priority (int): Of several formats that recognize a record, the one with the highest
        priority reads it. Of the same priority, the one that is listed first.
    needs_preparation (bool): Whether it has to see all records of a file before it can
        read one.
    """

    rank = 100
    priority = 0
    needs_preparation = False

    @abstractmethod
    def recognizes(self, record: Any) -> bool:
        """Tell whether a record looks like one of this format. The first one of a file
        decides for all of them.

        record (Any): A list, tuple or dict.
        RETURNS (bool): Whether it does.
        """

    def is_sure(self, record: Any) -> bool:
        """Tell whether a list that this recognizes is a record beyond doubt, and no
        list of texts or of records."""
        return True

    def prepare(self, records: Iterable[Any]) -> None:
        """Look at all records of a file, if it needs to.

        records (Iterable[Any]): The records.
        """

    @abstractmethod
    def parse(self, record: Any) -> Optional[Annotated]:
        """Read a record.

        record (Any): The record, of whatever type.
        RETURNS (Optional[Annotated]): The text and its annotations. None if the
            annotator has skipped it.
        RAISES (ValueError): If it can't be read. The message gets file and line; so
            does any AttributeError, KeyError or TypeError.
        """


def get_keys(record: Any) -> Set[Any]:
    """Get the keys of a record. None if it is a list."""
    return set(record) if isinstance(record, dict) else set()
