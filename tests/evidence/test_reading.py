"""What sentences state, by hand: patterns, phrases, lists, punctuation, plurals."""

import re
from collections import Counter
from importlib import resources

import numpy as np
import pytest

from densevec._cy.patterns import match
from densevec.corpus import TextCorpus, Vocabulary, build_vocabulary, encode_corpus
from densevec.errors import FileError, FormatError, ParameterError
from densevec.evidence.gathering import fold, gather
from densevec.evidence.languages import NAMES, read_language, recognise
from densevec.evidence.lexicon import Lexicon
from densevec.evidence.pieces import Pieces

# Enough of each noun alone after a determiner that the text shows it to be one.
NOUNS = {
    "en": ["bird", "animal", "fish", "fruit", "parrot", "cat", "dog", "car", "kakapo", "salmon", "apple", "plum"],
    "de": ["vogel", "tier", "frucht", "papagei", "hund", "katze"],
    "fr": ["oiseau", "animal", "fruit", "perroquet", "chien", "chat"],
}
AFTER = {"en": ("the", "is"), "de": ("der", "ist"), "fr": ("le", "est")}


def patterns_of(language):
    """The file of patterns of a language of ours."""
    return (resources.files("densevec.evidence.languages") / f"{language}.toml").read_text(encoding="utf-8")


def evidence_of(sentences, language="en", far=(), unknown=(), patterns=None, delimiter=None):
    """What sentences state, by the ``patterns`` of a file or those of the language; words of a pair in ``far`` are not
    close, ``unknown`` ones are not in the vocabulary."""
    determiner, verb = AFTER[language]
    known = [f"{determiner} {noun} {verb}" for noun in NOUNS[language]] * 3
    text = TextCorpus([sentence.split() for sentence in [*sentences, *known]])
    counts = build_vocabulary(text, min_count=1)
    pairs = [(w, n) for w, n in zip(counts.words, counts.counts.tolist(), strict=True) if w not in unknown]
    vocabulary = Vocabulary(*map(list, zip(*pairs, strict=True)))
    words = vocabulary.words

    def closeness(first, second):
        pairs = zip(first.tolist(), second.tolist(), strict=True)
        return np.array([0.0 if {words[a], words[b]} <= set(far) else 1.0 for a, b in pairs])

    return gather(
        encode_corpus(text, vocabulary),
        words,
        np.asarray(vocabulary.counts),
        read_language(patterns or language),
        closeness,
        in_text=np.asarray(vocabulary.counts),
        num_examples=10,
        workers=1,
        delimiter=delimiter,
    )


def stated(*sentences, **options):
    """The pairs that sentences state, with what they count."""
    evidence = evidence_of(*sentences, **options)
    words = evidence.words
    found = Counter()
    for narrow, broad, weight in zip(evidence.narrow, evidence.broad, evidence.weight.tolist(), strict=True):
        found[words[narrow], words[broad]] += weight
    return {pair: pytest.approx(count) for pair, count in found.items()}


@pytest.mark.parametrize(
    ("sentence", "pairs"),
    [
        ("the kakapo is a flightless bird", {("kakapo", "bird")}),
        ("a kakapo was a large nocturnal bird endemic to islands", {("kakapo", "bird")}),
        ("the kakapo is a species of parrot", {("kakapo", "parrot")}),
        ("animals such as dogs and cats", {("dog", "animal"), ("cat", "animal")}),
        (
            "animals , such as dogs , cats and the kakapo .",
            {("dog", "animal"), ("cat", "animal"), ("kakapo", "animal")},
        ),
        ("such animals as dogs or cats", {("dog", "animal"), ("cat", "animal")}),
        ("apples , plums and other fruits", {("apple", "fruit"), ("plum", "fruit")}),
        ("kakapos are birds", {("kakapo", "bird")}),
        ("the cars including the car", set()),
        ("kakapos are green", set()),
        ("the salmon is in the island", set()),
        ("is a bird", set()),
        ("the dog is a species", set()),
    ],
)
def test_english(sentence, pairs) -> None:
    more = ["a flightless one", "the large one", "a nocturnal one"]
    assert set(stated([sentence, *more])) == pairs


