"""`spacy rehearsal audit`."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import srsly
from spacy import util
from spacy.cli._util import Arg, Opt, import_code

from ..audit.audit import audit
from ..audit.data import AuditData
from ..audit.finding import CHECKS, Finding
from ..audit.starter_rules import make_rules
from ..base_pipeline import find_pipeline
from ..errors import config_error
from ..kinds.base import Kind
from ..kinds.registry import get_kind
from ..readers.formats.registry import check_format, raise_problems
from ..readers.formats.tally import Tally
from ..readers.gold import read_gold
from ..teacher.teacher import Teacher
from .app import rehearsal_cli
from .terminal import msg, print_text
from .util import CODE, load_blank, print_json, show_errors

MAX_EXAMPLES_SHOWN = 5


@rehearsal_cli.command("audit")
def audit_cli(
    data: Path = Arg(
        ...,
        help="Your annotations: .spacy, or what annotation tools export, as JSON, "
        "CSV or Python, or a directory of such",
        exists=True,
    ),
    dev: Optional[Path] = Opt(
        None,
        "--dev",
        "-d",
        help="Annotations to evaluate on, to find duplicates and contradictions",
        exists=True,
    ),
    base_model: Optional[str] = Opt(
        None, "--base-model", "-b", help="Base pipeline to compare with"
    ),
    component: Optional[str] = Opt(
        None,
        "--component",
        "-c",
        help="What is to learn from them: an entity recognizer of the base pipeline, "
        "if it has several, or a spancat, whose spans may overlap",
    ),
    format: Optional[str] = Opt(
        None,
        "--format",
        "-f",
        help="Format of .jsonl and .json, if not recognized. A name that there is not "
        "shows those that there are",
    ),
    tag_names: str = Opt(
        "",
        "--tag-names",
        "-t",
        help="What tags that are numbers stand for, in order: O,B-PERSON,I-PERSON",
    ),
    lang: str = Opt(
        "en",
        "--lang",
        "-l",
        help="Code of the language to tokenize, without base pipeline",
    ),
    ignore: List[str] = Opt(
        [], "--ignore", "-i", help="Finding to leave out, by its name"
    ),
    rules: Optional[Path] = Opt(
        None,
        "--rules",
        "-r",
        help="New directory for label_mapper rules, for labels that need them",
    ),
    n_examples: Optional[int] = Opt(
        None,
        "--n-examples",
        "-n",
        help=f"Examples to show per finding. By default {MAX_EXAMPLES_SHOWN}, and all "
        "of what training doesn't start with",
        min=0,
    ),
    code: Optional[Path] = CODE,
    as_json: bool = Opt(False, "--json", help="Print the findings as JSON"),
) -> None:
    """
    Are these good training data for an entity recognizer? Find what is wrong with them.

    Looks for names that are labelled here and not there, entities that are no whole
    tokens, texts for evaluation that are in the training data, and, with a base
    pipeline, for labels that a model can't tell from context. Exits with status 1 if
    there is a problem. What `spacy debug data` says is not repeated.
    """
    with show_errors():
        import_code(code)
        report = run_audit(
            data,
            dev=dev,
            base_model=base_model,
            component=component,
            format=format,
            tag_names=[name for name in tag_names.split(",") if name],
            lang=lang,
            ignore=ignore,
            rules=rules,
        )
    problems = [finding for finding in report["findings"] if finding.is_problem]
    if as_json:
        print_json({**report, "findings": [asdict(f) for f in report["findings"]]})
    else:
        show(report, n_examples=n_examples)
        if rules is not None:
            show_rules(rules)
    raise SystemExit(1 if problems else 0)


def run_audit(
    path: Path,
    *,
    dev: Optional[Path] = None,
    base_model: Optional[str] = None,
    component: Optional[str] = None,
    format: Optional[str] = None,
    tag_names: Sequence[str] = (),
    lang: str = "en",
    ignore: Sequence[str] = (),
    rules: Optional[Path] = None,
) -> Dict[str, Any]:
    """Read training data and find what is wrong with it.

    For the settings see the command's help.

    RETURNS (Dict[str, Any]): `texts`, `labels` (the number of entities of each), `cats`
        (the number of texts of each), `annotations` (how many the files have, how many
        are read, and why the others are not) and `findings` (List[Finding]).
    RAISES (ConfigValidationError): If a file can't be read or written.
    RAISES (UnavailablePipelineError): If there is no such pipeline.
    """
    if rules is not None:
        if base_model is None:
            raise config_error(["rules"], "rules need a --base-model to compare with")
        if rules.exists():
            raise config_error(["rules"], f"'{rules}' already exists")
    for name in ignore:
        if name not in CHECKS:
            raise config_error(
                ["ignore"],
                f"there is no finding '{name}' to ignore, only: {', '.join(CHECKS)}",
            )
    check_format(format)
    kind, in_base = find_learner(component, base_model)
    teacher = None
    if base_model is not None:
        teacher = Teacher(base_model, components=in_base)
    nlp = load_blank(lang) if teacher is None else teacher.nlp
    tally = Tally()
    texts = read_gold(path, nlp, format=format, tag_names=tag_names, tally=tally)
    dev_texts = []
    if dev is not None:
        dev_texts = read_gold(dev, nlp, format=format, tag_names=tag_names)
        if not dev_texts:
            raise config_error(["dev"], f"there is no text in '{dev}'")
    may_overlap = kind is not None and "doc.spans" in kind.places
    data = AuditData(texts, dev=dev_texts, tally=tally, may_overlap=may_overlap)
    if not data.labels and not data.cats and not any(text.others for text in texts):
        raise_problems(tally.bad)
        raise config_error(
            ["data"],
            f"'{path}' has no entity at all. Is it annotated? Other annotations than "
            "entities are not audited." + " ".join(["", *tally.describe()]),
        )
    if teacher is not None and not (may_overlap and in_base):
        data.base_docs = list(teacher.predict(text.text for text in texts))
        data.base_labels = teacher.labels
    findings = audit(data)
    if rules is not None and any(inside.is_almost_all for inside in data.insides):
        write_rules(rules, *make_rules(texts, data.insides))
    return {
        "texts": len(texts),
        "labels": dict(data.labels.most_common()),
        "cats": dict(data.cats.most_common()),
        "annotations": {
            "in_files": tally.in_file,
            "read": tally.read,
            "left_out": dict(tally.left_out),
            "unread": dict(tally.unread),
            "said": tally.describe(),
        },
        "findings": [finding for finding in findings if finding.name not in ignore],
    }


def find_learner(
    component: Optional[str], base_model: Optional[str]
) -> Tuple[Optional[Kind], List[str]]:
    """Find out what is to learn from the data.

    component (Optional[str]): The name of a component of the base pipeline, or the
        factory of one that it lacks.
    base_model (Optional[str]): The base pipeline.
    RETURNS (Tuple[Optional[Kind], List[str]]): What kind of component it is, and its
        name if the base pipeline is to have it.
    RAISES (ConfigValidationError): If there is neither.
    """
    if component is None:
        return None, []
    blocks = {}
    if base_model is not None:
        path = find_pipeline(base_model) / "config.cfg"
        blocks = util.load_config(path)["components"]
    new = {component: {"factory": component}}
    kind = get_kind({"components": {**new, **blocks}}, component, ["component"])
    if kind is None and base_model is None:
        raise config_error(
            ["component"],
            f"there is no kind of components '{component}'. Name one, such as ner or "
            "spancat, or give the --base-model that has it",
        )
    has_spans = kind is not None and "doc.spans" in kind.places
    return kind, [] if has_spans and component not in blocks else [component]


def write_rules(
    path: Path, rules: List[Dict[str, Any]], gazetteers: Dict[str, List[Dict[str, Any]]]
) -> None:
    """Write rules.jsonl, and a gazetteer per label, to a new directory."""
    path.mkdir(parents=True)
    srsly.write_jsonl(path / "rules.jsonl", rules)
    for name, entries in gazetteers.items():
        srsly.write_jsonl(path / f"{name}.jsonl", entries)


def show_rules(path: Path) -> None:
    if path.exists():
        rules = srsly.read_jsonl(path / "rules.jsonl")
        labels = ", ".join(rule["to"] for rule in rules)
        msg.good(f"Rules for {labels} are in {path}")
    else:
        msg.info("No label needs rules")


def show(report: Dict[str, Any], *, n_examples: Optional[int]) -> None:
    counts = ", ".join(f"{n} {label}" for label, n in report["labels"].items())
    msg.info(f"{report['texts']} texts: {counts or 'no entity'}")
    if report["cats"]:
        counts = ", ".join(f"{n} {name}" for name, n in report["cats"].items())
        msg.info(f"Categories, which are not audited: {counts}")
    for sentence in report["annotations"]["said"]:
        msg.info(sentence)
    for finding in report["findings"]:
        n = len(finding.examples) if finding.stops_training else MAX_EXAMPLES_SHOWN
        show_finding(finding, n_examples=n if n_examples is None else n_examples)
    problems = [finding for finding in report["findings"] if finding.is_problem]
    if problems:
        names = ", ".join(finding.name for finding in problems)
        msg.fail(f"To look into: {names}")
    else:
        msg.good("No problems found")


def show_finding(finding: Finding, *, n_examples: int) -> None:
    print_text()
    if finding.is_problem:
        msg.warn(finding.title)
    else:
        msg.info(finding.title)
    for example in finding.examples[:n_examples]:
        print_text(f"  {example}")
    if len(finding.examples) > n_examples:
        print_text(f"  and {len(finding.examples) - n_examples} more")
    msg.text(finding.advice)
