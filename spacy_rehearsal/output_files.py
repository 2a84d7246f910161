import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator


@contextmanager
def write_beside(path: Path) -> Iterator[Path]:
    """Write a file beside its place and rename it, so that it is never half there.

    path (Path): The file to write.
    YIELDS (Path): The file to write instead. It becomes `path` at the end, and goes if
        there is an error.
    """
    with tempfile.TemporaryDirectory(
        dir=path.parent, prefix=f".{path.name}-"
    ) as directory:
        temporary = Path(directory) / path.name
        yield temporary
        os.replace(temporary, path)
