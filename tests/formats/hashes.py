"""Hashes of n-grams in plain Python, by their published definitions."""

from __future__ import annotations

_MASK = 2**64 - 1


def fnv64(data: bytes) -> int:
    """FNV-1a of 64 bits."""
    code = 0xCBF29CE484222325
    for byte in data:
        code = (code ^ byte) * 0x100000001B3 & _MASK
    return code


def finalfusion(ngram: str) -> int:
    """finalfusion's hash of an n-gram: of its length and its code points."""
    return fnv64(len(ngram).to_bytes(8, "little") + ngram.encode("utf-32-le"))


def _rotated(x: int, bits: int) -> int:
    return (x << bits | x >> (64 - bits)) & _MASK


def _finished(x: int) -> int:
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        x = (x ^ x >> 33) * factor & _MASK
    return x ^ x >> 33


def murmur(data: bytes, seed: int) -> list[int]:
    """MurmurHash3 (x64, 128 bits) as four numbers of 32 bits.

    >>> "".join(f"{part:08x}" for part in (lambda h: [h[1], h[0], h[3], h[2]])(murmur(b"hello", 0)))
    'cbd8a7b341bd9b025b1e906a48ae1d19'
    """
    a, b = 0x87C37B91114253D5, 0x4CF5AD432745937F
    low = high = seed
    whole = len(data) // 16 * 16
    for begin in range(0, whole, 16):
        first, second = (int.from_bytes(data[begin + part : begin + part + 8], "little") for part in (0, 8))
        low ^= _rotated(first * a & _MASK, 31) * b & _MASK
        low = ((_rotated(low, 27) + high) * 5 + 0x52DCE729) & _MASK
        high ^= _rotated(second * b & _MASK, 33) * a & _MASK
        high = ((_rotated(high, 31) + low) * 5 + 0x38495AB5) & _MASK
    first, second = (int.from_bytes(data[whole:][part : part + 8], "little") for part in (0, 8))
    low ^= _rotated(first * a & _MASK, 31) * b & _MASK
    high ^= _rotated(second * b & _MASK, 33) * a & _MASK
    low, high = low ^ len(data), high ^ len(data)
    low = (low + high) & _MASK
    high = (high + low) & _MASK
    low, high = _finished(low), _finished(high)
    low = (low + high) & _MASK
    high = (high + low) & _MASK
    return [low & 0xFFFFFFFF, low >> 32, high & 0xFFFFFFFF, high >> 32]
