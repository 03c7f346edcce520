"""EGFR, ALK, BRAF and hormone receptors from a raw table through mapping and scores to fitted models and equations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts import read_cohort
from spinesurv.core import codebook
from spinesurv.scores import Score
from spinesurv.study import Study

MAPPING = """
[table]
file = "raw.csv"
site = { from = "hospital" }
patient_id = "nr"

[outcome]
time_zero = "surgery"
time = { from = "days", unit = "days" }
event = { from = "dead", dead = ["1"], alive = ["0"] }

[columns.primary_tumor]
from = "tumour"
values = { "NSCLC" = "lung_nsclc", "mamma" = "breast", "melanoma" = "melanoma" }

[columns.egfr_mutation]
from = "EGFR"
values = { "mut" = "positive", "wt" = "negative", "nd" = "unknown" }

[columns.alk_rearrangement]
from = "EML4-ALK"
values = { "fusion" = "positive", "none" = "negative", "nd" = "unknown" }

[columns.braf_mutation]
from = "BRAF V600"
values = { "mut" = "positive", "wt" = "negative", "nd" = "unknown" }

[columns.hormone_receptor_status]
from = "ER/PR"
values = { "+" = "positive", "-" = "negative", "nd" = "unknown" }

[columns.synchronous_spine_mets]
from = "first sign"
"""

STUDY = """
[study]
name = "genetics"

[cohort]
tables = ["map.toml"]

[evaluation]
horizons_days = [90]
metrics = ["harrell_c"]
subgroups = [
  { variable = "egfr_mutation", label = "EGFR", only = { primary_tumor = ["lung_nsclc"] } },
  { variable = "alk_rearrangement", label = "ALK", only = { primary_tumor = ["lung_nsclc"] } },
  { variable = "braf_mutation", label = "BRAF", only = { primary_tumor = ["melanoma"] } },
  { variable = "hormone_receptor_status", label = "Receptors", only = { primary_tumor = ["breast"] }, exploratory = true },
]

[systems]
scores = []

[[systems.models]]
key = "cox"
predictors = [
  "primary_tumor",
  { variable = "egfr_mutation", groups = { mutated = ["positive"] } },
  { variable = "alk_rearrangement", groups = { fused = ["positive"] } },
  { variable = "braf_mutation", groups = { mutated = ["positive"] } },
  { variable = "hormone_receptor_status", groups = { present = ["positive"] } },
]

