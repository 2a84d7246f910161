"""What the workers of a run agree on, whichever machines they are on."""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import srsly

from ..errors import config_error
from ..files import make_private, write_bytes
from .annotator import Share
from .docbin import digest_keys

PARTS = ".parts"
# what is left of PARTS while it is removed
REMOVED = ".removed"
RUN = "run.json"


class Run:
    """A directory beside the output, which is there until the output is.

    It holds the shards that are done, unless there is another place for them, what the
    workers have agreed on, and what each has read. Shards are found by the model and
    the texts that they are made of, so none is ever wrong: all else is for messages.

    output (Path): The output.
    """

    def __init__(self, output: Path) -> None:
        self.path = output.with_name(output.name + PARTS)
        self._removed = output.with_name(output.name + PARTS + REMOVED)
        shutil.rmtree(self._removed, ignore_errors=True)

    def join(self, manifest: Dict[str, Any], share: Optional[Share]) -> None:
        """Take part in the run, or begin it.

        manifest (Dict[str, Any]): What identifies the teacher.
        share (Optional[Share]): Which shards are done here. None for all that are
            missing.
        RAISES (ConfigValidationError): If the run was begun otherwise, or by another
            user.
        """
        try:
            make_private(self.path)
        except PermissionError as err:
            raise config_error(["output"], str(err)) from None
        n_workers = share.n_workers if share else None
        begun = self._read(RUN)
        if begun is not None:
            self._check_model(begun["model"], manifest)
            if share and begun["n_workers"] not in (None, n_workers):
                raise config_error(
                    ["shard"],
                    f"this is worker {share.number} of {share.n_workers}, and "
                    f"'{self.path}' was begun by {begun['n_workers']} workers. Go on "
                    "with as many.",
                )
        if begun is None or share:
            self._write(RUN, {"model": manifest, "n_workers": n_workers})

    @property
    def n_workers(self) -> Optional[int]:
        """The number of workers. None if no worker has begun."""
        begun = self._read(RUN)
        return begun["n_workers"] if begun else None

    def end_share(self, share: Share, keys: Sequence[str]) -> List[int]:
        """Note that a worker has done its shards.

        share (Share): Which they are.
        keys (Sequence[str]): The keys of all shards.
        RETURNS (List[int]): The numbers of the workers that have read other texts.
        """
        text_key = digest_keys(keys)
        self._write(get_name(share.number), {"text_key": text_key})
        return self._find_differing(share.n_workers, text_key)

    def check_complete(self, missing: Sequence[int], keys: Sequence[str]) -> None:
        """Check that no shard is missing.

        missing (Sequence[int]): The numbers of the shards that are missing.
        keys (Sequence[str]): The keys of all shards.
        RAISES (ConfigValidationError): If one is. The message says whose they are.
        """
        if not missing:
            return
        n_workers = self.n_workers or 1
        counts = Counter(i % n_workers + 1 for i in missing)
        whose = ", ".join(
            f"{n} of worker {number}" for number, n in sorted(counts.items())
        )
        again = ", ".join(f"--shard {number}/{n_workers}" for number in sorted(counts))
        differing = self._find_differing(n_workers, digest_keys(keys))
        changed = (
            " The text, or which of it is read, is not what "
            f"{describe_workers(differing)} read."
            if differing
            else ""
        )
        raise config_error(
            ["collect"],
            f"{len(missing)} of {len(keys)} shards are missing: {whose}.{changed} Run "
            f"what is missing (again), with {again}. What is done is kept.",
        )

    def remove(self) -> None:
        """Remove the directory, at once for other processes."""
        if self.path.exists():
            self.path.rename(self._removed)
            shutil.rmtree(self._removed)

    def _check_model(self, begun: Dict[str, Any], mine: Dict[str, Any]) -> None:
        differing = [name for name in mine if begun.get(name) != mine[name]]
        if differing:
            found = ", ".join(
                f"{name.replace('_', ' ')} {begun.get(name)} and not {mine[name]}"
                for name in differing
            )
            raise config_error(
                ["base_model"],
                f"'{self.path}' was begun with another base model: {found}. Go on with "
                "the same one, give another output, or remove the directory.",
            )

    def _find_differing(self, n_workers: int, text_key: str) -> List[int]:
        found = {n: self._read(get_name(n)) for n in range(1, n_workers + 1)}
        return [n for n, done in found.items() if done and done["text_key"] != text_key]

    def _read(self, name: str) -> Optional[Dict[str, Any]]:
        path = self.path / name
        return srsly.read_json(path) if path.is_file() else None

    def _write(self, name: str, value: Dict[str, Any]) -> None:
        write_bytes(self.path / name, srsly.json_dumps(value, indent=2).encode("utf8"))


def get_name(number: int) -> str:
    return f"worker-{number}.json"


def describe_workers(numbers: Sequence[int]) -> str:
    """Name workers in a message."""
    listed = ", ".join(map(str, numbers))
    return f"worker {listed}" if len(numbers) == 1 else f"workers {listed}"
