"""CRC-32C of bytes, and of many rows of words at once.

A checksum is linear over bits: that of two pieces is that of the first, carried over the length of the second, xor
that of the second. So pieces are joined pairwise, all pairs of a level at once, and numpy does the work.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

_POLYNOMIAL = 0x82F63B78  # Castagnoli's, bits reversed
_ONES = np.uint32(0xFFFFFFFF)


def _carry(tables: Words, words: Words) -> Words:
    """`words` carried over as many zero bytes as `tables`, of shape (4, 256), stand for."""
    carried: Words = tables[0][words & 0xFF]
    for byte in range(1, 4):
        carried ^= tables[byte][(words >> np.uint32(8 * byte)) & 0xFF]
    return carried


@cache
def _tables(log2_bytes: int) -> Words:
    """Carries a word over 2^log2_bytes zero bytes: for each of its bytes, what becomes of each value."""
    if log2_bytes > 0:
        half = _tables(log2_bytes - 1)
        return _carry(half, half)
    values = np.arange(256, dtype=np.uint32)
    first = values.copy()
    for _ in range(8):
        first = (first >> np.uint32(1)) ^ np.where(first & 1, np.uint32(_POLYNOMIAL), np.uint32(0))
    return np.stack([first] + [values << np.uint32(8 * (byte - 1)) for byte in range(1, 4)])


def _joined(words: Words) -> Words:
    """The checksum of every row, without the ones before and after."""
    pieces = _carry(_tables(2), words)
    log2_bytes = 2
    while pieces.shape[1] > 1:
        if pieces.shape[1] % 2 == 1:  # zeros in front change nothing
            pieces = np.concatenate([np.zeros((len(pieces), 1), dtype=np.uint32), pieces], axis=1)
        pieces = _carry(_tables(log2_bytes), pieces[:, 0::2]) ^ pieces[:, 1::2]
        log2_bytes += 1
    return pieces[:, 0]


def of_rows(words: Words) -> Words:
    """The checksum of every row of `words`, of shape (rows, words of 4 bytes, little-endian)."""
    begun = words.copy()
    begun[:, 0] ^= _ONES
    return np.asarray(_joined(begun) ^ _ONES, dtype=np.uint32)


def of_bytes(data: bytes) -> int:
    """The checksum of `data`, which has at least 4 bytes."""
    begun = bytes(byte ^ 0xFF for byte in data[:4]) + data[4:]
    padded = bytes(-len(data) % 4) + begun
    words = np.frombuffer(padded, dtype="<u4").astype(np.uint32).reshape(1, -1)
    return int(_joined(words)[0] ^ _ONES)
