"""`spacy rehearsal bootstrap`."""

from collections import Counter
from pathlib import Path
from typing import Any, Dict, List, Optional

from spacy.cli._util import Arg, Opt, import_code
from spacy.tokens import DocBin

from ..base_pipeline import load_pipeline
from ..errors import config_error
from ..files import FILE_TYPE, write_bytes
from ..readers.patterns import ATTRS, PatternCorpus
from ..readers.raw_text.corpus import RawCorpus
from ..readers.raw_text.reading import check_raw_text
from ..readers.sampling import get_split
from .app import rehearsal_cli
from .terminal import msg
from .util import (
    CODE,
    ON_ERROR,
    RAW_FILES,
    TEXT_KEY,
    TEXT_PER,
    check_output,
    load_blank,
    print_json,
    show_errors,
)

MAX_SHOWN = 20


@rehearsal_cli.command("bootstrap")
def bootstrap_cli(
    patterns: Path = Arg(
        ...,
        help="Patterns of an entity ruler (.jsonl), or a name a line (.txt)",
        exists=True,
        dir_okay=False,
    ),
    texts: Path = Arg(
        ...,
        help=f"Raw text: {RAW_FILES}",
    ),
    output: Path = Arg(..., help="File for the examples (.spacy)"),
    dev: Optional[Path] = Opt(
        None,
        "--dev",
        "-d",
        help="File for a tenth of the examples, chosen by hash (.spacy)",
    ),
    label: Optional[str] = Opt(
        None, "--label", "-L", help="Label of the patterns that have none"
    ),
    unmatched: float = Opt(
        1.0, "--unmatched", "-u", help="Texts without a match to keep per text with one"
    ),
    phrase_matcher_attr: str = Opt(
        "ORTH",
        "--phrase-matcher-attr",
        "-pm",
        help=f"Token attribute to match phrases on: {', '.join(ATTRS)}",
    ),
    lang: str = Opt("en", "--lang", "-l", help="Code of the language to tokenize"),
    base_model: Optional[str] = Opt(
        None,
        "--base-model",
        "-b",
        help="Pipeline to tokenize with, and to annotate what patterns need",
    ),
    text_key: Optional[str] = TEXT_KEY,
    text_per: str = TEXT_PER,
    on_error: str = ON_ERROR,
    code: Optional[Path] = CODE,
    force: bool = Opt(False, "--force", "-F", help="Overwrite the output files"),
    as_json: bool = Opt(False, "--json", help="Print the counts as JSON"),
) -> None:
    """
    Make training examples of raw text with patterns.

    The patterns are those of spaCy's entity ruler: token patterns and phrases. Of
    matches that overlap the longest one is taken. Texts without a match are examples
    as well: they show what is no entity. Look through what comes out before you train
    with it: a model learns to repeat the patterns, mistakes included.
    """
    with show_errors():
        import_code(code)
        counts = bootstrap(
            patterns,
            texts,
            output,
            dev=dev,
            label=label,
            unmatched=unmatched,
            phrase_matcher_attr=phrase_matcher_attr,
            lang=lang,
            base_model=base_model,
            text_key=text_key,
            text_per=text_per,
            on_error=on_error,
            force=force,
        )
    if as_json:
        print_json(counts)
    else:
        show_counts(counts)


