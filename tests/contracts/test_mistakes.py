"""Mistakes that users make: each is one sentence of ours, never an error of Python's from somewhere inside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import densevec
from densevec import (
    CBOW,
    RNNLM,
    Aviary,
    BayesianSkipGram,
    DensityVectors,
    DocumentVectorizer,
    EarlyStopping,
    Interpolated,
    KeyedVectors,
    NGram,
    SkipGram,
    TextCorpus,
    Vocabulary,
    build_vocabulary,
    encode_corpus,
    load_vectors,
)
from densevec import evaluation as judge
from densevec.densities import Gaussian
from densevec.errors import DensevecError, MissingPackageError, NotTrainedError, ParameterTypeError
from densevec.formats import read_container, read_vectors, write_vectors
from densevec.plotting import map_words
from tests.contracts.cases import SENTENCES

POINTS = KeyedVectors(["kiwi", "kakapo", "plum"], [[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]])
DENSITIES = DensityVectors(["kiwi", "plum"], [[1.0, 0.1], [0.0, 1.0]], [1.0, 0.5], entailment_bound=5.0)
OTHER_NAMES = {
    **dict.fromkeys(("size", "vector_size", "n_components"), "did you mean dim"),
    "hs": "did you mean output_layer",
    "iter": "did you mean epochs",
    "alpha": "did you mean learning_rate",
    "min_alpha": "did you mean min_learning_rate",
    "max_final_vocab": "did you mean max_vocab_size",
    "corpus_file": "did you mean corpus",
    **dict.fromkeys(("windows", "window_size"), r"did you mean window\?"),
    "max_vocabulary": "did you mean max_vocab_size",
    "negative_samples": "did you mean negative",
    "batch": "did you mean batch_size",
    "noise": "did you mean noise_size",
    "ngrams": "did you mean subwords",
    "learning": "did you mean learning_rate",
    "device_of_words": r"get_params\(\) lists them",
    "mincount": "did you mean min_count",
    "sg": "SkipGram and CBOW are classes",
    "callbacks": r"train\(callbacks=",
    "compute_loss": "in history",
    "min_n": "subwords=",
    "evidence": r"get_params\(\) lists them",
    "something": r"get_params\(\) lists them",
}
BOUND = Gaussian([1.0], 1.0)

WRONG_VALUES: list[tuple[str, Any]] = [
    *[("dim", value) for value in ("50", 2.5, 0, None, True)],
    *[("window", value) for value in (0, "5", [1])],
    *[("min_count", value) for value in (-1, "a")],
    *[("epochs", value) for value in (0, "x", 1.5)],
    *[("workers", value) for value in (0, "all")],
    *[("seed", value) for value in ("x", -1, 1.5)],
    *[("learning_rate", value) for value in (-1, "x", float("nan"), float("inf"))],
    *[("sample", value) for value in (2, "x")],
    *[("negative", value) for value in (0, "x")],
    *[("tokenizer", value) for value in (3, "word")],
    *[("lowercase", "yes"), ("normalize", "nfc"), ("errors", "x"), ("engine", "x"), ("output_layer", 1)],
    *[("device", value) for value in ("tpu", 3)],
    *[("cache_dir", value) for value in (3, "/nonexistent/folder")],
    *[("trim_rule", value) for value in (3, lambda *word: "x")],
    *[("max_vocab_size", value) for value in (0, "x")],
    *[("corpus", value) for value in (3, "no.txt", [], [[]], None, b"a b", object(), [["a", None]], [1], ["a b"])],
    *[("corpus", value) for value in (np.zeros((2, 2)), "", [""], {"a": 1}, {"a"}, iter(SENTENCES))],
]


# without addresses, which every process has others of
@pytest.mark.parametrize(("name", "value"), WRONG_VALUES, ids=lambda part: f"{part!r:.30}".split(" at 0x")[0])
def test_a_wrong_value_of_a_parameter(name: str, value: Any) -> None:
    settings = {"corpus": SENTENCES, "dim": 2, "min_count": 1, "epochs": 1, name: value}
    with pytest.raises(DensevecError, match=name if name != "corpus" else None):
        SkipGram(**settings).train()


@pytest.mark.parametrize(("name", "advice"), OTHER_NAMES.items())
@pytest.mark.parametrize("model", [SkipGram, CBOW])
def test_the_names_of_another_library(model: Any, name: str, advice: str) -> None:
    with pytest.raises(DensevecError, match=rf"^'{name}' is not a parameter of {model.__name__}; .*{advice}"):
        model(SENTENCES, **{name: 1})


@pytest.mark.parametrize("callbacks", [3, "x", [3], ["x"], print, [object()], [EarlyStopping], {"a": 1}, iter(())])
@pytest.mark.parametrize("model", [SkipGram, NGram])
def test_callbacks_of_the_wrong_kind_are_found_before_anything_is_read(model: Any, callbacks: Any) -> None:
    with pytest.raises(ParameterTypeError, match=r"^callbacks must "):
        model("no.txt").train(callbacks=callbacks)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with files that are not what is asked for."""
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("a b a\nb c\n" * 20)
    Path("empty.txt").touch()
    Path("noise.bin").write_bytes(bytes(range(256)) * 10)
    Path("folder").mkdir()
    POINTS.save("points.safetensors")
    yield tmp_path


