"""Kill commands at random moments, run them again, and compare what comes out with that
of a run that was left alone. Then the same with a disk that gets full.

    python benchmarks/kills.py BASE_MODEL RAW.jsonl [--n-kills 50] [--only annotate]

Each command is killed with SIGKILL, SIGTERM and, as Ctrl-C does it, SIGINT. Nothing
may be lost, doubled or half there, and once it has run to its end nothing may be left
beside what it is to write. Prints a row for each command. Linux only; full disks are
small ones in memory for root, and a limit to the size of files for others.
"""

import importlib.util
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional

import srsly
import typer
from spacy.tokens import DocBin
from thinc.api import Config
from wasabi import msg

from spacy_rehearsal.cli.init_config import init_config
from spacy_rehearsal.teacher.teacher import Teacher

ANNOTATE = "rehearsal annotate BASE_MODEL raw.jsonl out.spacy --force"
# what is run one after the other; to kill a command of your own, add it here
COMMANDS = {
    "annotate": [ANNOTATE],
    "annotate to a directory": ["rehearsal annotate BASE_MODEL raw.jsonl out"],
    "annotate -n 2": [f"{ANNOTATE} -n 2"],
    "annotate --shard": [
        f"{ANNOTATE} --shard 1/2",
        f"{ANNOTATE} --shard 2/2",
        f"{ANNOTATE} --collect",
    ],
    "annotate --ray": [f"{ANNOTATE} --ray local -n 2"],
    "bootstrap": [
        "rehearsal bootstrap patterns.jsonl raw.jsonl a.spacy --dev b.spacy --force"
    ],
    "gazetteer build": ["rehearsal gazetteer build names.jsonl names.sqlite --force"],
    "report --html": [
        "rehearsal report BASE_MODEL BASE_MODEL gold.spacy --html page.html --force"
    ],
    "train": ["train config.cfg --output output"],
}
# training writes over what it has written, until it is done
CHANGING = "output"
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
FULL = 30_000  # bytes
Files = Dict[str, bytes]


def main(
    base_model: str, raw: Path, n_kills: int = 50, seed: int = 0, only: str = ""
) -> None:
    chosen = {name: steps for name, steps in COMMANDS.items() if only in name}
    if importlib.util.find_spec("ray") is None:
        chosen.pop("annotate --ray", None)
    rng = random.Random(seed)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        inputs = Path(name) / "inputs"
        write_inputs(base_model, raw, inputs)
        for i, (command, steps) in enumerate(chosen.items()):
            n_here = len(range(i, n_kills, len(chosen)))
            trial = Trial(steps, base_model, inputs, Path(name))
            faults = [trial.kill(rng, SIGNALS[n % 3]) for n in range(n_here)]
            faults.append(trial.fill_disk())
            found = sorted({fault for fault in faults if fault})
            rows.append((command, n_here, trial.n_cut, "; ".join(found) or "none"))
            print(*rows[-1], sep="\t", flush=True)
    header = ("command", "kills", "of these before its end", "faults")
    msg.table(rows, header=header, divider=True)
    raise typer.Exit(any(row[-1] != "none" for row in rows))


def write_inputs(base_model: str, raw: Path, inputs: Path) -> None:
    inputs.mkdir()
    texts = [row["text"] for row in srsly.read_jsonl(raw)]
    many = ({"text": text} for text in islice(cycle(texts), 3000))
    srsly.write_jsonl(inputs / "raw.jsonl", many)
    pattern = {"label": "PRONOUN", "pattern": [{"LOWER": "she"}]}
    srsly.write_jsonl(inputs / "patterns.jsonl", [pattern])
    names = ({"name": f"Name {i}", "id": str(i)} for i in range(50_000))
    srsly.write_jsonl(inputs / "names.jsonl", names)
    docs = Teacher(base_model).predict(texts[:50])
    DocBin(docs=list(docs)).to_disk(inputs / "gold.spacy")
    paths = {"train": "gold.spacy", "dev": "gold.spacy", "raw": "raw.jsonl"}
    config = Config().from_str(init_config(base_model, paths=paths), interpolate=False)
    config["training"].update(max_steps=30, eval_frequency=5)
    config["corpora"]["train"]["min_silver"] = 1000
    config.to_disk(inputs / "config.cfg")


