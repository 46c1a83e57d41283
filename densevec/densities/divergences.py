"""Divergences between Gaussians, by name and direction, on NumPy arrays or torch tensors.

Every function takes ``(mean_p, log_variance_p, mean_q, log_variance_q)``.  The
last axis of a mean is the dimension d; the last axis of a log variance is d
(diagonal) or 1 (spherical); all leading axes broadcast, and the result has the
broadcast leading shape.  Values are in nats unless the function says otherwise.
Integers are computed with in float64, floats of 16 bits in float32.
Nothing is added for stability: differences of log variances are, so that
the divergence of a density from itself is exactly 0.

A measure ranks words for a query.  As a *score* every measure is higher-is-closer:
divergences and distances enter with a minus sign.  To add one, write a function and decorate it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from types import MappingProxyType

import numpy as np

from densevec.densities._namespace import Array, array_namespace, widened
from densevec.densities.lengths import are_fit, fitting, power_near
from densevec.errors import ParameterError

Function = Callable[[Array, Array, Array, Array], Array]

_LOG_TWO_PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class Measure:
    """A divergence or similarity with its direction, as ``measure=`` names it.

    ``query_first`` says whether the query is the function's first argument (p) or its second (q);
    ``is_similarity`` whether larger values of the function mean closer already.
    """

    name: str
    function: Function
    query_first: bool
    is_similarity: bool

    def value(self, query_mean: Array, query_log_variance: Array, mean: Array, log_variance: Array) -> Array:
        """The function itself, its arguments put in this measure's order."""
        if self.query_first:
            return self.function(query_mean, query_log_variance, mean, log_variance)
        return self.function(mean, log_variance, query_mean, query_log_variance)

    def score(self, query_mean: Array, query_log_variance: Array, mean: Array, log_variance: Array) -> Array:
        """Higher is closer: the value of a similarity, minus the value of a divergence."""
        value = self.value(query_mean, query_log_variance, mean, log_variance)
        return value if self.is_similarity else -value


_measures: dict[str, Measure] = {}
MEASURES: Mapping[str, Measure] = MappingProxyType(_measures)


def measure(*names: str, is_similarity: bool = False) -> Callable[[Function], Function]:
    """Register a function under one name (symmetric) or two (query as first argument, query as second).

    What it is given are floats of at least 32 bits, whatever the caller has.
    """

    def register(function: Function) -> Function:
        @wraps(function)
        def of_floats(mean_p: Array, log_variance_p: Array, mean_q: Array, log_variance_q: Array) -> Array:
            return function(widened(mean_p), widened(log_variance_p), widened(mean_q), widened(log_variance_q))

        for position, name in enumerate(names):
            _measures[name] = Measure(name, of_floats, query_first=position == 0, is_similarity=is_similarity)
        return of_floats

    return register


def get_measure(name: str) -> Measure:
    """The measure of that name, or a ParameterError that lists the names there are."""
    try:
        return _measures[name]
    except (KeyError, TypeError):
        raise ParameterError(f"measure must be one of {', '.join(sorted(_measures))}, got {name!r:.80}") from None


