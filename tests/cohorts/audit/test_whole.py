"""Each finding appears where its cause is planted, and not in the sound table beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts import import_table
from spinesurv.cohorts.audit.by_site import BySite
from spinesurv.cohorts.audit.columns import missing_by_site
from spinesurv.cohorts.audit.outcome import follow_up_by_site
from tests.cohorts.files import CANARIES, mapped, write

N = 60
OUTCOME = '[outcome]\ntime_zero = "surgery"\ntime = "time_days"\nevent = "event"\n'


def sound() -> pd.DataFrame:
    """120 patients of two sites without anything to remark but the time zero that nobody stated."""
    rng = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "patient_id": np.tile(np.arange(N), 2),
            "site": np.repeat(["north", "south"], N),
            "time_days": rng.integers(3, 900, 2 * N),
            "event": np.tile([1, 0], N),
            "age": rng.uniform(40, 85, 2 * N).round(1),
            "sex": np.tile(["female", "female", "male", "male"], N // 2),
            "primary_tumor": "breast",
            "kps": rng.choice([50, 60, 70, 80], 2 * N),
            "albumin": rng.uniform(2.5, 4.5, 2 * N).round(2),
            "crp": rng.exponential(2.0, 2 * N).round(3),
            "platelets": rng.integers(150, 400, 2 * N),
        }
    )


def rules(folder, frame, mapping=None):
    text = frame.to_csv(index=False, lineterminator="\n")
    path = write(folder, "a.csv", text) if mapping is None else mapped(folder, text, mapping)
    return {(f.rule, f.severity, f.column, f.site) for f in import_table(path).audit}


def test_a_sound_table_has_nothing_to_remark(tmp_path):
    assert rules(tmp_path, sound()) == {("time_zero_not_stated", "note", "time_days", "")}


def north(frame):
    return frame["site"] == "north"


PLANTED = {
    "all censored": (lambda f: f.assign(event=0), ("all_censored", "blocks", "event", "")),
    "all outcomes unknown": (lambda f: f.assign(event=""), ("no_outcome", "blocks", "event", "")),
    "fields that contradict each other": (
        lambda f: f.assign(visceral_mets="none", visceral_pattern=["nodular", "none"] * N),
        ("contradiction", "needs_an_answer", "visceral_mets", ""),
    ),
    "foci, and no other bone metastases": (
        lambda f: f.assign(other_bone_mets=["no", ""] * N, n_extraspinal_bone_mets=[1, 2] * N),
        ("contradiction", "needs_an_answer", "other_bone_mets", ""),
    ),
    "no vertebra involved": (
        lambda f: f.assign(n_spine_mets=[0, 1] * N),
        ("outside_the_population", "needs_an_answer", "n_spine_mets", ""),
    ),
    "all dead": (lambda f: f.assign(event=1), ("all_dead", "needs_an_answer", "event", "")),
    "nobody died at a site": (
        lambda f: f.assign(event=f["event"].where(~north(f), 0)),
        ("no_events_at_site", "needs_an_answer", "event", "north"),
    ),
    "everybody died at a site": (
        lambda f: f.assign(event=f["event"].where(~north(f), 1)),
        ("all_dead_at_site", "needs_an_answer", "event", "north"),
    ),
    "few deaths at a site": (
        lambda f: f.assign(event=f["event"].where(~north(f) | (f.index < 20), 0)),
        ("few_events_at_site", "note", "event", "north"),
    ),
    "months read as days": (
        lambda f: f.assign(time_days=f["time_days"].where(~north(f), f["time_days"] // 30)),
        ("time_unit", "needs_an_answer", "time_days", "north"),
    ),
    "whole months": (
        lambda f: f.assign(time_days=(f["time_days"] // 30 + 1) * 30.4375),
        ("whole_months", "note", "time_days", ""),
    ),
    "follow-up of the dead only": (
        lambda f: f.assign(time_days=f["time_days"].where((f["event"] == 1) | (f.index < 20))),
        ("follow_up_only_of_the_dead", "needs_an_answer", "time_days", ""),
    ),
    "day 0": (lambda f: f.assign(time_days=f["time_days"].where(f.index > 2, 0)), ("zero_days", "note", "time_days", "")),
    "a filled-in figure": (
        lambda f: f.assign(albumin=f["albumin"].where(~north(f), 3.8)),
        ("constant_at_site", "needs_an_answer", "albumin", "north"),
    ),
    "a common value": (
        lambda f: f.assign(albumin=f["albumin"].where(f.index % 2 == 0, 3.8)),
        ("one_value_common", "needs_an_answer", "albumin", "south"),
    ),
    "CRP in mg/L": (lambda f: f.assign(crp=15 + f["crp"]), ("unit_in_doubt", "needs_an_answer", "crp", "north")),
    "platelets in 10^4/uL": (
        lambda f: f.assign(platelets=f["platelets"] // 10),
        ("unit_in_doubt", "needs_an_answer", "platelets", "north"),
    ),
    "ages of bands": (
        lambda f: f.assign(age=(f["age"] // 5) * 5 + 3),
        ("band_midpoints", "needs_an_answer", "age", "north"),
    ),
    "ages of whole decades": (lambda f: f.assign(age=f["age"].round(-1)), ("coarse_rounding", "note", "age", "south")),
    "the same answer everywhere": (
        lambda f: f.assign(brain_mets=np.where(north(f), "no", np.where(f.index % 2, "yes", "no"))),
        ("one_answer_at_site", "note", "brain_mets", "north"),
    ),
    "a kept column that is mostly missing": (
        lambda f: f.assign(pdl1=f["crp"].where(f.index % 3 == 0)),
        ("half_missing", "note", "pdl1", ""),
    ),
    "a kept column that is empty": (lambda f: f.assign(pdl1=""), ("never_measured", "note", "pdl1", "")),
    "a kept column that is filled in": (
        lambda f: f.assign(tmb=f["crp"].where(~north(f), 6.2)),
        ("constant_at_site", "note", "tmb", "north"),
    ),
    "a kept column of bands": (
        lambda f: f.assign(dose=f["platelets"] // 50 * 50 + 25),
        ("band_midpoints", "note", "dose", "south"),
    ),
    "kps off the tens": (lambda f: f.assign(kps=f["kps"] + 5 * (f.index == 3)), ("kps_off_tens", "note", "kps", "")),
    "women with prostate cancer": (
        lambda f: f.assign(primary_tumor="prostate"),
        ("sex_against_tumour", "needs_an_answer", "sex", ""),
    ),
    "never measured at a site": (
        lambda f: f.assign(albumin=f["albumin"].where(~north(f))),
        ("never_measured_at_site", "note", "albumin", "north"),
    ),
    "never measured": (lambda f: f.assign(albumin=""), ("never_measured", "note", "albumin", "")),
    "mostly missing": (
        lambda f: f.assign(albumin=f["albumin"].where(f.index % 3 == 0)),
        ("half_missing", "note", "albumin", "south"),
    ),
    "after time zero": (
        lambda f: f.assign(postoperative_chemotherapy="yes"),
        ("not_a_predictor", "note", "postoperative_chemotherapy", ""),
    ),
    "no site": (lambda f: f.drop(columns="site").assign(patient_id=f.index), ("one_site", "note", "site", "")),
    "a name that is nearly known": (
        lambda f: f.assign(Hemoglobin=12),
        ("name_nearly_known", "needs_an_answer", "Hemoglobin", ""),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PLANTED)
def test_what_is_planted_is_found(tmp_path, case):
    plant, finding = PLANTED[case]
    assert finding in rules(tmp_path, plant(sound()))


def test_months_that_are_days(tmp_path):
    mapping = (
        '[outcome]\ntime_zero = "surgery"\ntime = { from = "time_days", unit = "months" }\nevent = "event"\n'
    )
    found = rules(tmp_path, sound(), mapping)
    assert ("time_unit", "needs_an_answer", "time_days", "south") in found
    assert "time_zero_not_stated" not in {rule for rule, *_ in found}


def test_a_column_of_censoring_is_asked_about(tmp_path):
    mapping = '[outcome]\ntime_zero = "surgery"\ntime = "time_days"\nevent = { from = "CNSR", dead = [0], alive = [1] }\n'
    found = rules(tmp_path, sound().rename(columns={"event": "CNSR"}), mapping)
    assert ("censoring_indicator", "needs_an_answer", "event", "") in found


def test_source_groups_that_are_wider_than_a_key_are_named(tmp_path):
    mapping = '[columns.primary_tumor]\nfrom = "ca"\nvalues = { Colorectal = "colon", Breast = "breast" }\n'
    frame = sound()[["patient_id", "site"]].assign(ca="Colorectal")
    assert ("tumour_group_split", "note", "primary_tumor", "") in rules(tmp_path, frame, mapping)


def test_a_code_that_empties_a_whole_column_is_named(tmp_path):
    mapping = f'site = {{ from = "site" }}\n{OUTCOME}[columns.albumin]\nfrom = "albumin"\nmissing = ["3.8"]\n'
    finding = ("all_declared_missing", "note", "albumin", "")
    assert finding in rules(tmp_path, sound().assign(albumin=3.8), mapping)
    assert finding not in rules(tmp_path, sound().assign(albumin=[3.8] * (2 * N - 1) + [3.9]), mapping)


def test_gaps_of_kept_columns_are_counted_by_site(tmp_path):
    """Codes that mean missing anywhere in the table mean it in kept columns too; the counts are those planted."""
    frame = sound().assign(pdl1=lambda f: f["crp"].astype(str).where(f.index % 3 == 0, "-99"))
    frame.loc[frame["site"] == "north", "pdl1"] = "NA"
    text = frame.to_csv(index=False, lineterminator="\n")
    mapping = f'site = {{ from = "site" }}\nmissing = ["-99", "NA"]\n{OUTCOME}[columns]\nage = "age"\n'
    imported = import_table(mapped(tmp_path, text, mapping))
    (finding,) = [f for f in imported.audit if f.column == "pdl1" and f.rule == "half_missing"]
    # all 60 in the north; in the south every third of rows 60 to 119 is filled, 20 of them
    assert (finding.site, finding.count) == ("", 100)
    assert "100 of 120 patients (83%), 67% to 100% by site, in half or more at 2 of 2 sites" in finding.what
    table = missing_by_site(BySite(imported.canonical)).set_index(["column", "site"])
    assert table.loc[("pdl1", "south"), "missing"] == 40
    assert not table.loc["pdl1", "used"].any()
    assert table.loc["age", "used"].all()


def test_no_value_of_a_kept_column_is_told(tmp_path):
    """Constants, bands and gaps of kept columns are reported without the values that were planted."""
    frame = sound().assign(
        secret=987654, word="Quetzalcoatl", rest=lambda f: np.where(f.index < 90, "", "55.4321")
    )
    audit = import_table(write(tmp_path, "a.csv", frame.to_csv(index=False, lineterminator="\n"))).audit
    assert {(f.rule, f.column) for f in audit if f.column in frame} == {
        ("constant_at_site", "secret"), ("half_missing", "rest"), ("constant_at_site", "rest"),
        ("time_zero_not_stated", "time_days"),
    }  # fmt: skip
    told = " ".join(f.what + f.do for f in audit)
    assert not [canary for canary in CANARIES if canary in told]


def test_follow_up_by_hand(tmp_path):
    """Censored at 10, 20, 30, 40, dead at 5: at 10 a quarter of the 4 left is censored, half of them at 20 to 30."""
    table = "patient_id,time_days,event\n1,10,0\n2,20,0\n3,30,0\n4,40,0\n5,5,1\n"
    cohort = import_table(write(tmp_path, "a.csv", table)).cohort
    row = follow_up_by_site(cohort).iloc[0]
    assert (row["n"], row["events"], row["event_share"]) == (5, 1, 0.2)
    assert row["median_follow_up_days"] == 25.0
    few = follow_up_by_site(cohort.take([0, 1, 2, 4]))
    assert np.isnan(few.loc[0, "median_follow_up_days"])
