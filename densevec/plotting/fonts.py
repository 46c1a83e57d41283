"""The fonts of a picture: the one that is asked for, the usual one, and installed ones that have what these lack."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from densevec._calls import warn
from densevec._packages import import_package
from densevec.errors import FormatWarning, ParameterError, ParameterTypeError

USUAL = "DejaVu Sans"  # comes with matplotlib
Font = str | os.PathLike[str]

_ENDINGS = (".ttf", ".otf", ".ttc", ".otc")
_ALL_BOXES = re.compile(
    r"last ?resort|adobe blank|unicode bmp fallback", re.IGNORECASE
)  # have everything, show nothing
_EAST_ASIA = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC")
_SCRIPT = re.compile(r"(.+?) (?:CAPITAL |SMALL )?(?:LETTER|SYLLABLE|VOWEL|SIGN|DIGIT|IDEOGRAPH|CHARACTER)\b")
_SHOWN = 5  # characters that a warning names


def choose_families(texts: Iterable[str], font: Font | None = None) -> list[str]:
    """Families of fonts for texts, as matplotlib takes them: what the first lacks is drawn by the next that has it.

    The first are ``font``, a family's name or a font's file, and DejaVu Sans.  For the characters that neither has,
    installed fonts are looked for, those first that have the most of them; a FormatWarning says what none has.

    Raises
    ------
    ParameterError
        If there is no such font.
    MissingPackageError
        If matplotlib is not installed.
    """
    manager = import_package("matplotlib.font_manager", "a picture", "plot")
    families = [USUAL] if font is None else list(dict.fromkeys([_family(manager, font), USUAL]))
    missing = {ord(character) for text in texts for character in text if _is_drawn(character)}
    for family in families:
        missing -= _characters(manager, _file_of(manager, family))
    if missing:
        families += _cover(manager, missing)
    if missing and _add_new_files(manager):
        families += _cover(manager, missing)
    if missing:
        warn(_describe_missing(sorted(map(chr, missing))), FormatWarning)
    return families


def _is_drawn(character: str) -> bool:
    """Whether a character needs a glyph: no space, joiner or variation selector does."""
    is_selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return not (character.isspace() or is_selector or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Cn", "Co"))


def _family(manager: Any, font: Font) -> str:
    """The family of a font that a user names; its file becomes known to matplotlib, for this process."""
    if not isinstance(font, str | os.PathLike):
        raise ParameterTypeError(f"font must be the name of a font or the path of its file, got {font!r:.80}")
    name = os.fspath(font)
    if name.lower().endswith(_ENDINGS) or os.path.isfile(name):
        try:
            return _add_file(manager, name)
        except Exception as error:  # those of FreeType, and OSError
            raise ParameterError(f"font must be a font that can be read, got {name!r:.80} ({error})") from None
    try:
        _file_of(manager, name)
    except ValueError:
        raise ParameterError(
            f"font must be the name of an installed font or the path of a .ttf or .otf file, got {name!r:.80}"
        ) from None
    return name


def _add_file(manager: Any, path: str) -> str:
    entries = manager.fontManager.ttflist
    if all(entry.fname != path for entry in entries):
        manager.fontManager.addfont(path)
    return str(next(entry.name for entry in entries if entry.fname == path))


def _add_new_files(manager: Any) -> bool:
    """Make known what was installed since matplotlib made its list of fonts; whether there was any."""
    known = {str(entry.fname) for entry in manager.fontManager.ttflist}
    found = False
    for path in sorted(set(map(str, manager.findSystemFonts())) - known):
        try:
            manager.fontManager.addfont(path)
            found = True
        except Exception:  # fonts of bitmaps, and broken ones, which matplotlib had passed over
            continue
    return found


def _file_of(manager: Any, family: str) -> str:
    """The file that matplotlib takes for a family; ValueError where it knows none."""
    properties = manager.FontProperties(family=[family])
    return str(manager.findfont(properties, fallback_to_default=False))


def _characters(manager: Any, path: str) -> set[int]:
    """The code points for which a font has glyphs; none for one that cannot be read."""
    try:
        return set(manager.get_font(path).get_charmap())
    except (OSError, RuntimeError):
        return set()


def _regular_files(manager: Any) -> Iterator[tuple[str, str]]:
    """Every family of the list, with the file of its regular style."""
    best: dict[str, tuple[tuple[bool, int], str]] = {}
    for entry in manager.fontManager.ttflist:
        weight = manager.weight_dict.get(entry.weight, 400) if isinstance(entry.weight, str) else int(entry.weight)
        rank = (entry.style != "normal", abs(weight - 400))
        if entry.name not in best or rank < best[entry.name][0]:
            best[entry.name] = rank, str(entry.fname)
    for name, (_, path) in sorted(best.items()):
        if not _ALL_BOXES.search(name):
            yield name, path


def _cover(manager: Any, missing: set[int]) -> list[str]:
    """Families that have some of the missing code points, the fewest that a greedy choice finds; takes those away."""
    has = {name: missing & _characters(manager, path) for name, path in _regular_files(manager)}
    chosen = []
    while missing and has:
        name = min(has, key=lambda name: (-len(has[name] & missing), "sans" not in name.lower(), name))
        if not has[name] & missing:
            break
        chosen.append(name)
        missing -= has.pop(name)
    return chosen


def _describe_missing(characters: list[str]) -> str:
    listed = " ".join(characters[:_SHOWN]) + (" …" if len(characters) > _SHOWN else "")
    scripts = list(dict.fromkeys(map(_script, characters)))
    return (
        f"no installed font has {listed} and boxes stand for what is missing; install one for "
        f"{', '.join(scripts[:_SHOWN])}, such as the Noto fonts, or name a font's file by font= (--font); "
        "an .html page shows all words in the browser's fonts"
    )


def _script(character: str) -> str:
    """What kind of font a character needs, by its Unicode name.

    >>> [_script(character) for character in "\\u9e1f\\u0928\\u1200\\U0001f600"]
    ['Chinese, Japanese and Korean', 'Devanagari', 'Ethiopic', 'symbols']
    """
    name = unicodedata.name(character, "")
    if name.startswith(_EAST_ASIA):
        return "Chinese, Japanese and Korean"
    found = _SCRIPT.match(name)
    return found[1].title() if found and unicodedata.category(character)[0] in "LMN" else "symbols"
