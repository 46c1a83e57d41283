"""Dumps of Wikipedia: which pages are read, and what is left of their markup."""

from __future__ import annotations

import bz2
import time
from pathlib import Path

import pytest

from densevec.corpus.raw import raw_text
from densevec.corpus.wiki import is_dump, plain_paragraphs, wiki_paragraphs
from densevec.errors import CorpusError

DUMP = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="de">
  <siteinfo><namespaces><namespace key="0" /><namespace key="6">Datei</namespace>
    <namespace key="14">Kategorie</namespace></namespaces></siteinfo>
  <page><title>Kiwis</title><ns>0</ns><id>1</id><revision><id>7</id>
    <text xml:space="preserve">'''Kiwis''' sind [[Vögel|Vögel]].&lt;ref&gt;Ein [[Buch]].&lt;/ref&gt; Sie legen [[Ei]]er.
[[Datei:Kiwi.jpg|mini|Ein [[Kiwi]] in {{Ort|x}}]] [[Kategorie:Vögel]]</text></revision></page>
  <page><title>Kiwi</title><ns>0</ns><redirect title="Kiwis" />
    <revision><text>#WEITERLEITUNG [[Kiwis]]</text></revision></page>
  <page><title>Diskussion:Kiwis</title><ns>1</ns><revision><text>Was meint ihr?</text></revision></page>
  <page><title>Leer</title><ns>0</ns><revision><text /></revision></page>
  <page><title>Kea</title><ns>0</ns><revision><text>Der Kea ist ein Papagei.</text></revision></page>
