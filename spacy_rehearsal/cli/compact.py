"""`spacy rehearsal compact`."""

from pathlib import Path
from typing import Any, Dict, List, Optional

from spacy.cli._util import Arg, Opt, import_code

from ..compaction.compaction import MAX_STEPS, compact
from ..readers.raw_text.corpus import RawCorpus
from .app import rehearsal_cli
from .terminal import msg
from .util import (
    CODE,
    ON_ERROR,
    RAW_FILES,
    TEXT_KEY,
    TEXT_PER,
    check_pipeline_output,
    print_json,
    show_errors,
)


@rehearsal_cli.command("compact")
def compact_cli(
    trained: str = Arg(..., help="Package name or path of the pipeline"),
    output: Path = Arg(..., help="Directory for the smaller pipeline"),
    raw: Path = Opt(
        ...,
        "--raw",
        "-r",
        help=f"Raw text: {RAW_FILES}",
    ),
    text_key: Optional[str] = TEXT_KEY,
    text_per: str = TEXT_PER,
    on_error: str = ON_ERROR,
    component: List[str] = Opt(
        [],
        "--component",
        "-c",
        help="Component to compact. Can be given several times. By default all that "
        "have grown",
    ),
    gold: List[Path] = Opt(
        [],
        "--gold",
        "-g",
        help="Annotations that it was trained on, for their texts, in which new labels "
        "are more frequent. Can be given several times",
    ),
    dev: List[Path] = Opt(
        [],
        "--dev",
        "-d",
        help="Annotations to score on, before and after. Can be given several times",
    ),
    max_steps: int = Opt(
        MAX_STEPS,
        "--max-steps",
        "-n",
        help="Training steps at most. 0 for none: the component as it was before it "
        "grew",
        min=0,
    ),
    seed: int = Opt(0, "--seed", "-s", help="Seed of order and dropout", min=0),
    code: Optional[Path] = CODE,
    force: bool = Opt(False, "--force", "-F", help="Overwrite the output"),
    as_json: bool = Opt(False, "--json", help="Print the costs as JSON"),
) -> None:
    """
    Make a component that has grown as small and fast as it was.

    A network of the first size learns to do what the grown one does, on raw text that
    need not be annotated. It starts as the part that the component has grown from.
    Ctrl-C ends the training, and what is best so far is written. The costs are shown:
    how far the two agree, F on the annotations given with --dev, speed and size.
    """
    with show_errors():
        import_code(code)
        check_pipeline_output(output, source=trained, force=force)
        costs = compact(
            trained,
            output,
            RawCorpus(raw, text_key=text_key, text_per=text_per, on_error=on_error),
            components=component,
            gold=gold,
            dev=dev,
            max_steps=max_steps,
            seed=seed,
        )
    if as_json:
        print_json(costs)
    else:
        show_costs(costs)
    if costs["interrupted"]:
        if not as_json:
            msg.warn(f"Interrupted after {costs['steps']} steps")
        raise SystemExit(130)


def show_costs(costs: Dict[str, Any]) -> None:
    for name, cost in costs["components"].items():
        speed, size = cost["words_per_second"], cost["megabytes"]
        rows = [
            *(
                (f"F on {path}", f"{s['before']['f']:.1f}", f"{s['after']['f']:.1f}")
                for path, s in cost["scores"].items()
            ),
            ("agreement with the larger", "100.0", f"{cost['agreement']:.1f}"),
            ("words per second", f"{speed['before']:.0f}", f"{speed['after']:.0f}"),
            ("MB", f"{size['before']:.1f}", f"{size['after']:.1f}"),
        ]
        msg.divider(name)
        header = ("", "before", "after")
        msg.table(rows, header=header, divider=True, aligns=("l", "r", "r"))
    msg.good(f"Saved the pipeline after {costs['steps']} steps", costs["output"])
