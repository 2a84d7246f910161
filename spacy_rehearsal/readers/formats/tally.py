"""What was in files, and what has become of it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import List

MAX_SHOWN = 10


@dataclass
class Tally:
    """Count the spans of files: all of them are read, or left out for some reason.

    ATTRIBUTES:
    in_file (int): How many spans the files have, of entities and others.
    left_out (Counter[str]): How many of them are not read, by reason.
    unread (Counter[str]): How much there is of what is not read, by its name.
    errors (List[str]): The records that can't be read, with place.
    bad (List[str]): The spans that have no place in their text, with place.
    moved (List[str]): The spans that were moved to where the tool says that they are.
    notes (List[str]): How the files were understood, where there are several ways.
    """

    in_file: int = 0
    left_out: "Counter[str]" = field(default_factory=Counter)
    unread: "Counter[str]" = field(default_factory=Counter)
    errors: List[str] = field(default_factory=list)
    bad: List[str] = field(default_factory=list)
    moved: List[str] = field(default_factory=list)
    notes: List[str] = field(default_factory=list)

    @property
    def read(self) -> int:
        """How many spans are read."""
        return self.in_file - sum(self.left_out.values())

    def leave_out(self, reason: str, n: int) -> None:
        """Count spans that are not read."""
        if n:
            self.left_out[reason] += n

    def describe(self) -> List[str]:
        """Say what was in the files, and what of it is read.

        RETURNS (List[str]): Sentences. The numbers add up.
        """
        said = []
        if self.in_file:
            reasons = ", ".join(f"{n} {r}" for r, n in self.left_out.most_common())
            n_left_out = sum(self.left_out.values())
            said.append(
                f"{self.in_file} annotations in the files: {self.read} read, "
                f"{n_left_out} left out" + f" ({reasons})" * bool(reasons)
            )
        if self.unread:
            unread = ", ".join(f"{n} {name}" for name, n in self.unread.most_common())
            said.append(f"Not read: {unread}")
        return [*said, *self.notes]


def list_shown(problems: List[str], *, max_shown: int = MAX_SHOWN) -> str:
    """List the first of several problems, each on a line of its own."""
    shown = problems[:max_shown]
    if len(problems) > max_shown:
        shown = [
            *shown,
            f"and {len(problems) - max_shown} more. `spacy rehearsal audit` lists all "
            "of them.",
        ]
    return "\n".join(f"  {problem}" for problem in shown)