def _total(values: Array, dim: int) -> Array:
    """Sum over the dimensions; a last axis of size 1 stands for ``dim`` equal values."""
    return values.sum(-1) * (dim // values.shape[-1])


def _squares(differences: Array, log_variance: Array) -> Array:
    """Σ_i difference_i²/s_i, also where a square or 1/s_i by itself would overflow."""
    return ((differences * array_namespace(differences).exp(-0.5 * log_variance)) ** 2).sum(-1)


@measure("kl_from_query", "kl_to_query")
def kl_divergence(mean_p: Array, log_variance_p: Array, mean_q: Array, log_variance_q: Array) -> Array:
    """KL(p‖q) = ½ Σ_i [ s_pi/s_qi − 1 − log(s_pi/s_qi) + (m_pi − m_qi)²/s_qi ], in nats.

    Low when p lies inside q: for words, when the narrower p could be called q.
    KL(p‖p) is exactly 0, for its log ratio is.  As a measure: ``kl_from_query``
    is KL(query‖word), ``kl_to_query`` is KL(word‖query).

    Examples
    --------
    >>> import numpy as np
    >>> float(kl_divergence(np.array([1.0]), np.array([0.0]), np.array([0.0]), np.array([0.0])))
    0.5
    """
    namespace = array_namespace(mean_p, mean_q)
    log_ratio = log_variance_p - log_variance_q
    spread = _total(namespace.expm1(log_ratio) - log_ratio, mean_p.shape[-1])
    return 0.5 * (spread + _squares(mean_p - mean_q, log_variance_q))


@measure("jeffreys")
def jeffreys(mean_p: Array, log_variance_p: Array, mean_q: Array, log_variance_q: Array) -> Array:
    """Jeffreys' divergence KL(p‖q) + KL(q‖p), in nats (Jeffreys 1946)."""
    return kl_divergence(mean_p, log_variance_p, mean_q, log_variance_q) + kl_divergence(
        mean_q, log_variance_q, mean_p, log_variance_p
    )


@measure("expected_likelihood", is_similarity=True)
def expected_likelihood(mean_p: Array, log_variance_p: Array, mean_q: Array, log_variance_q: Array) -> Array:
    """log ∫ p(z) q(z) dz = −½ Σ_i [ log 2π + log(s_pi + s_qi) + (m_pi − m_qi)²/(s_pi + s_qi) ], in nats.

    A symmetric similarity (Jebara, Kondor & Howard 2004), the first energy of Vilnis & McCallum (2015).
    """
    namespace = array_namespace(mean_p, mean_q)
    log_sum = namespace.logaddexp(log_variance_p, log_variance_q)
    return -0.5 * (_total(_LOG_TWO_PI + log_sum, mean_p.shape[-1]) + _squares(mean_p - mean_q, log_sum))


@measure("bhattacharyya")
def bhattacharyya(mean_p: Array, log_variance_p: Array, mean_q: Array, log_variance_q: Array) -> Array:
    """Bhattacharyya distance −log ∫ √(p q) = Σ_i [ (m_pi − m_qi)²/(8 a_i) + ½ log(a_i/√(s_pi s_qi)) ], in nats.

    a is the mean of the two variances (Bhattacharyya 1943).  The logarithm is
    log cosh(½ log(s_p/s_q)), computed as ½ log(1 + sinh²) where it is small, so that it keeps its digits.
    """
    namespace = array_namespace(mean_p, mean_q)
    x = abs(0.5 * (log_variance_p - log_variance_q))
    near = 0.5 * namespace.log1p(namespace.sinh(namespace.clip(x, 0, 1)) ** 2)
    log_cosh = namespace.where(x < 1, near, x - math.log(2) + namespace.log1p(namespace.exp(-2 * x)))
    log_sum = namespace.logaddexp(log_variance_p, log_variance_q)
    return 0.5 * _total(log_cosh, mean_p.shape[-1]) + 0.25 * _squares(mean_p - mean_q, log_sum)


@measure("hellinger")
def hellinger(mean_p: Array, log_variance_p: Array, mean_q: Array, log_variance_q: Array) -> Array:
    """Hellinger distance √(1 − ∫ √(p q)), between 0 and 1, without a unit (Hellinger 1909).

    Far apart it is 1 to the last bit: rankings of such words are better asked of ``bhattacharyya``,
    which orders them the same way without saturating.  Its gradient is infinite at p = q.
    """
    namespace = array_namespace(mean_p, mean_q)
    distance = bhattacharyya(mean_p, log_variance_p, mean_q, log_variance_q)
    return namespace.sqrt(-namespace.expm1(-distance))


@measure("wasserstein2")
def wasserstein2(mean_p: Array, log_variance_p: Array, mean_q: Array, log_variance_q: Array) -> Array:
    """2-Wasserstein distance √(Σ_i [(m_pi − m_qi)² + (√s_pi − √s_qi)²]), in the unit of the space.

    Dowson & Landau (1982).  Its gradient is infinite at p = q.
    """
    namespace = array_namespace(mean_p, mean_q)
    steps = mean_p - mean_q
    root_steps = namespace.exp(0.5 * log_variance_p) - namespace.exp(0.5 * log_variance_q)

    def squares(steps: Array, root_steps: Array) -> Array:
        return (steps**2).sum(-1) + _total(root_steps**2, mean_p.shape[-1])

    with np.errstate(over="ignore"):
        total = squares(steps, root_steps)
    if are_fit(total):
        return namespace.sqrt(total)
    largest = namespace.maximum(*[namespace.amax(namespace.abs(each), -1) for each in (steps, root_steps)])
    if are_fit(namespace.where(largest > 0, total, namespace.ones_like(total))):  # but for what is at no distance
        return namespace.sqrt(total)
    scale = power_near(largest)[..., None]  # keeps all digits
    return scale[..., 0] * namespace.sqrt(squares(steps / scale, root_steps / scale))


@measure("cosine", is_similarity=True)
def cosine(mean_p: Array, log_variance_p: Array, mean_q: Array, log_variance_q: Array) -> Array:
    """Cosine of the angle between the means, between −1 and 1; 0 if either mean is zero.

    Variances play no part, nor do lengths, however large or small.
    """
    namespace = array_namespace(mean_p, mean_q)
    with np.errstate(over="ignore"):
        squares_p, squares_q = (mean_p**2).sum(-1), (mean_q**2).sum(-1)
    if are_fit(squares_p) and are_fit(squares_q):  # and above 0
        scale = namespace.sqrt(squares_p) * namespace.sqrt(squares_q)
    else:
        mean_p, mean_q = fitting(mean_p), fitting(mean_q)
        scale = namespace.sqrt((mean_p**2).sum(-1)) * namespace.sqrt((mean_q**2).sum(-1))
        scale = namespace.where(scale > 0, scale, namespace.ones_like(scale))
    return namespace.clip((mean_p * mean_q).sum(-1) / scale, -1, 1)  # rounding goes beyond