def test_raw_text_with_capitals_and_punctuation() -> None:
    pairs = stated(["Animals (such as dogs, cats) sleep.", "The Kakapo is a bird.", "animals dogs cats"])
    assert set(pairs) == {("dog", "animal"), ("cat", "animal"), ("kakapo", "bird")}


def test_a_sentence_ends_what_is_said() -> None:
    assert not stated(["the dog slept. Such as cats", "animals . such as cats", "the kakapo. is a bird"])


@pytest.mark.parametrize(
    ("language", "sentence", "unknown", "pairs"),
    [
        # What is left out is what the phrase is about, or cuts it off from the pattern.
        ("en", "the parrots eat fruits such as plums", "eat fruits", set()),
        ("en", "the dog was defying the animal", "defying", set()),
        ("en", "a bird such as the giant kakapo", "kakapo", set()),
        ("en", "the kakapo is a bird watcher", "watcher", set()),
        ("en", "the parrots catcher is an animal", "catcher", set()),
        ("en", "animals watchers and other birds", "watchers", set()),
        ("fr", "le grand perroquet est un oiseau", "grand", set()),
        ("fr", "le perroquet est un petit oiseau", "petit", set()),
        ("fr", "le perroquet est un oiseau nocturne", "nocturne", {("perroquet", "oiseau")}),
        # It stands beside what is said.
        ("en", "yesterday animals such as dogs slept", "yesterday slept", set()),
        ("en", "yesterday animals such as dogs", "yesterday", {("dog", "animal")}),
        ("en", "animals such as dogs and okapis", "okapis", {("dog", "animal")}),
        ("en", "the kakapo is a bird of skerries", "skerries", {("kakapo", "bird")}),
        ("en", "okapis . the kakapo is a bird . okapis", "okapis", {("kakapo", "bird")}),
    ],
)
def test_words_that_are_left_out_are_there_nevertheless(language, sentence, unknown, pairs) -> None:
    assert set(stated([sentence], language, unknown=unknown.split())) == pairs


def test_a_text_says_no_more_for_words_that_are_left_out() -> None:
    nouns, verbs = ["parrots", "dogs", "kakapos", "cats"], ["eat", "watch", "fear"]
    random = np.random.default_rng(1)
    between = [*nouns, *verbs, "giant", "of", "the", ",", "and", "such as", "is a", "other", "bird", "animal", "fruits"]
    sentences = [" ".join(random.choice(between, 9)) for _ in range(3000)]
    true, found = evidence_of(sentences), evidence_of(sentences, unknown=(*verbs, "giant", "dogs"))
    place = np.array([true.words.index(word) for word in found.words])
    assert found.weight.sum() > 100
    assert (found.weight <= true.count(place[found.narrow], place[found.broad]) + 1e-3).all()


def test_an_example_shows_where_words_are_left_out() -> None:
    sentences = ["okapis and skerries fear animals such as dogs and okapis", "the kakapo is a bird"]
    evidence = evidence_of(sentences, unknown=("okapis", "skerries", "fear"))
    assert set(evidence.examples.values()) == {"… and … animals such as dogs and …", "the kakapo is a bird"}
    long = f"{'the of ' * 19} animals such as dogs"
    assert set(evidence_of([long]).examples.values()) == {f"… {' '.join(long.split()[-40:])}"}
    both = evidence_of([f"{long} {'of the ' * 30}"]).examples.values()
    assert {len(text.split()) for text in both} == {42} and all("animals such as dogs" in text for text in both)
    assert set(evidence_of([long, "animals such as dogs", long]).examples.values()) == {"animals such as dogs"}
    many = evidence_of([f"animals such as {'dogs , ' * 30} cats", f"{'the of ' * 20} animals such as cats"])
    assert any(text.endswith("of animals such as cats") for text in many.examples.values())  # the nearer of two
    assert set(evidence_of([long], unknown=["such"]).examples.values()) == set()


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "no parrot is an animal"),
        ("en", "none of the parrots is an animal"),
        ("en", "neither parrot is an animal"),
        ("en", "not every bird is a parrot"),
        ("en", "parrots are no animals"),
        ("de", "kein papagei ist ein tier"),
        ("de", "keiner der hunde ist ein vogel"),
        ("de", "nicht jeder vogel ist ein papagei"),
        ("fr", "aucun chat est un chien"),
        ("fr", "nul chat est un chien"),
    ],
)
def test_what_is_denied_is_not_stated(language, sentence) -> None:
    assert not stated([sentence], language)


