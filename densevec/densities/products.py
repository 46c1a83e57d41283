"""Divergences of all rows against all rows as one matrix product.

A Gaussian becomes two short feature vectors, one for each place it can take in
KL(p‖q).  With A = [s + m², m] for the first argument and B = [1/(2s), −m/s]
for the second,

    KL(p‖q) = A_p·B_q + a_p + b_q,    a = −½ Σ_i (1 + log s_i),    b = ½ Σ_i (m_i²/s_i + log s_i).

One of the two constants rides in the product as one more feature (its partner's
feature is a 1); the other belongs to the row and is added by the caller, or left
out where only rankings along the row matter.  Lengths: 2d + 1 diagonal;
d + 2 spherical, where d·s + ‖m‖² is one feature in place of d.
Jeffreys' divergence needs both places at once: 4d + 1, spherical 2d + 3.

Shapes: ``mean`` (..., d), ``log_variance`` (..., d) diagonal or (..., 1) spherical;
features (..., F), terms (...).  Both sides of a product must be of the same
kind: widen a spherical log variance to d columns to meet a diagonal one.
The products cancel large terms, so their absolute error is that of the
largest term (about machine epsilon times (s_p + ‖m_p‖² + ‖m_q‖²)/s_q): a ranking
that must be exact re-computes its candidates with ``kl_divergence`` in float64.

Examples
--------
KL(query‖word) for all queries and words; rows are queries:

>>> import numpy as np
>>> from densevec.densities import kl_divergence
>>> random = np.random.default_rng(0)
>>> mean, log_variance = random.normal(size=(2, 3, 4))
>>> product = kl_first_features(mean, log_variance) @ kl_second_features(mean, log_variance).T
>>> kl = product + kl_first_term(log_variance, dim=4)[:, None]
>>> bool(np.allclose(kl, kl_divergence(mean[:, None], log_variance[:, None], mean, log_variance)))
True
"""

from __future__ import annotations

from typing import Literal

from densevec.densities._namespace import Array, array_namespace

Place = Literal["first", "second"]


def _concatenate(*parts: Array) -> Array:
    return array_namespace(*parts).concat(parts, -1)


def _first(mean: Array, log_variance: Array) -> tuple[Array, Array]:
    """A in its two parts: s + m² (or the one number d·s + ‖m‖²), and m."""
    variance = array_namespace(mean, log_variance).exp(log_variance)
    if log_variance.shape[-1] == mean.shape[-1]:
        return variance + mean**2, mean
    return mean.shape[-1] * variance + (mean**2).sum(-1)[..., None], mean


def _second(mean: Array, log_variance: Array) -> tuple[Array, Array]:
    """B in its two parts: 1/(2s) and −m/s."""
    precision = array_namespace(mean, log_variance).exp(-log_variance)
    return 0.5 * precision, -mean * precision


def kl_first_term(log_variance: Array, dim: int) -> Array:
    """a = −½ Σ_i (1 + log s_i) of the first argument of KL, (...,)."""
    return -0.5 * (1 + log_variance).sum(-1) * (dim // log_variance.shape[-1])


def kl_second_term(mean: Array, log_variance: Array) -> Array:
    """b = ½ Σ_i (m_i²/s_i + log s_i) of the second argument of KL, (...,)."""
    precision = array_namespace(mean, log_variance).exp(-log_variance)
    repeats = mean.shape[-1] // log_variance.shape[-1]
    return 0.5 * ((mean**2 * precision).sum(-1) + log_variance.sum(-1) * repeats)


def kl_first_features(mean: Array, log_variance: Array, constant: Place = "second") -> Array:
    """Features of the first argument p of KL(p‖q): [s + m², m, 1], or a in place of the 1.

    ``constant`` names the argument whose constant rides in the product; give the same to
    ``kl_second_features`` and add the other one's term: with "second" the sum needs
    ``kl_first_term`` of p, with "first" it needs ``kl_second_term`` of q.
    """
    square, linear = _first(mean, log_variance)
    ones = array_namespace(mean).ones_like(mean[..., :1])
    last = ones if constant == "second" else ones * kl_first_term(log_variance, mean.shape[-1])[..., None]
    return _concatenate(square, linear, last)


def kl_second_features(mean: Array, log_variance: Array, constant: Place = "second") -> Array:
    """Features of the second argument q of KL(p‖q): [1/(2s), −m/s, b], or a 1 in place of b."""
    square, linear = _second(mean, log_variance)
    last = kl_second_term(mean, log_variance)[..., None]
    if constant == "first":
        last = array_namespace(mean).ones_like(last)
    return _concatenate(square, linear, last)


def jeffreys_row_features(mean: Array, log_variance: Array) -> Array:
    """[A, B, 1]: rows of the product that gives KL(p‖q) + KL(q‖p) less ``jeffreys_row_term`` of p."""
    return _concatenate(
        *_first(mean, log_variance), *_second(mean, log_variance), array_namespace(mean).ones_like(mean[..., :1])
    )


def jeffreys_column_features(mean: Array, log_variance: Array) -> Array:
    """[B, A, a + b]: columns of the product for Jeffreys' divergence."""
    term = jeffreys_row_term(mean, log_variance)[..., None]
    return _concatenate(*_second(mean, log_variance), *_first(mean, log_variance), term)


def jeffreys_row_term(mean: Array, log_variance: Array) -> Array:
    """a + b = ½ Σ_i (m_i²/s_i − 1), (...,): add it to every row of the product."""
    precision = array_namespace(mean, log_variance).exp(-log_variance)
    return 0.5 * ((mean**2 * precision).sum(-1) - mean.shape[-1])
