"""Traps planted into tables of strangers: does a check of the raw file find each, and does it stay quiet without them?

    python -m benchmarks.planted_traps --size ci|full [--seed 7]

Every trap is planted alone into the tables of `foreign_tables.toml`, and the file is checked as it came: no mapping. A trap
counts as found where the check tells it under the rule that is meant for it, about its column (and site, where it sits at one), at
least as gravely as stated, and did not tell it of the clean table. Findings about the clean tables that ask for an answer and are not
among the questions that every raw table has to raise (units, coding of the event, personal data) are false alarms. Size ci
takes one table, size full all of them; it writes benchmarks/results/planted_traps.csv. Ends with code 1 where less than 98 % of the traps
are found, or where a clean table raises a false alarm. Of the first six tables the check found 13 of 279 before it read a raw table as
`map` does, and no false alarm.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.foreign_tables import Style, as_written, styles, text_of, write_foreign
from benchmarks.kept import RESULTS, commit
from spinesurv.cohorts import check_table
from spinesurv.core.tables import write_table
from spinesurv.errors import InputError

#: site at which traps of one site are planted
AT = "C"
LEAST_FOUND = 0.98


@dataclass(frozen=True)
class Trap:
    """One trap.

    Parameters
    ----------
    what : in words
    needs : variables that a table must have for it
    rules : findings that tell it
    spoil : changes the table as written (numbers and dates), or as text
    column : variable that the finding is about; "" = the whole table, or any
    note : a note is enough; else it must ask for an answer
    at_site : the finding must name the site
    as_text : changes the table of text cells
    words : only where the codes of the column are words: of digits nobody can tell which is which
    """

    what: str
    needs: tuple[str, ...]
    rules: tuple[str, ...]
    spoil: Callable[[pd.DataFrame, Style, np.random.Generator], pd.DataFrame]
    column: str = ""
    note: bool = False
    at_site: bool = False
    as_text: bool = False
    words: bool = False


def _set(key, change, *, site=None, share=None, when=None):
    """A change of one column: at a site, in a share of the rows, or where `when` holds."""

    def spoil(raw, style, chance):
        title = style.title(key)
        rows = pd.Series(True, index=raw.index)
        if site:
            rows &= raw[style.title("site")] == site
        if when is not None:
            rows &= when(raw, style)
        if share:
            rows &= chance.random(len(raw)) < share
        raw[title] = raw[title].where(~rows, change(raw[title]))
        return raw

    return spoil


def _died(raw, style):
    dead = style.columns[style.title("event")]["dead"]
    return raw[style.title("event")].astype(str).isin(dead)


def _alive(raw, style):
    return ~_died(raw, style)


def _flip(column):
    kinds = column.dropna().unique()
    return column.map({kinds[0]: kinds[1], kinds[1]: kinds[0]})


def _gap(column):
    return pd.Series(pd.NaT if pd.api.types.is_datetime64_any_dtype(column) else np.nan, index=column.index)


def _without_survivors(raw, style, chance):
    return raw[~((raw[style.title("site")] == AT) & _alive(raw, style))].reset_index(drop=True)


def _some(raw, chance, n):
    return raw.sample(n, random_state=int(chance.integers(1e6)))


def _again(*, other_site=False, later=False, same_id=False):
    def spoil(raw, style, chance):
        more = _some(raw, chance, 12).copy()
        if not same_id:
            more[style.title("patient_id")] = np.arange(9001, 9001 + len(more))
        if other_site:
            more[style.title("site")] = np.where(more[style.title("site")] == AT, "D", AT)
        if later:
            days = pd.to_timedelta(chance.integers(20, 200, len(more)), unit="D")
            more[style.title("index_date")] += days
        return pd.concat([raw, more], ignore_index=True)

    return spoil


def _form(style):
    return style.columns[style.title("index_date")].get("format", "%Y-%m-%d")


def _dates_the_other_way(raw, style, chance):
    title = style.title("index_date")
    here = raw[style.title("site")] == AT
    written = raw[title].dt.strftime(_form(style))
    form = _form(style).replace("%d", "%?").replace("%m", "%d").replace("%?", "%m")
    raw[title] = written.where(~here, raw[title].dt.strftime(form))
    return raw


def _move(key, by, n):
    def spoil(raw, style, chance):
        rows = _some(raw[raw[style.title(key)].notna()], chance, n).index
        raw.loc[rows, style.title(key)] = by(raw, style).loc[rows]
        return raw

    return spoil


def _drift(key, factor, year=2014):
    def spoil(raw, style, chance):
        years = (
            raw[style.title("index_year")]
            if style.title("index_year")
            else raw[style.title("index_date")].dt.year
        )
        title = style.title(key)
        raw[title] = raw[title].where(
            years.astype(float) < year, (raw[title].astype(float) * factor).round(2)
        )
        return raw

    return spoil


def _not_before(key, year=2012):
    def spoil(raw, style, chance):
        years = (
            raw[style.title("index_year")]
            if style.title("index_year")
            else raw[style.title("index_date")].dt.year
        )
        raw[style.title(key)] = raw[style.title(key)].where(years.astype(float) >= year)
        return raw

    return spoil


def _new(name, make):
    def spoil(raw, style, chance):
        raw[name] = make(raw, style, chance)
        return raw

    return spoil


def _swap(one, other, site=None):
    def spoil(raw, style, chance):
        a, b = style.title(one), style.title(other)
        here = (raw[style.title("site")] == site) if site else pd.Series(True, index=raw.index)
        raw[a], raw[b] = raw[a].where(~here, raw[b]), raw[b].where(~here, raw[a])
        return raw

    return spoil


def _shift_rows(raw, style, chance):
    at = raw.columns.get_loc(style.title("age"))
    for row in _some(raw, chance, 8).index:
        raw.loc[row, raw.columns[at + 1 :]] = raw.loc[row, raw.columns[at:-1]].to_numpy()
        raw.loc[row, raw.columns[at]] = ""
    return raw


def _second_header(raw, style, chance):
    units = [style.columns.get(name, {}).get("unit", "") for name in raw.columns]
    words = [unit or "(text)" for unit in units]
    return pd.concat([pd.DataFrame([words], columns=raw.columns), raw], ignore_index=True)


def _totals(raw, style, chance):
    foot = dict.fromkeys(raw.columns, "")
    foot[raw.columns[0]] = "Total"
    for key in ("age", "albumin", "hemoglobin"):
        numbers = pd.to_numeric(raw[style.title(key)].str.replace(",", "."), errors="coerce")
        foot[style.title(key)] = f"{numbers.mean():.2f}".replace(".", style.decimal)
    return pd.concat([raw, pd.DataFrame([foot])], ignore_index=True)


def _words(key, texts, n):
    def spoil(raw, style, chance):
        rows = _some(raw, chance, n).index
        raw.loc[rows, style.title(key)] = [texts[i % len(texts)] for i in range(n)]
        return raw

    return spoil


def _points(raw, style, chance):
    title, here = style.title("hemoglobin"), raw[style.title("site")] == AT
    other = {".": ",", ",": "."}[style.decimal]
    raw[title] = raw[title].where(~here, raw[title].str.replace(style.decimal, other))
    return raw


def _from_diagnosis(raw, style, chance):
    title, here = style.title("time_days"), raw[style.title("site")] == AT
    per = style.factor("time_days")
    raw[title] = raw[title].where(~here, (raw[title] + chance.uniform(500, 1500, len(raw)) / per).round(1))
    return raw


TRAPS = [
    # time and event
    Trap("2 a larger unit of time at one site", ("time_days",), ("time_unit", "time_differs_between_sites"),
         lambda r, s, c: _set("time_days", lambda x: (x / (30.4375 if s.factor("time_days") == 1 else 12)).round(2), site=AT)(r, s, c),
         "time_days", at_site=True),
    Trap("3 inverted event coding, all sites", ("event",), ("dead_live_longer", "alive_with_death_date"), _set("event", _flip), "event"),
    Trap("3 inverted event coding, one site", ("event",), ("dead_live_longer", "alive_with_death_date", "event_share_mirrored"),
         _set("event", _flip, site=AT), "event", at_site=True),
    Trap("4 no time for survivors", ("time_days",), ("follow_up_only_of_the_dead",), _set("time_days", _gap, when=_alive, share=0.9), "time_days"),
    Trap("4 no time for survivors, one site", ("time_days",), ("follow_up_only_of_the_dead",),
         _set("time_days", _gap, when=_alive, site=AT), "time_days", at_site=True),
    Trap("4 no last contact for survivors", ("follow_up_end_date",), ("follow_up_only_of_the_dead",),
         _set("follow_up_end_date", _gap, when=_alive, share=0.9)),
    Trap("4 survivors of one site left out", ("event",), ("all_dead_at_site",), _without_survivors, "event", at_site=True),
    Trap("5 negative times", ("time_days",), ("negative_time", "rows_refused"), _move("time_days", lambda r, s: -r[s.title("time_days")] - 1, 6)),
    Trap("6 death before operation", ("death_date",), ("death_before_time_zero", "rows_refused"),
         _move("death_date", lambda r, s: r[s.title("index_date")] - pd.Timedelta(40, "D"), 6)),
    Trap("6 contact after death", ("death_date",), ("contact_after_death",),
         _move("death_date", lambda r, s: r[s.title("follow_up_end_date")] - pd.Timedelta(1, "D"), 6)),
    Trap("6 born after the operation", ("birth",), ("age_against_birth", "born_after_time_zero"),
         _move("birth", lambda r, s: r[s.title("index_date")] + pd.Timedelta(400, "D"), 6)),
    Trap("6 age disagrees with date of birth", ("birth",), ("age_against_birth",), _set("age", lambda c: c - 9, share=0.2)),
    Trap("7 all survivors of one site seen on one day", ("follow_up_end_date",), ("closing_date",),
         _set("follow_up_end_date", lambda c: pd.Series(pd.Timestamp(2024, 12, 31), index=c.index), when=_alive, site=AT), at_site=True),
    Trap("7 all survivors of one site have one follow-up time", ("time_days",), ("one_follow_up_time",),
         _set("time_days", lambda c: c * 0 + 365, when=_alive, site=AT), "time_days", at_site=True),
    Trap("8 whole months", ("time_days",), ("whole_months",),
         lambda r, s, c: _set("time_days", lambda x: (x * s.factor("time_days") / 30.4375).round() * (30.4375 / s.factor("time_days")))(r, s, c),
         "time_days", note=True),
    Trap("10 one site counts from diagnosis", ("time_days",), ("left_truncation",), _from_diagnosis, at_site=True, note=True),
    # after time zero, leaks
    Trap("11 names of what comes later", (), ("kept_after_time_zero",), _new("postop_RT", lambda r, s, c: c.choice(["0", "1"], len(r))), note=True),
    Trap("11 a column filled only for the dead", ("event",), ("filled_only_of_the_dead",),
         _new("ICDcode2", lambda r, s, c: pd.Series(c.choice(["C", "I", "J"], len(r)), index=r.index).where(_died(r, s)))),
    Trap("11 a column that repeats the event", ("event",), ("repeats_the_event",),
         _new("flag7", lambda r, s, c: _died(r, s).map({True: "x", False: "o"}))),
    # units and values
    Trap("15 haemoglobin in two units in one column", (), ("mixed_units", "out_of_range"),
         _set("hemoglobin", lambda c: (c * (10 if c.median() > 9 else 16.1)).round(1), share=0.3), "hemoglobin"),
    Trap("15 creatinine in another unit at one site", (), ("out_of_range", "unit_differs_between_sites"),
         lambda r, s, c: _set("creatinine", lambda x: (x * (88.4 if s.factor("creatinine") == 1 else 1 / 88.4)).round(2), site=AT)(r, s, c),
         "creatinine", at_site=True),
    Trap("15 platelets tenfold at one site", (), ("unit_differs_between_sites", "out_of_range"), _set("platelets", lambda c: c / 10, site=AT), "platelets", at_site=True),
    Trap("15 calcium in another unit from 2014 on", (), ("drift_by_year", "mixed_units", "out_of_range"),
         lambda r, s, c: _drift("calcium", 1 / 4.008 if s.factor("calcium") == 1 else 4.008)(r, s, c), "calcium"),
    Trap("15 albumin lower by a quarter from 2014 on", (), ("drift_by_year",), _drift("albumin", 0.75), "albumin"),
    Trap("22 creatinine not measured before 2012", (), ("not_measured_before",), _not_before("creatinine"), "creatinine", note=True),
    Trap("16 another decimal sign at one site", (), ("two_decimal_signs",), _points, "hemoglobin", at_site=True, as_text=True),
    Trap("17 a constant value at one site", (), ("constant_at_site",), _set("calcium", lambda c: c * 0 + c.median(), site=AT), "calcium", at_site=True),
    Trap("17 a default value in two fifths", (), ("one_value_common",), _set("albumin", lambda c: c * 0 + c.median(), share=0.4), "albumin"),
    Trap("18 ages to five years", (), ("coarse_rounding", "band_midpoints"), _set("age", lambda c: (c / 5).round() * 5), "age", note=True),
    Trap("18 ages above 89 pooled", (), ("age_ceiling",), _set("age", lambda c: c.clip(upper=100).where(c < 78, 89)), "age", note=True),
    Trap("albumin and creatinine exchanged at one site", (), ("out_of_range", "columns_exchanged", "unit_differs_between_sites"),
         _swap("albumin", "creatinine", AT), at_site=True),
    Trap("albumin and creatinine exchanged", (), ("out_of_range", "columns_exchanged", "unit_differs_between_sites", "unit_in_doubt"), _swap("albumin", "creatinine")),
    # missing
    Trap("19 999 in platelets", (), ("looks_like_missing_code",), _set("platelets", lambda c: c * 0 + 999, share=0.05), "platelets"),
    Trap("19 -1 in albumin", (), ("looks_like_missing_code", "out_of_range"), _set("albumin", lambda c: c * 0 - 1, share=0.05), "albumin"),
    Trap("19 99 in age", (), ("looks_like_missing_code",), _set("age", lambda c: c * 0 + 99, share=0.04), "age"),
    Trap("19 9 in ECOG", (), ("looks_like_missing_code", "out_of_range"), _set("ecog", lambda c: c * 0 + 9, share=0.05), "ecog"),
    Trap("20 below the limit", (), ("limit_of_method", "not_a_number"), _words("platelets", ["<5"], 6), "platelets", note=True, as_text=True),
    Trap("21 brain metastases yes or blank", (), ("blank_is_not_no",),
         lambda r, s, c: _set("brain_mets", _gap, when=lambda raw, style: raw[style.title("brain_mets")].astype(str).isin(
             [style.columns[style.title("brain_mets")].get("values", {}).get("no", "no")]))(r, s, c), "brain_mets"),
    # identity, structure
    Trap("23 the same patient at two sites", (), ("same_patient_twice",), _again(other_site=True)),
    Trap("23 the same patient under two numbers", (), ("same_patient_twice",), _again()),
    Trap("23 the same patient operated twice", ("birth",), ("same_patient_twice",), _again(later=True)),
    Trap("24 several rows of a patient", (), ("several_rows_of_a_patient",), _again(same_id=True)),
    Trap("26 spelling of a hospital", (), ("site_spelling",),
         lambda r, s, c: r.assign(**{s.title("site"): r[s.title("site")].map({x: f"Klinik {x}orden" for x in "ABCDEF"}).where(
             c.random(len(r)) > 0.03, "klinik Corden")}), note=False),
    Trap("27 names and birth dates", (), ("identifies_a_person", "identifier_left_out"), _new("Surname", lambda r, s, c: "Quetzalcoatl"), note=True),
    Trap("sex coded the wrong way round", ("sex",), ("sex_against_tumour",), _set("sex", _flip), "sex", words=True),
    Trap("ECOG inverted", (), ("grade_inverted",), _set("ecog", lambda c: 4 - c), "ecog"),
    Trap("ECOG inverted at one site", (), ("grade_inverted",), _set("ecog", lambda c: 4 - c, site=AT), "ecog", at_site=True),
    Trap("Karnofsky inverted", (), ("grade_inverted",), _set("kps", lambda c: 110 - c), "kps"),
    Trap("dates in another order at one site", ("index_date",), ("order_of_day_and_month", "dates_in_two_forms"), _dates_the_other_way),
    Trap("dates in another form at one site", ("index_date",), ("dates_in_two_forms",),
         lambda r, s, c: r.assign(**{s.title("index_date"): r[s.title("index_date")].dt.strftime(_form(s)).where(
             r[s.title("site")] != AT, r[s.title("index_date")].dt.strftime("%d-%b-%y"))})),
    Trap("rows shifted by a cell", (), ("rows_shifted",), _shift_rows, as_text=True),
    Trap("a second line of header", (), ("second_header",), _second_header, as_text=True),
    Trap("totals at the foot", (), ("row_of_totals",), _totals, as_text=True),
    Trap("words in a column of numbers", (), ("not_a_number", "looks_like_missing_code"),
         _words("hemoglobin", ["see chart", "transfused", "ask lab", "pending", "lost"], 10), "hemoglobin", as_text=True),
    Trap("grades that a spreadsheet took for dates", (), ("spreadsheet_dates",), _words("escc_grade", ["01. Feb", "2-Jan", "1-Feb"], 12), "escc_grade", as_text=True),
]  # fmt: skip


def main() -> int:
    """Plant, check, count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=["ci", "full"], default="ci")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rows, alarms = [], []
    with tempfile.TemporaryDirectory() as folder:
        for style in styles()[: None if options.size == "full" else 1]:
            clean = checked(text_of(as_written(style), style), style, Path(folder))
            told = [f for f in clean if f["severity"] != "note" and f["rule"] not in ASKED]
            alarms += [f"{style.name}: {f['rule']} {f['column']} {f['site']}: {f['what']}" for f in told]
            for number, trap in enumerate(TRAPS):
                if all(style.title(key) for key in trap.needs) and not (
                    trap.words and _digits(style, trap.column)
                ):
                    chance = np.random.default_rng([options.seed, number])
                    rows.append((style.name, trap.what, *found(trap, style, clean, chance, Path(folder))))
    table = pd.DataFrame(rows, columns=["table", "trap", "found", "rule"])
    print(
        table.pivot(index="trap", columns="table", values="found")
        .reindex([t.what for t in TRAPS])
        .fillna("")
        .to_string()
    )
    print(f"found {(table['found'] == 'yes').sum()} of {len(table)}; false alarms {len(alarms)}")
    print("\n".join(alarms))
    if options.size == "full":
        write_table(table.assign(seed=options.seed, commit=commit()), RESULTS / "planted_traps.csv")
    return 0 if (table["found"] == "yes").mean() >= LEAST_FOUND and not alarms else 1


