"""What an audit finds."""

from dataclasses import dataclass, field
from typing import List

FINDINGS = (
    *("inconsistent", "misaligned", "overlapping", "duplicates", "judgement"),
    *("inside_base_label", "indistinct", "unlabelled_base_entities"),
    *("unlabelled_own_entities", "few_examples"),
)


@dataclass
class Finding:
    """One thing that is wrong with the data, or worth knowing.

    name (str): What kind of finding it is.
    title (str): What was found, with its count.
    examples (List[str]): Some of the places.
    advice (str): What to do.
    is_problem (bool): Whether it should be corrected before training.
    count (int): The number of cases.
    """

    name: str
    title: str
    advice: str
    count: int
    examples: List[str] = field(default_factory=list)
    is_problem: bool = True
