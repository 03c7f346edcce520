"""Six cohorts of patients who start a checkpoint inhibitor, read with the mapping files of the experiment.

The audit finds what is odd in them without being told: figures that were filled in, ages that are mid-points of
bands, and columns that are mostly missing, also outside the codebook.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from spinesurv.cohorts import import_table, read_cohorts, read_mapping
from spinesurv.cohorts.audit.by_site import BySite
from spinesurv.cohorts.audit.columns import missing_by_site
from tests.cohorts.canonical_tables import assert_canonical
from tests.paths import ROOT, shared

FOLDER = ROOT / "experiments" / "ici_pancancer"
COHORTS = ("chowell_train", "chowell_test", "msk1", "msk2", "kato", "pradat")
PD_L1 = "PDL1_TPS(%)"


@pytest.fixture(autouse=True)
def tables_in_place(monkeypatch):
    monkeypatch.setenv("SPINESURV_DATA", str(shared("realdata/ici_pancancer").parent))


def raw(cohort):
    return shared(f"realdata/ici_pancancer/raw/{cohort}.csv")


def told_nothing(cohort, *, mapped=True):
    """The mapping of a cohort without codes that mean missing; `mapped=False`: without any rule for a column."""
    mapping = read_mapping(FOLDER / f"{cohort}.toml")
    columns = tuple(replace(rule, missing=()) for rule in mapping.columns) if mapped else ()
    return import_table(raw(cohort), mapping=replace(mapping, columns=columns))


def test_the_mapping_files_reach_the_canonical_table():
    assert_canonical(read_cohorts([FOLDER / f"{cohort}.toml" for cohort in COHORTS]), "ici_pancancer")


def test_the_filled_in_figures_of_kato_are_found():
    found = {
        f.column: f
        for f in told_nothing("kato").audit
        if f.rule == "constant_at_site" and f.column[0].islower()
    }
    assert set(found) == {"albumin", "nlr"}
    assert {f.count for f in found.values()} == {35}
    assert {f.severity for f in found.values()} == {"needs_an_answer"}
    assert not [f for f in found.values() if "3.8" in f.what + f.do or "6.2" in f.what + f.do]


def test_the_mapping_of_kato_empties_them_and_the_audit_says_so():
    audit = import_table(FOLDER / "kato.toml").audit
    emptied = [f for f in audit if f.rule == "all_declared_missing"]
    assert {(f.column, f.count) for f in emptied} == {("albumin", 35), ("nlr", 35)}
    assert all("the same code" in f.what for f in emptied)


def test_they_are_found_before_anything_is_mapped():
    constant = {f.column for f in told_nothing("kato", mapped=False).audit if f.rule == "constant_at_site"}
    assert {"Albumin", "NLR"} <= constant
    assert not constant & {"Age", "TMB", "OS_Months"}


def test_no_other_cohort_has_a_constant_laboratory_value():
    for cohort in set(COHORTS) - {"kato"}:
        constant = {f.column for f in told_nothing(cohort).audit if f.rule == "constant_at_site"}
        assert not constant & {"albumin", "hemoglobin", "platelets", "nlr", "bmi"}, cohort


def test_ages_of_msk_are_midpoints_of_bands():
    """All ages of msk1 but one are 3 above a multiple of 5, counted here by hand; those of the others are not."""
    ages = pd.read_csv(raw("msk1"))["Age"]
    (finding,) = [f for f in told_nothing("msk1").audit if f.rule == "band_midpoints"]
    assert (finding.column, finding.site, finding.count) == ("age", "msk1", int((ages % 5 == 3).sum()))
    assert (finding.count, len(ages)) == (452, 453)
    assert "5 years apart" in finding.what
    banded = {c for c in COHORTS if any(f.rule == "band_midpoints" for f in told_nothing(c).audit)}
    assert banded == {"msk1", "msk2"}


def test_pd_l1_is_missing_in_64_to_100_percent():
    """The share of gaps of a column that no mapping names, against a count in the raw file."""
    shares = {}
    for cohort in COHORTS:
        imported = told_nothing(cohort)
        gaps = int(pd.read_csv(raw(cohort))[PD_L1].isna().sum())
        (finding,) = [
            f for f in imported.audit if f.column == PD_L1 and f.rule in ("half_missing", "never_measured")
        ]
        assert (finding.severity, finding.site, finding.count) == ("note", cohort, gaps)
        row = missing_by_site(BySite(imported.canonical)).set_index("column").loc[PD_L1]
        assert (row["missing"], row["used"]) == (gaps, False)
        shares[cohort] = round(row["share"], 2)
    assert (min(shares.values()), max(shares.values())) == (0.64, 1.0)


def test_the_audit_of_a_cohort_is_written_and_tells_of_a_kept_column(tmp_path):
    from spinesurv.cohorts import check_table

    page = check_table(FOLDER / "pradat.toml", out=tmp_path)
    assert f"{PD_L1} (kept, not used) is empty in every row." in page.read_text(encoding="utf-8")
