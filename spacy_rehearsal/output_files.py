import os
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator


@contextmanager
def write_beside(path: Path) -> Iterator[Path]:
    """Write a file beside its place and rename it, so that it is never half there.

    path (Path): The file to write.
    YIELDS (Path): The temporary file to write to. It becomes `path` at the end, and
        goes if there is an error.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