TRAINING: dict[str, Callable[[], Any]] = {
    "a corpus": lambda: SkipGram().train(SENTENCES),
    "epochs": lambda: SkipGram(SENTENCES).train(epochs=3),
    "total_examples": lambda: NGram(SENTENCES).train(total_examples=3),
    "a checkpoint": lambda: SkipGram(SENTENCES, min_count=1).train(checkpoint=3),
    "progress": lambda: SkipGram(SENTENCES, min_count=1).train(progress="yes"),
    "init_from": lambda: SkipGram(SENTENCES, dim=2, min_count=1).train(init_from=3),
    "init_from of another dim": lambda: SkipGram(SENTENCES, dim=4, min_count=1).train(init_from=POINTS),
    "validation": lambda: RNNLM(SENTENCES, dim=4, min_count=1).train(validation=3),
    "patience": lambda: EarlyStopping(patience="x"),
    "patience 0": lambda: EarlyStopping(patience=0),
    "set_params": lambda: SkipGram().set_params(vector_size=3),
    "untrained vectors": lambda: SkipGram(SENTENCES).vectors,
    "untrained save": lambda: SkipGram(SENTENCES).save("x"),
    "untrained posterior": lambda: BayesianSkipGram(SENTENCES).posterior(["a"], 0),
    "untrained log_prob": lambda: NGram(SENTENCES).log_prob(["a"]),
}
QUERIES: dict[str, Callable[[], Any]] = {
    "an unknown word": lambda: POINTS.most_similar("kiwii"),
    "a negative topn": lambda: POINTS.most_similar("kiwi", topn=-1),
    "topn as text": lambda: POINTS.most_similar("kiwi", topn="3"),
    "a measure that is none": lambda: POINTS.most_similar("kiwi", measure="euclid"),
    "a measure of densities": lambda: POINTS.most_similar("kiwi", measure="kl_from_query"),
    "no query": POINTS.most_similar,
    "one word as within": lambda: POINTS.most_similar("kiwi", within="plum"),
    "restrict_vocab": lambda: POINTS.most_similar("kiwi", restrict_vocab="x"),
    "on_missing": lambda: POINTS.most_similar_batch(["kiwi"], on_missing=[1]),
    "None as a word": lambda: POINTS.similarity("kiwi", None),
    "a row beyond": lambda: POINTS[7],
    "a slice": lambda: POINTS[0:2],
    "a dict as a word": lambda: POINTS[{}],
    "a prior of 2": lambda: DENSITIES.entailment_probability("kiwi", "plum", prior=2),
    "a prior as text": lambda: DENSITIES.entailment_probability("kiwi", "plum", prior="x"),
    "a level of 2": lambda: DENSITIES.inclusion("kiwi", "plum", level=2),
    "unequal batches": lambda: DENSITIES.entailment_batch(["kiwi"], ["plum", "kiwi"]),
    "a seed as text": lambda: DENSITIES.calibrate_entailment(seed="x"),
    "num_pairs as text": lambda: DENSITIES.calibrate_entailment(num_pairs="x"),
    "a bound as text": lambda: setattr(DENSITIES, "entailment_bound", "x"),
    "a storage that is none": lambda: POINTS.stored_as("int8"),
    "extras of a list": lambda: POINTS.add_vectors(["q"], [[1, 2]], extras=[1]),
    "extras of a number": lambda: POINTS.add_vectors(["q"], [[1, 2]], extras={"z": 3}),
    "an attribute of None": lambda: POINTS.set_vecattr("kiwi", "z", None),
    "a key twice": lambda: POINTS.add_vectors(["q", "q"], [[1, 2], [1, 2]]),
    "no vector": lambda: POINTS.add_vector("q", None),
    "no words": lambda: POINTS.doesnt_match([]),
    "no documents": lambda: POINTS.wmdistance(None, ["kiwi"]),
    "weights of another number": lambda: POINTS.get_mean_vector(["kiwi"], weights=[1, 2]),
    "parameters of a number": lambda: KeyedVectors(["a"], [[1.0]], parameters=3),
    "no arguments": lambda: KeyedVectors(None, None),
    "no variance": lambda: DensityVectors(["a"], [[1.0]], None),
    "a sample of text": lambda: BOUND.sample("x"),
    "a negative sample": lambda: BOUND.sample(-1),
    "a seed of a density": lambda: BOUND.sample(1, seed=-1),
    "a density in a number": lambda: BOUND.mass_within(3),
    "a density of None": lambda: Gaussian(None, 1),
    "points of None": lambda: BOUND.log_prob(None),
    "a dtype that is none": lambda: KeyedVectors.load_word2vec_format("no.vec", datatype="zz"),
    "from_gensim of a number": lambda: KeyedVectors.from_gensim(3),
    "a map of a number": lambda: map_words(3, ["a"]),
    "a map of no words": lambda: map_words(POINTS, 3),
    "a picture without a name": lambda: map_words(POINTS, POINTS.index_to_key).save(None),
    "a vocabulary of a number": lambda: Vocabulary(3, 4),
    "counts of text": lambda: Vocabulary(["a"], ["x"]),
    "no vocabulary": lambda: encode_corpus(SENTENCES, None),
    "no corpus": lambda: build_vocabulary(None),
    "a number as text": lambda: TextCorpus(SENTENCES).tokenize(3),
    "an aviary of text": lambda: Aviary("x"),
    "a mixture of a number": lambda: Interpolated(3),
    "no vectors for documents": lambda: DocumentVectorizer(3).fit(SENTENCES),
    "lowercase of documents": lambda: DocumentVectorizer(POINTS, lowercase="x").fit(SENTENCES),
}
FILES: dict[str, Callable[[], Any]] = {
    "save nowhere": lambda: POINTS.save(None),
    "save to a folder": lambda: POINTS.save("folder"),
    "save in no folder": lambda: POINTS.save("no/such/file"),
    "to_file nowhere": lambda: POINTS.to_file(None),
    "to_file of no format": lambda: POINTS.to_file("x.foo"),
    "to_file of another format": lambda: POINTS.to_file("x.vec", format="zz"),
    "load nothing": lambda: KeyedVectors.load(None),
    "load a number": lambda: load_vectors(3),
    "load no file": lambda: KeyedVectors.load("no.file"),
    "load a folder": lambda: KeyedVectors.load("folder"),
    "load text": lambda: KeyedVectors.load("text.txt"),
    "load an empty file": lambda: KeyedVectors.load("empty.txt"),
    "load points as densities": lambda: DensityVectors.load("points.safetensors"),
    "load points as a model": lambda: SkipGram.load("points.safetensors"),
    "from_file of nothing": lambda: KeyedVectors.from_file(None),
    "from_file of text": lambda: KeyedVectors.from_file("text.txt"),
    "from_file of another format": lambda: KeyedVectors.from_file("text.txt", format=3),
    "from_file by another rule": lambda: KeyedVectors.from_file("text.txt", foo=1),
    "a container of nothing": lambda: read_container(None),
    "vectors of nothing": lambda: read_vectors(None),
    "write a number": lambda: write_vectors("x.vec", 3),
    "an ARPA file of text": lambda: NGram.from_arpa("text.txt"),
    "columns of a number": lambda: judge.evaluate_similarity(POINTS, "text.txt", columns=3),
    "columns of lists": lambda: judge.evaluate_similarity(POINTS, "text.txt", columns=[1, [2], 3]),
    "analogies of text": lambda: judge.evaluate_analogies(POINTS, "text.txt"),
    "restrict_vocab of text": lambda: judge.evaluate_analogies(POINTS, "text.txt", restrict_vocab="x"),
    "questions that are a file": lambda: judge.evaluate_completion(POINTS, "text.txt", [0]),
    "lexsub of a file": lambda: judge.evaluate_lexsub(POINTS, "text.txt"),
    "a corpus of noise": lambda: SkipGram("noise.bin").train(),
    "a corpus that is empty": lambda: SkipGram("empty.txt").train(),
    "a tokenizer of numbers": lambda: SkipGram("text.txt", tokenizer=lambda text: [3]).train(),
    "a tokenizer of nothing": lambda: SkipGram("text.txt", tokenizer=lambda text: 3).train(),
}