</mediawiki>
"""
PARAGRAPHS = ["Kiwis sind Vögel. Sie legen Eier.", "Der Kea ist ein Papagei."]


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "dewiki-pages-articles.xml.bz2"
    half = len(DUMP) // 2  # of several streams, as the large dumps are
    path.write_bytes(bz2.compress(DUMP[:half].encode()) + bz2.compress(DUMP[half:].encode()))
    return path


def test_articles_of_a_dump(dump: Path) -> None:
    assert is_dump(str(dump)) and list(wiki_paragraphs(str(dump))) == PARAGRAPHS


def test_a_dump_is_raw_text(dump: Path) -> None:
    pytest.importorskip("sentencex", reason="sentencex is not installed")
    corpus = raw_text(dump, "de")
    assert list(corpus) == [
        ["kiwis", "sind", "vögel"],
        ["sie", "legen", "eier"],
        ["der", "kea", "ist", "ein", "papagei"],
    ]


def test_a_dump_that_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "cut.xml"
    path.write_text(DUMP[: DUMP.index("<title>Leer")])
    with pytest.raises(CorpusError, match=r"cut\.xml: the dump is no XML, or cut short"):
        list(wiki_paragraphs(str(path)))


@pytest.mark.parametrize("name", ["pages-articles1.xml-p1p41242.bz2", "pages-articles.xml-p1p2", "dump.txt"])
def test_a_dump_may_have_any_name(tmp_path: Path, name: str) -> None:
    data = DUMP.encode()
    (tmp_path / name).write_bytes(bz2.compress(data) if name.endswith(".bz2") else data)
    assert is_dump(str(tmp_path / name)) and list(wiki_paragraphs(str(tmp_path / name))) == PARAGRAPHS


def test_other_files_are_no_dumps(tmp_path: Path) -> None:
    for name, text in (("a.xml", "<html>"), ("b.txt", f"x{DUMP}"), ("c.xml", "")):
        (tmp_path / name).write_text(text)
        assert not is_dump(str(tmp_path / name))


@pytest.mark.parametrize(
    ("markup", "paragraphs"),
    [
        ("a\nb\n\nc", ["a b", "c"]),
        ("== Head ==\nunder it", ["under it"]),
        ("* one\n** two\n#three\n:''four''", ["one", "two", "three", "four"]),
        ("{{box|a={{b}}\n|c=[[d]]\n|}}text", ["text"]),
        ("before\n{| class=x\n|-\n| cell || {{t}}\n|}\nafter", ["before", "after"]),
        ("[[bird|birds]] and [[kiwi]]s, [[:Category:Birds]]", ["birds and kiwis, Category:Birds"]),
        ("x [[File:a.jpg|thumb|a [[b|c]] d]] [[Category:Birds]] [[fr:Oiseau]]y", ["x y"]),
        ("see [https://a.b/c?d=1 the page], [http://x.y] [//z w]", ["see the page, w"]),
        ("x<ref name=a>y<ref>z</ref> w<ref name=a/><!-- no\n --> <br>v", ["x w v"]),
        ("E = <math>a<b</math> and <CODE>f()</CODE>1", ["E = and 1"]),
        ("5&nbsp;km &ndash; x < y", ["5 km – x < y"]),
        ("__NOTOC__\n----\n|}\n''''' '''''", []),
        ("}} ]] a {{never closed [[b]]", ["a never closed b"]),
        ("<ref>never closed", ["never closed"]),
        ("İ<REF>x</REF>y", ["İy"]),
    ],
)
def test_markup(markup: str, paragraphs: list[str]) -> None:
    assert list(plain_paragraphs(markup)) == paragraphs


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a {{{name|x}}} f", "a x f"),
        ("a {{{name}}} {{{name|}}} f", "a f"),
        ("{{{a|{{{b|x}}}}}} {{{a|{{{b}}}|y}}} {{{a|{{t|u}}}}} z", "x z"),
        ("a {{t|{{{b}}}}} {{t|{{{b|x}}}}}f {{{{{1}}}}} {{{{{t}}|x}}}", "a f x"),
        ("a {{t}}} f {{{t}} g {{{{name|x}}}} {{{|y}}}", "a f g x y"),
        ("a {{{never closed {{t}} f", "a never closed f"),
    ],
)
def test_parameters_of_templates_show_their_defaults(markup: str, text: str) -> None:
    assert list(plain_paragraphs(markup)) == [text]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("-{zh-hans:简体;zh-hant:繁體}-中文", "简体中文"),
        ("-{ zh-cn : 软件&nbsp;x ; zh-tw : 軟體; }-。", "软件 x。"),
        ("a-{SimpTrad}-b-{}-c-{R|zh-cn:d}-", "aSimpTradbczh-cn:d"),
        ("x-{H|zh-cn:博客; zh-tw:網誌;}--{T|zh-cn:a}--{-|zh-cn:b}--{A;T|zh-cn:b}-y", "xy"),
        ("-{A|zh-cn:博客; zh-tw:網誌;}-x-{zh;zh-hans|HANGUK}-", "博客xHANGUK"),
        ("-{巨集=>zh-cn:宏;}-", "宏"),
        ("-{zh-hans:[[a|甲]];zh-hant:{{t}}}- [[b|-{A|sr-ec:Б; sr-el:B}-]]", "甲 Б"),
        ("-{{{name|x}}}- -{{t}}-", "-x- --"),
        ("{a}-b x-{y and {c}", "{a}-b x-{y and {c}"),
        ("{{t|-{zh-cn:a}} b", "b"),
        ("{{t}}-{zh-hans:简体;zh-hant:繁體}- x-{a}-{{t}}-{zh:b}-y", "简体 xaby"),
    ],
)
def test_variants_of_a_language_show_the_first(markup: str, text: str) -> None:
    """As MediaWiki's LanguageConverter writes them."""
    assert list(plain_paragraphs(markup, has_variants=True)) == [text]