class Trial:
    """A command that is run again and again, each time in a new directory."""

    def __init__(
        self, steps: List[str], base_model: str, inputs: Path, directory: Path
    ) -> None:
        self.steps = [step.replace("BASE_MODEL", base_model) for step in steps]
        self.inputs = inputs
        self.directory = directory
        self.n_cut = 0
        start = time.monotonic()
        with self.prepare() as place:
            printed = self.run(place)
            self.seconds = time.monotonic() - start
            self.expected = read_files(place)
            if self.expected.keys() == read_files(inputs).keys():
                raise RuntimeError(f"{steps} has written nothing: {printed}")

    def kill(self, rng: random.Random, number: int) -> Optional[str]:
        """Kill the command at a random moment, and tell what is wrong afterwards."""
        # it takes a while to start
        end = time.monotonic() + self.seconds * rng.uniform(0.2, 1.05)

        def kill(process: "subprocess.Popen[bytes]") -> None:
            try:
                process.wait(max(0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.n_cut += 1
                send = os.killpg if number == signal.SIGINT else os.kill
                send(process.pid, number)

        with self.prepare() as place:
            self.run(place, kill)
            return self.check(place, signal.Signals(number).name)

    def fill_disk(self) -> Optional[str]:
        """Run the command on a disk that gets full, and tell what is wrong."""
        with self.prepare() as place:
            shutil.rmtree(place)
            place.mkdir()
            n_bytes = sum(f.stat().st_size for f in self.inputs.iterdir()) + FULL
            options = f"size={n_bytes // 4096 * 4096 + 4 * 4096}"
            command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
            is_mounted = not subprocess.run(
                command, stderr=subprocess.DEVNULL
            ).returncode
            shutil.copytree(self.inputs, place, dirs_exist_ok=True)
            try:
                printed = self.run(place, None if is_mounted else limit_size)
                if is_mounted:
                    more = ["mount", "-o", "remount,size=1g", str(place)]
                    subprocess.run(more, check=True)
                # those of `spacy train` are spaCy's
                if "Traceback" in printed and "rehearsal" in self.steps[0]:
                    return f"full disk: {printed.strip().splitlines()[-1]}"
                return self.check(place, "full disk")
            finally:
                if is_mounted:
                    subprocess.run(["umount", "-l", place], check=True)

    def check(self, place: Path, what: str) -> Optional[str]:
        found = read_files(place)
        half = [
            name
            for name in found
            if not name.startswith(CHANGING)
            and found[name] != self.expected.get(name, found[name])
        ]
        if half:
            return f"{what}: {', '.join(half)} half there"
        printed = self.run(place)
        again = read_files(place)
        left = [name for name in again if name not in self.expected]
        if left:
            return f"{what}: {', '.join(left)} left"
        wrong = [n for n, data in self.expected.items() if again.get(n) != data]
        return (
            f"{what}: {', '.join(wrong)} differ ({printed[-200:]})" if wrong else None
        )

    @contextmanager
    def prepare(self) -> Iterator[Path]:
        place = self.directory / "place"
        shutil.copytree(self.inputs, place)
        try:
            yield place
        finally:
            shutil.rmtree(place)

    def run(
        self,
        place: Path,
        disturb: Optional[Callable[["subprocess.Popen[bytes]"], None]] = None,
    ) -> str:
        """Run the steps, up to the first that fails.

        RETURNS (str): What they have printed.
        """
        printed = ""
        for step in self.steps:
            with tempfile.TemporaryFile() as log:
                process = subprocess.Popen(
                    [sys.executable, "-m", "spacy", *step.split()],
                    cwd=place,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    env={**os.environ, "OMP_NUM_THREADS": "1"},
                )
                if disturb is not None:
                    disturb(process)
                status = process.wait()
                wait_for_group(process.pid)
                log.seek(0)
                printed += log.read().decode("utf8", "replace")
            if status:
                break
        return printed


def limit_size(process: "subprocess.Popen[bytes]") -> None:
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (FULL, FULL))


def wait_for_group(group: int) -> None:
    """Wait until no process that a command has started is there."""
    for _ in range(300):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise RuntimeError(f"processes of group {group} live on")


def read_files(place: Path) -> Files:
    """Read all files of a directory, also hidden ones, and empty directories."""
    found: Files = {}
    for path in sorted(place.rglob("*")):
        is_empty = path.is_dir() and not any(path.iterdir())
        if path.is_file() or is_empty:
            data = b"" if is_empty else path.read_bytes()
            if path.name == "meta.json":  # it says how fast the last evaluation was
                data = re.sub(rb'"speed":[0-9.]+', b"", data)
            found[str(path.relative_to(place))] = data
    return found


if __name__ == "__main__":
    typer.run(main)
