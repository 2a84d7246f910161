"""Runs that are stored as soon as they are finished, and never done twice."""

import os
import shutil
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import click
import srsly
from tqdm import tqdm

from spacy_rehearsal.files import write_beside
from spacy_rehearsal.teacher.on_ray import connect

Scores = Dict[str, Any]
Work = Callable[[Path], Scores]
Job = Tuple[Path, Dict[str, Any], Work]


def do_all(jobs: List[Job]) -> List[Scores]:
    """Do what is not done yet, in order. See `do_chains`."""
    return do_chains([jobs])[0]


def do_chains(chains: List[List[Job]], ray: Optional[str] = None) -> List[List[Scores]]:
    """Do what is not done yet.

    chains (List[List[Tuple[Path, Dict[str, Any], Callable[[Path], Dict[str, Any]]]]]):
        For each job the directory that is there once it is finished, its settings, and
        what to do in a directory beside it. The jobs of a chain are done in order.
    ray (Optional[str]): Address of a Ray cluster that does the chains, or "local" to
        start one. All of its machines must see the same files.
    RETURNS (List[List[Dict[str, Any]]]): The scores of each.
    """
    jobs = [job for chain in chains for job in chain]
    for directory, settings, _ in jobs:
        check_settings(directory, settings)
    with tqdm(total=len(jobs), unit="run", disable=None) as progress:
        for chain in do_on_ray(chains, ray) if ray else map(do_chain, chains):
            for directory in chain:
                progress.set_description("/".join(directory.parts[-3:]))
                progress.update()
    return [
        [srsly.read_json(path / "result.json")["scores"] for path, _, _ in chain]
        for chain in chains
    ]


def do_on_ray(chains: List[List[Job]], address: str) -> Iterator[Iterator[Path]]:
    """Do chains of jobs as tasks on a Ray cluster."""
    with connect(address, os.cpu_count() or 1) as ray:
        task = ray.remote(num_cpus=1)(lambda chain: list(do_chain(chain)))
        pending = [task.remote(chain) for chain in chains]
        while pending:
            [done], pending = ray.wait(pending)
            yield iter(ray.get(done))


def do_chain(jobs: List[Job]) -> Iterator[Path]:
    for directory, settings, work in jobs:
        if not directory.exists():
            do(directory, settings, work)
        yield directory


def check_settings(directory: Path, settings: Dict[str, Any]) -> None:
    if not directory.exists():
        return
    stored = srsly.read_json(directory / "result.json")["settings"]
    differing = [name for name in settings if stored.get(name) != settings[name]]
    if differing:
        raise click.ClickException(
            f"{directory} was made with another {', '.join(differing)}. "
            "Give another --output, or remove it."
        )


def do(directory: Path, settings: Dict[str, Any], work: Work) -> None:
    unfinished = directory.with_name(f"{directory.name}-unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        scores = work(unfinished)
    except RuntimeError as err:
        raise click.ClickException(str(err)) from err
    result = {"settings": settings, "scores": scores}
    srsly.write_json(unfinished / "result.json", result)
    unfinished.rename(directory)


def write_report(
    output: Path, name: str, settings: Dict[str, Any], records: Any, summary: Any
) -> None:
    report = {"settings": settings, "summary": summary, "runs": records}
    with write_beside(output / f"{name}.json") as temporary:
        srsly.write_json(temporary, report)
