#!/bin/sh
# tokenizers 0.23.3: the normalizers Lowercase and BertNormalizer lower a text letter by letter, so that a Greek word in
# capitals ends in σ.  Python's str.lower, by which vocabularies of words are mostly made, follows Unicode's rule of the
# final sigma (SpecialCasing.txt, Final_Sigma) and ends it in ς.  A tokenizer of such words does not find those that end
# in a sigma where the text has them in capitals: each is unknown, without a word about it.
#
# Seen: the words as lowered by Python: ο κοσμος ειναι μεγαλος
#       Lowercase: ο [UNK] ειναι [UNK]
#       BertNormalizer: ο [UNK] ειναι [UNK]
#       the same, of the text as lowered by Python: ο κοσμος ειναι μεγαλος
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tokenizers==0.23.3
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

text = "Ο ΚΟΣΜΟΣ ΕΙΝΑΙ ΜΕΓΑΛΟΣ"
words = text.lower().split()
print("the words as lowered by Python:", *words)
tokenizer = Tokenizer(models.WordLevel({word: row for row, word in enumerate(["[UNK]", *words])}, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
for normalizer in (normalizers.Lowercase(), normalizers.BertNormalizer(lowercase=True, strip_accents=False)):
    tokenizer.normalizer = normalizer
    found = tokenizer.encode(text).tokens
    print(f"{type(normalizer).__name__}:", *found)
    assert found == ["ο", "[UNK]", "ειναι", "[UNK]"], "the behaviour has changed"
lowered = tokenizer.encode(text.lower()).tokens
print("the same, of the text as lowered by Python:", *lowered)
assert lowered == words, "the behaviour has changed"
PYTHON