def is_a_sentence_of_ours(make_mistake: Callable[[], Any]) -> None:
    with pytest.raises(DensevecError) as caught:
        make_mistake()
    message = str(caught.value)
    assert message and "\n" not in message and not message.endswith(".")
    assert "_" + type(caught.value).__name__ not in message


@pytest.mark.parametrize("make_mistake", [*TRAINING.values(), *QUERIES.values()], ids=[*TRAINING, *QUERIES])
def test_a_mistake_is_a_sentence(make_mistake: Callable[[], Any]) -> None:
    is_a_sentence_of_ours(make_mistake)


@pytest.mark.parametrize("make_mistake", FILES.values(), ids=FILES)
@pytest.mark.usefixtures("place")
def test_a_wrong_file_is_a_sentence(make_mistake: Callable[[], Any]) -> None:
    is_a_sentence_of_ours(make_mistake)


def test_an_attribute_of_another_class_is_found_by_its_message(skipgram: BayesianSkipGram) -> None:
    with pytest.raises(AttributeError, match=r"^BayesianSkipGram has no most_similar; .*: model.vectors.most_similar$"):
        skipgram.most_similar("kiwi")
    with pytest.raises(AttributeError, match=r"^KeyedVectors has no entails; densities have"):
        POINTS.entails("kiwi", "plum")
    with pytest.raises(AttributeError, match=r"^'KeyedVectors' object has no attribute 'entail'$"):
        POINTS.entail("kiwi", "plum")
    with pytest.raises(NotTrainedError, match=r"call train\(\) first"):
        _ = BayesianSkipGram([["a"]]).vectors
    assert not hasattr(POINTS, "entails")


