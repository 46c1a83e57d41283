"""CBOW: from the words around a place to the word in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from densevec._parameters import param
from densevec.corpus import Vocabulary
from densevec.models.word2vec.estimator import PointEmbedding
from densevec.models.word2vec.parameters import PointParameters

if TYPE_CHECKING:
    import torch

    from densevec.layers.word_pieces import WordPieces
    from densevec.models.word2vec.network import CBOWNetwork


class CBOW(PointParameters, PointEmbedding):
    """Continuous bag of words: word vectors whose mean or sum predicts the word they surround (Mikolov et al. 2013).

    For every kept token of word v with context words c_k the loss is that of predicting v from h = mean_k x_{c_k} (or
    the sum), by negative sampling −log σ(h·y_v) − Σ_n log σ(−h·y_n), in nats; other output layers are at choice.
    Each x_{c_k} takes the whole step of h, also where h is the mean, as in word2vec.  ``vectors`` are the rows x;
    the file keeps the output layer too.

    Examples
    --------
    >>> from densevec import Aviary, CBOW
    >>> model = CBOW(Aviary(2_000), dim=16, epochs=1).train()
    >>> model.vectors.vector_size
    16
    """

    command: ClassVar[str] = "cbow"
    combine: Literal["mean", "sum"] = param(default="mean", text="how the context words' vectors are put together")
    noise_words: int = param(default=10)
    noise_tokens: int = param(default=10)
    learning_rate: float = param(default=0.05)

    def _make_network(
        self, settings: Any, vocabulary: Vocabulary, seed: torch.Generator | None, pieces: WordPieces | None = None
    ) -> CBOWNetwork:
        from densevec.models.word2vec.network import CBOWNetwork

        output = self._make_output(settings, vocabulary)
        return CBOWNetwork(len(vocabulary), settings.dim, output, settings.window, seed, pieces, settings.combine)
