"""Values of all kinds, and what may come of them."""

import json
import os
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional

from hypothesis import settings
from hypothesis import strategies as st
from thinc.api import ConfigValidationError

from spacy_rehearsal.errors import UnavailablePipelineError

SECONDS = 20
TEXTS = st.text(max_size=20) | st.sampled_from(
    ["", " ", "\0", "\x1b[2J", "\ud800", "a\nb", "../x", "\u200f", "é" * 300, "None"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 30)
    | st.sampled_from([10**12, -(10**20), 1e308, -0.5, 0.1])
    | TEXTS
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)
    ),
    max_leaves=8,
)


def examples(n_seeded: int) -> Callable[[Any], Any]:
    """Say how many examples are tried, unless FUZZ_EXAMPLES says it.

    n_seeded (int): As many as take a few seconds.
    RETURNS (Callable): Decorator of the test.
    """
    if os.environ.get("FUZZ_EXAMPLES"):
        return lambda test: test
    decorate: Callable[[Any], Any] = settings(max_examples=n_seeded)
    return decorate


class Hang(Exception):
    """Something takes too long."""


@contextmanager
def bounded() -> Iterator[None]:
    """Allow some seconds."""

    def stop(*args: Any) -> None:
        raise Hang(f"takes more than {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check(use: Callable[[], Any], *places: str) -> Optional[Any]:
    """Check that something gives a result, or one of our errors that says where.

    use (Callable[[], Any]): What to do.
    places (str): What the error names at least one of: a file, a field.
    RETURNS (Optional[Any]): The result. None for an error.
    """
    try:
        with bounded():
            return use()
    except ConfigValidationError as err:
        shown = str(err)
    except UnavailablePipelineError as err:
        shown = str(err)
    assert not places or any(place in shown for place in places), shown
    return None


def write_jsonl(path: Path, records: List[Any]) -> None:
    """Write a JSONL file, with half characters too."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


@st.composite
def change(draw: Any, value: Any) -> Any:
    """Change one part of a value: what comes out is nearly right."""
    parts: List[Any] = []
    if isinstance(value, dict):
        parts = list(value)
    elif isinstance(value, (list, tuple)):
        value = list(value)
        parts = list(range(len(value)))
    if parts and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(parts))
        changed = value.copy()
        if draw(st.integers(0, 5)):
            changed[key] = draw(change(value[key]))
        else:
            del changed[key]
        return changed
    return draw(JSON | st.just([value]) | st.just({"text": value}))
