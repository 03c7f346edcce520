"""Synthetic patients as hospitals of three countries might export them: names, codes, units, encoding, decimal sign."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from spinesurv.cohorts import make_cohort

#: raw name, variable, what its canonical numbers are divided by, unit, codes
_Column = tuple[str, str, float, str, dict[str, str]]

_YES_NO = {
    "ko": {"yes": "있음", "no": "없음"},
    "ja": {"yes": "有", "no": "無"},
    "de": {"yes": "ja", "no": "nein"},
}
KOREAN: list[_Column] = [
    ("연구번호", "patient_id", 1, "", {}),
    ("병원", "site", 1, "", {}),
    ("나이(세)", "age", 1, "years", {}),
    ("성별", "sex", 1, "", {"male": "남", "female": "여"}),
    ("ECOG PS", "ecog", 1, "", {}),
    ("수술전 알부민 (g/dL)", "albumin", 1, "g/dL", {}),
    ("혈색소", "hemoglobin", 1, "g/dL", {}),
    ("혈소판 (10^3/uL)", "platelets", 1, "10^9/L", {}),
    ("WBC (/uL)", "wbc", 0.001, "per uL", {}),
    ("CRP", "crp", 1, "", {}),
    ("뇌전이", "brain_mets", 1, "", _YES_NO["ko"]),
    ("생존기간(개월)", "time_days", 30.4375, "months", {}),
    ("사망여부", "event", 1, "", {"1": "사망", "0": "생존"}),
]
JAPANESE: list[_Column] = [
    ("症例番号", "patient_id", 1, "", {}),
    ("施設名", "site", 1, "", {}),
    ("年齢", "age", 1, "years", {}),
    ("性別", "sex", 1, "", {"male": "男性", "female": "女性"}),
    ("PS", "ecog", 1, "", {}),
    ("血清アルブミン(g/dL)", "albumin", 1, "g/dL", {}),
    ("Hb", "hemoglobin", 1, "g/dL", {}),
    ("血小板(万/μL)", "platelets", 10, "10^4/uL", {}),
    ("LDH(U/L)", "ldh", 1, "U/L", {}),
    ("脳転移", "brain_mets", 1, "", _YES_NO["ja"]),
    ("生存期間(日)", "time_days", 1, "days", {}),
    ("転帰", "event", 1, "", {"1": "死亡", "0": "生存"}),
]
GERMAN: list[_Column] = [
    ("Pat-Nr", "patient_id", 1, "", {}),
    ("Klinik", "site", 1, "", {}),
    ("Alter bei OP", "age", 1, "years", {}),
    ("Geschlecht", "sex", 1, "", {"male": "m", "female": "w"}),
    ("Karnofsky-Index", "kps", 1, "percent", {}),
    ("Albumin i.S. (g/L)", "albumin", 0.1, "g/L", {}),
    ("Hämoglobin", "hemoglobin", 1.61134, "mmol/L", {}),
    ("Leukozyten", "wbc", 1, "10^9/L", {}),
    ("Kreatinin (µmol/l)", "creatinine", 0.011312, "umol/L", {}),
    ("Hirnmetastasen", "brain_mets", 1, "", _YES_NO["de"]),
    ("Überlebenszeit (Tage)", "time_days", 1, "days", {}),
    ("verstorben", "event", 1, "", {"1": "ja", "0": "nein"}),
]
#: name -> columns, encoding, delimiter, decimal sign
TABLES: dict[str, tuple[list[_Column], str, str, str]] = {
    "korean": (KOREAN, "cp949", ",", "."),
    "japanese": (JAPANESE, "cp932", ",", "."),
    "german": (GERMAN, "latin-1", ";", ","),
}


def write_renamed(
    name: str, folder: Path, *, patients: int = 400, seed: int = 5
) -> tuple[Path, dict[str, Any]]:
    """Write one of the tables; the file, and what its columns are in the form of `map_truth.toml`."""
    columns, encoding, delimiter, decimal = TABLES[name]
    table = make_cohort(patients=patients, seed=seed).to_table()
    raw, truth = {}, {}
    for title, key, divisor, unit, codes in columns:
        column = table[key]
        if codes:
            column = column.map(lambda v, codes=codes: codes.get(str(v), v), na_action="ignore")
        elif divisor != 1:
            column = (column.astype(float) / divisor).round(2)
        raw[title] = column
        if key == "crp":
            continue  # nothing in the table tells its unit: it has to be asked
        truth[title] = {"key": key} | ({"unit": unit} if unit else {})
        if key == "event":
            truth[title]["dead"] = [codes["1"]]
        elif codes:
            truth[title]["values"] = {raw_code: level for level, raw_code in codes.items()}
    path = folder / f"{name}.csv"
    pd.DataFrame(raw).to_csv(
        path, index=False, sep=delimiter, decimal=decimal, encoding=encoding, lineterminator="\n"
    )
    return path, truth
