"""What it costs that a component has become small: in F, and what it saves."""

from pathlib import Path
from typing import Any, Dict, List, Sequence

from thinc.api import ConfigValidationError

from ..base_pipeline import find_pipeline
from ..files import get_megabytes
from ..report.comparison import Comparison
from ..report.gold import Gold, read_comparable
from ..report.report import load
from ..report.runner import Runner
from ..teacher.teacher import Teacher

# the texts of a file of gold
GoldFiles = Dict[str, List[Gold]]


def read_dev(paths: Sequence[Path], teacher: Teacher) -> Dict[str, GoldFiles]:
    """Read gold to score a pipeline on before it is trained and after.

    paths (Sequence[Path]): The files. A component is scored on those that annotate what
        it finds.
    teacher (Teacher): The pipeline.
    RETURNS (Dict[str, Dict[str, List[Gold]]]): The gold of each component, by file.
    RAISES (ConfigValidationError): If a file can't be read, or has nothing for any of
        the components.
    """
    found: Dict[str, GoldFiles] = {name: {} for name in teacher.components}
    for path in paths:
        problems = []
        for name, files in found.items():
            runner = Runner(teacher.nlp, name)
            try:
                files[str(path)] = read_comparable(path, runner, runner)
            except ConfigValidationError as err:
                problems.append(err)
        if len(problems) == len(found):
            raise problems[0]
    return found


def measure(
    trained: str, output: Path, component: str, *, texts: Sequence[str], gold: GoldFiles
) -> Dict[str, Any]:
    """Compare a component before it was compacted and after.

    trained (str): Package name or path of the pipeline before.
    output (Path): The pipeline after.
    component (str): The component.
    texts (Sequence[str]): Texts to run both on.
    gold (Dict[str, List[Gold]]): Gold to score both on, by file.
    RETURNS (Dict[str, Any]): `agreement` on the texts, `words_per_second` and
        `megabytes` of the component alone `before` and `after`, and in `scores` each
        file's number of annotations, and precision, recall and F `before` and `after`.
    """
    before, after = (load(name, component) for name in (trained, str(output.resolve())))
    comparison = Comparison(before, after, component=component)
    comparison.add_raw(texts)
    result = comparison.to_dict()
    scores = {}
    for path, texts_of_file in gold.items():
        comparison = Comparison(before, after, component=component)
        comparison.add_gold(texts_of_file)
        scores[path] = comparison.to_dict()["base"]
    return {
        "agreement": result["raw"]["agreement"],
        "words_per_second": result["words_per_second"],
        "megabytes": {
            "before": get_megabytes(find_pipeline(trained) / component),
            "after": get_megabytes(output / component),
        },
        "scores": scores,
    }