[[systems.models]]
key = "egfr_terms"
kind = "published_equation"
equation = "nesms_egfr"
"""


@pytest.fixture
def folder(tmp_path):
    """600 patients in whom an EGFR mutation and a hormone receptor halve the hazard."""
    rng, n = np.random.default_rng(8), 600
    tumour = rng.choice(["NSCLC", "mamma", "melanoma"], n, p=[0.5, 0.3, 0.2])
    lung, breast, skin = (tumour == name for name in ("NSCLC", "mamma", "melanoma"))
    egfr = np.where(lung, rng.choice(["mut", "wt"], n), "nd")
    receptor = np.where(breast, rng.choice(["+", "-"], n), "nd")
    hazard = np.where((egfr == "mut") | (receptor == "+"), 0.5, 1.0) / 200
    death, end = rng.exponential(1 / hazard), rng.uniform(200, 900, n)
    raw = pd.DataFrame(
        {
            "nr": np.arange(1, n + 1),
            "hospital": rng.choice(["north", "south", "west"], n),
            "days": np.ceil(np.minimum(death, end)),
            "dead": (death <= end).astype(int),
            "tumour": tumour,
            "EGFR": egfr,
            "EML4-ALK": np.where(lung, rng.choice(["fusion", "none"], n, p=[0.2, 0.8]), "nd"),
            "BRAF V600": np.where(skin, rng.choice(["mut", "wt"], n), "nd"),
            "ER/PR": receptor,
            "first sign": rng.choice(["yes", "no"], n),
        }
    )
    raw.to_csv(tmp_path / "raw.csv", index=False)
    (tmp_path / "map.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def test_from_codes_to_growth_classes(folder):
    """Lung with a mutation is moderate, without rapid; breast by its receptor; melanoma rapid whatever BRAF says."""
    patients = read_cohort(folder / "map.toml").patients
    result = Score("katagiri_2014").transform(patients)
    growth = result["item_primary_growth"]
    for name, column, levels in (
        ("lung_nsclc", "egfr_mutation", {"positive": 2, "negative": 3}),
        ("breast", "hormone_receptor_status", {"positive": 0, "negative": 2}),
        ("melanoma", "braf_mutation", {"positive": 3, "negative": 3}),
    ):
        for level, points in levels.items():
            rows = (patients["primary_tumor"] == name) & (patients[column] == level)
            assert rows.sum() > 20
            assert (growth[rows] == points).all()
    lung = patients["primary_tumor"] == "lung_nsclc"
    assert result.loc[lung, "flags"].str.contains("targeted_from_egfr").all()
    assert (
        result.loc[patients["primary_tumor"] == "breast", "flags"]
        .str.contains("hormone_dependence_from")
        .all()
    )


def check_subgroups(folder):
    """Counts of the raw table; within a mutation class no subgroup is without an estimate of the model."""
    table = pd.read_csv(folder / "out" / "tables" / "subgroups.csv")
    raw = pd.read_csv(folder / "raw.csv")
    for label, tumour, column, code in (
        ("EGFR", "NSCLC", "EGFR", "mut"),
        ("ALK", "NSCLC", "EML4-ALK", "fusion"),
        ("BRAF", "melanoma", "BRAF V600", "mut"),
        ("Receptors", "mamma", "ER/PR", "+"),
    ):
        at = table[(table["label"] == label) & (table["subgroup"] == "Positive") & (table["model"] == "cox")]
        rows = (raw["tumour"] == tumour) & (raw[column] == code)
        assert set(at["patients"]) == {rows.sum()}
        dead = raw.loc[rows, "dead"].sum()
        hidden = 0 < rows.sum() - dead < 5  # the survivors are too few to be told
        assert at["deaths"].isna().all() if hidden else set(at["deaths"]) == {dead}
        assert set(at["declared"]) == {"no" if label == "Receptors" else "yes"}
        assert at.loc[at["metric"] == "harrell_c", "value"].notna().all()
    terms = table[(table["model"] == "egfr_terms") & (table["label"] == "BRAF")]
    assert set(terms["status"]) == {"gap"}  # no lung cancer, so outside its population
    report = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert "Declared in advance: EGFR; ALK; BRAF." in report
    assert "Subgroups declared in advance: EGFR; ALK; BRAF." in report
    assert (folder / "out" / "figures" / "subgroups_auc_90.svg").is_file()
    resolved = Study.read(folder / "out" / "study.resolved.toml").subgroups
    assert resolved == Study.read(folder / "study.toml").subgroups


def check_provisional(folder):
    """The equation is provisional: its name carries the mark in every figure and in the report, once."""
    label = "EGFR mutation and chronicity (published hazard ratios, baseline re-estimated)"
    drawn = [path.read_text(encoding="utf-8") for path in (folder / "out" / "figures").glob("*.svg")]
    naming = [text for text in drawn if "EGFR mutation and chronicity" in text]
    assert naming
    assert all("†" in text for text in naming)
    report = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert "<figcaption>" in report
    assert "†: provisional." in report
    assert f"{label} †" in report
    assert "† †" not in report
    assert "†<sup" not in report
    assert f"{label}</th>" not in report


def test_from_codes_to_models(folder):
    study = Study.read(folder / "study.toml")
    result = study.run(folder / "out")
    check_subgroups(folder)
    check_provisional(folder)
    table = result.performance
    pooled = table[(table["site"] == "stacked") & (table["metric"] == "harrell_c")].set_index("model")
    assert pooled.loc["cox", "value"] > 0.55
    scored = pd.read_csv(folder / "out" / "tables" / "scored.csv")
    everyone = scored[scored["site"] == "all"].set_index("model")
    lung = (pd.read_csv(folder / "raw.csv")["tumour"] == "NSCLC").sum()
    assert everyone.loc["cox", "predicted"] == 600
    assert everyone.loc["egfr_terms", "predicted"] == lung
    assert "primary_tumor is not lung_nsclc" in everyone.loc["egfr_terms", "reason"]
    coefficients = pd.read_csv(folder / "out" / "tables" / "coefficients.csv")
    worth = coefficients.set_index("variable")
    for variable in ("egfr_mutation", "hormone_receptor_status"):  # truth: half the hazard
        found = worth.loc[variable]
        assert found["log_hazard_ratio"] == pytest.approx(np.log(0.5), abs=4 * found["std_error"])
        assert found["log_hazard_ratio"] < 0
        assert found["reference"] == "(rest)" != found["term"]
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert "Levels are compared with: Primary tumour: Lung, non-small-cell; " in page
    assert f"{codebook()['egfr_mutation'].label}: All other levels; " in page
