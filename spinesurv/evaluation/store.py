"""Where finished jobs are kept: one file per job, complete or not there at all.

The files hold patients' predictions and live only in a study's `private/` folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import Prediction

_ARRAYS = ("marker", "times_days", "survival", "low", "high", "expected_days")


@dataclass(frozen=True, order=True)
class JobKey:
    """What a job is: nothing else may change its result.

    Parameters
    ----------
    design : validation design
    site : site that is judged
    imputation : number of the imputation, 0 where nothing is imputed
    resample : number of the fold or bootstrap sample, 0 for none
    model : key of the system
    """

    design: str
    site: str
    imputation: int
    resample: int
    model: str

    @property
    def name(self) -> str:
        """A file name that is safe everywhere and belongs to this key alone."""
        words = [self.design, self.site, str(self.imputation), str(self.resample), self.model]
        digest = hashlib.sha256("\x1f".join(words).encode("utf-8")).hexdigest()[:12]
        return re.sub(r"[^A-Za-z0-9._-]+", "-", "_".join(words))[:80] + "_" + digest

    def seed(self, study_seed: int) -> int:
        """Seed of this job: a function of the study's seed and the key, never of the worker."""
        text = f"{study_seed}\x1f{self.design}\x1f{self.site}\x1f{self.imputation}\x1f{self.resample}\x1f{self.model}"
        return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big") >> 1


@dataclass(frozen=True, eq=False)
class JobResult:
    """What a job leaves behind.

    Parameters
    ----------
    prediction : of the judged patients
    notes : counts and messages about the fit, aggregates only
    """

    prediction: Prediction
    notes: dict[str, Any] = field(default_factory=dict)


class JobStore:
    """A folder of finished jobs of one study.

    Parameters
    ----------
    folder : made when missing
    identity : what the results depend on besides the key (study, data, version); a folder with another identity is
        emptied before use
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self.folder = folder
        self.identity = identity

    def open(self, *, resume: bool) -> None:
        """Make the folder; keep finished jobs only when resuming the very same study."""
        self.folder.mkdir(parents=True, exist_ok=True)
        label = self.folder / "identity.txt"
        same = label.exists() and label.read_text(encoding="utf-8") == self.identity
        if not (resume and same):
            for old in self.folder.glob("*.npz"):
                old.unlink()
        label.write_text(self.identity, encoding="utf-8", newline="\n")
        for unfinished in self.folder.glob(".*.npz"):
            unfinished.unlink()

    def _path(self, key: JobKey) -> Path:
        return self.folder / f"{key.name}.npz"

    def finished(self, keys: Iterable[JobKey]) -> set[JobKey]:
        """Which of these jobs are done."""
        return {key for key in keys if self._path(key).exists()}

    def write(self, key: JobKey, result: JobResult) -> None:
        """Keep a result; a reader sees the whole file or none."""
        unfinished = self.folder / f".{key.name}.{os.getpid()}.npz"
        with unfinished.open("wb") as file:
            arrays: dict[str, Any] = _pack(result)
            np.savez(file, **arrays)
        unfinished.replace(self._path(key))

    def read(self, key: JobKey) -> JobResult:
        """The result of a finished job."""
        with np.load(self._path(key), allow_pickle=False) as packed:
            return _unpack({name: packed[name] for name in packed.files})


def _pack(result: JobResult) -> dict[str, np.ndarray]:
    p = result.prediction
    out = {name: getattr(p, name) for name in _ARRAYS if getattr(p, name) is not None}
    for i, level in enumerate(p.key.names):
        out[f"key{i}"] = np.array([str(v) for v in p.key.get_level_values(i)], dtype=str)
        out[f"name{i}"] = np.array(str(level))
    out["reason"] = np.array([str(r) for r in p.reason], dtype=str) if p.reason is not None else np.array([])
    if p.group is not None:
        out["group"] = p.group.codes.astype(np.int64)
        out["groups"] = np.array([str(c) for c in p.group.categories], dtype=str)
    out["notes"] = np.array(json.dumps(result.notes, sort_keys=True))
    return out


def _unpack(packed: dict[str, np.ndarray]) -> JobResult:
    levels = sorted(name for name in packed if name.startswith("key"))
    key = pd.MultiIndex.from_arrays(
        [packed[name].astype(object) for name in levels],
        names=[str(packed[name.replace("key", "name")]) for name in levels],
    )
    group = None
    if "group" in packed:
        group = pd.Categorical.from_codes(
            packed["group"].tolist(), categories=packed["groups"].tolist(), ordered=True
        )
    prediction = Prediction(
        key,
        group=group,
        reason=packed["reason"].astype(object),
        **{name: packed[name] for name in _ARRAYS if name in packed},
    )
    return JobResult(prediction, json.loads(str(packed["notes"])))
