"""What files look like before they are read as text: their encoding, and the language they are in."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from densevec.corpus.readers import is_remote, open_file
from densevec.corpus.text import TextCorpus

_LOOKED_AT = 1 << 18  # bytes of a file
_LEAST_SHARE = 0.08  # of the words of a text that are frequent words of its language: half of it is usual
_MORE = 1.3  # times as many as of any other language
_LEAST_WORDS = 50
_FOREIGN = 0.35  # share of bytes above 127 from which letters of another script than Latin are meant
_MOST_TOLD = 5
_MAGIC = {b"%PDF": "a PDF", b"PK\x03\x04": "a ZIP archive, as .docx, .epub and .odt are", b"{\\rtf": "RTF"}

# The most frequent words of some languages.  Those of several tell little, and count for each.
FREQUENT = {
    "cs": "a se v na je že o s z do i to za by jsem ale jak po",
    "da": "og i at det er en den til af for på ikke der med jeg de et som",
    "de": "der die und in das den von zu ist mit nicht des sich auf ein eine dem er sie ich",
    "en": "the of and to in a is that it for was as with he on be his at by i",
    "es": "de la que el en y a los se del las un por con no una su para es al",
    "fi": "ja on ei se että hän oli mutta niin kun minä joka ovat kuin mitä myös",
    "fr": "de la le et les des en un une du que est dans qui il pour à ce ne pas",
    "hu": "a az és hogy nem is egy volt meg de van csak ez már mint még",
    "it": "di e che la il un a per in è una non del le con si da i sono della",
    "la": "et in est non ad ut cum quod si sed ex qui ab quae esse enim",
    "nl": "de het een van en in is dat op te zijn niet met voor hij ik er aan die",
    "pl": "i w nie na się z że do to jest jak o ale za po co go od przez",
    "pt": "de a o que e do da em um para não uma os no se na por mais as dos",
    "ro": "și de a în la cu nu că o pe un să din mai care este se lui",
    "ru": "и в не на я что он с как это а но к у его по она от из",
    "sv": "och i att det som en på är av för med den till inte han jag ett om",
    "tr": "ve bir bu da de için ile o çok ne ama gibi daha olarak olan değil",
    "uk": "і в не на що я з у він та до це як але його за від про",
}


@dataclass(frozen=True)
class Signs:
    """Of a file: what is wrong with its bytes, or None; the code of its language, or None where it is not plain."""

    path: str
    fault: str | None
    language: str | None


def look_at(files: Iterable[str]) -> list[Signs]:
    """The signs of files by their first 256 KiB, unpacked; URLs, which are read but once, are passed over.

    Errors: CorpusFileError for a file that cannot be read.
    """
    found = []
    for path in files:
        if is_remote(path):
            continue
        try:
            with open_file(path) as file:
                data = file.read(_LOOKED_AT)
        except (EOFError, OSError):  # damaged: what reads it all says so
            continue
        fault = encoding_fault(data)
        found.append(Signs(path, fault, None if fault else guess_language(data.decode("utf-8", "ignore"))))
    return found


def encoding_fault(data: bytes) -> str | None:
    """What the bytes at the beginning of a file are if not UTF-8, and what makes UTF-8 of them; None if they are.

    >>> encoding_fault("die Größe des Vogels".encode("latin-1"))
    'is not UTF-8 and looks like Windows-1252; iconv -f WINDOWS-1252 -t UTF-8 makes it so'
    >>> encoding_fault("Größe".encode()[:-3]) is None
    True
    """
    for beginning, name in _MAGIC.items():
        if data.startswith(beginning):
            return f"is no text but {name}; save its text as UTF-8, or leave it out"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return f"is UTF-16; {_advice('UTF-16')}"
    if b"\0" in data:
        even, odd = data[::2].count(0), data[1::2].count(0)
        if max(even, odd) > 0.3 * len(data) / 2 and min(even, odd) < 0.05 * len(data) / 2:
            return f"looks like UTF-16; {_advice('UTF-16LE' if odd > even else 'UTF-16BE')}"
        return "has bytes of 0 and is no text; leave it out"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)  # which does not mind a character cut at the end
    except UnicodeDecodeError:
        return _of_bytes(data)
    return None


def _of_bytes(data: bytes) -> str:
    high = sum(byte > 127 for byte in data)
    letters = high + sum(map(data.count, map(str.encode, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")))
    if high < _FOREIGN * letters:
        return f"is not UTF-8 and looks like Windows-1252; {_advice('WINDOWS-1252')}"
    small = {name: _small_cyrillic(data.decode(code, "replace")) for name, code in _CYRILLIC.items()}
    name = max(small, key=lambda each: small[each])
    if small[name] > 0.6 * high:
        return f"is not UTF-8 and looks like {name}; {_advice(name)}"
    return "is not UTF-8 but another encoding of letters that are not Latin; iconv makes UTF-8 of it if told which"


_CYRILLIC = {"WINDOWS-1251": "cp1251", "KOI8-R": "koi8-r", "ISO-8859-5": "iso8859-5"}


def _small_cyrillic(text: str) -> int:
    return len(re.findall("[а-яё]", text))


def _advice(encoding: str) -> str:
    return f"iconv -f {encoding} -t UTF-8 makes it so"


def guess_language(text: str) -> str | None:
    """The code of the language whose most frequent words a text has; None where there is none, or no one alone.

    >>> guess_language("the kiwi is a bird of the forest and it does not fly " * 9)
    'en'
    >>> guess_language("kiwi kakapo weka " * 40) is None
    True
    """
    words = TextCorpus([], tokenizer="words", lowercase=True).tokenize(text.replace("\n", " "))
    counts = Counter(words)
    total = counts.total()
    if total < _LEAST_WORDS:
        return None
    shares = sorted(
        (sum(counts[word] for word in set(listed.split())) / total, code) for code, listed in FREQUENT.items()
    )
    (second, _), (best, code) = shares[-2:]
    return code if best >= _LEAST_SHARE and best > _MORE * second else None


def source_problems(signs: Sequence[Signs]) -> list[str]:
    """Sentences about files that are no UTF-8, and about files in several languages."""
    faults = [f"{each.path} {each.fault}" for each in signs if each.fault]
    found = faults[:_MOST_TOLD]
    if len(faults) > _MOST_TOLD:
        found.append(f"so it is, or the like, with {len(faults) - _MOST_TOLD:,} more files")
    languages = by_language(signs)
    if len(languages) > 1:
        told = ", ".join(f"{code} ({_some(paths)})" for code, paths in languages.items())
        found.append(f"the files seem to be in {len(languages)} languages: {told}; a model learns from one best")
    return found


def by_language(signs: Sequence[Signs]) -> dict[str, list[str]]:
    """The files of each language, those of most files first."""
    found: dict[str, list[str]] = {}
    for each in signs:
        if each.language is not None:
            found.setdefault(each.language, []).append(each.path)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def _some(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{len(paths):,} files such as {paths[0]}"
