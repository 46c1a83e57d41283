"""What files look like before they are read: encodings and languages."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from densevec.corpus.sources import (
    FREQUENT,
    Signs,
    by_language,
    encoding_fault,
    guess_language,
    look_at,
    source_problems,
)

GERMAN = "Die Möwe flog über das Meer. Größe ist keine Frage der Höhe, sagte er. "
RUSSIAN = "Птица киви не летает. Она живёт в Новой Зеландии, и это не так уж плохо. "
SENTENCES = {
    "de": "Er ging mit dem Hund in den Wald und sah sich nicht um, denn die Nacht war dunkel und der Weg ist lang. ",
    "en": "He went into the wood with the dog and did not look back, for the night was dark and the way is long. ",
    "es": "Se fue con el perro al bosque y no miró atrás, porque la noche era oscura y el camino es largo para todo. ",
    "fr": "Il alla dans la forêt avec le chien et ne regarda pas en arrière, car la nuit est et le chemin est long. ",
    "it": "Andò nel bosco con il cane e non si guardò indietro, perché la notte è buia e la strada del bosco è lunga. ",
    "nl": "Hij ging met de hond het bos in en keek niet om, want de nacht is donker en de weg is lang voor een man. ",
    "pl": "Poszedł z psem do lasu i nie obejrzał się, bo noc jest ciemna, a droga jest długa i to nie jest na nic. ",
    "pt": "Foi com o cão para a floresta e não olhou para trás, porque a noite é escura e o caminho é longo. ",
    "ru": "Он пошёл с собакой в лес и не оглянулся, потому что ночь тёмная, а дорога к нему длинная, как и он. ",
    "sv": "Han gick med hunden in i skogen och såg sig inte om, för natten är mörk och vägen är lång för en man. ",
}


@pytest.mark.parametrize(
    ("text", "encoding", "sign"),
    [
        (GERMAN, "latin-1", "is not UTF-8 and looks like Windows-1252; iconv -f WINDOWS-1252"),
        (GERMAN, "utf-16", "is UTF-16; iconv -f UTF-16 -t UTF-8"),
        (GERMAN, "utf-16-le", "looks like UTF-16; iconv -f UTF-16LE"),
        (GERMAN, "utf-16-be", "looks like UTF-16; iconv -f UTF-16BE"),
        (RUSSIAN, "cp1251", "looks like WINDOWS-1251; iconv -f WINDOWS-1251"),
        (RUSSIAN, "koi8-r", "looks like KOI8-R"),
        (RUSSIAN, "iso8859-5", "looks like ISO-8859-5"),
        ("鳥は飛ぶ。" * 5, "shift_jis", "another encoding of letters that are not Latin"),
        ("%PDF-1.4 ...", "ascii", "is no text but a PDF"),
        ("a\0b\0\0c", "ascii", "has bytes of 0"),
    ],
)
def test_bytes_that_are_not_utf8(text: str, encoding: str, sign: str) -> None:
    fault = encoding_fault(text.encode(encoding))
    assert fault is not None and sign in fault, fault


@pytest.mark.parametrize("text", [GERMAN, RUSSIAN, "鳥は飛ぶ。", "plain", ""])
def test_utf8_is_no_fault_wherever_it_is_cut(text: str) -> None:
    data = text.encode()
    assert [encoding_fault(data[:end]) for end in range(len(data) + 1)] == [None] * (len(data) + 1)
    assert encoding_fault(b"\xef\xbb\xbf" + data) is None


@pytest.mark.parametrize("code", SENTENCES)
def test_languages(code: str) -> None:
    assert guess_language(SENTENCES[code] * 4) == code


def test_no_language_is_guessed_from_little_or_from_two() -> None:
    assert guess_language(SENTENCES["en"]) is None  # too short
    assert guess_language((SENTENCES["en"] + SENTENCES["de"]) * 4) is None
    assert all(len(set(words.split())) >= 15 for words in FREQUENT.values())


def test_a_folder_of_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SENTENCES["fr"] * 4, encoding="utf-8")
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress((SENTENCES["en"] * 4).encode()))
    (tmp_path / "c.txt").write_bytes(GERMAN.encode("latin-1"))
    (tmp_path / "d.txt").write_text(SENTENCES["en"] * 4, encoding="utf-8")
    signs = look_at([*map(str, sorted(tmp_path.iterdir())), "https://example.org/passed-over.txt"])
    assert [each.language for each in signs] == ["fr", "en", None, "en"]
    assert [bool(each.fault) for each in signs] == [False, False, True, False]
    assert {code: len(paths) for code, paths in by_language(signs).items()} == {"en": 2, "fr": 1}
    fault, languages = source_problems(signs)
    assert fault.startswith(f"{tmp_path}/c.txt is not UTF-8")
    assert f"2 languages: en (2 files such as {tmp_path}/b.txt.gz), fr ({tmp_path}/a.txt)" in languages
    many = source_problems([Signs(f"{n}.txt", "is odd", None) for n in range(9)])
    assert many == [*(f"{n}.txt is odd" for n in range(5)), "so it is, or the like, with 4 more files"]
