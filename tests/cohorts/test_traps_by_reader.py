"""Every trap through the readers: the same dirty table in other formats gives the same finding with the same count.

Each trap of tests/cohorts/test_traps.py comes in one or two formats besides CSV, in turn, so that every reader meets traps of every
kind; with those in CSV these are 60 small dirty tables and more.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from spinesurv.cohorts import import_table
from tests.cohorts.audit.test_whole import sound
from tests.cohorts.files import CANARIES
from tests.cohorts.test_traps import DATED, PLAIN, N, dated

WRITERS: dict[str, Callable[[pd.DataFrame, Path], object]] = {
    "tsv": lambda f, path: f.to_csv(path, sep="\t", index=False, lineterminator="\n"),
    "xlsx": lambda f, path: f.to_excel(path, index=False),
    "sav": lambda f, path: pyreadstat.write_sav(f, str(path)),
    "dta": lambda f, path: pyreadstat.write_dta(f, str(path)),
    "xpt": lambda f, path: pyreadstat.write_xport(f, str(path), file_format_version=8),
    "parquet": lambda f, path: f.to_parquet(path, index=False),
    "feather": lambda f, path: f.reset_index(drop=True).to_feather(path),
}
TRAPS = {f"{name} (dates)": (dated, *of) for name, of in DATED.items()} | {
    name: (sound, *of) for name, of in PLAIN.items()
}
#: names in Hangul and kanji: no names of a transport file
NOT_IN = {("27 Korean and Japanese names", "xpt")}
FORMATS = list(WRITERS)
TURNS = [(trap, FORMATS[i % len(FORMATS)]) for i, trap in enumerate(TRAPS)]
TURNS += [(trap, FORMATS[(i + 3) % len(FORMATS)]) for i, trap in enumerate(TRAPS) if i % 2]


def test_there_are_sixty_tables_and_every_reader_has_its_share():
    assert len(TURNS) + len(TRAPS) >= 60
    assert min(sum(kind == name for _, kind in TURNS) for name in WRITERS) >= 5


@pytest.mark.parametrize(("trap", "kind"), [turn for turn in TURNS if turn not in NOT_IN])
def test_a_trap_is_found_in_another_format(tmp_path, trap, kind):
    clean, spoil, key, count = TRAPS[trap]
    frame = spoil(clean())
    if clean is sound:
        frame = frame.assign(patient_id=np.arange(N))
    texts = frame.select_dtypes(exclude="number").columns
    frame[texts] = frame[texts].astype(str).replace("nan", "")
    WRITERS[kind](frame, tmp_path / f"a.{kind}")
    found = {(f.rule, f.column, f.site): f for f in import_table(tmp_path / f"a.{kind}").audit}
    assert key in found
    assert count is None or found[key].count == count
    told = " ".join(f.what + f.do for f in found.values())
    assert not [canary for canary in CANARIES if canary in told]