@pytest.mark.parametrize(
    ("language", "sentence", "pairs"),
    [
        ("en", "the cat of the dog is an animal", set()),
        ("en", "the car near these three parrots was a bird", set()),
        ("en", "cars with dogs are animals", set()),
        ("en", "the dog of the other very old parrot is an animal", set()),
        ("en", "the cars of 12 parrots are animals", set()),
        ("en", "in 1945 parrots were animals", {("parrot", "animal")}),
        ("en", "the dog of some of the parrots is an animal", set()),
        ("en", "that of the parrot is an animal", set()),
        ("en", "most of the parrots are birds", {("parrot", "bird")}),
        ("en", "one of the first parrots is a bird", {("parrot", "bird")}),
        ("en", "many of these parrots are birds", {("parrot", "bird")}),
        ("en", "of all , the parrot is a bird", {("parrot", "bird")}),
        ("en", "the cat sat . the parrot is a bird", {("parrot", "bird")}),
        ("en", "what cats are made of, the parrot is a bird", {("parrot", "bird")}),
        ("en", "cars with dogs and other animals", {("dog", "animal")}),
        ("en", "in animals such as dogs", {("dog", "animal")}),
        ("de", "der hund von dem papagei ist ein vogel", set()),
        ("de", "der hund des papagei ist ein tier", set()),
        ("de", "die katze eines hund ist ein tier", set()),
        ("de", "der hund eines anderen papagei ist ein tier", set()),
        ("de", "der hund dieses papagei ist ein tier", set()),
        ("de", "die frau der katze ist ein tier", set()),
        ("de", "der hund einer anderen katze ist ein tier", set()),
        ("de", "der hund seiner katze ist ein tier", set()),
        ("de", "der vogel ihres hund ist ein tier", set()),
        ("de", "die hund aller vogel sind tiere", set()),
        ("de", "die meisten der hund sind tiere", {("hund", "tier")}),
        ("de", "jeder der hund ist ein tier", {("hund", "tier")}),
        ("de", "gestern sagte peter , der hund ist ein tier", {("hund", "tier")}),
        ("de", "gestern sagte peter, der hund ist ein tier", {("hund", "tier")}),
        ("de", "peter sagt dass der hund ist ein tier", {("hund", "tier")}),
        ("de", "seiner ist ein hund und der vogel ist ein tier", {("vogel", "tier")}),
        ("de", "dieses papagei ist ein vogel", {("papagei", "vogel")}),
        ("de", "einer von den papagei ist ein vogel", {("papagei", "vogel")}),
        ("de", "der papagei ist ein vogel", {("papagei", "vogel")}),
        ("fr", "des chats sont des animal", {("chat", "animal")}),
        ("fr", "la plupart des chats sont des animal", {("chat", "animal")}),
        ("fr", "beaucoup de chats sont des animal", {("chat", "animal")}),
        ("fr", "chacun des chats est un animal", {("chat", "animal")}),
        ("fr", "un des chats est un animal", {("chat", "animal")}),
        ("fr", "le fruit du même chat est un animal", set()),
        ("fr", "le fruit de la plupart des chats est un animal", set()),
        ("fr", "le fruit du chat est un animal", set()),
        ("fr", "le chien de l' oiseau est un animal", set()),
        ("fr", "le chien avec le chat est un animal", set()),
        ("fr", "le chien est un animal", {("chien", "animal")}),
    ],
)
def test_what_a_preposition_stands_before_is_not_what_a_sentence_is_about(language, sentence, pairs) -> None:
    assert set(stated([sentence], language)) == pairs


