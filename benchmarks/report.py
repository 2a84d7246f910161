"""Runs put together: means and spreads, and tables."""

from statistics import mean, stdev
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

from wasabi import table

Record = Dict[str, Any]
Statistic = Dict[str, Any]
ALL = "all"
# name of a score: heading, digits
COLUMNS = {
    "new_f": ("new F", 1),
    "retention": ("retention", 1),
    "product": ("product", 1),
    "agreement": ("agreement", 1),
    "false_alarms": ("alarms", 2),
    "seconds": ("seconds", 0),
    "speed": ("speed", 2),
    "size": ("MB", 1),
}
Columns = Dict[str, Tuple[str, int]]


def summarize(
    records: List[Record], scores: Sequence[str]
) -> Dict[str, Dict[str, Dict[str, Statistic]]]:
    """Get mean and spread over seeds, per task and over all tasks.

    records (List[Dict[str, Any]]): One a run, with `task`, `method`, `seed` and scores.
    scores (Sequence[str]): Names of the scores.
    RETURNS (Dict[str, Dict[str, Dict[str, Dict[str, Optional[float]]]]]): By task, or
        "all", method and score: `mean`, and `spread`, the standard deviation over the
        seeds, None if there is one seed. "all" takes each seed's mean over tasks.
    """
    methods = list(dict.fromkeys(record["method"] for record in records))
    tasks = list(dict.fromkeys(record["task"] for record in records))
    return {
        task: {
            method: {
                score: describe(
                    collect(records, score, method, None if task == ALL else task)
                )
                for score in scores
            }
            for method in methods
        }
        for task in [*tasks, ALL]
    }


def collect(
    records: List[Record], score: str, method: str, task: Optional[str]
) -> List[float]:
    """Collect a method's score, one per seed; without a task, the mean over tasks."""
    by_seed: Dict[int, List[float]] = {}
    for record in records:
        if record["method"] == method and task in (None, record["task"]):
            by_seed.setdefault(record["seed"], []).append(record[score])
    return [mean(values) for values in by_seed.values()]


def describe(values: List[float]) -> Statistic:
    spread = stdev(values) if len(values) > 1 else None
    return {"mean": mean(values), "spread": spread}


def format_statistic(statistic: Statistic, digits: int) -> str:
    text = f"{statistic['mean']:.{digits}f}"
    if statistic["spread"] is not None:
        text += f" ± {statistic['spread']:.{digits}f}"
    return text


def format_table(
    summary: Dict[str, Dict[str, Dict[str, Statistic]]], columns: Columns = COLUMNS
) -> str:
    """Format the table of all tasks and methods, the mean over tasks last. With one
    task, that is left out."""
    tasks = [task for task in summary if task != ALL or len(summary) > 2]
    rows: List[Tuple[str, ...]] = []
    for task in tasks:
        for i, (method, scores) in enumerate(summary[task].items()):
            cells = [format_statistic(scores[k], n) for k, (_, n) in columns.items()]
            rows.append(("" if i else task, method, *cells))
    return format_rows(
        ["task", "method", *(name for name, _ in columns.values())], rows
    )


def format_rows(header: List[str], rows: Iterable[Sequence[str]]) -> str:
    aligns: Any = ["l", "l"] + ["r"] * (len(header) - 2)
    return table(list(rows), header=header, divider=True, aligns=aligns)
