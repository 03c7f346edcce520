"""Public tables under their mappings reach the canonical tables that were made independently of this package.

Rows, deaths, mappings and tolerances: `realdata/datasets.yaml` of the facts folder. Tables are read by path.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts import import_table, read_cohorts
from spinesurv.errors import InputError
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

#: raw column -> lines of the rule, for the columns that a file of this cohort has
PANCANCER = {
    "Age": '[columns.age]\nfrom = "Age"',
    "Sex": '[columns.sex]\nfrom = "Sex"\nvalues = { 1 = "male", 0 = "female" }',
    "Albumin": '[columns.albumin]\nfrom = "Albumin"\nmissing = [ALBUMIN]',
    "HGB": '[columns.hemoglobin]\nfrom = "HGB"',
    "Platelets": '[columns.platelets]\nfrom = "Platelets"',
    "NLR": '[columns.nlr]\nfrom = "NLR"\nmissing = [RATIO]',
    "BMI": '[columns.bmi]\nfrom = "BMI"',
    "Systemic_therapy_history": '[columns.systemic_therapy]\nfrom = "Systemic_therapy_history"',
    "Drug": '[columns.treatment_detail]\nfrom = "Drug"\n'
    'values = { 0 = "anti_pd1_pdl1", 1 = "combination_ici", 2 = "anti_ctla4" }',
    "Year of ICI treatment start": '[columns.index_year]\nfrom = "Year of ICI treatment start"',
    "CancerType": '[columns.primary_tumor]\nfrom = "CancerType"\nvalues = { NSCLC = "lung_nsclc", SCLC = "lung_sclc", '
    'Renal = "kidney", Melanoma = "melanoma", "Head & Neck" = "head_neck", Bladder = "bladder", '
    'Sarcoma = "sarcoma_soft_tissue", Gastric = "stomach", Colorectal = "colon", CNS = "other", '
    'Endometrial = "uterus_endometrium", Hepatobiliary = "liver", Esophageal = "esophagus", '
    'Pancreatic = "pancreas", Mesothelioma = "mesothelioma", Ovarian = "ovary", Breast = "breast", '
    '"Unknown primary" = "unknown_primary" }',
}

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


def test_six_cohorts_of_checkpoint_inhibitors(tmp_path):
    folder = shared("realdata/ici_pancancer/raw")
    mappings, findings = [], {}
    for raw in sorted(folder.glob("*.csv")):
        header = raw.read_text(encoding="utf-8").splitlines()[0].split(",")
        # albumin and NLR of one cohort are the same figure in every row: filled in, not measured
        constant = raw.stem == "kato"
        rules = "\n".join(rule for name, rule in PANCANCER.items() if name in header)
        rules = rules.replace("ALBUMIN", "3.8" if constant else "").replace(
            "RATIO", "6.2" if constant else ""
        )
        text = (
            f'[table]\nfile = "{raw.as_posix()}"\nsite = "{raw.stem}"\n'
            'patient_id = { from = "SAMPLE_ID", format = "{site}-{id:0>4}" }\n'
            '[outcome]\ntime_zero = "start of checkpoint inhibitor"\n'
            'time = { from = "OS_Months", unit = "months" }\nevent = "OS_Event"\n' + rules
        )
        mappings.append(write(tmp_path, f"{raw.stem}.toml", text))
        findings[raw.stem] = {f.rule for f in import_table(mappings[-1]).audit}
    assert_canonical(read_cohorts(mappings), "ici_pancancer")
    assert "ages_on_a_grid" in findings["msk1"]
    assert "ages_on_a_grid" not in findings["chowell_train"]
    assert "tumour_group_split" in findings["chowell_train"]


def test_the_filled_in_figures_of_one_cohort_are_found(tmp_path):
    raw = shared("realdata/ici_pancancer/raw/kato.csv")
    text = f'[table]\nfile = "{raw.as_posix()}"\npatient_id = "SAMPLE_ID"\n[columns]\nalbumin = "Albumin"\nnlr = "NLR"\n'
    audit = import_table(write(tmp_path, "m.toml", text)).audit
    assert {f.column for f in audit if f.rule == "constant_at_site"} == {"albumin", "nlr"}


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