@pytest.mark.parametrize(
    ("sentence", "pairs"),
    [
        ("un animal comme celui des chat", set()),
        ("des animal comme ceux - ci", set()),
        ("celle est un oiseau", set()),
        ("un oiseau comme moi", set()),
        ("un oiseau comme le nôtre", set()),
        ("un oiseau comme étant un animal", set()),
        ("un oiseau , comme le dit le chat", set()),
        ("ceci est un oiseau", set()),
        ("le chat est le seul", set()),
        ("le chat est le mieux", set()),
        ("le chat est le seul animal", {("chat", "animal")}),
        ("le fruit du seul chat est un animal", set()),
    ],
)
def test_french_pronouns_and_participles_are_no_things(sentence, pairs) -> None:
    asked = ["celui", "celle", "ceux", "ceci", "moi", "nôtre", "étant", "dit", "seul", "mieux", "ci"]
    assert set(stated([sentence, *[f"le {word} est" for word in asked] * 3], "fr")) == pairs


def test_verbs_after_determiners_that_stand_alone_are_no_kinds(tmp_path) -> None:
    said = "the kakapo is a bird bred by hand"
    bred = ["a bird that bred in holes"] * 5
    assert stated([said, "this bred in holes", *bred]) == {("kakapo", "bird"): 1}
    assert stated([said, "the bred in holes", *bred]) == {("kakapo", "bred"): 1}
    own = tmp_path / "own.toml"
    own.write_text(re.sub("^articles = .*$", "", patterns_of("en"), flags=re.M), encoding="utf-8")
    assert read_language(own).articles == read_language("en").determiners > read_language("en").articles
    assert stated([said, "this bred in holes", *bred], patterns=own) == {("kakapo", "bred"): 1}


def test_a_list_is_not_denied() -> None:
    assert set(stated(["there are no dogs , cats or other animals"])) == {("dog", "animal"), ("cat", "animal")}
    assert set(stated(["no cat sleeps , the parrot is a bird"])) == {("parrot", "bird")}


@pytest.mark.parametrize("form", ["Okapis", "okapis,", "(Okapis", "Okapi", "okapi,"])
def test_all_that_may_change_in_a_word_may_change_at_once(form) -> None:
    assert set(stated([f"{form} is an animal", "the okapi", "the okapi"])) == {("okapi", "animal")}


@pytest.mark.parametrize(
    ("plural", "singular"), [("potatoes", "potato"), ("shoes", "shoe"), ("knives", "knife"), ("crises", "crisis")]
)
def test_plurals_in_es(plural, singular) -> None:
    sentences = [f"animals such as {plural}", *[f"the {singular} of the {plural}"] * 3]
    assert set(stated(sentences)) == {(singular, "animal")}


def test_a_capital_is_no_plural() -> None:
    sentences = ["the parrots are Blick", *["the blick is"] * 3]
    assert not stated(sentences)
    assert set(stated([*sentences, "the parrots are Blicks"])) == {("parrot", "blick")}


def test_no_word_stands_for_a_function_word() -> None:
    """Nor are *others* or *ours* things, and *ones* no kinds."""
    assert set(stated(["animals such as USs", "the us and the our and the other", "the us"])) == {("USs", "animal")}
    for word in ("others", "ours"):
        sentences = [
            f"animals such as {word}",
            f"{word} such as kakapo",
            f"{word} were birds",
            "the other one is our bird",
        ]
        assert not stated(sentences)
    assert not stated(["ones such as kakapo", "the ones are"])


