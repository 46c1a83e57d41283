"""The matrix-product forms against the formulas they stand for."""

import numpy as np
import pytest

from densevec.densities import jeffreys, kl_divergence
from densevec.densities.products import (
    jeffreys_column_features,
    jeffreys_row_features,
    jeffreys_row_term,
    kl_first_features,
    kl_first_term,
    kl_second_features,
    kl_second_term,
)


def densities(count, dim, *, is_spherical, seed, spread=1.5):
    random = np.random.default_rng(seed)
    return random.normal(size=(count, dim)), random.uniform(-spread, spread, (count, 1 if is_spherical else dim))


@pytest.mark.parametrize("dim", [1, 2, 300])
@pytest.mark.parametrize("is_spherical", [True, False])
@pytest.mark.parametrize("spread", [1.5, np.log(1e6)])
def test_one_product_gives_kl_in_both_directions_and_jeffreys(dim, is_spherical, spread):
    p = densities(6, dim, is_spherical=is_spherical, seed=1, spread=spread)
    q = densities(5, dim, is_spherical=is_spherical, seed=2, spread=spread)
    direct = kl_divergence(p[0][:, None], p[1][:, None], *q)
    size = np.exp(2 * spread) * dim  # of the terms that cancel
    close = {"rtol": 1e-9, "atol": 1e-13 * size}

    rows_first = kl_first_features(*p) @ kl_second_features(*q).T + kl_first_term(p[1], dim)[:, None]
    np.testing.assert_allclose(rows_first, direct, **close)
    rows_second = kl_second_features(*q, "first") @ kl_first_features(*p, "first").T + kl_second_term(*q)[:, None]
    np.testing.assert_allclose(rows_second.T, direct, **close)
    both = jeffreys_row_features(*p) @ jeffreys_column_features(*q).T + jeffreys_row_term(*p)[:, None]
    np.testing.assert_allclose(both, jeffreys(p[0][:, None], p[1][:, None], *q), **close)

    assert kl_first_features(*p).shape == (6, dim + 2 if is_spherical else 2 * dim + 1)
    assert jeffreys_row_features(*p).shape == (6, 2 * dim + 3 if is_spherical else 4 * dim + 1)


@pytest.mark.parametrize("is_spherical", [True, False])
def test_torch_equals_numpy_and_has_the_direct_gradients(is_spherical):
    torch = pytest.importorskip("torch")
    p = densities(3, 4, is_spherical=is_spherical, seed=1)
    q = densities(2, 4, is_spherical=is_spherical, seed=2)
    tensors = [torch.tensor(part, requires_grad=True) for part in (*p, *q)]

    def product(mean_p, log_variance_p, mean_q, log_variance_q):
        term = kl_first_term(log_variance_p, 4)[:, None]
        return kl_first_features(mean_p, log_variance_p) @ kl_second_features(mean_q, log_variance_q).T + term

    np.testing.assert_allclose(product(*tensors).detach().numpy(), product(*p, *q), rtol=1e-12)
    assert torch.autograd.gradcheck(product, tensors)
    gradients = torch.autograd.grad(product(*tensors).sum(), tensors)
    direct = kl_divergence(tensors[0][:, None], tensors[1][:, None], tensors[2], tensors[3])
    for one, other in zip(gradients, torch.autograd.grad(direct.sum(), tensors), strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-10, atol=1e-12)
