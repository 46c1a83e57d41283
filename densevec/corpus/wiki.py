"""Articles of a dump of Wikipedia, or of another wiki of MediaWiki's, as paragraphs of plain text.

A dump is the XML of all pages in their markup (``...-pages-articles.xml.bz2``).  Pages of the main namespace that are
no redirects are read, one after the other, in memory that does not grow with the dump.  Of the markup the words of
running text are kept, of links what is shown of them; what is no running text is left out: templates, tables,
references, formulas, code, pictures, categories, headings.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from densevec.corpus.readers import read_blocks
from densevec.errors import CorpusError

_BEGINNING = re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?<mediawiki\b")
_DEEPEST = 100  # templates and links within each other; what opens beyond stands for itself
_FILE, _CATEGORY = "6", "14"  # keys of namespaces, whose names are in the language of the wiki
_HIDDEN = {"file", "image", "category", "media"}

_COMMENT = re.compile(  # with its line, where it has one of its own
    r"^[ \t]*+(?:<!--(?>.*?-->)[ \t]*+)++\n|<!--.*?(?:-->|\Z)", re.DOTALL | re.MULTILINE
)
_ALONE = re.compile(r"<(?:ref|references|gallery|section|templatestyles)\b[^<>]*/>", re.IGNORECASE)
_NO_TEXT = (  # elements whose inside is no running text
    *("ref", "math", "chem", "ce", "score", "gallery", "timeline", "syntaxhighlight", "source", "pre", "code"),
    *("imagemap", "mapframe", "graph"),
)
_OPENING = re.compile(rf"<({'|'.join(_NO_TEXT)})\b[^<>]*>", re.IGNORECASE)
_CLOSING = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in _NO_TEXT}
_BRACKET = re.compile(
    r"\{{2,}|\}{2,}(?:-(?!\{(?!\{)))?|\}-|-\{(?!\{)|\[\[|\]\]|^[ \t:]*\{\||^[ \t]*\|\}(?!\})", re.MULTILINE
)
_OPENS = {"{{", "-{", "[[", "{|"}
_PARAMETER = 3  # braces; two are a template's
_FLAGS = re.compile(r"[A-Za-z;\s-]{0,99}\|")  # of what is written in several variants of a language
# Languages that MediaWiki converts
_WITH_VARIANTS = {"ban", "crh", "gan", "iu", "kk", "ku", "mni", "sh", "shi", "sr", "tg", "tly", "uz", "wuu", "zh"}
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_UNSEEN_FLAGS = {"H", "T", "N", "-"}  # rules for the page, its title, a name, and rules that end
_VARIANT = re.compile(r"(?:^|;)\s*+(?:[^;:]*=>\s*)?[a-z]{2,3}(?:-[a-z]+)*\s*:")
_ADDRESS = re.compile(r"\[(?:https?:|ftp:)?//[^\s\[\]]++[ \t]*([^\[\]\n]*)\]")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_BLOCK = re.compile(  # tags that begin or end a line or a cell, where words end; others are within words too
    r"</?(?:address|article|aside|blockquote|br|caption|center|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|"
    r"li|main|nav|ol|p|poem|section|table|tbody|td|tfoot|th|thead|tr|ul)\b[^<>]*>",
    re.IGNORECASE,
)
_QUOTES = re.compile(r"'{2,}")
_BOLD, _BOTH = 3, 5  # quotes that begin or end bold text, and bold and italic text; two are for italic
_SWITCH = re.compile(r"__[A-Z]+__")
_ITEM = re.compile(r"[*#:;]+\s*")
_LANGUAGE_LINK = re.compile(r"[a-z]{2,3}(-[a-z]+)*:")


def is_dump(path: str) -> bool:
    """Whether a file is MediaWiki's XML, by its beginning: parts of large dumps are named ``....xml-p1p41242.bz2``."""
    return _BEGINNING.match(next(read_blocks(path), b"")) is not None


def wiki_paragraphs(path: str) -> Iterator[str]:
    """The paragraphs of all articles of a dump.

    Raises
    ------
    CorpusError, CorpusFileError
        The file is cut short or otherwise not XML; it cannot be opened.
    """
    for markup, hidden, has_variants in _articles(read_blocks(path), path):
        yield from plain_paragraphs(markup, hidden, has_variants)


