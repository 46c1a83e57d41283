"""The fonts of pictures: what one lacks, another one draws, and where none has it a sentence says what to install."""

from __future__ import annotations

import unicodedata
import warnings
from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="pictures need matplotlib: pip install 'densevec[plot]'")
pytest.importorskip("fontTools", reason="the tests make fonts of their own, by what matplotlib brings")

from matplotlib import font_manager

from densevec.errors import FormatWarning, ParameterError, ParameterTypeError
from densevec.plotting import fonts, map_words
from densevec.plotting.fonts import choose_families
from tests.plotting.makers import a_map, some_vectors

CHINESE, HINDI = ["鸟", "猫", "狗", "鱼"], ["नमस्ते", "पक्षी", "फल"]


def make_font(path: Path, family: str, characters: str) -> Path:
    """A font with a square for each of some characters."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for corner in ((50, 700), (750, 700), (750, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    names = [f"u{ord(character):04X}" for character in dict.fromkeys(characters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names])
    builder.setupCharacterMap({int(name[1:], 16): name for name in names})
    builder.setupGlyf(dict.fromkeys([".notdef", *names], square))
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *names], (800, 50)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular", "psName": family.replace(" ", "")})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(path)
    return path


@pytest.fixture(autouse=True)
def known_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only matplotlib's own fonts are installed, and what a test makes known is forgotten afterwards."""
    own = [e for e in font_manager.fontManager.ttflist if "mpl-data" in str(e.fname)]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda *_: [])


def test_words_that_the_usual_font_has_take_no_other() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert choose_families(["kākāpō", "птица", "طائر", "a\u00adb\u200d\ufe0f\u2003c"]) == ["DejaVu Sans"]


def test_a_font_by_name_or_file_comes_first(tmp_path: Path) -> None:
    path = make_font(tmp_path / "cjk.ttf", "Test East", "".join(CHINESE))
    assert choose_families([*CHINESE, "kiwi"], path) == ["Test East", "DejaVu Sans"]
    assert choose_families(["kiwi"], "DejaVu Serif") == ["DejaVu Serif", "DejaVu Sans"]
    assert choose_families(["kiwi"], "DejaVu Sans") == ["DejaVu Sans"]


@pytest.mark.parametrize("is_listed", [True, False])
def test_installed_fonts_are_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_listed: bool) -> None:
    """Also those that were installed after matplotlib had made its list; the fewest that have the characters."""
    made = [
        make_font(tmp_path / "a.ttf", "Aged", "鸟"),
        make_font(tmp_path / "b.ttf", "Test East", "".join(CHINESE)),
        make_font(tmp_path / "c.ttf", "Last Resort", "".join([*CHINESE, *HINDI])),
    ]
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    if is_listed:
        for path in made:
            font_manager.fontManager.addfont(str(path))
    else:
        files = [str(path) for path in tmp_path.iterdir()]
        monkeypatch.setattr(font_manager, "findSystemFonts", lambda *_: files)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert choose_families([*CHINESE, "kiwi"]) == ["DejaVu Sans", "Test East"]
    with pytest.warns(
        FormatWarning, match=r"install one for Devanagari, such as the Noto fonts, or .* font= \(--font\)"
    ):
        assert choose_families([*CHINESE, *HINDI]) == ["DejaVu Sans", "Test East"]


def test_what_no_font_has_is_one_sentence(tmp_path: Path) -> None:
    words = [*CHINESE, *HINDI]
    word_map = map_words(some_vectors(len(words), words=words), words)
    for ending in ("png", "svg"):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            word_map.save(tmp_path / f"map.{ending}")
        (warning,) = caught
        assert warning.category is FormatWarning
        assert "install one for Devanagari, Chinese, Japanese and Korean, such as" in str(warning.message)


def test_a_picture_with_the_font_has_its_glyphs(tmp_path: Path) -> None:
    path = make_font(tmp_path / "cjk.ttf", "Test East", "".join(CHINESE))
    word_map = map_words(some_vectors(4, words=CHINESE), CHINESE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        word_map.save(tmp_path / "with.svg", font=path)
        word_map.save(tmp_path / "with.png", font=str(path))
    assert "TestEast" in (tmp_path / "with.svg").read_text(encoding="utf-8")
    families = {text.get_fontfamily()[0] for text in word_map.figure(font=path).axes[0].texts}
    assert families == {"Test East"}
    font_manager.fontManager.ttflist[:] = [e for e in font_manager.fontManager.ttflist if e.name != "Test East"]
    with pytest.warns(FormatWarning, match="install one for Chinese"):
        word_map.save(tmp_path / "without.png")
    assert (tmp_path / "without.png").read_bytes() != (tmp_path / "with.png").read_bytes()


def test_a_font_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    for font in (tmp_path / "broken.ttf", tmp_path / "none.otf"):
        with pytest.raises(ParameterError, match="font must be a font that can be read, got"):
            a_map().figure(font=font)
    with pytest.raises(ParameterError, match=r"name of an installed font or the path of a \.ttf .* got 'Unheard'"):
        a_map().figure(font="Unheard")
    with pytest.raises(ParameterTypeError, match="font must be the name of a font or the path of its file, got 7"):
        a_map().figure(font=7)
    with pytest.raises(ParameterError, match=r"font must be None for an \.html page"):
        a_map().save(tmp_path / "map.html", font="DejaVu Serif")


def test_scripts_are_named() -> None:
    found = {fonts._script(chr(code)) for code in range(0x20, 0x20000) if unicodedata.name(chr(code), "")}
    assert {"Chinese, Japanese and Korean", "Thai", "Old Italic", "Ethiopic", "symbols", "Latin"} <= found
