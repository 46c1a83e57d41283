"""Parameters for tests, without those that the training which will run has no use for: it refuses them."""

from __future__ import annotations

from typing import Any

from densevec._parameters import Parameters
from densevec.models.placement import place


def usable(kind: type[Parameters], **settings: Any) -> dict[str, Any]:
    """The settings that a training of a model of this kind with them uses."""
    declared, model = kind.declared(), kind(**{n: value for n, value in settings.items() if n in kind.declared()})
    used = {n: value for n, value in settings.items() if n not in declared or declared[n].is_used(model)}
    if "engine" not in declared:
        return used
    plain = {name: value for name, value in used.items() if name in declared and declared[name].engine is None}
    engine = "fused" if place(kind(**plain)).is_fused else "torch"
    return {n: value for n, value in used.items() if n not in declared or declared[n].engine in (None, engine)}
