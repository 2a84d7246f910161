"""How the networks of `textcat` and `textcat_multilabel` grow that reduce the vectors
of the tokens to one of the text."""

from typing import Any

import numpy
from thinc.api import Model

from .linear import LinearGrowth


class TextCatReduceGrowth(LinearGrowth):
    """Growth of `spacy.TextCatReduce.v1` and `spacy.TextCatCNN.v2`. Their output layer
    reads the whole vector of each reduction after that of the one before."""

    def find_inputs(self, base: Model, model: Model) -> Any:
        width, larger = (self.get_encoder(m).get_dim("nO") for m in (base, model))
        n_reductions = self.get_output_layer(base).get_dim("nI") // width
        starts = larger * numpy.arange(n_reductions)
        return (starts[:, None] + numpy.arange(width)).ravel()