def test_a_name_is_not_the_plural_that_it_looks_like() -> None:
    sentences = ["the Okapis is an animal"] * 3
    assert set(stated([*sentences, "the okapi"])) == {("Okapis", "animal")}
    assert set(stated([*sentences, *["the okapi"] * 3])) == {("okapi", "animal")}
    assert set(stated([*sentences, "the okapis", *["the okapi"] * 3])) == {("Okapis", "animal")}


def test_words_that_one_stood_for_stay_together() -> None:
    """Though they are not near in a later text, and where another stands by now for the word that stood for them."""
    words = ["cats", "cat", "Cat", "dogs", "dog", "Dogs", "plums", "plum"]
    counts, language = np.full(len(words), 5), read_language("en")
    lexicon = Lexicon.of(words, language, Pieces.of(words, language, None))

    def folded(known=None, cosine=0.0):
        ids = None if known is None else np.array([words.index(word) for word in known], np.int32)
        found = fold(words, counts, lexicon, language, lambda first, _: np.full(len(first), cosine), ids)
        return [words[row] for row in found]

    assert folded() == words
    near = ["cat", "cat", "cat", "dog", "dog", "dog", "plum", "plum"]
    assert folded(cosine=1.0) == near
    assert folded(near) == near
    some = ["cat", "cat", "Cat", "dogs", "dog", "dogs", "plums", "plum"]
    assert folded(some) == some
    assert folded(some, cosine=1.0) == near


def test_weights_add_up_and_news_are_not_new() -> None:
    pairs = stated(["the kakapo is a bird", "birds such as kakapos", "the kakapo is the bird"] * 2)
    assert pairs[("kakapo", "bird")] == 5.0
    kept = stated(["cats is a bird"], far={"cat", "cats"})
    assert ("cats", "bird") in kept


@pytest.mark.parametrize(
    ("language", "sentence", "pairs"),
    [
        ("de", "ein papagei ist ein vogel", {("papagei", "vogel")}),
        ("de", "hund , katze und andere tier", {("hund", "tier"), ("katze", "tier")}),
        ("fr", "le perroquet est un oiseau nocturne", {("perroquet", "oiseau")}),
        ("fr", "un animal comme le chien ou le chat", {("chien", "animal"), ("chat", "animal")}),
    ],
)
def test_other_languages(language, sentence, pairs) -> None:
    assert set(stated([sentence], language)) == pairs


@pytest.mark.parametrize("article", ["l'", "l’", "L'", "l"])
def test_the_apostrophe_of_an_article_is_no_comma(article) -> None:
    two = {("oiseau", "animal"), ("chien", "animal")}
    for sentence, pairs in (
        (f"un animal tel que {article} oiseau", {("oiseau", "animal")}),
        (f"un animal comme le chien ou {article} oiseau", two),
        (f"le chien , {article} oiseau et les autres animal", two),
    ):
        assert set(stated([sentence], "fr")) == pairs
    assert set(stated([*[f"{article} okapi est"] * 3, "le chat est un okapi"], "fr")) == {("chat", "okapi")}


@pytest.mark.parametrize("apostrophe", ["'", "’"])
@pytest.mark.parametrize(
    ("sentence", "pairs"),
    [
        ("l'oiseau est un animal", {("oiseau", "animal")}),
        ("L'oiseau est l'animal", {("oiseau", "animal")}),
        ("des animal comme l'oiseau, l'okapi", {("oiseau", "animal"), ("l'okapi", "animal")}),
        ("l'okapi dit . l'okapi est un animal , d'okapi est un oiseau", {("l'okapi", "animal")}),
        ("le chien et d'autres animal", {("chien", "animal")}),
        ("un animal tel qu'un chat", {("chat", "animal")}),
        ("un animal comme qu'il", set()),
        ("le chat d'oiseau est un animal", set()),
        ("le chat n'est un animal", set()),
        ("un animal comme aujourd'hui", set()),
        ("un animal comme d'ailleurs", set()),
        ("un animal comme celui-ci", set()),
    ],
)
def test_what_is_elided_is_a_word(sentence, pairs, apostrophe) -> None:
    nouns = ["un qu'il est", "un okapi'est", "un aujourd'hui est", "un d'ailleurs est", "un celui-ci est"]
    text = [each.replace("'", apostrophe) for each in (sentence, *nouns * 3)]
    found = stated(text, "fr", unknown=("okapi",))
    assert {tuple(word.replace("’", "'") for word in pair) for pair in found} == pairs


