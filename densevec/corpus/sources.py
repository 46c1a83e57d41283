"""What files look like before they are read as text: their encoding, and the language they are in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from densevec.corpus.beginnings import iconv_advice, is_utf8, no_text
from densevec.corpus.readers import is_remote, open_file
from densevec.corpus.text import TextCorpus

_LOOKED_AT = 1 << 18  # bytes of a file
_LEAST_SHARE = 0.08  # of the words of a text that are frequent words of its language: half of it is usual
MORE = 1.3  # times as many as of any other language
_LEAST_WORDS = 50
_DECODED = 1 << 14  # bytes, from the first word on that is not ASCII, by which an encoding is known
_LONGEST_WORD = 100  # bytes
_MOST_ODD = 0.1
_OF_SIGNS = 0.05  # their oddness: an encoding by which they are letters is likelier
_MOST_TOLD = 5

# The most frequent words of some languages.  Those of several tell little, and count for each.
FREQUENT = {
    "ar": "في من على أن إلى التي عن لا ما هذا مع كان هو هذه الذي لم بين ذلك كل ثم",
    "cs": "a se v na je že o s z do i to za by jsem ale jak po",
    "da": "og i at det er en den til af for på ikke der med jeg de et som",
    "de": "der die und in das den von zu ist mit nicht des sich auf ein eine dem er sie ich",
    "el": "και το να του η της με που την από για είναι στο οι τα δεν θα τον ο σε",
    "en": "the of and to in a is that it for was as with he on be his at by i",
    "es": "de la que el en y a los se del las un por con no una su para es al",
    "fi": "ja on ei se että hän oli mutta niin kun minä joka ovat kuin mitä myös",
    "fr": "de la le et les des en un une du que est dans qui il pour à ce ne pas",
    "he": "של את על לא הוא זה עם כי גם היא אני אל כל או היה אם מה יש כמו אך",
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

# Letters that are not ASCII, and signs between the words of any language
LETTERS = {
    "ar": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيًٌٍَُِّْـ،؛؟",
    "cs": "áčďéěíňóřšťúůýž",
    "da": "åæéø",
    "de": "äöüß",
    "el": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
    "en": "éèêçïñ",
    "es": "áéíñóúüªº",
    "fi": "åäö",
    "fr": "àâæçèéêëîïôùûüœ",
    "he": "אבגדהוזחטיךכלםמןנסעףפץצקרשתְֱֲֳִֵֶַָֹֻּׁׂ־",
    "hu": "áéíóöőúüű",
    "it": "àèéìíòóù",
    "la": "æëœ",
    "nl": "áèéëïóöü",
    "pl": "ąćęłńóśźż",
    "pt": "àáâãçéêíóôõúüªº",
    "ro": "âăîşţșț",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "sv": "åäéö",
    "tr": "âçğıİîöşüû",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
}
_SIGNS = "\xa0¡§«°·»¿–—‘’‚“”„…№€"
_ENCODINGS = (  # as iconv calls them, of several that make the same of a text the first is named
    *("WINDOWS-1252", "ISO-8859-15", "WINDOWS-1250", "ISO-8859-2", "WINDOWS-1254", "WINDOWS-1251", "KOI8-R", "KOI8-U"),
    *("ISO-8859-5", "WINDOWS-1253", "ISO-8859-7", "WINDOWS-1255", "WINDOWS-1256", "ISO-8859-6", "MACINTOSH", "CP850"),
    *("CP852", "CP866", "MACCYRILLIC"),
)


@dataclass(frozen=True)
class Signs:
    """Of a file: what is wrong with its bytes, or None; the code of its language, or None where it is not plain; and
    whether it is text, if with wrong bytes."""

    path: str
    fault: str | None
    language: str | None
    is_text: bool = True


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
        language = None if fault else guess_language(data.decode("utf-8", "ignore"))
        found.append(Signs(path, fault, language, is_text=no_text(data) is None))
    return found


def encoding_fault(data: bytes) -> str | None:
    """What the bytes at the beginning of a file are if not UTF-8, and what makes UTF-8 of them; None if they are.

    >>> encoding_fault(("die Größe des Vogels ist nicht bekannt " * 9).encode("latin-1"))
    'is not UTF-8 and looks like WINDOWS-1252; iconv -f WINDOWS-1252 -t UTF-8 makes UTF-8 of it'
    >>> encoding_fault("Größe".encode()[:-3]) is None
    True
    """
    if fault := no_text(data):
        return fault
    if b"\0" in data:
        return "has bytes of 0, which no text has; mend the text, or leave it out"
    return None if is_utf8(data) else _of_bytes(data)


def _of_bytes(data: bytes) -> str:
    """What is said of bytes that are not UTF-8: an encoding is named where they are words and letters of a language by
    it, and less than half as odd as by any other one, unless that makes the same of them."""
    first = next(place for place, byte in enumerate(data) if byte > 127)
    begin = max(data.rfind(b" ", 0, first) + 1, first - _LONGEST_WORD)
    sample = data[begin : begin + _DECODED]
    texts = {name: sample.decode(name, "replace") for name in _ENCODINGS}
    odd = {name: _oddness(text) for name, text in texts.items()}
    best = min(odd, key=lambda name: odd[name])
    if odd[best] < _MOST_ODD and all(2 * odd[best] < odd[name] for name in odd if texts[name] != texts[best]):
        return f"is not UTF-8 and looks like {best}; {iconv_advice(best)}"
    return "is not UTF-8 but in another encoding; iconv makes UTF-8 of it if told which"


def _oddness(text: str) -> float:
    """How odd are the characters of a text that are not ASCII, from 0, for letters of its language, to 1; 1 for a text
    in none that is known.

    A capital after a small letter is odd, too.
    """
    language = guess_language(text)
    if language is None:
        return 1.0
    letters, found = LETTERS[language], []
    for before, character in pairwise(f" {text}"):
        if character > "\x7f":
            is_letter = character in letters or (character.lower() in letters and not before.islower())
            found.append(0.0 if is_letter else _OF_SIGNS if character in _SIGNS else 1.0)
    return sum(found) / len(found)


def guess_language(text: str) -> str | None:
    """The code of the language whose most frequent words a text has; None where there is none, or no one alone.

    >>> guess_language("the kiwi is a bird of the forest and it does not fly " * 9)
    'en'
    >>> guess_language("kiwi kakapo weka " * 40) is None
    True
    """
    words = TextCorpus([], tokenizer="words", lowercase=True).tokenize(text.replace("\n", " "))
    if len(words) < _LEAST_WORDS:
        return None
    (second, _), (best, code) = sorted((share, code) for code, share in frequent_shares(Counter(words)).items())[-2:]
    return code if best >= _LEAST_SHARE and best > MORE * second else None


def frequent_shares(counts: Counter[str]) -> dict[str, float]:
    """Of each language, the share of a text's words, in small letters, that are its most frequent ones."""
    total = max(counts.total(), 1)
    return {code: sum(counts[word] for word in set(listed.split())) / total for code, listed in FREQUENT.items()}


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
