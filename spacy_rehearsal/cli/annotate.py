"""`spacy rehearsal annotate`."""

import re
import sqlite3
from collections import Counter
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence

from spacy.cli._util import Arg, Opt, import_code, setup_gpu
from tqdm import tqdm

from ..errors import config_error
from ..files import FILE_TYPE
from ..readers.raw_text.corpus import RawCorpus
from ..readers.raw_text.files import get_kind
from ..readers.raw_text.reading import check_raw_text
from ..teacher.annotator import ALL, Annotator, Share, read_output
from ..teacher.cache import split_into_shards
from ..teacher.docbin import Contents
from ..teacher.on_ray import annotate_on_ray, import_ray
from ..teacher.runs import PARTS, Run, describe_workers
from ..teacher.teacher import Teacher
from ..teacher.workers import TeacherSettings, Workers, annotate_in_pool
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
    shard: Optional[str] = Opt(
        None,
        "--shard",
        help="I/N: be worker I of N, from 1, and do one in N parts. Any machine that "
        "sees the output's directory can be one",
    ),
    collect: bool = Opt(
        False, "--collect", help="Check that all workers are done, and write the output"
    ),
    ray: Optional[str] = Opt(
        None,
        "--ray",
        help="Address of a Ray cluster to annotate on, or 'local' to start one of "
        "--n-process processes",
    ),
    cache_dir: Optional[Path] = Opt(
        None,
        "--cache-dir",
        help="Directory that keeps what is annotated, also for a teacher with this "
        "cache_dir. By default it is kept beside the output until that is there",
    ),
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
                share=parse_share(shard),
                collect=collect,
                ray=ray,
                cache_dir=cache_dir,
                gpu_id=gpu_id,
                code=code,
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
        except (OSError, sqlite3.Error) as err:
            problem = f"{err}. What is done is kept: the same command goes on."
            raise config_error(["output"], problem) from None
    if as_json:
        print_json(counts)
    else:
        show_counts(output, counts)


def parse_share(text: Optional[str]) -> Optional[Share]:
    """Read which worker of how many this is.

    text (Optional[str]): The option, e.g. "3/8".
    RETURNS (Optional[Share]): What it says.
    RAISES (ConfigValidationError): If there is no such worker.
    """
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]+)/([0-9]+)", text)
    if match is None:
        raise config_error(["shard"], f"expected e.g. --shard 3/8, found '{text}'")
    share = Share(*map(int, match.groups()))
    if not 1 <= share.number <= share.n_workers:
        raise config_error(
            ["shard"],
            f"there is no worker {share.number} of {share.n_workers}: they are counted "
            f"from 1 to {share.n_workers}",
        )
    return share


def show_counts(output: Path, counts: Dict[str, Any]) -> None:
    entities = sum(counts["labels"].values())
    found = f", {entities} entities" if entities else ""
    shards = ""
    if "worker" in counts:
        shards = f"{counts['shards']} of {counts['all_shards']} shards, "
    msg.good(
        f"{output}: {shards}{counts['texts']} texts, {counts['words']} words{found}"
    )
    if counts["new_words"] < counts["words"]:
        resumed = counts["words"] - counts["new_words"]
        msg.info(f"{resumed} words were annotated before")
    if counts["new_words"]:
        speed = counts["new_words"] / max(counts["seconds"], 1e-9)
        msg.info(f"{speed:.0f} words per second")
    if "worker" in counts:
        if counts["differing"]:
            msg.warn(
                f"Another text, or with other settings, was read by "
                f"{describe_workers(counts['differing'])}. Run that again."
            )
        msg.info("Once all workers are done, --collect writes the output.")