def test_with_what_is_elided_a_word_stands_for_itself() -> None:
    text = ["l'oiseau d'oiseau d'okapi l'Oiseau l'okapi, qu'il l'oiseaux", "oiseaux", "l'okapi est un animal"]
    evidence = evidence_of(text, "fr")
    words = evidence.words
    folds = {word: words[evidence.folds[words.index(word)]] for word in " ".join(text).split()}
    assert {word for word, one in folds.items() if one == "oiseau"} == {
        *("l'oiseau", "d'oiseau", "l'Oiseau", "l'oiseaux", "oiseaux")
    }
    assert folds["d'okapi"] == folds["l'okapi,"] == folds["l'okapi"]
    assert folds["qu'il"] == "qu'il"
    assert list(evidence.examples.values()) == ["l'okapi est un animal"]


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_english_contractions_are_function_words(apostrophe) -> None:
    told = ["it wasn't like dogs", "He's a bird", "the dog isn't a bird", "animals such as don't", "Isn't a dog a bird"]
    nouns = ["the wasn't is", "the don't is", "the he's is"] * 3
    assert not stated([sentence.replace("'", apostrophe) for sentence in (*told, *nouns)])
    assert set(stated(["the dog's cat is a bird"])) == {("cat", "bird")}


@pytest.mark.parametrize("token", ["qu'", "qu’", "qu", "Qu'"])
@pytest.mark.parametrize("written", ["qu'", "QU’", "qu"])
def test_words_of_a_file_are_written_as_one_likes(token, written, tmp_path) -> None:
    text = patterns_of("fr")
    path = tmp_path / "own.toml"
    text = text.replace("tels|telles|tel|telle que|qu' NARROWS", f"Tels|Telles|Tel|Telle {written} NARROWS")
    text = text.replace('negations = "aucun', 'negations = "Aucun').replace(
        "espèce espèces genre", "Espèce espèces genre"
    )
    path.write_text(text.replace("aucune nul nulle deux", "aucune Nul nulle deux"), encoding="utf-8")
    own = {"language": "fr", "patterns": path}
    assert set(stated([f"un animal tel {token} un oiseau"], **own)) == {("oiseau", "animal")}
    assert not stated(["aucun chat est un chien", "le chat est une espèce", *["une espèce est"] * 3], **own)
    assert "nul" in read_language(path).determiners


@pytest.mark.parametrize(
    ("language", "sentence", "pairs"),
    [
        ("en", "animal such_as dog and cat", {("dog", "animal"), ("cat", "animal")}),
        ("en", "animal_such as_dog", {("dog", "animal")}),
        ("en", "dog , cat and_other animal", {("dog", "animal"), ("cat", "animal")}),
        ("en", "the_kakapo is_a_bird", {("kakapo", "bird")}),
        ("en", "the_kakapo is a kind_of_parrot", {("kakapo", "parrot")}),
        ("en", "the_zorgle is a parrot", {("the_zorgle", "parrot")}),
        ("en", "no_parrot is an animal", set()),
        ("en", "animal such as dog_and_cat", {("dog", "animal"), ("cat", "animal")}),
        # What is a noun stays one.
        ("en", "new_zork is a bird", {("new_zork", "bird")}),
        ("en", "the kakapo is a bird_of_prey", {("kakapo", "bird_of_prey")}),
        ("en", "the royal_family is an animal", {("royal_family", "animal")}),
        ("fr", "un animal , y_compris le chat", {("chat", "animal")}),
        ("fr", "le chat est une sorte_de animal", {("chat", "animal")}),
    ],
)
@pytest.mark.parametrize("delimiter", ["_", "~"])
def test_function_words_in_phrases_are_read(language, sentence, pairs, delimiter) -> None:
    sentences = [text.replace("_", delimiter) for text in (sentence, *["the bird_of_prey is"] * 3)]
    found = stated(sentences, language, unknown=("zorgle",), delimiter=delimiter)
    assert {tuple(word.replace(delimiter, "_") for word in pair) for pair in found} == pairs


