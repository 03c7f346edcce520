"""Small studies on disk for tests."""

from __future__ import annotations

from pathlib import Path

from spinesurv.core.tables import write_table
from tests.cohort_factory import small_cohort

STUDY = """\
[study]
name = "small"
title = "A small study"
question = "Does it run?"
seed = 5

[cohort]
tables = ["cohort.csv"]

[evaluation]
horizons_days = [90, 365]
reference = "tomita"

[systems]
scores = ["tomita"]

[[systems.models]]
key = "cox"
predictors = [{ variable = "albumin", knots = 3 }, "ecog", "brain_mets"]
"""


def write_study(folder: Path, *, text: str = STUDY, cohort=None) -> Path:
    """A study file and its cohort table in `folder`; returns the study file."""
    folder.mkdir(parents=True, exist_ok=True)
    write_table((cohort or small_cohort(300, missing=0.05)).to_table(), folder / "cohort.csv")
    study = folder / "study.toml"
    study.write_text(text, encoding="utf-8", newline="\n")
    return study
