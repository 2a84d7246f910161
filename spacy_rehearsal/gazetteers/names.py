"""Normalize names, and find those at edit distance 1."""

import unicodedata
from dataclasses import dataclass
from typing import Iterator, List, Tuple

MIN_FUZZY_LENGTH = 5
APOSTROPHES = str.maketrans("\u2019\u02bc", "''")
# letters with a stroke and ligatures, which Unicode does not take apart
UNDECOMPOSED = str.maketrans(
    {
        **{"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D"},
        **{"æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE"},
    }
)


@dataclass(frozen=True)
class Folding:
    """Which differences between two names a gazetteer looks over. White space and
    the form of an apostrophe never count.

    fold_case (bool): Upper and lower case are the same.
    fold_accents (bool): Letters with and without accents are the same.
    trim (bool): A name that is not found is looked up without an English possessive
        or plural ending.
    fuzzy (bool): A name of 5 letters or more that is not found is looked up with one
        letter inserted, deleted or replaced.
    """

    fold_case: bool = True
    fold_accents: bool = False
    trim: bool = False
    fuzzy: bool = False

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not isinstance(value, bool):
                raise ValueError(f"'{name}' must be true or false, found {value!r}")

    def normalize(self, name: str) -> str:
        """Bring a name into the form in which names are compared.

        name (str): The name.
        RETURNS (str): Its normalized form; empty if the name is only white space.
        """
        if not name.isascii():
            name = unicodedata.normalize("NFC", name.translate(APOSTROPHES))
        if self.fold_case:
            name = name.casefold()
        if self.fold_accents and not name.isascii():
            parts = unicodedata.normalize("NFKD", name.translate(UNDECOMPOSED))
            name = "".join(char for char in parts if not unicodedata.combining(char))
        return " ".join(name.split())


def trim_endings(name: str) -> Iterator[str]:
    """Take English possessive and plural endings off a name.

    name (str): The name, normalized.
    YIELDS (str): The shorter forms, the longest first.
    """
    for ending in ("'", "'s"):
        if name.endswith(ending):
            name = name[: -len(ending)]
            yield name
    for ending in ("s", "es"):
        if name.endswith(ending) and len(name) > len(ending) + 2:
            yield name[: -len(ending)]


def make_half_keys(name: str) -> Tuple[str, str]:
    """Make the two keys under which a name is found by those at edit distance 1.

    One edit leaves one half of a name as it was: the pigeonhole principle, as in Wu
    and Manber 1992, "Fast text searching: allowing errors".

    name (str): The name, normalized.
    RETURNS (Tuple[str, str]): The keys: length and first half, length and second.
    """
    half = len(name) // 2
    return f"{len(name)}<{name[:half]}", f"{len(name)}>{name[half:]}"


def make_half_queries(name: str) -> List[str]:
    """Make the keys that a name at edit distance 1 has at least one of.

    name (str): The name, normalized.
    RETURNS (List[str]): The keys.
    """
    queries = []
    for length in range(max(MIN_FUZZY_LENGTH, len(name) - 1), len(name) + 2):
        half = length // 2
        queries.append(f"{length}<{name[:half]}")
        queries.append(f"{length}>{name[len(name) - (length - half) :]}")
    return queries
