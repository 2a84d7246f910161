"""Plots of what is reported. They need matplotlib, and say so."""

from itertools import cycle
from math import ceil
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from report import Statistic
from wasabi import msg

from spacy_rehearsal.files import write_beside

COLUMNS = 3
# without colours, too, one line is told from another
LINES = [("o", "-"), ("s", "--"), ("^", "-."), ("D", ":")]


def plot_methods(summary: Dict[str, Dict[str, Statistic]], path: Path) -> None:
    """Plot new F against retention, one point a method.

    summary (Dict[str, Dict[str, Dict[str, Optional[float]]]]): Statistics by method
        and score.
    path (Path): The PNG file to write.
    """
    figure = make_figure(8, 6)
    if figure is None:
        return
    axes = figure.add_subplot()
    for method, scores in summary.items():
        x, y = scores["retention"], scores["new_f"]
        axes.errorbar(
            x["mean"],
            y["mean"],
            xerr=x["spread"],
            yerr=y["spread"],
            fmt="o",
            capsize=3,
            label=method,
        )
    axes.set_xlabel("retention: F on the base labels, % of the untouched base model's")
    axes.set_ylabel("F on the new labels")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    figure.legend(loc="outside right upper")
    save(figure, path)


def plot_steps(
    summary: Dict[str, Dict[str, Any]], tasks: List[str], path: Path
) -> None:
    """Plot what is known after each step of a sequence: a panel a method, in it a
    line for the base labels and one for each task.

    summary (Dict[str, Dict[str, Any]]): Statistics by method and step.
    tasks (List[str]): The tasks, in their order.
    path (Path): The PNG file to write.
    """
    n_columns = min(COLUMNS, len(summary))
    n_rows = ceil(len(summary) / n_columns)
    figure = make_figure(3.5 + 3.5 * n_columns, 0.6 + 3.4 * n_rows)
    if figure is None:
        return
    panels = figure.subplots(
        n_rows, n_columns, sharex=True, sharey=True, squeeze=False
    ).flatten()
    for axes, (method, steps) in zip(panels, summary.items()):
        for line, (label, points) in zip(cycle(LINES), get_lines(steps, tasks)):
            add_line(axes, line, label, points)
        axes.set_title(method)
        axes.set_xticks(range(len(tasks) + 1), ["base", *tasks])
        axes.set_ylim(bottom=0)
        axes.tick_params(labelbottom=True)
        axes.grid(alpha=0.3)
    for axes in panels[len(summary) :]:
        axes.remove()
    figure.supxlabel("after learning")
    figure.supylabel("F, or retention in %")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", handlelength=4)
    save(figure, path)


def get_lines(
    steps: Dict[str, Any], tasks: List[str]
) -> List[Tuple[str, List[Tuple[int, Statistic]]]]:
    """Get each line of a panel: its label, and a statistic for steps from 0, which
    is the untouched base model."""
    untouched: Statistic = {"mean": 100.0, "spread": None}
    retention = [untouched, *(steps[task]["retention"] for task in tasks)]
    lines = [("base labels, retention", list(enumerate(retention)))]
    for task in tasks:
        new_f = [steps[step]["new_f"].get(task) for step in tasks]
        points = [(i, f) for i, f in enumerate(new_f, start=1) if f is not None]
        lines.append((f"{task}, F", points))
    return lines


def add_line(
    axes: Any, line: Tuple[str, str], label: str, points: List[Tuple[int, Statistic]]
) -> None:
    marker, style = line
    axes.errorbar(
        [x for x, _ in points],
        [y["mean"] for _, y in points],
        yerr=[y["spread"] or 0 for _, y in points],
        marker=marker,
        linestyle=style,
        capsize=3,
        label=label,
    )


def make_figure(width: float, height: float) -> Optional[Any]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        msg.warn("No plot: that needs matplotlib. pip install '.[benchmarks]'")
        return None
    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def save(figure: Any, path: Path) -> None:
    with write_beside(path) as temporary:
        figure.savefig(temporary, dpi=150)
