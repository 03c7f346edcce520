"""Random numbers that belong to a key: the same patient gets the same numbers in every table and in any order."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from spinesurv.stats.arrays import FloatArray, floats

KeyArray: TypeAlias = NDArray[np.uint64]

_GOLDEN = 0x9E3779B97F4A7C15
_WORD = 0xFFFFFFFFFFFFFFFF
#: shifts and factors of the finaliser of SplitMix64
_STEPS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
_LAST_SHIFT = 31


def keys_of(names: Iterable[object]) -> KeyArray:
    """(n,) 64-bit keys: BLAKE2b of the written form of each name; a tuple is written part by part."""
    return np.array([_digest(name) for name in names], dtype=np.uint64)


def keyed_uniforms(keys: KeyArray, *stream: int) -> FloatArray:
    """(n,) uniform numbers in (0, 1), one per key, a function of the key and of `stream` alone.

    Parameters
    ----------
    keys : (n,) as `keys_of` gives them
    stream : whole numbers that name what the numbers are for: seed, table, variable, sweep

    Notes
    -----
    Counter-based: u = mix(key + position), position a hash of the stream, mix the finaliser of SplitMix64. Nothing is
    kept between calls, so rows, tables and workers may come in any order.

    References
    ----------
    Steele GL, Lea D, Flood CH. Fast splittable pseudorandom number generators. OOPSLA 2014. doi:10.1145/2660193.2660195
    Salmon JK et al. Parallel random numbers: as easy as 1, 2, 3. SC 2011. doi:10.1145/2063384.2063405
    """
    position = 0
    for part in stream:
        position = _mix_one((position + _GOLDEN + (part & _WORD)) & _WORD)
    state = keys + np.uint64(position)
    for shift, factor in _STEPS:
        state = (state ^ (state >> np.uint64(shift))) * np.uint64(factor)
    state = state ^ (state >> np.uint64(_LAST_SHIFT))
    return floats(((state >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53)


def _mix_one(state: int) -> int:
    for shift, factor in _STEPS:
        state = ((state ^ (state >> shift)) * factor) & _WORD
    return state ^ (state >> _LAST_SHIFT)


def _digest(name: object) -> int:
    parts = name if isinstance(name, tuple) else (name,)
    written = "\x1f".join(str(p) for p in parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(written, digest_size=8).digest(), "big")
