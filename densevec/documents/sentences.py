"""Sentences as vectors, for scikit-learn: means of the posterior means of their words."""

from __future__ import annotations

import os
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.utils.validation import check_is_fitted

from densevec.documents.reading import Documents, ReadsDocuments, read_documents
from densevec.errors import NotTrainedError, ParameterTypeError
from densevec.models import EmbedAlign


class SentenceVectorizer(ClassNamePrefixFeaturesOutMixin, ReadsDocuments):
    """A scikit-learn transformer: each sentence becomes the mean over its words of their posterior means, (d,).

    (1/m) Σ_i E[z_i | x], unknown words as the encoder reads them; a sentence without words becomes the zero vector.
    The encoder reads 64 sentences at a time in float32.  With several threads of torch's the vector of a sentence may
    differ in its last bits, by some 1e-7 of the largest numbers, from that of the sentence beside others, whose number
    decides what each thread adds up; with one (``torch.set_num_threads(1)``) they were the same wherever it was tried.

    Parameters
    ----------
    model : a trained EmbedAlign, or the path of a file of one; in a grid (``GridSearchCV``) the path, since
        scikit-learn copies the models of a grid without what they have learned

    A sentence is a list of tokens, or a string that is cut into tokens as the model's text was.

    Attributes
    ----------
    model_ : the model, loaded

    Examples
    --------
    >>> from densevec import EmbedAlign, SentenceVectorizer
    >>> pairs = [("a red bird".split(), "rudo avi".split()), ("a bird".split(), "avi".split())] * 50
    >>> model = EmbedAlign(pairs, dim=8, epochs=1, min_count=1).train()
    >>> SentenceVectorizer(model).fit_transform(["a bird", ["red", "bird"]]).shape
    (2, 8)
    """

    def __init__(self, model: EmbedAlign | str | os.PathLike[str] | None = None) -> None:
        self.model = model

    def __sklearn_clone__(self) -> Self:
        return type(self)(self.model)  # a copy of a trained model's parameters would not be trained

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Open the model; nothing is learned from ``X``."""
        if isinstance(self.model, str | os.PathLike):
            self.model_ = EmbedAlign.load(self.model)
        elif isinstance(self.model, EmbedAlign):
            self.model_ = self.model
        else:
            raise ParameterTypeError(f"model must be an EmbedAlign or a file of one, got {type(self.model).__name__}")
        try:
            self._n_features_out = self.model_.vectors.vector_size
        except NotTrainedError:
            raise NotTrainedError(
                "model must be trained, got an EmbedAlign that is not; scikit-learn copies the models of a grid "
                "without what they have learned: save the model, and give the path of its file"
            ) from None
        return self

    def transform(self, X: Documents) -> npt.NDArray[np.float64]:
        """The vectors of sentences, (n, d) float64."""
        check_is_fitted(self)
        sentences = read_documents(X, self.model_, "sentence")
        return self.model_.mean_posteriors(list(sentences))
