"""`spacy rehearsal annotate`."""

import shutil
from itertools import islice
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from spacy.cli._util import Arg, Opt, import_code, setup_gpu
from tqdm import tqdm

from ..errors import config_error
from ..files import FILE_TYPE
from ..readers.raw import check_raw_text
from ..readers.raw_corpus import RawCorpus
from ..readers.raw_files import get_kind
from ..teacher.annotator import Annotator
from ..teacher.cache import split_into_shards
from ..teacher.teacher import Teacher
from .app import rehearsal_cli
from .terminal import msg
from .util import (
    CODE,
    ON_ERROR,
    RAW_FILES,
    TEXT_KEY,
    TEXT_PER,
    check_output,
    print_json,
    show_errors,
)

PARTS = ".parts"
# what is lost at most when the command is killed, in texts
SHARDS = {"mean_size": 1024, "max_size": 2048}


@rehearsal_cli.command("annotate")
def annotate_cli(
    base_model: str = Arg(..., help="Package name or path of the base pipeline"),
    raw: Path = Arg(
        ...,
        help=f"Raw text: {RAW_FILES}; or - for what comes in, JSONL or a text a line",
        allow_dash=True,
    ),
    output: Path = Arg(
        ..., help="File for the docs (.spacy), or a new directory for several files"
    ),
    component: List[str] = Opt(
        [],
        "--component",
        "-c",
        help="Component whose annotations are needed. Can be given several times. By "
        "default the entity recognizer",
    ),
    n_process: int = Opt(1, "--n-process", "-n", help="Number of processes", min=1),
    gpu_id: int = Opt(-1, "--gpu-id", "-g", help="GPU ID or -1 for CPU"),
    min_length: int = Opt(
        0, "--min-length", help="Shortest text to read, in tokens", min=0
    ),
    max_length: int = Opt(
        0,
        "--max-length",
        help="Longest text, in tokens: longer ones are split. 0 for no limit but "
        "100,000 characters",
        min=0,
    ),
    limit: int = Opt(
        0, "--limit", "-l", help="Number of texts to read. 0 for all", min=0
    ),
    text_key: Optional[str] = TEXT_KEY,
    text_per: str = TEXT_PER,
    on_error: str = ON_ERROR,
    code: Optional[Path] = CODE,
    force: bool = Opt(False, "--force", "-F", help="Overwrite the output"),
    as_json: bool = Opt(False, "--json", help="Print the counts as JSON"),
) -> None:
    """
    Annotate raw text with a base pipeline, for training on its predictions.

    What comes out is for spacy.Corpus.v1, in the order of the texts. A file is as large
    in memory when it is read; a directory is read file by file. If the command is
    interrupted, the same command goes on where it stopped.
    """
    with show_errors():
        import_code(code)
        try:
            setup_gpu(gpu_id, silent=as_json)
        except ValueError as err:
            raise config_error(["gpu_id"], f"{err}. -1 is for the CPU.") from None
        try:
            counts = annotate(
                base_model,
                raw,
                output,
                components=component,
                n_process=n_process,
                min_length=min_length,
                max_length=max_length,
                limit=limit,
                text_key=text_key,
                text_per=text_per,
                on_error=on_error,
                force=force,
            )
        except KeyboardInterrupt:
            msg.warn("Interrupted. The same command goes on where it stopped.")
            raise SystemExit(130) from None
    if as_json:
        print_json(counts)
    else:
        entities = sum(counts["labels"].values())
        speed = counts["new_words"] / max(counts["seconds"], 1e-9)
        found = f", {entities} entities" if entities else ""
        msg.good(f"{output}: {counts['texts']} texts, {counts['words']} words{found}")
        if counts["new_words"] < counts["words"]:
            resumed = counts["words"] - counts["new_words"]
            msg.info(f"{resumed} words were annotated before")
        if counts["new_words"]:
            msg.info(f"{speed:.0f} words per second")


def annotate(
    base_model: str,
    raw: Path,
    output: Path,
    *,
    components: Sequence[str] = (),
    n_process: int = 1,
    min_length: int = 0,
    max_length: int = 0,
    limit: int = 0,
    text_key: Optional[str] = None,
    text_per: str = "line",
    on_error: str = "raise",
    force: bool = False,
) -> Dict[str, Any]:
    """Annotate raw text with a base pipeline, and write the docs.

    Texts are annotated part by part, and each part is kept in a directory beside the
    output until all is done. For the settings see the command's help.

    RETURNS (Dict[str, Any]): `texts`, `words`, `new_words` (annotated by this call),
        `labels` (the number of entities of each), `seconds` (spent on annotating) and
        `skipped` (the number of texts and files that can't be read).
    RAISES (ConfigValidationError): If a file can't be read or written.
    RAISES (UnavailablePipelineError): If there is no such pipeline, or it needs code
        that is not there.
    """
    if get_kind(output):
        raise config_error(
            ["output"], f"'{output}' is neither a {FILE_TYPE} file nor a directory"
        )
    if output.suffix != FILE_TYPE and output.exists():
        raise config_error(
            ["output"], f"'{output}' already exists. Give a new directory."
        )
    check_output(output, force=force)
    reader = RawCorpus(
        raw,
        min_length=min_length,
        max_length=max_length,
        text_key=text_key,
        text_per=text_per,
        on_error=on_error,
    )
    check_raw_text(reader)
    parts = output.with_name(output.name + PARTS)
    teacher = Teacher(base_model, components=components, cache_dir=parts)
    texts = reader.read(teacher.count_words)
    annotator = Annotator(teacher, n_process=n_process)
    with tqdm(
        desc=f"Annotating with {base_model}",
        unit=" texts",
        leave=False,
    ) as progress:
        for shard in split_into_shards(islice(texts, limit or None), **SHARDS):
            progress.total = reader.estimate_texts(limit)
            annotator(shard, progress)
    reader.tell()
    if not annotator.paths:
        shutil.rmtree(parts)
        raise config_error(["raw"], f"no text in '{raw}' is as long as was asked for")
    annotator.write(output)
    shutil.rmtree(parts)
    return {
        "texts": annotator.n_texts,
        "words": annotator.n_words,
        "new_words": annotator.n_new_words,
        "seconds": round(annotator.seconds, 2),
        "labels": dict(annotator.labels.most_common()),
        "skipped": reader.n_skipped,
    }