def bootstrap(
    patterns: Path,
    texts: Path,
    output: Path,
    *,
    dev: Optional[Path] = None,
    label: Optional[str] = None,
    unmatched: float = 1.0,
    phrase_matcher_attr: str = "ORTH",
    lang: str = "en",
    base_model: Optional[str] = None,
    text_key: Optional[str] = None,
    text_per: str = "line",
    on_error: str = "raise",
    force: bool = False,
) -> Dict[str, Any]:
    """Make training examples of raw text with patterns, and write them.

    For the settings see the command's help.

    RETURNS (Dict[str, Any]): `files`: per file the number of texts with and without
        a match, and of the entities per label; `patterns`: of each pattern its line,
        label and number of entities.
    RAISES (ConfigValidationError): If a file can't be read or written, or nothing
        matches.
    RAISES (UnavailablePipelineError): If there is no such pipeline, or it needs code
        that is not there.
    """
    outputs = {"train": output} if dev is None else {"train": output, "dev": dev}
    if dev is not None and dev.resolve() == output.resolve():
        raise config_error(
            ["output"], f"the examples for training and dev go both to '{dev}'"
        )
    for path in outputs.values():
        if path.suffix != FILE_TYPE:
            raise config_error(["output"], f"'{path}' is no {FILE_TYPE} file")
        check_output(path, force=force)
    nlp = load_blank(lang) if base_model is None else load_pipeline(base_model)
    raw = RawCorpus(texts, text_key=text_key, text_per=text_per, on_error=on_error)
    raw.check_reread()
    check_raw_text(raw)
    corpus = PatternCorpus(
        patterns,
        raw,
        label=label,
        unmatched=unmatched,
        phrase_matcher_attr=phrase_matcher_attr,
        run_pipeline=base_model is not None,
        show_progress=True,
    )
    doc_bins = {name: DocBin(attrs=["ENT_IOB", "ENT_TYPE"]) for name in outputs}
    n_texts = {name: [0, 0] for name in outputs}
    labels: Dict[str, Counter[str]] = {name: Counter() for name in outputs}
    for example in corpus(nlp):
        doc = example.reference
        name = get_split(doc.text) if dev else "train"
        doc_bins[name].add(doc)
        n_texts[name][not doc.ents] += 1
        labels[name].update(ent.label_ for ent in doc.ents)
    raw.tell()
    for name, path in outputs.items():
        write_bytes(path, doc_bins[name].to_bytes())
    return {
        "files": [
            {
                "path": str(path),
                "matched": n_texts[name][0],
                "unmatched": n_texts[name][1],
                "labels": dict(labels[name].most_common()),
            }
            for name, path in outputs.items()
        ],
        "patterns": [
            {
                "line": pattern.line_no,
                "label": pattern.label,
                "pattern": str(pattern),
                "count": corpus.counts[i],
            }
            for i, pattern in enumerate(corpus.patterns)
        ],
    }


def show_counts(counts: Dict[str, Any]) -> None:
    patterns = sorted(counts["patterns"], key=lambda p: -p["count"])
    used = [pattern for pattern in patterns if pattern["count"]]
    show_patterns(used[:MAX_SHOWN])
    if len(used) > MAX_SHOWN:
        msg.text(f"and {len(used) - MAX_SHOWN} more that match")
    idle = [show_read(p["pattern"]) for p in patterns if not p["count"]]
    if idle:
        n_match = (
            "1 pattern matches" if len(idle) == 1 else f"{len(idle)} patterns match"
        )
        n_more = len(idle) - MAX_SHOWN
        more = f" and {n_more} more" if n_more > 0 else ""
        msg.warn(f"{n_match} nowhere:", ", ".join(idle[:MAX_SHOWN]) + more)
    for file_ in counts["files"]:
        labels = ", ".join(f"{n} {label}" for label, n in file_["labels"].items())
        show = msg.good if labels else msg.warn
        show(
            f"{file_['path']}: {file_['matched']} texts with entities "
            f"({labels or 'too few texts match'}), {file_['unmatched']} without"
        )


def show_read(pattern: str) -> str:
    """Show a pattern as it was read, with tabs and the like visible."""
    is_plain = pattern.isprintable() and " ".join(pattern.split()) == pattern
    return pattern if is_plain else repr(pattern)


def show_patterns(patterns: List[Dict[str, Any]]) -> None:
    rows = [(p["count"], p["label"], p["pattern"], p["line"]) for p in patterns]
    msg.table(
        rows,
        header=("Count", "Label", "Pattern", "Line"),
        divider=True,
        aligns=("r", "l", "l", "r"),
        max_col=70,
    )