def test_a_phrase_is_no_more_than_its_noun() -> None:
    evidence = evidence_of(["the_kakapos kakapos", "a kakapo_and_dog", "birds such_as the_kakapo"], delimiter="_")
    words = evidence.words
    folds = {word: words[evidence.folds[words.index(word)]] for word in ("the_kakapos", "the_kakapo", "kakapo_and_dog")}
    assert list(folds.values()) == ["kakapo", "kakapo", "kakapo_and_dog"]
    assert list(evidence.examples.values()) == ["birds such_as the_kakapo"]


def test_a_language_is_recognised_by_words_in_phrases() -> None:
    words, counts = ["such_as", "of_the", "is_an", "kiwi_bird"], [5, 5, 5, 40]
    assert recognise(words, counts) is None
    assert recognise(words, counts, "_").name == "English"


def test_punctuation_may_be_what_states(tmp_path) -> None:
    text = patterns_of("en")
    path = tmp_path / "own.toml"
    path.write_text(text.replace("BROAD such as NARROWS", "BROAD : NARROWS"), encoding="utf-8")
    pairs = {("dog", "animal"), ("cat", "animal")}
    assert set(stated(["animals : dogs and cats"], patterns=path)) == pairs
    assert not stated(["animals : dogs and cats"])


def test_a_phrase_ends_before_function_words_and_what_is_no_word(tmp_path) -> None:
    path, text = tmp_path / "own.toml", patterns_of("en")
    named = text.replace("such BROAD as NARROWS", "a|an BROAD nicknamed NARROW").replace("here up", "nicknamed here up")
    for changed, sentence in (
        (named, "a bird nicknamed kakapo is"),
        (text.replace("such BROAD as NARROWS", "a BROAD , or NARROW"), "a bird , or kakapo is"),
        (text.replace("such BROAD as NARROWS", "a BROAD 1 NARROW"), "a bird 1 kakapo is"),
        (text.replace("such BROAD as NARROWS", "BROAD nicknamed NARROW"), "the bird nicknamed kakapo is"),
    ):
        path.write_text(changed, encoding="utf-8")
        assert set(stated([sentence], patterns=path)) == {("kakapo", "bird")}
        assert not stated([sentence])


def test_a_language_is_recognised_by_words_with_punctuation() -> None:
    words = ["l’", "d'", "qu'", "Est,", "kiwi"]
    assert recognise(words, [5, 5, 5, 5, 80]).name == "French"


def test_a_language_is_recognised_by_its_function_words() -> None:
    words = {name: sorted(read_language(name).closed_class)[:40] for name in NAMES}
    for name in NAMES:
        listed = [*words[name], "zzz"]
        assert recognise(listed, [10] * 40 + [100]).name == read_language(name).name
    assert recognise(["zzz", "the"], [1000, 10]) is None


