"""What the README of a package says of the training that its pipeline is from."""

from typing import Any, Dict, Iterator, List

RECIPES = {
    "grown": "grown: a new part learned beside the network of the base pipeline, which "
    "has not changed",
    "in place": "in place: the weights of the base pipeline have changed",
    "added": "added: the base pipeline has none",
}


def write_notes(meta: Dict[str, Any]) -> str:
    """Write the section on the training, as Markdown. spaCy puts it after its table of
    scores.

    meta (Dict[str, Any]): The meta data of the pipeline.
    RETURNS (str): The section.
    """
    return "\n\n".join(write_paragraphs(meta))


def write_paragraphs(meta: Dict[str, Any]) -> Iterator[str]:
    """Write the paragraphs of the section."""
    facts, performance = meta["rehearsal"], meta["performance"]
    base = f"{facts['base_model']['name']} {facts['base_model']['version']}"
    origin = facts["performance_from"]
    dev = show_data(facts["data"]["dev"])
    yield "### Training"
    yield write_table(["", ""], list(list_facts(facts, base)))
    for key in origin["training"]:
        rows = [
            [
                f"`{label}`",
                *(f"{100 * scores[k]:.2f}" for k in "prf"),
                str(scores.get("n", "")),
            ]
            for label, scores in get_label_scores(performance[key]).items()
        ]
        if rows:
            yield f"What was trained, label by label, on {dev}:"
            yield write_table(["Label", "P", "R", "F", "Annotations"], rows)
    agreement = list_scores(origin["training"], "agreement_")
    if agreement:
        yield (
            f"{agreement}: how far the pipeline agrees with {base}, which is no "
            "accuracy: two good models agree far less than their scores on gold "
            "suggest."
        )
    learned = [key for key in origin["training"] if not key.startswith("agreement_")]
    if list_scores(learned):
        yield f"{list_scores(learned)}: on {dev}, which chose the step."
    if list_scores(origin["base_model"]):
        yield (
            f"{list_scores(origin['base_model'])}: what {base} says of itself, on its "
            "own test data. These components have not changed."
        )


def list_facts(facts: Dict[str, Any], base: str) -> Iterator[List[str]]:
    """List what there is to say of a training, as rows of a table."""
    yield ["**Base pipeline**", base]
    for name, component in facts["components"].items():
        yield [f"**`{name}`**", RECIPES[component["recipe"]]]
        if component["new_labels"]:
            labels = ", ".join(f"`{escape(n)}`" for n in component["new_labels"])
            yield [f"**New labels of `{name}`**", labels]
    train, dev = facts["data"]["train"], facts["data"]["dev"]
    yield ["**Trained on**", show_data(train)]
    if train["raw"]:
        yield ["**Kept with raw text**", show_files(train["raw"])]
    yield ["**Evaluated on**", show_data(dev)]
    if "step" in facts:
        limit = f" of {facts['max_steps']}" if facts["max_steps"] else ""
        is_best = facts["step"] == facts["best_step"]
        best = "the best" if is_best else f"the best was {facts['best_step']}"
        yield ["**Step**", f"{facts['step']}{limit}, {best}"]
    if "false_alarms" in facts:
        alarms = f"{1000 * facts['false_alarms']:.2f} new labels in 1,000 words"
        yield ["**False alarms**", f"{alarms} of raw text"]
    yield ["**Seed**", str(facts["seed"])]
    versions = (f"{name} {version}" for name, version in facts["versions"].items())
    yield ["**Trained with**", ", ".join(versions)]


def get_label_scores(value: Any) -> Dict[str, Dict[str, float]]:
    """Get precision, recall and F of each label, if that is what a score is."""
    if not isinstance(value, dict):
        return {}
    return {
        escape(label): scores
        for label, scores in sorted(value.items())
        if isinstance(scores, dict) and {*"prf"} <= {*scores}
    }


def list_scores(names: List[str], prefix: str = "") -> str:
    """List scores by the names that spaCy's table has for them."""
    return ", ".join(
        f"`{name.upper()}`"
        for name in names
        if name.startswith(prefix) and not name.endswith("_per_type")
    )


def show_data(data: Dict[str, Any]) -> str:
    """Show what data were used: file names, and the number of texts."""
    texts = "" if data["texts"] is None else f" ({data['texts']} texts)"
    return f"{show_files(data['files']) or 'data without a file'}{texts}"


def show_files(names: List[str]) -> str:
    return ", ".join(f"`{escape(name)}`" for name in names)


def write_table(header: List[str], rows: List[List[str]]) -> str:
    """Write a table as Markdown.

    header (List[str]): The names of the columns.
    rows (List[List[str]]): The cells, escaped.
    RETURNS (str): The table.
    """
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escape(text: str) -> str:
    """Escape what would end the cell of a table."""
    return " ".join(text.replace("|", "\\|").split())