def _articles(blocks: Iterable[bytes], origin: str) -> Iterator[tuple[str, set[str], bool]]:
    """The markup of each article, the prefixes of links that show no text, and whether words have variants."""
    parser: XMLPullParser[Any] = XMLPullParser(("start", "end"))
    hidden = set(_HIDDEN)
    root: Element | None = None
    try:
        for block in blocks:
            parser.feed(block)
            for found in parser.read_events():
                event, element = found[0], found[-1]
                assert isinstance(element, Element)  # as these events have
                if root is None:
                    root = element
                name = element.tag.rpartition("}")[2]
                if event == "end" and name == "namespace" and element.get("key") in (_FILE, _CATEGORY):
                    hidden.add((element.text or "").lower())
                if event == "end" and name == "page":
                    if (markup := _article(element)) is not None:
                        yield markup, hidden, root.get(_XML_LANGUAGE) in _WITH_VARIANTS
                    root.clear()  # of pages that were read
        parser.close()
    except ParseError as error:
        raise CorpusError(f"{origin}: the dump is no XML, or cut short ({error})") from None


def _article(page: Element) -> str | None:
    """The markup of a page; None for a redirect and for what is no article."""
    found: dict[str, Any] = {}
    for element in page.iter():
        found.setdefault(element.tag.rpartition("}")[2], element)
    if "redirect" in found or "text" not in found or (found["ns"].text if "ns" in found else "0") != "0":
        return None
    text: str | None = found["text"].text
    return text


def plain_paragraphs(markup: str, hidden: Iterable[str] = _HIDDEN, has_variants: bool = False) -> Iterator[str]:
    """The running text of a page in MediaWiki's markup, a paragraph at a time.

    hidden : prefixes of links that show no text
    has_variants : whether the wiki's language is one of several scripts, where ``-{...}-`` has words in each

    >>> list(plain_paragraphs("== Birds ==\\nThe '''kiwi'''{{cite|x}} is an [[ratite|odd]]\\n[[bird]].\\n* a"))
    ['The kiwi is an odd bird.', 'a']
    """
    text = _ALONE.sub("", _COMMENT.sub("", markup))
    text = _without_brackets(_without_elements(text), set(hidden), has_variants)
    text = "\n".join(map(_without_quotes, text.split("\n")))
    text = _TAG.sub("", _BLOCK.sub(" ", _SWITCH.sub("", _ADDRESS.sub(r"\1", text))))
    text = html.unescape(text)
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        item = _ITEM.match(line)
        is_heading = line.startswith("=") and line.rstrip().endswith("=")
        if lines and (item or is_heading or not line.strip()):
            yield " ".join(lines)
            lines = []
        kept = " ".join((line[item.end() :] if item else line).split())
        if not is_heading and any(character.isalnum() for character in kept):
            lines.append(kept)
            if item:
                yield lines.pop()


def _without_elements(text: str) -> str:
    """The text without elements whose inside is none; one that is never closed is left for what it is."""
    parts, end, unclosed = [], 0, set()
    for found in _OPENING.finditer(text):
        name = found[1].lower()
        if found.start() < end or name in unclosed:
            continue
        closing = _CLOSING[name].search(text, found.end())
        if closing is None:
            unclosed.add(name)  # nor are those that follow
            continue
        parts.append(text[end : found.start()])
        end = closing.end()
    return "".join([*parts, text[end:]])


class _Opened(NamedTuple):
    """A bracket that is open, how many parts of text there were before it, and how many braces it has."""

    kind: str
    begin: int
    size: int