OTHERS = {
    "es": "En un lugar de la Mancha, de cuyo nombre no quiero acordarme, no ha mucho tiempo que vivía un "
    "hidalgo de los de lanza en astillero, adarga antigua, rocín flaco y galgo corredor.",
    "it": "Quel ramo del lago di Como, che volge a mezzogiorno, tra due catene non interrotte di monti, tutto "
    "a seni e a golfi, a seconda dello sporgere e del rientrare di quelli, vien, quasi a un tratto, a ristringersi.",
    "ca": "La casa de la família era al mig de un camp de blat, entre la muntanya i el mar, i de la finestra "
    "es veia la platja. El pare deia que no hi ha res més bell que el sol quan surt de la mar.",
    "ro": "A fost odată ca niciodată un împărat mare și o împărăteasă, amândoi tineri și frumoși, și voind să "
    "aibă copii, a făcut de mai multe ori tot ce trebuia să facă pentru aceasta.",
    "af": "Die man het in die huis gesit en die hond was by hom. Hy het nie geweet wat om te doen nie, want "
    "dit was al laat en die kinders het nog nie huis toe gekom nie.",
}
OURS = {
    "English": "a man in a blue shirt is standing on a ladder cleaning a window .",
    "German": "ein kleines mädchen klettert in ein spielhaus aus holz .",
    "French": "un homme en chemise bleue est debout sur une échelle pour nettoyer une fenêtre .",
}


def counts_of(text: str) -> tuple[list[str], list[int]]:
    counts = Counter(text.split())
    return list(counts), list(counts.values())


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_without_patterns_is_none_of_ours(code: str) -> None:
    assert recognise(*counts_of(OTHERS[code])) is None
    assert recognise(*counts_of(OTHERS[code].lower() * 50)) is None


@pytest.mark.parametrize("name", OURS)
def test_a_short_sentence_of_a_language_of_ours_is_known(name: str) -> None:
    for text in (OURS[name], OURS[name].upper()):
        language = recognise(*counts_of(text))
        assert language is not None and language.name == name


def test_ids_beyond_the_vocabulary_are_refused() -> None:
    language = read_language("en")
    _, elements, bits, starts = language.compiled()
    tables = np.zeros(2, np.uint8), np.zeros(2, np.uint64)
    with pytest.raises(ValueError, match="beyond the vocabulary"):
        match(
            np.array([0, 5], np.int32),
            np.array([0, 2]),
            0,
            1,
            *tables,
            elements,
            bits,
            starts,
            np.empty((4, 6), np.int64),
        )


WEIGHTS = ("-1.0", "0", "inf", "nan", "1e-300", "1e300", "1" + "0" * 400)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('head = "last"', 'head = "middle"', "head must be first or last"),
        ("BROAD such as NARROWS", "BROAD such as", "must have one BROAD"),
        ("BROAD such as NARROWS", "BROAD such? as NARROWS", "must not be optional"),
        ("such BROAD as NARROWS", "a BROAD nicknamed NARROW", "add 'nicknamed' to function_words for 'a BROAD nick"),
        ("such BROAD as NARROWS", "a BROAD best? nicknamed|called NARROW", "add 'best' to function_words"),
        ("such BROAD as NARROWS", "BROAD such as NARROWS alike", "add 'alike' to function_words"),
        (re.compile(r"^patterns = .*\]$", re.M | re.S), "patterns = []", "patterns must have one .* or more"),
        *(('[1.0, "BROAD such', f'[{w}, "BROAD such', "from 0.000001 to 1000000, got") for w in WEIGHTS),
        ("determiners =", "determiner =", "must have determiners"),
    ],
)
def test_files_of_patterns_of_ones_own(tmp_path, old, new, message) -> None:
    text = patterns_of("en")
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    assert read_language(path) == read_language("en")
    changed = text.replace(old, new, 1) if isinstance(old, str) else old.sub(new, text)
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(FormatError, match=message):
        read_language(path)
    with pytest.raises(FileError, match="cannot read"):
        read_language(tmp_path / "none.toml")
    with pytest.raises(ParameterError, match=r"one of en, de, fr or a file"):
        read_language("xx")


@pytest.mark.parametrize("key", ["negations", "prepositions", "quantifiers", "adjectives"])
def test_a_file_without_what_was_asked_for_later_is_one_of_patterns(tmp_path, key) -> None:
    path = tmp_path / "own.toml"
    path.write_text(re.sub(rf'^{key} = ("""[^"]*"""|"[^"]*")$', "", patterns_of("en"), flags=re.M), encoding="utf-8")
    assert getattr(read_language("en"), key) and getattr(read_language(path), key) == frozenset()
