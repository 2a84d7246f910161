"""`spacy rehearsal remember`."""

from collections import Counter
from pathlib import Path
from typing import Any, Dict, List, Optional

import srsly
from spacy.cli._util import Arg, Opt

from ..errors import config_error
from ..files import write_bytes
from ..readers.exemplars import choose_exemplars, get_labels, read_texts, to_record
from ..readers.formats.annotated import Annotated
from ..readers.formats.registry import check_format
from .app import rehearsal_cli
from .terminal import msg
from .util import check_output, print_json, show_errors

FILE_TYPE = ".jsonl"
N_TEXTS = 10


@rehearsal_cli.command("remember")
def remember_cli(
    gold: Path = Arg(
        ...,
        help="Annotations that were trained on: .spacy, .jsonl, .json or .py, or a "
        "directory of such",
        exists=True,
    ),
    output: Path = Arg(..., help="File for the memory (.jsonl)"),
    earlier: Optional[Path] = Opt(
        None,
        "--from",
        help="Memory of earlier trainings, which this one goes on",
        exists=True,
    ),
    n_texts: int = Opt(
        N_TEXTS, "--texts-per-label", "-n", help="Texts to keep with each label", min=1
    ),
    format: Optional[str] = Opt(
        None, "--format", "-f", help="Format of .jsonl and .json, if not recognized"
    ),
    force: bool = Opt(False, "--force", "-F", help="Overwrite the memory"),
    as_json: bool = Opt(False, "--json", help="Print the counts as JSON"),
) -> None:
    """
    Keep a few annotated texts, to train on them again when more labels are learned.

    Texts with many labels are taken first, of these the shortest, until each label is
    in as many texts as asked for, those of the earlier memory included. The memory is
    for `spacy rehearsal init-config --memory`. It has your texts as they are: keep it
    as you keep them.
    """
    with show_errors():
        counts = remember(
            gold, output, earlier=earlier, n_texts=n_texts, format=format, force=force
        )
    if as_json:
        print_json(counts)
    else:
        show_counts(counts, n_texts)


def remember(
    gold: Path,
    output: Path,
    *,
    earlier: Optional[Path] = None,
    n_texts: int = N_TEXTS,
    format: Optional[str] = None,
    force: bool = False,
) -> Dict[str, Any]:
    """Choose a few annotated texts, and write them behind those of an earlier memory.

    For the settings see the command's help.

    RETURNS (Dict[str, Any]): `output`, `texts`, `new_texts` (those that are not from
        the earlier memory), `partial_texts` (those of the gold that are not taken,
        because a part of their annotation is missing) and `labels`: in how many texts
        each is.
    RAISES (ConfigValidationError): If a file can't be read or written, or there is no
        label.
    """
    if output.suffix != FILE_TYPE:
        raise config_error(["output"], f"'{output}' is no {FILE_TYPE} file")
    check_output(output, force=force)
    if output.exists() and output.samefile(gold):
        raise config_error(["output"], f"'{output}' is the gold itself")
    check_format(format)
    texts = [*read_texts(gold, format=format)]
    old = [] if earlier is None else [*read_texts(earlier)]
    complete = [text for text in texts if text.is_complete]
    if not any(map(get_labels, complete)):
        raise config_error(
            ["gold"],
            f"'{gold}' has no entity, span or category in a text of which no part is "
            "missing. Is it annotated?",
        )
    known = {to_line(text): text for text in old}
    new = {to_line(text): text for text in complete}
    candidates = [text for line, text in new.items() if line not in known]
    chosen = choose_exemplars(candidates, n_texts, count_texts(old))
    lines = [*known, *map(to_line, chosen)]
    write_bytes(output, "".join(f"{line}\n" for line in lines).encode("utf8"))
    return {
        "output": str(output),
        "texts": len(lines),
        "new_texts": len(chosen),
        "partial_texts": len(texts) - len(complete),
        "labels": dict(count_texts([*old, *chosen]).most_common()),
    }


def to_line(text: Annotated) -> str:
    return str(srsly.json_dumps(to_record(text)))


def count_texts(texts: List[Annotated]) -> Counter[str]:
    """Count the texts that have each label."""
    return Counter(label for text in texts for label in sorted(get_labels(text)))


def show_counts(counts: Dict[str, Any], n_texts: int) -> None:
    labels = ", ".join(f"{n} with {label}" for label, n in counts["labels"].items())
    msg.good(f"{counts['output']}: {counts['texts']} texts, {labels}")
    if counts["partial_texts"]:
        n = counts["partial_texts"]
        msg.info(f"{n} texts with missing annotation are not taken")
    few = [label for label, n in counts["labels"].items() if n < n_texts]
    if few:
        msg.warn(f"There are no {n_texts} texts with: {', '.join(few)}")
