"""The rules by which text is read, and those of a text that is read by two sets of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from densevec._cy.text import Tokens
from densevec.errors import ParameterError

MAX_SENTENCE_LENGTH = 10_000  # tokens, unless another number is given
_DEFAULTS = {"lowercase": False, "normalize": None, "tokenizer": "whitespace", "errors": "strict"}


class JoinsPhrases(Protocol):
    """What ``Phrases`` do for a corpus."""

    @property
    def parameters(self) -> dict[str, Any]: ...

    def join(self, tokens: Sequence[str]) -> Any: ...

    def join_tokens(self, tokens: Tokens) -> int: ...

    def after(self, others: Any) -> Any: ...


def rules_of_both(own: Mapping[str, Any], more: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The rules of a corpus, ``own``, with ``more`` that hold for its text too, as ``TextCorpus`` says.

    Errors: ParameterError for what would have to be done before what the corpus has done.

    >>> plain = {"lowercase": False, "normalize": None, "tokenizer": "words", "errors": "strict", "phrases": None}
    >>> own = {**plain, "normalize": "NFKC", "max_sentence_length": 50}
    >>> rules_of_both(own, {**plain, "normalize": "NFD", "max_sentence_length": 20}, "TextCorpus")["normalize"]
    'NFKD'
    """
    lowercase, form = own["lowercase"] or more["lowercase"], _form_of_both(own["normalize"], more["normalize"])
    check_beside(own, {name: more[name] for name in ("tokenizer", "errors")}, kind)
    if own["phrases"] is not None:
        for name, value in (("lowercase", lowercase), ("normalize", form)):
            if value != own[name]:
                raise _refused(name, own[name], more[name], f"{kind} that joins phrases")
    limits = {own["max_sentence_length"], more["max_sentence_length"]} - {MAX_SENTENCE_LENGTH}
    return {
        **own,
        "lowercase": lowercase,
        "normalize": form,
        "max_sentence_length": min(limits, default=MAX_SENTENCE_LENGTH),
        "phrases": _joined_after(more["phrases"], own["phrases"]),
    }


def check_beside(own: Mapping[str, Any], asked: Mapping[str, Any], kind: str) -> None:
    """ParameterError where rules that are no defaults are asked for, and a corpus, whose are ``own``, has others."""
    for name, value in asked.items():
        if value not in (_DEFAULTS[name], own[name]):
            raise _refused(name, own[name], value, kind)


def _form_of_both(own: str | None, more: str | None) -> str | None:
    """The normal form that two make one after the other: what is compatible stays so, the last one composes or not."""
    if own is None or more is None:
        return own or more
    return f"NF{'K' if 'K' in own + more else ''}{more[-1]}"


def _joined_after(phrases: JoinsPhrases | None, first: JoinsPhrases | None) -> JoinsPhrases | None:
    """Phrases that join as some do first and others then."""
    if phrases is None or first is None:
        return first if phrases is None else phrases
    joined: JoinsPhrases = phrases.after(first)
    return joined


def _refused(name: str, own: Any, wanted: Any, kind: str) -> ParameterError:
    return ParameterError(
        f"{name} must be the corpus's own, {own!r}, where the source is a {kind}, got {wanted!r}; give it where that "
        "corpus is made, or give its own source alone"
    )
