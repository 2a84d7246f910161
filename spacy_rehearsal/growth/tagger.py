"""How the networks of `tagger`, `morphologizer`, `senter` and `trainable_lemmatizer`
grow."""

from typing import Any

import numpy
from thinc.api import Model

from .linear import LinearGrowth


class TaggerGrowth(LinearGrowth):
    """Growth of `spacy.Tagger.v2`, which scores the labels of each token."""

    def find_inputs(self, model: Model, columns: slice) -> Any:
        return numpy.arange(columns.stop)[columns]
