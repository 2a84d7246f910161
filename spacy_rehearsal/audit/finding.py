"""What an audit finds, and the checks that find it.

A check is a function that takes the data and returns what is wrong with them, if
anything is. It is registered with its name:

    @check("empty_texts", is_problem=False)
    def find_empty_texts(data: AuditData) -> Optional[Found]:
        ...
"""

from dataclasses import dataclass, field
from typing import Callable, Dict, List, Optional, Sequence

from .data import AuditData


@dataclass
class Finding:
    """One thing that is wrong with the data, or worth knowing.

    name (str): What kind of finding it is.
    title (str): What was found, with its count.
    examples (List[str]): Some of the places.
    advice (str): What to do.
    is_problem (bool): Whether it should be corrected before training.
    count (int): The number of cases.
    stops_training (bool): Whether training doesn't start with it.
    """

    name: str
    title: str
    advice: str
    count: int
    examples: List[str] = field(default_factory=list)
    is_problem: bool = True
    stops_training: bool = False


@dataclass
class Found:
    """What a check has found. See `Finding`."""

    title: str
    advice: str
    count: int
    examples: Sequence[str] = ()


def list_cases(cases: Sequence[str], title: str, advice: str) -> Optional[Found]:
    """Make what a check has found of its cases, each of which is an example.

    cases (Sequence[str]): The cases.
    title (str): What was found, with its count.
    advice (str): What to do.
    RETURNS (Optional[Found]): What was found. None if there is no case.
    """
    return Found(title, advice, len(cases), cases) if cases else None


Find = Callable[[AuditData], Optional[Found]]


@dataclass
class Check:
    """A registered check.

    name (str): The name of what it finds.
    find (Callable[[AuditData], Optional[Found]]): Looks for it.
    is_problem (bool): Whether it should be corrected before training.
    stops_training (bool): Whether training doesn't start with it. Such are shown first.
    needs_base (bool): Whether it compares the data with a base pipeline.
    """

    name: str
    find: Find
    is_problem: bool
    stops_training: bool
    needs_base: bool

    def __call__(self, data: AuditData) -> Optional[Finding]:
        """Check the data, if there is all that it needs.

        data (AuditData): The data.
        RETURNS (Optional[Finding]): What is wrong with them.
        """
        if self.needs_base and data.base_docs is None:
            return None
        found = self.find(data)
        if found is None:
            return None
        examples = list(found.examples)
        return Finding(
            self.name,
            found.title,
            found.advice,
            found.count,
            examples,
            self.is_problem,
            self.stops_training,
        )


# checks by the name of what they find, in the order in which they are listed
CHECKS: Dict[str, Check] = {}


def check(
    name: str,
    *,
    is_problem: bool = True,
    stops_training: bool = False,
    needs_base: bool = False,
) -> Callable[[Find], Find]:
    """Register a check.

    For the settings see `Check`.

    RETURNS (Callable): Decorator of the function that looks for it.
    """

    def register(find: Find) -> Find:
        if name in CHECKS:
            raise ValueError(f"there is a check '{name}' already")
        CHECKS[name] = Check(name, find, is_problem, stops_training, needs_base)
        return find

    return register
