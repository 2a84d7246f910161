"""Runs that are stored as soon as they are finished, and never done twice."""

import shutil
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import click
import srsly
from tqdm import tqdm

from spacy_rehearsal.files import write_beside

Scores = Dict[str, Any]
Work = Callable[[Path], Scores]
Job = Tuple[Path, Dict[str, Any], Work]


def do_all(jobs: List[Job]) -> List[Scores]:
    """Do what is not done yet.

    jobs (List[Tuple[Path, Dict[str, Any], Callable[[Path], Dict[str, Any]]]]): For
        each, the directory that is there once it is finished, its settings, and what
        to do in a directory beside it.
    RETURNS (List[Dict[str, Any]]): The scores of each.
    """
    for directory, settings, _ in jobs:
        check_settings(directory, settings)
    done = []
    with tqdm(jobs, unit="run", disable=None) as progress:
        for directory, settings, work in progress:
            progress.set_description("/".join(directory.parts[-3:]))
            if not directory.exists():
                do(directory, settings, work)
            done.append(srsly.read_json(directory / "result.json")["scores"])
    return done


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
