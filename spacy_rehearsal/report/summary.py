"""Put the figures of a report into words."""

from collections import defaultdict
from typing import Any, Dict, List, Tuple

KEPT = "kept"


def get_summary(result: Dict[str, Any]) -> List[Tuple[str, str]]:
    """Put the figures that are not per label into words.

    result (Dict[str, Any]): The report.
    RETURNS (List[Tuple[str, str]]): Name and value of each.
    """
    summary = []
    grouped: Dict[str, List[str]] = defaultdict(list)
    for label, target in result["label_map"].items():
        grouped[target].append(label)
    for target, labels in grouped.items():
        summary.append((f"Counted as {target}", ", ".join(labels)))
    if result["unknown_labels"]:
        unknown = ", ".join(result["unknown_labels"])
        summary.append(("Labels that neither pipeline has, not counted", unknown))
    if result["retention"] is not None:
        summary.append(("Retention", f"{result['retention']:.1f} % of the base F"))
    raw = result["raw"]
    if raw:
        agreement = f"{raw['agreement']:.1f} F with the base model"
        summary.append(("Agreement on raw text", f"{agreement} ({raw['texts']} texts)"))
        if raw["false_alarms_per_1000_words"] is not None:
            alarms = f"{raw['false_alarms_per_1000_words']:.2f} new labels"
            summary.append(("False alarms", f"{alarms} per 1,000 words of raw text"))
    speed, size = result["words_per_second"], result["megabytes"]
    summary.append(
        (
            "Speed",
            f"{speed['after']:,.0f} words per second, "
            f"{100 * speed['after'] / speed['before']:.0f} % of the base model's",
        )
    )
    if None not in size.values():
        summary.append(
            ("Size", f"{size['after']:.1f} MB, before {size['before']:.1f} MB")
        )
    return summary


def get_became(result: Dict[str, Any]) -> Dict[str, Dict[str, int]]:
    """Get the rows of the confusion table.

    result (Dict[str, Any]): The report.
    RETURNS (Dict[str, Dict[str, int]]): By label of the base pipeline: how many of its
        annotations are kept, and how many are something else now, by label or outcome.
    """
    return {
        label: {KEPT if name == label else name: n for name, n in row.items()}
        for label, row in result["became"].items()
    }


def get_outcomes(result: Dict[str, Any]) -> List[str]:
    """Get the columns of the confusion table.

    result (Dict[str, Any]): The report.
    RETURNS (List[str]): Kept, new labels, "no entity", "other borders", and the other
        labels that annotations of the base pipeline have now.
    """
    others = {name for row in get_became(result).values() for name in row} - {KEPT}
    first = [n for n in (*result["new_labels"], *result["outcomes"]) if n in others]
    return [KEPT, *first, *sorted(others - set(first))]
