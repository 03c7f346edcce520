"""Comparison of an imported cohort with the canonical table that was made independently of this package."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.paths import shared


def written_columns(dataset):
    import yaml

    text = shared("realdata/datasets.yaml").read_text(encoding="utf-8")
    entry = next(d for d in yaml.safe_load(text)["datasets"] if d["name"] == dataset)
    return entry["compare"]["columns"], entry


def assert_canonical(cohort, dataset):
    """The comparison that datasets.yaml asks for: same keys; times within 0.5 day, numbers within 1e-6, text equal."""
    columns, entry = written_columns(dataset)
    answer = pd.read_csv(shared(f"realdata/{dataset}/canonical.csv"), dtype=str, keep_default_na=False)
    answer = answer.set_index("patient_id")
    table = cohort.to_table().set_index("patient_id")
    assert (len(table), cohort.outcome.n_events) == (entry["n"], entry["events"])
    assert set(table.index) == set(answer.index)
    table = table.loc[answer.index]
    for name in columns:
        if pd.api.types.is_numeric_dtype(table[name]):
            numbers = pd.to_numeric(answer[name].where(answer[name] != ""))
            found = table[name].to_numpy(dtype=float, na_value=np.nan)
            np.testing.assert_array_equal(np.isnan(found), numbers.isna(), err_msg=name)
            within = 0.5 if name == "time_days" else 1e-6 * np.maximum(1.0, numbers.abs())
            off = np.abs(found - numbers) > within
            assert not off.any(), f"{name}: {int(off.sum())} of {len(off)} values differ"
        else:
            assert table[name].fillna("").tolist() == answer[name].tolist(), name