def annotate(
    base_model: str,
    raw: Path,
    output: Path,
    *,
    components: Sequence[str] = (),
    n_process: int = 1,
    share: Optional[Share] = None,
    collect: bool = False,
    ray: Optional[str] = None,
    cache_dir: Optional[Path] = None,
    gpu_id: int = -1,
    code: Optional[Path] = None,
    min_length: int = 0,
    max_length: int = 0,
    limit: int = 0,
    text_key: Optional[str] = None,
    text_per: str = "line",
    on_error: str = "raise",
    force: bool = False,
) -> Dict[str, Any]:
    """Annotate raw text with a base pipeline, and write the docs.

    Texts are annotated shard by shard, and each shard is kept in a directory beside the
    output until all is done. For the settings see the command's help.

    RETURNS (Dict[str, Any]): `texts`, `words`, `new_words` (annotated by this call),
        `labels` (the number of entities of each), `seconds` (spent on annotating) and
        `skipped` (the number of texts and files that can't be read). Of a worker also
        its number, `worker`, `shards` (done here), `all_shards`, and `differing`, the
        workers that have read other texts.
    RAISES (ConfigValidationError): If a file can't be read or written.
    RAISES (UnavailablePipelineError): If there is no such pipeline, or it needs code
        that is not there.
    """
    if (share is not None) + collect + (ray is not None) > 1:
        raise config_error(
            ["shard"], "--shard, --collect and --ray exclude each other. Give one."
        )
    if get_kind(output):
        raise config_error(
            ["output"], f"'{output}' is neither a {FILE_TYPE} file nor a directory"
        )
    if ray is not None:
        import_ray(ray)
    run = Run(output)
    is_cut_off = output.exists() and run.path.exists()
    if not is_cut_off:
        check_new_output(output, force=force)
        if collect and run.n_workers is None:
            raise config_error(
                ["collect"], f"no worker has begun: there is no '{run.path}' of one"
            )
    reader = RawCorpus(
        raw,
        min_length=min_length,
        max_length=max_length,
        text_key=text_key,
        text_per=text_per,
        on_error=on_error,
    )
    check_raw_text(reader)
    teacher = Teacher(
        base_model, components=components, cache_dir=cache_dir or run.path
    )

    def read_shards() -> Iterator[List[str]]:
        texts = islice(reader.read(teacher.count_words), limit or None)
        return split_into_shards(texts)

    if output.exists() and not reader.is_stdin:
        annotator = Annotator(teacher.cache)
        there = read_output(output)
        if there is not None and there.key == annotator.get_text_key(read_shards()):
            run.remove()
            return {**describe(there), "skipped": reader.n_skipped}
    if output.exists():
        check_new_output(output, force=force)
    run.join(teacher.cache.manifest, share)
    annotator = Annotator(teacher.cache, share or ALL)
    with tqdm(
        desc=f"Annotating with {base_model}",
        unit=" texts",
        leave=False,
    ) as progress:

        def read() -> Iterator[List[str]]:
            for texts in read_shards():
                if not share:
                    progress.total = reader.estimate_texts(limit)
                yield texts

        if collect:
            annotator.find(read(), progress)
        else:
            settings = TeacherSettings(base_model, tuple(components), code, gpu_id)
            workers = choose_workers(teacher, settings, n_process, ray)
            annotator.annotate(read(), workers, progress)
    reader.tell()
    if not annotator.keys:
        run.remove()
        raise config_error(["raw"], f"no text in '{raw}' is as long as was asked for")
    if collect:
        run.check_complete(annotator.missing, annotator.keys)
    counts = {
        **describe(annotator.contents),
        "new_words": annotator.n_new_words,
        "seconds": round(annotator.seconds, 2),
        "skipped": reader.n_skipped,
    }
    if share:
        differing = run.end_share(share, annotator.keys)
        shards = {"shards": annotator.n_shards, "all_shards": len(annotator.keys)}
        return {**counts, **shards, "worker": share.number, "differing": differing}
    try:
        annotator.write(output)
    except ValueError as err:
        raise config_error(
            ["output"],
            f"{err}. Give a directory as the output. What is done is in '{run.path}': "
            f"rename it to the directory's name with {PARTS}.",
        ) from None
    run.remove()
    return counts


def check_new_output(path: Path, *, force: bool) -> None:
    """Check that an output can be written. A directory is never overwritten."""
    if path.suffix != FILE_TYPE and path.exists():
        raise config_error(
            ["output"], f"'{path}' already exists. Give a new directory."
        )
    check_output(path, force=force)


def choose_workers(
    teacher: Teacher, settings: TeacherSettings, n_process: int, ray: Optional[str]
) -> Workers:
    """Choose who annotates: a Ray cluster, several processes, or this one."""
    if ray is not None:
        return partial(annotate_on_ray, settings, ray, n_process)
    if n_process > 1:
        return partial(annotate_in_pool, settings, n_process)
    return partial(map, teacher.annotate)


def describe(contents: Contents) -> Dict[str, Any]:
    """Count what an output holds, for one that was there before."""
    return {
        "texts": contents.n_texts,
        "words": contents.n_words,
        "new_words": 0,
        "seconds": 0.0,
        "labels": dict(Counter(contents.labels).most_common()),
    }
