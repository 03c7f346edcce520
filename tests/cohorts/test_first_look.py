"""A raw table before any mapping, with foreign names: what is told of it, and that a sound one raises no false alarm."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts.first_look import first_look
from tests.cohorts.files import CANARIES

N = 240


def clinic() -> pd.DataFrame:
    """Two houses of a German clinic; nothing in it is wrong."""
    rng = np.random.default_rng(5)
    zero = pd.Timestamp(2010, 1, 4) + pd.to_timedelta(rng.integers(0, 3600, N), unit="D")
    time = rng.exponential(300, N).round() + 1
    dead = rng.random(N) < 0.7
    ecog = rng.integers(0, 4, N)
    end = pd.Series(zero + pd.to_timedelta(time * (1.6 - 0.3 * ecog).clip(0.4), unit="D"))
    return pd.DataFrame(
        {
            "Patnr": np.arange(501, 501 + N),
            "Haus": np.repeat(["Nord", "Ost"], N // 2),
            "Gebdat": pd.Series(zero) - pd.to_timedelta(rng.integers(16000, 31000, N), unit="D"),
            "OP_Datum": pd.Series(zero),
            "Letzter_Kontakt": end.dt.floor("D"),
            "Sterbedatum": end.dt.floor("D").where(pd.Series(dead)),
            "Status": np.where(dead, "verstorben", "lebt"),
            "Alter_OP": 0,
            "Geschl": rng.choice(["m", "w"], N),
            "Hb_gdl": rng.normal(11.5, 1.6, N).round(1),
            "Krea_mgdl": rng.lognormal(-0.1, 0.3, N).round(2),
            "ECOG_präop": ecog,
            "Karnofsky": 100 - 20 * ecog + rng.choice([-10, 0], N),
        }
    ).assign(Alter_OP=lambda f: (f["OP_Datum"] - f["Gebdat"]).dt.days // 365.25)


def _written(value):
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:g}".replace(".", ",")
    return "" if pd.isna(value) else value.strftime("%d.%m.%Y") if isinstance(value, pd.Timestamp) else value


def looked(folder, frame):
    """Findings of the table as the clinic writes it: semicolons, decimal commas, cp1252."""
    text = frame.astype(object).map(_written)
    path = folder / "klinik.csv"
    text.to_csv(path, index=False, sep=";", encoding="cp1252", lineterminator="\n")
    look = first_look(path)
    told = " ".join(f.what + f.do for f in look.findings)
    assert not [canary for canary in CANARIES if canary in told]
    return look


def rules(look, *, notes=False):
    return {(f.rule, f.column, f.site): f.count for f in look.findings if notes or f.severity != "note"}


def nord(frame):
    return frame["Haus"] == "Nord"


def test_a_sound_table_raises_the_questions_that_every_table_raises(tmp_path):
    look = looked(tmp_path, clinic())
    assert {rule for rule, _, _ in rules(look)} == {"identifies_a_person", "event_coding"}
    assert {t["column"]: t["variable"] for t in look.taken} == {
        "Haus": "site", "OP_Datum": "index_date", "Sterbedatum": "death_date", "Status": "event", "Alter_OP": "age",
        "Geschl": "sex", "Hb_gdl": "hemoglobin", "Krea_mgdl": "creatinine", "ECOG_präop": "ecog", "Karnofsky": "kps",
    }  # fmt: skip


#: trap -> (how the table is spoilt, finding, cells concerned)
PLANTED = {
    "one house": (
        lambda f: f.assign(
            Hb_gdl=f["Hb_gdl"].where(~nord(f), 12.0),
            Krea_mgdl=(f["Krea_mgdl"] * np.where(nord(f), 88.4, 1)).round(2),
            Status=f["Status"].where(~nord(f), f["Status"].map({"lebt": "verstorben", "verstorben": "lebt"})),
            Sterbedatum=pd.NaT,
        ),
        {
            ("constant_at_site", "Hb_gdl", "Nord"): 120,
            ("out_of_range", "Krea_mgdl", "Nord"): 120,
            ("event_share_mirrored", "Status", "Nord"): 120,
        },
    ),
    "what contradicts itself": (
        lambda f: f.assign(
            Sterbedatum=f["Sterbedatum"].where(f.index > 30, f["OP_Datum"] - pd.Timedelta(9, "D")),
            Alter_OP=f["Alter_OP"] + 7 * (f.index > 230),
            **{"ECOG_präop": 3 - f["ECOG_präop"]},
        ),
        {("rows_refused", "", ""): None, ("age_against_birth", "Alter_OP", ""): 9, ("grade_inverted", "ECOG_präop", ""): None},
    ),
    "persons and leaks": (
        lambda f: pd.concat([f, f.head(5).assign(Patnr=range(901, 906)), f.tail(2)]).assign(
            Code7=lambda g: (g["Status"] == "lebt").map({True: "x", False: "y"}),
            Todesart=lambda g: g["Status"].map({"verstorben": "C80"}),
        ),
        {
            ("same_patient_twice", "Patnr", ""): 16, ("several_rows_of_a_patient", "Patnr", ""): 4,
            ("repeats_the_event", "Code7", ""): N + 7, ("filled_only_of_the_dead", "Todesart", ""): None,
        },
    ),
    "years": (
        lambda f: f.assign(
            Hb_gdl=(f["Hb_gdl"] * np.where(f["OP_Datum"].dt.year >= 2015, 0.75, 1)).round(1),
            Krea_mgdl=f["Krea_mgdl"].where(f["OP_Datum"].dt.year >= 2013),
        ),
        {("drift_by_year", "Hb_gdl", ""): None, ("not_measured_before", "Krea_mgdl", ""): None},
    ),
    "cells": (
        lambda f: f.assign(
            OP_Datum=f["OP_Datum"].dt.strftime("%d.%m.%Y").where(~nord(f), f["OP_Datum"].dt.strftime("%m.%d.%Y")),
            Hb_gdl=f["Hb_gdl"].map("{:.1f}".format).where(nord(f), f["Hb_gdl"].map("{:.1f}".format).str.replace(".", ",")),
            Bilsky=np.where(f.index < 9, "02. Jan", np.where(f.index % 2, "1b", "2")),
        ),
        {
            ("order_of_day_and_month", "OP_Datum", "Nord"): None, ("two_decimal_signs", "Hb_gdl", "Nord"): 120,
            ("spreadsheet_dates", "Bilsky", ""): 9,
        },
    ),
    "lines": (
        lambda f: pd.concat(
            [
                pd.DataFrame([{"Patnr": "Nr", "Haus": "", "Hb_gdl": "g/dl", "Krea_mgdl": "mg/dl", "Alter_OP": "Jahre", "Karnofsky": "%"}]),
                f.assign(Karnofsky=f["Karnofsky"].where(f.index % 40 > 0, "siehe Brief")),
                pd.DataFrame([{"Patnr": "Summe", "Hb_gdl": "11,4"}]),
            ]),
        {("second_header", "", ""): 1, ("row_of_totals", "", ""): 1, ("unlike_its_column", "Karnofsky", ""): 6},
    ),
}  # fmt: skip


@pytest.mark.parametrize("trap", PLANTED)
def test_what_is_planted_is_told_before_any_mapping(tmp_path, trap):
    spoil, wanted = PLANTED[trap]
    found = rules(looked(tmp_path, spoil(clinic())), notes=True)
    for key, count in wanted.items():
        assert key in found, (key, sorted(k[:2] for k in found))
        assert count is None or found[key] == count, key


def test_names_that_speak_of_status_and_years_are_not_asked_about_where_they_are_something_else(tmp_path):
    names = {
        "Status": "Patient status at last contact",
        "Alter_OP": "Age at surgery (years)",
        "ECOG_präop": "ECOG performance status",
    }
    found = rules(looked(tmp_path, clinic().rename(columns=names)))
    assert {key for key in found if key[0] in ("event_coding", "time_unit")} == {
        ("event_coding", "Patient status at last contact", "")
    }
