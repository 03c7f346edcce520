"""Two CSV files hold the same words, and the same numbers within a tolerance: `python .ci/same_numbers.py A B 1e-12`."""

import csv
import sys
from pathlib import Path

first, second, tolerance = sys.argv[1], sys.argv[2], float(sys.argv[3])
largest = 0.0
with (
    Path(first).open(encoding="utf-8", newline="") as a,
    Path(second).open(encoding="utf-8", newline="") as b,
):
    for one, other in zip(csv.reader(a), csv.reader(b), strict=True):
        for x, y in zip(one, other, strict=True):
            if x == y:
                continue
            try:
                largest = max(largest, abs(float(x) - float(y)))
            except ValueError:
                sys.exit(f"{first} and {second}: the words differ")
if largest > tolerance:
    sys.exit(f"{first} and {second}: numbers differ by up to {largest:.2g}")