@pytest.mark.parametrize("kind", DensevecError.__subclasses__())
def test_no_message_is_long_however_long_what_it_quotes_is(kind: type[DensevecError]) -> None:
    error = kind(f"no_such_name must be a word, got {'kiwi ' * 100_000}; give another")
    assert len(str(error)) < 1100
    assert str(error).startswith("no_such_name must be a word, got kiwi") and str(error).endswith("kiwi ; give another")
    assert str(kind("short", 3)) == str(type("Other", (kind,), {})("short", 3))


LONG = "kiwi " * 20_000


@pytest.mark.parametrize(
    "make_mistake",
    [
        lambda: POINTS[LONG],
        lambda: KeyedVectors.load(LONG),
        lambda: KeyedVectors.from_file(LONG),
        lambda: POINTS.most_similar("kiwi", topn=LONG),
        lambda: POINTS.most_similar("kiwi", measure=LONG),
        lambda: POINTS.similarity("kiwi", LONG),
        lambda: SkipGram(SENTENCES, **{LONG: 3}),
        lambda: SkipGram(SENTENCES, lowercase=LONG).train(),
        lambda: SkipGram(SENTENCES, tokenizer=LONG).train(),
        lambda: SkipGram(SENTENCES, min_count=1).train(validation=LONG),
        lambda: judge.evaluate_similarity(POINTS, LONG),
        lambda: POINTS.save(LONG),
    ],
)
def test_a_text_in_the_wrong_place_is_not_printed_whole(make_mistake: Callable[[], Any]) -> None:
    with pytest.raises(DensevecError) as caught:
        make_mistake()
    assert len(str(caught.value)) < 1100


