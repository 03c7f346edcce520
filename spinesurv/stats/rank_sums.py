"""Weighted counts of "how many in this stretch rank below me", for many questions at once, in O(n log n)."""

from __future__ import annotations

import numpy as np

from spinesurv.stats.arrays import FloatArray, IntArray


class RankSums:
    """Sums of weights over a stretch of positions and below a rank.

    A wavelet matrix: the ranks are written in binary; level by level, from the highest bit, positions are
    reordered (stable) with zeros before ones, and prefix sums of the weights are kept. A question walks down
    the levels with two array look-ups each, so that any number of questions is answered in O(log n) passes.

    Parameters
    ----------
    rank : (n,) whole numbers from 0, in the order of positions
    weights : (n,) weight of each position
    """

    def __init__(self, rank: IntArray, weights: FloatArray) -> None:
        self.n_bits = max(int(rank.max(initial=0) + 1).bit_length(), 1)
        self._zeros: list[IntArray] = []
        self._sums: list[FloatArray] = []
        order: IntArray = np.arange(len(rank), dtype=np.intp)
        for bit in range(self.n_bits - 1, -1, -1):
            is_one = (rank[order] >> bit) & 1
            self._zeros.append(np.concatenate([[0], np.cumsum(1 - is_one)]).astype(np.intp))
            order = np.concatenate([order[is_one == 0], order[is_one == 1]])
            self._sums.append(np.concatenate([[0.0], np.cumsum(weights[order])]))

    def below(self, low: IntArray, high: IntArray, rank: IntArray) -> FloatArray:
        """(q,) sum of weights over positions low <= position < high whose rank is below `rank`."""
        total = np.zeros(len(rank))
        for level, bit in enumerate(range(self.n_bits - 1, -1, -1)):
            zeros, sums = self._zeros[level], self._sums[level]
            zero_low, zero_high = zeros[low], zeros[high]
            one = ((rank >> bit) & 1).astype(bool)
            total += np.where(one, sums[zero_high] - sums[zero_low], 0.0)
            low = np.where(one, zeros[-1] + low - zero_low, zero_low)
            high = np.where(one, zeros[-1] + high - zero_high, zero_high)
        return total

    def around(
        self, low: IntArray, high: IntArray, rank: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Sums of weights over low <= position < high with rank below, equal to, and above `rank`."""
        below = self.below(low, high, rank)
        up_to = self.below(low, high, rank + 1)
        everything = self.below(low, high, np.full(len(rank), (1 << self.n_bits) - 1, dtype=np.intp))
        return below, up_to - below, everything - up_to