def _without_brackets(text: str, hidden: set[str], has_variants: bool) -> str:
    """The text without templates and tables, and with what links, defaults of parameters and variants of a language
    show in their places; in time linear in the text."""
    parts: list[str] = []
    opened: list[_Opened] = []
    end = 0
    for found in _BRACKET.finditer(text):
        parts.append(text[end : found.start()])
        end = found.end()
        bracket = found[0].strip(" \t:")
        if bracket == "-{" and not has_variants:
            parts.append(bracket)
        elif bracket[:2] in _OPENS:
            if len(opened) < _DEEPEST:
                opened.append(_Opened(bracket[:2], len(parts), len(bracket)))
            if bracket == "-{":
                parts.append(bracket)  # which is text where it is not closed
        elif bracket == "]]":
            if link := _closed("[[", opened):
                parts[link.begin :] = [_shown("".join(parts[link.begin :]), hidden)]
        elif bracket == "|}":
            if table := _closed("{|", opened):
                del parts[table.begin :]
        else:
            _close_braces(bracket, parts, opened)
    return "".join([*parts, text[end:]])


def _closed(kind: str, opened: list[_Opened]) -> _Opened | None:
    """The last one of a kind, which is open no more, as what was never closed within it, which is text."""
    if all(each.kind != kind for each in opened):
        return None  # closes nothing, and says nothing
    while (last := opened.pop()).kind != kind:
        pass
    return last


def _close_braces(bracket: str, parts: list[str], opened: list[_Opened]) -> None:
    """Close templates and parameters by some braces, each by as many as it can, and variants by one and a hyphen."""
    left = bracket.count("}")
    while left >= 2 and (braces := _closed("{{", opened)):
        size = min(left, braces.size, _PARAMETER)
        inside = "".join(parts[braces.begin :])
        parts[braces.begin :] = inside.split("|")[1:2] if size == _PARAMETER else []
        left -= size
        if braces.size - size >= 2:
            opened.append(braces._replace(size=braces.size - size))
    if bracket.endswith("-"):
        if left == 1 and (variants := _closed("-{", opened)):
            parts[variants.begin :] = [_first_variant("".join(parts[variants.begin + 1 :]))]
        else:
            parts.append("}-" if bracket == "}-" else "-")


def _first_variant(inside: str) -> str:
    """What a reader sees of ``-{...}-``, in the first of its variants: ``-{zh-hans:简体; zh-hant:繁體}-``."""
    if found := _FLAGS.match(inside):
        flags = {flag.strip() for flag in found[0][:-1].split(";")}
        inside = inside[found.end() :]
        if flags & _UNSEEN_FLAGS:
            return ""
        if "R" in flags:
            return inside
    if (first := _VARIANT.match(inside)) is None:
        return inside
    following = _VARIANT.search(inside, first.end())
    return inside[first.end() : following.start() if following else None].strip().removesuffix(";")


def _without_quotes(line: str) -> str:
    """A line without the quotes that make it bold or italic, by MediaWiki's rule of which are apostrophes.

    Of four quotes one is, of more than five all but five.  Where bold and italic are both left open, one of three is:
    of those after a word of one letter the first, or else after a longer word, or else after a blank.

    >>> _without_quotes("The crew of ''Titanic'''s sister ship.")
    "The crew of Titanic's sister ship."
    """
    *texts, end = _QUOTES.split(line)
    if not texts:
        return line
    numbers = [len(quotes) for quotes in _QUOTES.findall(line)]
    kinds = [_BOLD if number == 4 else min(number, _BOTH) for number in numbers]
    texts = [text + "'" * (n - kind) for text, n, kind in zip(texts, numbers, kinds, strict=True)]
    bold = [place for place, kind in enumerate(kinds) if kind == _BOLD]
    if bold and sum(kind >= _BOLD for kind in kinds) % 2 and sum(kind != _BOLD for kind in kinds) % 2:
        texts[min(bold, key=lambda place: _rank(texts[place]))] += "'"
    return "".join([*texts, end])


def _rank(before: str) -> int:
    """By what stands before three quotes, the lower the sooner one of them is an apostrophe."""
    return 2 if before.endswith(" ") else int(before[-2:-1] != " ")


def _shown(link: str, hidden: set[str]) -> str:
    """What a reader sees of a link's inside: its last part, nothing of pictures and categories."""
    target, *others = link.split("|")
    if not target.startswith(":"):
        prefix = target.partition(":")[0].strip().lower() if ":" in target else ""
        if prefix in hidden or (not others and _LANGUAGE_LINK.match(target)):
            return ""
    shown = _without_quotes(others[-1]) if others else target.removeprefix(":")
    return shown.replace("'", "&#39;")  # no quotes with those around the link
