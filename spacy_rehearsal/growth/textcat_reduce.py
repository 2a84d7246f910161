"""How the networks of `textcat` and `textcat_multilabel` grow that reduce the vectors
of the tokens to one of the text."""

from typing import Any

import numpy
from thinc.api import Model

from .linear import LinearGrowth


class TextCatReduceGrowth(LinearGrowth):
    """Growth of `spacy.TextCatReduce.v1` and `spacy.TextCatCNN.v2`. Their output layer
    reads the whole vector of each reduction after that of the one before."""

    def find_inputs(self, model: Model, columns: slice) -> Any:
        width = self.get_encoder(model).get_dim("nO")
        n_inputs = self.get_output_layer(model).get_dim("nI")
        return numpy.arange(n_inputs).reshape(-1, width)[:, columns].ravel()
