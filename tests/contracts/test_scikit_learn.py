"""scikit-learn's own checks of estimators, those that mean something for a model of text."""

from __future__ import annotations

import pytest
from sklearn.base import clone
from sklearn.utils import estimator_checks

from densevec.errors import NotTrainedError
from densevec.models.base import Estimator
from tests.contracts.cases import ESTIMATORS, assert_alike, aviary, make, trained

# They speak of the estimator's face alone.
APPLICABLE = [
    "check_get_params_invariance",
    "check_set_params",
    "check_parameters_default_constructible",
    "check_no_attributes_set_in_init",
    "check_estimator_repr",
    "check_estimator_cloneable",
]

# Every other check feeds fit() arrays of numbers or asks about them.  A corpus is text: files or lists of words.
# Arrays of numbers are refused (with our own error, tested with the readers), there is no n_features_in_, no feature
# names, no sample weight and no predict or transform.  Estimators do not inherit from
# sklearn.base.BaseEstimator, whose tags and routing of metadata describe tables.  Pickling (check_estimators_pickle) is
# not offered: a trained model is kept by save() and load().


@pytest.mark.parametrize("name", APPLICABLE)
@pytest.mark.parametrize("kind", ESTIMATORS.values(), ids=ESTIMATORS)
def test_applicable_checks(kind: type[Estimator], name: str) -> None:
    check = getattr(estimator_checks, name, None)
    if check is None:
        pytest.skip(f"this version of scikit-learn has no {name}")
    check(kind.__name__, kind())


@pytest.mark.parametrize("kind", ESTIMATORS.values(), ids=ESTIMATORS)
def test_clone_and_fit(kind: type[Estimator]) -> None:
    model = make(kind)
    fitted = clone(model).fit(aviary(kind))
    assert_alike(fitted, trained(kind))
    assert clone(fitted).get_params().keys() == model.get_params().keys()
    with pytest.raises(NotTrainedError):
        clone(fitted)._container_parts()
