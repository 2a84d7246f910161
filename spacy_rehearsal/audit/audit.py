"""Find what is wrong with training data before a model learns it."""

from typing import List

from tqdm import tqdm

# the checks of these two modules register themselves, in this order
from . import checks  # noqa: F401

from . import base_checks  # noqa: F401  # isort: skip
from .data import AuditData
from .finding import CHECKS, Finding


def audit(data: AuditData) -> List[Finding]:
    """Find what is wrong with training data. A progress bar on stderr shows meanwhile.

    data (AuditData): The data.
    RETURNS (List[Finding]): The problems first, and of these first what training
        doesn't start with.
    """
    ordered = sorted(
        CHECKS.values(), key=lambda c: (not c.is_problem, not c.stops_training)
    )
    progress = tqdm(ordered, desc="Checking", unit=" checks", leave=False)
    findings = [check(data) for check in progress]
    return [finding for finding in findings if finding is not None]
