"""`spacy rehearsal calibrate`."""

from pathlib import Path
from typing import Any, Dict, Optional

from spacy.cli._util import Arg, Opt, import_code

from ..tuning.calibrating import calibrate
from .app import rehearsal_cli
from .terminal import msg, print_text
from .util import CODE, check_pipeline_output, print_json, show_errors


@rehearsal_cli.command("calibrate")
def calibrate_cli(
    model: str = Arg(..., help="Package name or path of the pipeline"),
    dev: Path = Arg(
        ...,
        help="Annotations that it was not trained on: .spacy, .jsonl, .json or .py",
        exists=True,
    ),
    output: Path = Arg(..., help="Directory for the calibrated pipeline"),
    component: Optional[str] = Opt(
        None,
        "--component",
        "-c",
        help="Entity recognizer to calibrate. By default the only one",
    ),
    code: Optional[Path] = CODE,
    force: bool = Opt(False, "--force", "-F", help="Overwrite the output"),
    as_json: bool = Opt(False, "--json", help="Print the table as JSON"),
) -> None:
    """
    How sure is it? Let a pipeline say so of each entity.

    Adds the component entity_confidence, which sets ent._.confidence, and calibrates
    it: of the entities with a confidence of 0.8, eight in ten are right. Nothing is
    trained, and the entities stay as they are. What is written needs this package where
    it is loaded.
    """
    with show_errors():
        import_code(code)
        check_pipeline_output(output, source=model, force=force)
        result = calibrate(model, dev, output, component=component)
    if as_json:
        print_json(result)
    else:
        show(result)


def show(result: Dict[str, Any]) -> None:
    """Print how sure it is, and how often it is right, before and after."""
    msg.divider(f"{result['component']} of {result['model']}")
    print_text(f"{result['right']} of {result['entities']} entities are right")
    rows = [
        (
            f"{after['from']:.1f} to {after['to']:.1f}",
            str(after["entities"]),
            f"{after['confidence']:.2f}",
            f"{after['right']:.2f}",
        )
        for after in result["after"]["bins"]
    ]
    header = ("confidence", "entities", "mean", "right")
    msg.table(rows, header=header, divider=True, aligns=("l", "r", "r", "r"))
    errors = [f"{result[name]['error']:.3f}" for name in ("before", "after")]
    msg.table(
        [
            ("temperature", "1", f"{result['temperature']:.2f}"),
            ("expected calibration error", *errors),
        ],
        header=("", "before", "after"),
        divider=True,
        aligns=("l", "r", "r"),
    )
    msg.good("Saved the pipeline", result["output"])
