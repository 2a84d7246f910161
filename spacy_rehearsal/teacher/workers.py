"""Who annotates shards: this process, or others that load the teacher once."""

import multiprocessing
import os
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Callable, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple

from spacy.util import import_file
from thinc.api import require_gpu
from thinc.compat import has_torch, torch

from ..errors import config_error
from .teacher import Teacher

# annotates shards, as many as are given to it, in any order
Workers = Callable[[Iterable[List[str]]], Iterator[bytes]]
# how many shards are on their way to each worker, or in it
PENDING = 2


class TeacherSettings(NamedTuple):
    """What another process needs to know to load a teacher.

    base_model (str): Package name or path of the base pipeline.
    components (Tuple[str, ...]): The components whose annotations are needed.
    code (Optional[Path]): Python file that registers what the pipeline needs.
    gpu_id (int): The GPU, or -1 for the CPU.
    """

    base_model: str
    components: Tuple[str, ...] = ()
    code: Optional[Path] = None
    gpu_id: int = -1


@lru_cache(maxsize=1)
def load_teacher(settings: TeacherSettings) -> Teacher:
    """Load the teacher of a process that does nothing else.

    settings (TeacherSettings): Its settings.
    RETURNS (Teacher): The teacher.
    """
    if has_torch:
        # as spaCy does in its processes: each has a core
        torch.set_num_threads(1)
    if settings.gpu_id >= 0:
        require_gpu(settings.gpu_id)
    if settings.code is not None:
        import_file("python_code", settings.code)
    return Teacher(settings.base_model, components=settings.components)


def annotate_shard(settings: TeacherSettings, texts: List[str]) -> bytes:
    """Annotate the texts of a shard in a process that does nothing else.

    settings (TeacherSettings): The teacher's settings.
    texts (List[str]): The texts.
    RETURNS (bytes): The content of the shard's file in a cache.
    """
    return load_teacher(settings).annotate(texts)


def annotate_in_pool(
    settings: TeacherSettings, n_process: int, shards: Iterable[List[str]]
) -> Iterator[bytes]:
    """Annotate shards in several processes. They start with the first shard, and end
    with this process, however it ends.

    settings (TeacherSettings): The teacher's settings.
    n_process (int): The number of processes.
    shards (Iterable[List[str]]): The shards.
    YIELDS (bytes): The content of each shard's file, in the order in which they are
        done.
    RAISES (ConfigValidationError): If one of the processes dies.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    executor = ProcessPoolExecutor(
        n_process, mp_context=context, initializer=live_with, initargs=(ours,)
    )
    pending: Set[Future[bytes]] = set()
    try:
        for texts in shards:
            with hold_interrupts():
                pending.add(executor.submit(annotate_shard, settings, texts))
            if len(pending) >= PENDING * n_process:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield from get_results(done)
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            yield from get_results(done)
        executor.shutdown()
    except BrokenProcessPool:
        raise config_error(
            ["n_process"],
            "a worker process was killed, perhaps for lack of memory. What is done is "
            "kept: the same command goes on, and fewer processes need less memory.",
        ) from None
    finally:
        theirs.close()
        executor.shutdown(cancel_futures=True)
        ours.close()


def get_results(done: Iterable["Future[bytes]"]) -> Iterator[bytes]:
    """Get what has succeeded before what has failed."""
    for future in sorted(done, key=lambda f: f.exception() is not None):
        yield future.result()


@contextmanager
def hold_interrupts() -> Iterator[None]:
    """Let processes that are started here not see Ctrl-C, which goes to all processes
    of a terminal."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def live_with(pipe: Connection) -> None:
    """End this process once another one has closed its end of a pipe, or was killed.

    pipe (Connection): This process' end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def end() -> None:
        pipe.poll(None)
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()
