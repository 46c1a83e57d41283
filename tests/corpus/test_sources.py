"""What files look like before they are read: encodings and languages."""

from __future__ import annotations

import gzip
import re
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

TALES = {
    "ar": (
        "ذهب الولد إلى المدرسة في الصباح ورأى عصفورا صغيرا على الشجرة، فوقف يستمع إليه طويلا ثم مضى. كان هذا "
        "في يوم من أيام الشتاء التي لا تنسى، مع أن الولد لم يقل ذلك عن نفسه. ما هو هذا الذي كان في المدرسة؟ "
    ),
    "cs": (
        "Starý král žil na hradě a neměl rád hosty. Žena říkala, že je to jeho vina, ale on se tím netrápil. "
        "Po její smrti zůstal sám jako strom v poli a díval se z okna na sníh. Kníže k němu přijel za tři dny "
        "i s dcerou a se psem. To je den, řekl, a dlouho se smál. Šel jsem do lesa. "
    ),
    "el": (
        "Ο γέρος ψαράς κοιτούσε τη θάλασσα και δεν έλεγε τίποτα. Το πρωί θα έφευγε πάλι για τα ανοιχτά, μόνος "
        "του με τη βάρκα. Η γυναίκα του είπε ότι είναι από το χωριό που δεν το ήξερε, και ο γέρος γέλασε. "
        "Άλλοι δεν θα το έλεγαν σε αυτόν. "
    ),
    "en": (
        "The old king lived in a castle and did not like guests. The queen said that it was his fault, but he "
        "didn’t care. After “the end” he was alone as a tree in the field, and looked at the snow. The prince "
        "came to him for a café with a girl and a dog. It is a day to be with him, he said – and the naïve "
        "king laughed. "
    ),
    "fi": (
        "Vanha kuningas asui linnassa eikä pitänyt vieraista. Kuningatar sanoi, että se on hänen syynsä, "
        "mutta hän ei välittänyt. Kun hän oli yksin niin kuin puu pellolla, hän katsoi lunta ikkunasta. "
        "Ruhtinas tuli hänen luokseen ja hänellä oli myös koira. Mitä päiviä nämä ovat, hän sanoi, ja se oli "
        "hyvä niin kuin minä sanoin. "
    ),
    "fr": (
        "Le vieux roi vivait dans un château et n'aimait pas les hôtes. La reine disait que c'était sa faute, "
        "mais il ne se fâchait pas. Après la mort de la reine il est resté seul comme un arbre dans un champ, "
        "et il regardait la neige par la fenêtre. Le prince est venu à lui avec une fille et un chien. Ça, "
        "c'est un jour, dit-il, et il a ri de tout son cœur. "
    ),
    "he": (
        "הילד הלך לבית הספר בבוקר וראה ציפור קטנה על העץ. הציפור שרה שיר יפה והילד חייך ושמח מאוד כל היום. "
        "הוא לא אמר את זה אל אמא של החבר, כי גם היא לא שמעה על זה. אם יש לו מה לומר, אני אדע. "
    ),
    "hu": (
        "Az öreg király egy várban élt, és nem szerette a vendégeket. A felesége azt mondta, hogy ez az ő "
        "hibája, de ő csak nevetett. Már egyedül volt, mint egy fa a mezőn, és nézte a havat az ablakból. A "
        "herceg három nap múlva jött meg a lányával és egy kutyával. Ez is egy nap, mondta, és sokáig "
        "nevetett még. "
    ),
    "pl": (
        "Stary król mieszkał na zamku i nie lubił gości. Żona mówiła, że to jest jego wina, ale on się nie "
        "przejmował. Po śmierci królowej został sam, jak drzewo w polu, i patrzył przez okno na śnieg. Książę "
        "przyszedł do niego za trzy dni, z córką i z psem. Co za dzień, powiedział, i długo się śmiał. "
    ),
    "ro": (
        "Regele bătrân trăia într-un castel şi nu iubea oaspeţii. Soţia spunea că este vina lui, dar el nu se "
        "supăra. După moartea ei a rămas singur ca un pom în câmp şi se uita pe fereastră la zăpadă. Prinţul "
        "a venit la el după trei zile cu o fată şi un câine. Ce zi mai este şi asta, a spus, şi a râs din "
        "toată inima. "
    ),
    "ru": (
        "Старик смотрел на море и ничего не говорил. Утром он снова уйдёт далеко, один в своей лодке, как и "
        "всегда. Она сказала, что это не его вина, а он с ней не спорил. По утрам я видел её у окна, но из "
        "дома к ней он не шёл. "
    ),
    "tr": (
        "Yaşlı kral bir kalede yaşıyordu ve misafirleri çok sevmezdi. Karısı bunun onun suçu olduğunu "
        "söylerdi, ama o hiç üzülmezdi. Sonra bir ağaç gibi yalnız kaldı ve pencereden kara baktı. Üç gün "
        "sonra prens de geldi, kızı ve köpeği ile. Ne gün ama, dedi ve uzun uzun güldü. Işıklar o akşam için "
        "daha çok yandı. "
    ),
    "uk": (
        "Старий дивився на море й нічого не казав. Вранці він знову піде далеко, один у своєму човні, як і "
        "завжди. Вона сказала, що це не його вина, але він з нею не спорив. Я бачив її за вікном, та він до "
        "неї не йшов про це. "
    ),
}
ENCODINGS = {
    "ar": "cp1256 iso8859-6",
    "cs": "cp1250 iso8859-2 cp852",
    "el": "cp1253 iso8859-7",
    "en": "cp1252 mac_roman",
    "fi": "latin-1 mac_roman cp850",
    "fr": "cp1252 iso8859-15 mac_roman",
    "he": "cp1255 iso8859-8",
    "hu": "cp1250 iso8859-2 cp852",
    "pl": "cp1250 iso8859-2 cp852",
    "ro": "cp1250 iso8859-2",
    "ru": "cp1251 koi8-r iso8859-5 cp866 mac_cyrillic",
    "tr": "cp1254 iso8859-9",
    "uk": "cp1251 koi8-u mac_cyrillic",
}


