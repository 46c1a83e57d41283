"""Skip-gram: from a word to the words around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from densevec._parameters import Constraints, param
from densevec.corpus import Vocabulary
from densevec.errors import ParameterError
from densevec.models.word2vec.estimator import PointEmbedding
from densevec.models.word2vec.parameters import PointParameters

if TYPE_CHECKING:
    import torch

    from densevec.layers.word_pieces import WordPieces
    from densevec.models.word2vec.network import SkipGramNetwork


def _parts_are_plain(settings: SkipGram) -> None:
    for name, value in (("output_layer", "negative"), ("subwords", None)):
        if settings.share_rows and getattr(settings, name) != value:
            raise ParameterError(f"{name} must be {value!r} with share_rows, got {getattr(settings, name)!r:.80}")


class SkipGram(PointParameters, PointEmbedding):
    """Skip-gram: word vectors that predict the words around them (Mikolov et al. 2013).

    For every kept token of word v and every word c within its window the loss is that of predicting c from v's vector,
    by negative sampling −log σ(x_v·y_c) − Σ_n log σ(−x_v·y_n), in nats, summed over the window; other output layers are
    at choice.  ``vectors`` are the rows x; the file keeps the output layer too.

    Examples
    --------
    >>> from densevec import Aviary, SkipGram
    >>> model = SkipGram(Aviary(2_000), dim=16, epochs=1).train()
    >>> model.vectors.vector_size
    16
    """

    command: ClassVar[str] = "skipgram"
    constraints: ClassVar[Constraints] = (_parts_are_plain,)
    share_rows: bool = param(
        default=False,
        engine="fused",
        text="each of several processes of torchrun keeps only its part of the rows, for tables larger than the memory "
        "of one machine; by negative sampling alone, without subwords, checkpoints and held-out text",
    )
    # of an update, chosen on two halves of 8 M tokens each: benchmarks/growing.py
    update_rate = 1.5
    update_average = 0.5

    def _make_network(
        self, settings: Any, vocabulary: Vocabulary, seed: torch.Generator | None, pieces: WordPieces | None = None
    ) -> SkipGramNetwork:
        from densevec.models.word2vec.network import SkipGramNetwork

        output = self._make_output(settings, vocabulary)
        return SkipGramNetwork(len(vocabulary), settings.dim, output, settings.window, seed, pieces)