def test_questions_to_models(ngram: NGram, skipgram: BayesianSkipGram) -> None:
    for make_mistake in (
        lambda: skipgram.posterior(["a", "b"], "a"),
        lambda: skipgram.posterior("a b", 0),
        lambda: skipgram.posterior(None, 0),
        lambda: skipgram.posterior(["a"], 3),
        lambda: skipgram.posterior([], 0),
        lambda: skipgram.posterior(["a"], 0.0),
        lambda: skipgram.posterior_batch([(["a"], 0, 1)]),
        lambda: skipgram.complete("a _____"),
        lambda: ngram.complete("a _____"),
        lambda: ngram.complete("a _____", None),
        lambda: ngram.complete("a _____", []),
        lambda: ngram.complete(3, ["a"]),
        lambda: POINTS.complete("a _____"),
        lambda: ngram.next_words(["a"], topn="x"),
        lambda: ngram.generate("a"),
        lambda: ngram.generate(["a"], temperature="hot"),
        lambda: skipgram.predict_output_word("a"),
        lambda: skipgram.predict_output_word(["nothing"]),
        lambda: ngram.perplexity(None),
        lambda: ngram.perplexity([]),
        lambda: ngram.write_arpa(None),
        lambda: ngram.rescore("lists.txt"),
        lambda: Interpolated([ngram, ngram], weights="x"),
        lambda: Interpolated([ngram, ngram], weights=[1]),
    ):
        is_a_sentence_of_ours(make_mistake)


def test_the_sentence_says_whose_the_settings_are() -> None:
    with pytest.raises(
        ParameterTypeError, match=r"^SkipGram\.train\(\) takes .*'epochs'; corpus and settings are SkipGram's"
    ):
        SkipGram(SENTENCES).train(epochs=3)


def test_a_tokenizer_without_a_module() -> None:
    assert SkipGram(SENTENCES, dim=2, min_count=1, epochs=1, tokenizer=str.split).train().vectors.vector_size == 2


WITHOUT_TORCH = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
sys.meta_path.insert(0, Blocker())
import densevec
from densevec.cli import main
from densevec.errors import MissingPackageError
needing = []
for name in densevec.__all__:
    try:
        getattr(densevec, name)
    except MissingPackageError as error:
        assert str(error).endswith("needs the package torch: pip install torch"), error
        needing.append(name)
text = [["a", "b", "a"], ["b", "c"]] * 9
model = densevec.NGram(text, order=2, min_count=1).train()
model.save("ngram.safetensors")
vectors = densevec.LSA(text, dim=2, min_count=1).train().vectors
vectors.save("vectors.safetensors")
densevec.DocumentVectorizer("vectors.safetensors").fit_transform(["a b"])
for ask in (vectors.to_torch_embedding, densevec.Gaussian([1.0], 1.0).to_torch):
    try:
        ask()
        raise SystemExit(f"{ask} needs no torch")
    except ImportError as error:
        assert isinstance(error, MissingPackageError), error
open("text.txt", "w").write("a b a\\nb c\\n" * 9)
for status, command in (
    (0, "neighbors vectors.safetensors a"),
    (0, "info ngram.safetensors"),
    (0, "score ngram.safetensors text.txt"),
    (0, "train ngram text.txt -o other.safetensors --min-count 1"),
    (1, "demo"),
):
    assert main(command.split()) == status, command
print(*needing)
"""


@pytest.mark.slow
def test_without_torch(tmp_path: Path) -> None:
    root = str(Path(densevec.__file__).parents[1])
    program = f"import sys; sys.path.insert(0, {root!r})\n{WITHOUT_TORCH}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    needing = set(done.stdout.splitlines()[-1].split())
    assert needing >= {"EmbedAlign", "SentenceVectorizer", "GloVe", "RNNLM"}
    assert not needing & {
        "SkipGram",
        "BayesianSkipGram",
        "NGram",
        "LSA",
        "KeyedVectors",
        "DocumentVectorizer",
        "TextCorpus",
        "Interpolated",
    }
    assert done.stderr.count("densevec demo needs the package torch: pip install torch") == 1, done.stderr
    assert issubclass(MissingPackageError, ImportError)
