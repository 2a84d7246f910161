"""Runs of the benchmarks on a Ray cluster that is really there."""

import os
from pathlib import Path
from typing import Any, Dict, List

import pytest

from tests.util import ROOT

pytest.importorskip("ray", reason="needs the extra `ray`: make test-ray")


@pytest.mark.slow
def test_chains_are_done_in_order_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(ROOT / "benchmarks"), str(ROOT)])
    )
    from runs import Job, do_chains

    def make_job(chain: int, number: int) -> Job:
        before = tmp_path / f"{chain}-{number - 1}"

        def work(_: Path) -> Dict[str, Any]:
            if number and not before.exists():
                raise RuntimeError("it is not its turn")
            return {"score": 10 * chain + number, "process": os.getpid()}

        return tmp_path / f"{chain}-{number}", {"chain": chain}, work

    chains: List[List[Job]] = [[make_job(c, n) for n in range(3)] for c in range(2)]
    done = do_chains(chains, "local")
    scores = [[score["score"] for score in chain] for chain in done]
    assert scores == [[0, 1, 2], [10, 11, 12]]
    assert os.getpid() not in {s["process"] for chain in done for s in chain}
    assert do_chains(chains) == done