#: what every raw table is asked
ASKED = ("event_coding", "time_unit", "identifies_a_person", "import_refused", "unit_not_stated")


def found(
    trap: Trap, style: Style, clean: list[dict[str, object]], chance: np.random.Generator, folder: Path
) -> tuple[str, str]:
    """Whether the check tells a trap, and by which rule; else what new it tells."""
    raw = as_written(style)
    text = (
        trap.spoil(text_of(raw, style), style, chance)
        if trap.as_text
        else text_of(trap.spoil(raw, style, chance), style)
    )
    before = {(f["rule"], f["column"], f["site"], f["count"]) for f in clean}
    new = [
        f
        for f in checked(text, style, folder)
        if (f["rule"], f["column"], f["site"], f["count"]) not in before
    ]
    names = {trap.column, style.title(trap.column)} if trap.column else None
    hits = [
        f for f in new
        if f["rule"] in trap.rules
        and (names is None or f["column"] in names)
        and (trap.note or f["severity"] != "note")
        and (not trap.at_site or f["site"] == AT)
    ]  # fmt: skip
    if hits:
        return "yes", str(hits[0]["rule"])
    return "no", "; ".join(
        f"{f['rule']} {f['column']} {f['site']} {f['count']}" for f in new if f["rule"] != "import_refused"
    )


def _digits(style: Style, key: str) -> bool:
    return all(
        code.isdigit() for code in style.columns[str(style.title(key))].get("values", {"": "x"}).values()
    )


def checked(text: pd.DataFrame, style: Style, folder: Path) -> list[dict[str, object]]:
    """Findings of a check of a raw table."""
    path = write_foreign(text, style, folder / f"{style.name}.csv")
    with contextlib.suppress(InputError):
        check_table(path, out=folder / "out")
    return list(json.loads((folder / "out" / "audit.json").read_text(encoding="utf-8"))["findings"])


if __name__ == "__main__":
    sys.exit(main())
