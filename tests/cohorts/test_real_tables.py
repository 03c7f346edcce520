"""Public tables under their mappings reach the canonical tables that were made independently of this package.

Rows, deaths, mappings and tolerances: `realdata/datasets.yaml` of the facts folder. Tables are read by path.
"""

from __future__ import annotations

import pandas as pd
import pytest

from spinesurv.cohorts import import_table
from spinesurv.errors import InputError
from tests.cohorts.canonical_tables import assert_canonical, written_columns
from tests.cohorts.files import write
from tests.paths import shared

PROSTATE = """
[table]
file = "{raw}"
site = "prostate_byar_green"
patient_id = "pid"
[outcome]
time_zero = "randomisation"
time = {{ from = "dtime_months", unit = "months" }}
event = "died"
[columns]
age = "age"
bone_mets = "bm"
hemoglobin = "hg"
treatment_detail = "rx"
sex.value = "male"
primary_tumor.value = "prostate"
[columns.ecog]
from = "pf"
values = {{ "normal activity" = 0, "in bed < 50% daytime" = 2, "in bed > 50% daytime" = 3, "confined to bed" = 4 }}
"""

SUPPORT = """
[table]
file = "{raw}"
site = "support2"
patient_id = "sno"
[outcome]
time_zero = "hospital day 3"
time = "d.time"
event = "death"
[columns]
age = "age"
sex = "sex"
albumin = "alb"
wbc = "wblc"
bilirubin = "bili"
creatinine = "crea"
[columns.primary_tumor]
from = "dzgroup"
missing = [{others}]
values = {{ "Lung Cancer" = "lung_nos", "Colon Cancer" = "colon" }}
"""

LUNG = """
[table]
missing = ["NA"]
site = {{ from = "inst" }}
patient_id = {{ row = true }}
[outcome]
time_zero = "study entry"
time = "time"
event = {event}
[columns]
age = "age"
ecog = "ph.ecog"
kps = "ph.karno"
sex.from = "sex"
sex.values = {{ 1 = "male", 2 = "female" }}
"""
LUNG_EVENT = '{ from = "status", dead = ["2"], alive = ["1"] }'


def test_prostate_trial(tmp_path):
    raw = shared("realdata/prostate_byar_green/prostate_raw.csv")
    result = import_table(write(tmp_path, "m.toml", PROSTATE.format(raw=raw.as_posix())))
    assert_canonical(result.cohort, "prostate_byar_green")
    assert (result.cohort.outcome.time_days == 0).sum() == 16


def test_support2_with_two_cells_outside_the_range(tmp_path):
    raw = shared("realdata/support2_cancer/support2_cancer_raw.csv")
    groups = set(pd.read_csv(raw)["dzgroup"]) - {"Lung Cancer", "Colon Cancer"}
    others = ", ".join(f'"{group}"' for group in sorted(groups))
    result = import_table(write(tmp_path, "m.toml", SUPPORT.format(raw=raw.as_posix(), others=others)))
    assert_canonical(result.cohort, "support2_cancer")
    emptied = result.problems.set_index("column")["count"].to_dict()
    assert emptied == written_columns("support2_cancer")[1]["compare"]["emptied_by_range"]


def test_lung_trial_with_one_two_coding(tmp_path):
    raw = shared("realdata/ncctg_lung/lung_raw.csv")
    result = import_table(raw, mapping=write(tmp_path, "m.toml", LUNG.format(event=LUNG_EVENT)))
    assert result.rows_in == 228
    assert result.refused["reason"].tolist() == ["no site"]
    assert len(result.cohort.sites) == 18
    # the patient without institution died: 165 deaths in the file
    assert result.cohort.outcome.n_events == 164
    with pytest.raises(InputError, match=r"'2' in 165 rows.*2 = died is common"):
        import_table(raw, mapping=write(tmp_path, "n.toml", LUNG.format(event='"status"')))


def test_another_public_copy_with_zero_one_coding_is_refused_under_the_same_mapping(tmp_path):
    raw = pd.read_csv(shared("realdata/ncctg_lung/lung_raw.csv"), dtype=str, keep_default_na=False)
    raw["status"] = raw["status"].map({"1": "0", "2": "1"})
    copy = write(tmp_path, "copy.csv", raw.to_csv(index=False, lineterminator="\n"))
    with pytest.raises(InputError, match=r"63 of 228 cells .* '0' in 63 rows"):
        import_table(copy, mapping=write(tmp_path, "m.toml", LUNG.format(event=LUNG_EVENT)))


def test_dates_of_the_pancreatic_trial(tmp_path):
    """m/d/yyyy text; the first patient entered on 12/16/2005 and died on 10/19/2006, 307 days later."""
    raw = shared("realdata/pancreatic_dates/pancreatic_raw.csv")
    text = (
        "[table]\npatient_id = { row = true }\n[outcome]\ntime_zero = 'onstudy'\n"
        "start = { from = 'onstudy', format = 'm/d/Y' }\nend = { from = 'death', format = 'm/d/Y' }\n"
        "event = { from = 'stage', dead = ['M', 'LA'], alive = ['-'] }\n"
    )
    cohort = import_table(raw, mapping=write(tmp_path, "m.toml", text)).cohort
    assert len(cohort) == cohort.outcome.n_events == 41
    assert cohort.outcome.time_days[0] == 307
    assert cohort.outcome.time_days.min() > 0
