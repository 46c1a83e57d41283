"""What a folder for the hub says about its file: a card for people, in Markdown, and a few facts for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

from densevec.errors import ParameterTypeError
from densevec.formats.native import Container

CARD, FACTS = "README.md", "config.json"
_TAGS = ["word-embeddings", "word2vec", "static-embeddings"]
_DENSITIES = ["probability-densities", "gaussian-embeddings", "entailment"]
_NOT_SHOWN = ("corpus", "cache_dir", "tree")  # paths of somebody's machine


def card_of(
    container: Container,
    heading: str,
    quality: Mapping[str, Any],
    corpus: str | None,
    language: str | None,
    license: str | None,
) -> str:
    """The card of an opened file; see ``OnHub.save_pretrained``."""
    name = str(container.metadata["class"])
    facts: dict[str, Any] = {"library_name": "densevec", "tags": _TAGS + (_DENSITIES if _is_dense(container) else [])}
    facts |= {"language": language} if language else {}
    facts |= {"license": license} if license else {}
    parts = [
        "---",
        *(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()),  # YAML includes JSON
        "---",
        f"# {_escaped(heading)}",
        f"{_what(container)}, learned by densevec.",
        f"```python\nfrom densevec import {name}\n\n{_call(container, heading)}\n```",
        "## Corpus",
        *_corpus(container.metadata.get("corpus"), corpus),
        "## Parameters",
        _table(["parameter", "value"], _parameters(container)),
        "## Measured quality",
        _quality(quality),
        "## File",
        _table(["", ""], _file(container)),
        "The file is in the safetensors format: nothing in it is executed. Its header has a SHA-256 of every tensor.",
    ]
    return "\n".join(parts[: 2 + len(facts)]) + "\n\n" + "\n\n".join(parts[2 + len(facts) :]) + "\n"


def amounts_read(trained_on: Mapping[str, Any]) -> str:
    """How much a model has read, of what ``Estimator.trained_on`` says: of its last text, and before.

    >>> amounts_read({"sentences": 2, "tokens": 1000, "updates": 1, "earlier_tokens": 5000})
    '2 sentences, 1,000 tokens, after 5,000 earlier tokens (1 update)'
    """
    amounts = [f"{trained_on[key]:,} {key}" for key in ("sentences", "tokens") if isinstance(trained_on.get(key), int)]
    earlier, updates = trained_on.get("earlier_tokens"), trained_on.get("updates")
    if isinstance(earlier, int) and isinstance(updates, int):
        amounts.append(f"after {earlier:,} earlier tokens ({updates:,} update{'s' * (updates > 1)})")
    return ", ".join(amounts)


def facts_of(container: Container) -> bytes:
    """The facts that programs on the hub read, as JSON."""
    mean = container.tensors.get("mean")
    facts = {
        "library_name": "densevec",
        "model_type": container.metadata["class"],
        "format_version": container.metadata["format_version"],
        "words": 0 if container.words is None else len(container.words),
        "dim": None if mean is None else int(mean.shape[-1]),
    }
    return (json.dumps(facts, indent=2) + "\n").encode()


def _is_dense(container: Container) -> bool:
    return "variance" in container.tensors


def _is_model(container: Container) -> bool:
    return any(name.startswith("model.") for name in container.tensors)


def _call(container: Container, heading: str) -> str:
    variable = "model" if _is_model(container) else "vectors"
    return f"{variable} = {container.metadata['class']}.from_pretrained({heading.replace('`', '')!r})"


def _what(container: Container) -> str:
    number = 0 if container.words is None else len(container.words)
    kind = "probability densities" if _is_dense(container) else "vectors" if "mean" in container.tensors else ""
    mean = container.tensors.get("mean")
    size = "" if mean is None else f" of {int(mean.shape[-1])} dimensions"
    holds = f"{number:,} words as {kind}{size}" if kind else f"{number:,} words"
    return f"{container.metadata['class']}: {holds}"


def _corpus(trained_on: Any, about: str | None) -> Iterator[str]:
    if about:
        yield _escaped(about)
    if isinstance(trained_on, Mapping):
        last = " last" if trained_on.get("updates") else ""
        yield f"Learned{last} from {_escaped(str(trained_on.get('kind')))}: {amounts_read(trained_on)}."
        if isinstance(trained_on.get("digest"), str):
            yield f"SHA-256 of the sentences as numbers of words: `{_code(trained_on['digest'])}`."
    elif not about:
        yield "The file does not say what it was learned from."


def _parameters(container: Container) -> list[list[str]]:
    given = container.metadata.get("parameters", {})
    shown = {name: value for name, value in given.items() if name not in _NOT_SHOWN}
    if isinstance(path := shown.get("evidence"), str):  # a language, or a file of one's own
        shown["evidence"] = re.split(r"[/\\]", path)[-1]
    return [[name, json.dumps(value, ensure_ascii=False)] for name, value in shown.items()]


def _quality(quality: Mapping[str, Any]) -> str:
    rows = [row for name, value in quality.items() for row in _measured(str(name), value)]
    if not rows:
        return "Nothing was measured, or its results were not given."
    return _table(["test", "figure", "value"], rows)


def _measured(test: str, value: Any) -> Iterator[list[str]]:
    """The figures of one test: a number, a mapping of them, or a result of the evaluation with ``as_dict``."""
    found = value.as_dict() if hasattr(value, "as_dict") else value
    if isinstance(found, Mapping):
        for name, each in found.items():
            if isinstance(each, Mapping):
                yield from ([test, f"{name}: {row[1]}", row[2]] for row in _measured("", each))
            elif each is not None and not isinstance(each, list | tuple):
                yield [test, str(name), _figure(each)]
    elif isinstance(found, Real | str):
        yield [test, "", _figure(found)]
    else:
        raise ParameterTypeError(
            f"quality must have numbers or results of densevec.evaluation, got {type(value).__name__} for {test!r:.80}"
        )


def _figure(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _file(container: Container) -> list[list[str]]:
    metadata = container.metadata
    versions = ", ".join(f"{name} {version}" for name, version in metadata.get("library_versions", {}).items())
    rows = [["class", str(metadata["class"])], ["words", f"{len(container.words or ()):,}"]]
    mean, variance = container.tensors.get("mean"), container.tensors.get("variance")
    if mean is not None:
        rows.append(["dimensions", str(int(mean.shape[-1]))])
    if mean is not None and variance is not None:
        rows.append(["covariance", "spherical" if variance.ndim < mean.ndim else "diagonal"])
    made = f"densevec {metadata.get('densevec_version')}" + (f", {versions}" if versions else "")
    return [*rows, ["made with", made], ["format version", str(metadata["format_version"])]]


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    listed = ["| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in (heading, *rows)]
    return "\n".join([listed[0], "|" + "---|" * len(heading), *listed[1:]])


def _escaped(text: str) -> str:
    """The text as it is, whatever Markdown or HTML would make of it."""
    import html

    escaped = re.sub(r"([\\`*_\[\]~#$])", r"\\\1", html.escape(" ".join(text.split()), quote=False))
    return escaped.replace("|", "&#124;")


def _code(text: str) -> str:
    return re.sub(r"[^0-9a-zA-Z]", "", text)