@pytest.mark.parametrize(
    ("language", "text"), [("en", "4-{4-[bis]phenyl}-acid f=-{y}-z"), ("zh", "44-[bis]phenylacid f=yz")]
)
def test_a_wiki_whose_language_has_no_variants_has_braces(tmp_path, language: str, text: str) -> None:
    path = tmp_path / "dump.xml"
    page = "<page><ns>0</ns><revision><text>4-{4-[bis]phenyl}-acid f=-{y}-z</text></revision></page>"
    path.write_text(f'<mediawiki xml:lang="{language}">{page}</mediawiki>')
    assert list(wiki_paragraphs(str(path))) == [text]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("The crew of ''Titanic'''s sister ship.", "The crew of Titanic's sister ship."),
        ("Il lit l'''Odyssée''.", "Il lit l'Odyssée."),
        ("a ''b'' c '''d''' e '''''f''''' g", "a b c d e f g"),
        ("the ''''quoted'''' word", "the 'quoted' word"),
        ("seven '''''''", "seven ''"),
        ("word'''s l'''a '''b''", "words l'a b"),  # after one letter
        ("a '''b'''c '''d''", "a b'c d"),  # not after a blank
        (" '''x''", " 'x"),
        ("''a\n'''b", "a b"),  # each line by itself
        ("l'<nowiki/>''Iliade'' et l'<nowiki/>''Odyssée''", "l'Iliade et l'Odyssée"),
        (
            "L'[[Odyssée|''Odyssée'']], [[Paris (ville)|''Paris'']]'s, ''[[Titanic]]'''s",
            "L'Odyssée, Paris's, Titanic's",
        ),
        ("[[Lista d''e paise|d''e]] [[Lista d''e paise]]", "de Lista d''e paise"),
        ("5&#39;&#39; of rain, the dogs' [[kiwi|kiwi's]]", "5'' of rain, the dogs' kiwi's"),
    ],
)
def test_quotes_and_apostrophes(line: str, text: str) -> None:
    """As MediaWiki tells them from each other."""
    assert list(plain_paragraphs(line)) == [text.strip()]


@pytest.mark.parametrize(
    ("markup", "paragraphs"),
    [
        ("a\n<!-- x -->\nb", ["a b"]),
        ("a\n  <!-- x\n\n y --> <!-- z -->\t\nb", ["a b"]),
        ("a\n<!-- x -->\n<!-- y -->\nb", ["a b"]),
        ("a\n<!-- x -->\n\nb", ["a", "b"]),
        ("a\n<!-- x --> kept <!-- y -->\nb", ["a kept b"]),
        ("a <!-- x -->\nb <!-- never closed\nc", ["a b"]),
    ],
)
def test_comments(markup: str, paragraphs: list[str]) -> None:
    assert list(plain_paragraphs(markup)) == paragraphs


@pytest.mark.parametrize(
    "piece",
    [
        "[[",
        "{{",
        "}}",
        "{{a}}",
        "[[a|",
        "<ref>",
        "<ref>x</ref",
        "<math ",
        "<!--",
        "\n<!--",
        "<!---->",
        "\n<!--\n-->",
        "''a'''",
        "=",
        "[",
        "[http://a ",
        "{|\n",
        "'",
        ":",
        "-{",
        "-{a;",
        "}-",
        "{{{a|",
        "}}}-",
        "-{a}-",
    ],
)
def test_time_is_linear_in_the_text(piece: str) -> None:
    def seconds(number: int) -> float:
        started = time.process_time()
        list(plain_paragraphs(piece * number + "x"))
        return time.process_time() - started

    few = seconds(2_000)
    assert seconds(20_000) < 40 * few + 0.1


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("[[kiwi]]<nowiki/>s", "kiwis"),
        ("CO<sub>2</sub> and 1<sup>st</sup>", "CO2 and 1st"),
        ("un<i>believ</i>able", "unbelievable"),
        ("a<br>b<br/>c<BR />d", "a b c d"),
        ("<div>a</div><p>b</p><ul><li>c</li><li>d</li></ul>", "a b c d"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
    ],
)
def test_tags_within_words_and_between_them(markup: str, text: str) -> None:
    assert list(plain_paragraphs(markup)) == [text]
