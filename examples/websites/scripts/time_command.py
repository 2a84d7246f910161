"""Run a command and write down how many seconds it took."""

import subprocess
import sys
import time
from pathlib import Path

import srsly


def main(output: Path, *command: str) -> None:
    start = time.perf_counter()
    program = sys.executable if command[0] == "python" else command[0]
    subprocess.run([program, *command[1:]], check=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    srsly.write_json(output, {"seconds": round(time.perf_counter() - start, 1)})


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), *sys.argv[2:])
    except subprocess.CalledProcessError as err:
        sys.exit(err.returncode)
