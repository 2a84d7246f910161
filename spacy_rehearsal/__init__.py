"""Fine-tune a pretrained spaCy pipeline without making it forget what it knew."""

from importlib.metadata import version

from .gazetteers.memory import Gazetteer
from .gazetteers.sqlite import SqliteGazetteer
from .kinds.base import Kind
from .pipeline.label_mapper import LabelMapper
from .pipeline.visualize import make_displacy_options
from .readers.patterns import PatternCorpus
from .readers.raw_text.corpus import RawCorpus
from .readers.rehearsal import RehearsalCorpus
from .readers.simple import SimpleCorpus
from .readers.source import get_source
from .teacher.teacher import Teacher

__all__ = [
    "Gazetteer",
    "Kind",
    "LabelMapper",
    "PatternCorpus",
    "RawCorpus",
    "RehearsalCorpus",
    "SimpleCorpus",
    "SqliteGazetteer",
    "Teacher",
    "get_source",
    "make_displacy_options",
]

__version__ = version("spacy-rehearsal")