@pytest.mark.parametrize(("code", "encoding"), [(code, each) for code in ENCODINGS for each in ENCODINGS[code].split()])
def test_an_encoding_is_named_that_makes_the_text_of_the_bytes(code: str, encoding: str) -> None:
    data = (TALES[code] * 2).encode(encoding, "ignore")
    fault = encoding_fault(data)
    assert fault is not None and (named := re.search(r"; iconv -f (\S+) -t UTF-8 makes UTF-8 of it", fault)), fault
    assert data.decode(named[1]) == data.decode(encoding)


@pytest.mark.parametrize(
    ("text", "encoding", "sign"),
    [
        (GERMAN * 9, "latin-1", "is not UTF-8 and looks like WINDOWS-1252; iconv -f WINDOWS-1252"),
        ("x" * 200 + TALES["fi"] * 2, "latin-1", "looks like WINDOWS-1252"),
        ("the bird " * 40_000 + "é " + TALES["en"], "mac_roman", "looks like MACINTOSH"),
        (GERMAN, "latin-1", "is not UTF-8 but in another encoding; iconv makes UTF-8 of it if told"),  # too short
        ("Käsi ja õhk olid võõrad. " * 40, "cp1257", "is not UTF-8 but in another encoding"),  # in no language here
        ("เด็กไปโรงเรียน " * 40, "tis-620", "is not UTF-8 but in another encoding"),
        (GERMAN, "utf-32", "is UTF-32; iconv -f UTF-32 -t UTF-8"),
        (GERMAN, "utf-16", "is UTF-16; iconv -f UTF-16 -t UTF-8"),
        (GERMAN, "utf-16-le", "looks like UTF-16; iconv -f UTF-16LE"),
        (GERMAN, "utf-16-be", "looks like UTF-16; iconv -f UTF-16BE"),
        (RUSSIAN * 9, "cp1251", "looks like WINDOWS-1251; iconv -f WINDOWS-1251"),
        (RUSSIAN * 9, "koi8-r", "looks like KOI8-R"),
        (RUSSIAN * 9, "iso8859-5", "looks like ISO-8859-5"),
        ("鳥は飛ぶ。" * 5, "shift_jis", "is not UTF-8 but in another encoding"),
        ("%PDF-1.4 ...", "ascii", "is no text but a PDF"),
        ("{\\rtf1\\ansi The kiwi}", "ascii", "is no text but an RTF document"),
        ("a\0b\0\0c", "ascii", "has bytes of 0"),
    ],
)
def test_bytes_that_are_not_utf8(text: str, encoding: str, sign: str) -> None:
    fault = encoding_fault(text.encode(encoding))
    assert fault is not None and sign in fault, fault


@pytest.mark.parametrize("encoding", ["UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"])
@pytest.mark.parametrize(
    "text",
    [
        GERMAN,
        RUSSIAN,
        TALES["el"],
        "मोर भारत का राष्ट्रीय पक्षी है। ",
        "鳥は飛ぶ。",
        "　　鸟在天上飞，它们的翅膀很大。\n",
        "키위는 날지 못하는 새입니다. ",
    ],
)
def test_wide_characters_without_a_mark(text: str, encoding: str) -> None:
    data = (text * 60).encode(encoding)
    for cut in (len(data), 4095, 301):
        fault = encoding_fault(data[:cut])
        assert fault == f"looks like {encoding[:6]}; iconv -f {encoding} -t UTF-8 makes UTF-8 of it"


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
