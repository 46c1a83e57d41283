"""A look at an installed wheel, whatever built it: ``python tests/wheel.py`` somewhere outside of the source folder.

Every extension is there, every kernel trains; files are written, read and asked.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import tempfile
from pathlib import Path

import numpy as np

import densevec._cy
from densevec import CBOW, Aviary, BayesianSkipGram, DensityWord2Vec, SkipGram, load_vectors
from densevec._cy.dispatch import best_product_variant


def main() -> None:
    """Train, save, load and ask; AssertionError where something is not as it should be."""
    folder = Path(densevec._cy.__file__).parent
    modules = [module.name for module in pkgutil.iter_modules([str(folder)])]
    for name in modules:
        importlib.import_module(f"densevec._cy.{name}")
    assert len(modules) >= 20, modules
    assert not list(folder.glob("*.c")), "generated C is in the wheel"
    with tempfile.TemporaryDirectory() as name:
        for kind in (SkipGram, CBOW, BayesianSkipGram, DensityWord2Vec):
            model = kind(Aviary(500), dim=16, epochs=1, workers=2).train(progress=False)
            path = Path(name) / "model.safetensors"
            model.save(path)
            vectors = load_vectors(path)
            assert np.isfinite(vectors.vectors).all()
            assert [word for word, _ in vectors.most_similar("the")] == [
                word for word, _ in model.vectors.most_similar("the")
            ]
            del vectors, model  # Windows does not remove files that are mapped
    python = sys.version.split()[0]
    print(f"{len(modules)} extensions, instruction set {best_product_variant()} of 0 to 4, Python {python}")


if __name__ == "__main__":
    main()
