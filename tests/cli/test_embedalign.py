"""EmbedAlign at the command line: two directions of the aviary's bitext, links, error rates, substitutes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from densevec import AviaryBitext, EmbedAlign
from densevec.cli import main
from densevec.evaluation import pharaoh_line

QUICK = {"dim": 8, "embedding-dim": 8, "epochs": 1, "min-count": 1, "encoder": "bow", "workers": 1}
SMALL = [word for name, value in QUICK.items() for word in (f"--{name}", str(value))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Texts en and inv, their gold links, and models of both directions."""
    folder = tmp_path_factory.mktemp("bitext")
    bitext = AviaryBitext(300)
    for name, side in zip(("en", "inv"), zip(*bitext, strict=True), strict=True):
        (folder / name).write_text("".join(" ".join(sentence) + "\n" for sentence in side))
    (folder / "gold").write_text("".join(pharaoh_line(gold.sure) + "\n" for gold in bitext.alignments))
    for source, target in (("en", "inv"), ("inv", "en")):
        texts = [str(folder / source), str(folder / target)]
        assert main(["train", "embedalign", *texts, "-o", str(folder / f"{source}.st"), *SMALL]) == 0
    return folder


def test_links_of_two_models(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["align", str(folder / "en.st"), str(folder / "en"), str(folder / "inv")]
    assert main(command) == 0
    alone = capsys.readouterr().out.splitlines()
    pairs = list(AviaryBitext(300))
    assert alone == [pharaoh_line(links) for links in EmbedAlign.load(folder / "en.st").align_batch(pairs)]
    assert main([*command, "--reverse", str(folder / "inv.st"), "--symmetrize", "intersection"]) == 0
    both = capsys.readouterr().out.splitlines()
    assert all(set(few.split()) <= set(all_.split()) for few, all_ in zip(both, alone, strict=True))


def test_error_rates_of_either_direction(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold = str(folder / "gold")
    for source, target, more in (("en", "inv", []), ("inv", "en", ["--turn-gold"])):
        texts = [str(folder / source), str(folder / target)]
        assert main(["evaluate", str(folder / f"{source}.st"), "--alignment", *texts, gold, *more, "--json"]) == 0
        assert 0 < json.loads(capsys.readouterr().out)["alignment"]["aer"] < 1


def test_one_language_is_a_text_like_any_other(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(folder / "mono.st")
    assert main(["train", "embedalign", str(folder / "en"), "-o", path, "--monolingual", *SMALL]) == 0
    assert EmbedAlign.load(path).monolingual
    assert main(["posterior", path, "the kiwi laid an egg", "kiwi"]) == 0
    bilingual, asked = str(folder / "en.st"), ["--alignment", *(str(folder / name) for name in ("en", "inv", "gold"))]
    assert main(["evaluate", bilingual, path, *asked]) == 0
    remark = capsys.readouterr().out.splitlines()[-1]
    needs = "needs a model of two languages, which one trained with monolingual=True is not"
    assert remark.startswith(f"{path}: ") and remark.endswith(f"--alignment {needs}")
    assert main(["evaluate", path, *asked]) == 1
    assert capsys.readouterr().err == f"densevec: {remark}\n"
    texts = asked[1:3]
    assert main(["align", path, *texts]) == 1
    assert capsys.readouterr().err == f"densevec: {remark.replace('--alignment', 'this')}\n"
    for command in (["evaluate", bilingual, *asked], ["align", bilingual, *texts]):
        assert main([*command, "--reverse", path]) == 1
        assert capsys.readouterr().err == f"densevec: {remark.replace('--alignment', '--reverse')}\n"
