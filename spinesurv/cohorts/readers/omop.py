"""OMOP common data model: CSV files of its tables in a folder, or a SQLite database."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, Finding
from spinesurv.cohorts.readers.content import Content, cell_text
from spinesurv.cohorts.readers.gathering import ROWS, Gathering, gathered, gathering
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.cohorts.readers.text import read_text
from spinesurv.errors import InputError

#: table -> columns of concept and date
EVENTS = {
    "procedure_occurrence": ("procedure_concept_id", "procedure_date"),
    "condition_occurrence": ("condition_concept_id", "condition_start_date"),
    "drug_exposure": ("drug_concept_id", "drug_exposure_start_date"),
    "episode": ("episode_concept_id", "episode_start_date"),
    "observation": ("observation_concept_id", "observation_date"),
}
_MEASUREMENT = ("measurement_concept_id", "measurement_date")
#: unit_concept_id -> unit
_UNITS = {
    "8713": "g/dL", "8636": "g/L", "8840": "mg/dL", "8751": "mg/L", "8749": "umol/L", "8645": "U/L", "8848": "10^3/uL",
    "9444": "10^9/L",
}  # fmt: skip
_OPERATORS = {
    "4171756": "<",
    "4171754": "<=",
    "4172704": ">",
    "4171755": ">=",
    "4172703": "",
    "0": "",
    "": "",
}
_SEX = {"8507": "male", "8532": "female"}
_WITHOUT_DASHES = re.compile(r"^([0-9]{4})([0-9]{2})([0-9]{2})(?![0-9])")


def read_omop(path: Path, options: ReadOptions, where: str) -> Content:
    """One row per person with site, sex, age, dates of time zero, death and end of observation, and what [omop] names.

    Columns carry the names of the codebook, so that the mapping file needs no [columns]. A value is written with operator
    and unit ("<5 mg/L") and typed like any other cell.

    Raises
    ------
    InputError
        No person table, a column is absent, or the settings are at fault.
    """
    rules = gathering(options.rules, "table", EVENTS, f"{where}, [omop]")
    tables = _tables(path, options, where)
    person = _needed(tables, "person", ("person_id", "year_of_birth", "gender_concept_id"), where)
    if person["person_id"].duplicated().any():
        raise InputError(f"{where}: table person has persons twice. It holds one row per person.")
    patients = pd.DataFrame({"patient_id": person["person_id"].to_numpy()}, index=person["person_id"])
    patients["site"] = person.get("care_site_id", pd.Series("", index=person.index)).to_numpy()
    patients["sex"] = person["gender_concept_id"].map(_SEX).fillna("").to_numpy()
    rows, findings = _rows(tables, rules, where)
    found, more = gathered(patients, rows, rules)
    found["age"] = _age(person, found["index_date"])
    death = _last(tables, "death", "death_date", where)
    end = _last(tables, "observation_period", "observation_period_end_date", where)
    found["death_date"] = death.reindex(found.index).fillna("").to_numpy()
    found["follow_up_end_date"] = end.reindex(found.index).fillna("").to_numpy()
    found["event"] = np.where(found["death_date"] != "", "1", "0") if "death" in tables else ""
    findings += [*more, *_of_deaths(tables, found)]
    if (found["site"] == "").all():
        found = found.drop(columns="site")
    return Content.of_columns(
        {str(name): found[name].tolist() for name in found}, where, typed=True, findings=tuple(findings)
    )


def _of_deaths(tables: dict[str, pd.DataFrame], found: pd.DataFrame) -> Iterator[Finding]:
    if "death" not in tables:
        yield Finding(
            "no_death_table", NEEDS_AN_ANSWER, f"There is no table death: whether any of the {len(found)} people died is not known.",
            "Export the table death too. Until then there is no outcome.", "event", count=len(found),
        )  # fmt: skip
        return
    alive = int((found["event"] == "0").sum())
    if alive:
        yield Finding(
            "no_death_row", NEEDS_AN_ANSWER,
            f"{alive} of {len(found)} people have no row in death; they count as alive at the end of their observation period.",
            "Does the database learn of deaths outside the hospital? If not, they are alive or unknown.", "event", count=alive,
        )  # fmt: skip
    days = _days(tables["death"]["death_date"]).groupby(tables["death"]["person_id"]).nunique()
    several = int(days.gt(1).sum())
    if several:
        yield Finding(
            "several_deaths", NEEDS_AN_ANSWER, f"{several} people have several rows in death with different dates; the last one is taken.",
            "Keep one row per person, as OMOP asks.", "death_date", count=several,
        )  # fmt: skip


def _days(column: pd.Series) -> pd.Series:
    """The day of dates and times as YYYY-MM-DD, also where it is written without dashes."""
    return column.str.replace(_WITHOUT_DASHES, r"\1-\2-\3", regex=True).str[:10]


def _tables(path: Path, options: ReadOptions, where: str) -> dict[str, pd.DataFrame]:
    names = ("person", "death", "observation_period", "measurement", *EVENTS)
    if path.is_dir():
        plain = ReadOptions(delimiter=options.delimiter or ",", encoding=options.encoding)
        files = {file.stem.lower(): file for file in sorted(path.iterdir()) if file.suffix.lower() == ".csv"}
        read = {
            name: read_text(files[name], plain, f"{where}, {name}").cells for name in names if name in files
        }
    else:
        try:
            with sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True) as database:
                there = {row[0].lower() for row in database.execute("select name from sqlite_master")}
                read = {
                    name: pd.read_sql_query(f"select * from {name}", database, dtype=object)
                    for name in names
                    if name in there
                }
            database.close()
        except (sqlite3.DatabaseError, pd.errors.DatabaseError):
            raise InputError(
                f"{where}: it is neither a folder of CSV files nor a SQLite database. Export the tables as CSV."
            ) from None
        read = {name: table.map(cell_text) for name, table in read.items()}
    return {name: table.rename(columns=str.lower) for name, table in read.items()}


def _needed(tables: dict[str, pd.DataFrame], name: str, columns: tuple[str, ...], where: str) -> pd.DataFrame:
    if name not in tables:
        raise InputError(f"{where}: there is no table {name}. Found: {', '.join(tables) or 'none'}.")
    absent = [column for column in columns if column not in tables[name]]
    if absent:
        raise InputError(
            f"{where}, table {name}: there is no column {absent[0]}. The tables of OMOP version 5 have one."
        )
    return tables[name]


def _rows(
    tables: dict[str, pd.DataFrame], rules: Gathering, where: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """Dated rows of all tables; measurements with operator, value and unit as text."""
    parts, findings = [pd.DataFrame(columns=ROWS)], list[Finding]()
    _needed(tables, rules.source, ("person_id", *EVENTS[rules.source]), where)
    for name, (concept, date) in EVENTS.items():
        if name in tables:
            table = _needed(tables, name, ("person_id", concept, date), where)
            parts.append(_long(table, name, concept, date).assign(text=""))
    if rules.measurements:
        columns = ("person_id", *_MEASUREMENT, "value_as_number", "unit_concept_id")
        table = _needed(tables, "measurement", columns, where)
        own: pd.Series = table.get("unit_source_value", pd.Series("", index=table.index))
        unit: pd.Series = table["unit_concept_id"].map(_UNITS)
        unit = unit.where(unit.notna() | (own == ""), own)
        unit_concept = table["unit_concept_id"].where(table["unit_concept_id"] != "0", "")
        named = unit_concept.where(unit.isna(), unit)
        operator = table.get("operator_concept_id", pd.Series("", index=table.index)).map(_OPERATORS)
        words = (
            operator.fillna("? ")
            + table["value_as_number"]
            + " "
            + unit.fillna("unit concept " + unit_concept)
        )
        words = words.where(named != "", operator.fillna("? ") + table["value_as_number"])
        words = words.where(table["value_as_number"] != "", "")
        wanted = table["measurement_concept_id"].isin(frozenset().union(*rules.measurements.values()))
        wanted &= table["value_as_number"] != ""
        bare = int((wanted & (named == "")).sum())
        if bare:
            findings.append(
                Finding(
                    "unit_not_stated", NEEDS_AN_ANSWER, f"{bare} measurements have no unit; they are read in the canonical unit.",
                    "Ask which unit they are in.", count=bare,
                )
            )  # fmt: skip
        strange = unit_concept[wanted & unit.isna() & (unit_concept != "")]
        if len(strange):
            findings.append(
                Finding(
                    "unknown_unit", NEEDS_AN_ANSWER,
                    f"{len(strange)} measurements have a unit that is not known here (unit_concept_id {', '.join(sorted(set(strange))[:8])}).",
                    "They are no numbers now. Convert them in the source to a unit that is known, or name it in unit_source_value.",
                    count=len(strange),
                )
            )  # fmt: skip
        parts.append(_long(table, "measurement", *_MEASUREMENT).assign(text=words))
    filled = [part for part in parts if len(part)]
    for part in filled:
        unread = int((part["date"].isna() & part.pop("written").ne("")).sum())
        if unread:
            findings.append(
                Finding(
                    "dates_not_read", NEEDS_AN_ANSWER, f"{unread} dates of table {part['source'].iloc[0]} are not written YYYY-MM-DD.",
                    "Their rows are not used. Export dates as YYYY-MM-DD.", count=unread,
                )
            )  # fmt: skip
    return (pd.concat(filled, ignore_index=True) if filled else parts[0]), findings


def _long(table: pd.DataFrame, source: str, concept: str, date: str) -> pd.DataFrame:
    """Dated rows, those of one day in the order of their time where the table knows it."""
    time = f"{date}time"  # measurement_date, measurement_datetime
    if time in table:
        table = table.sort_values(time, kind="stable")
    days = pd.to_datetime(_days(table[date]), format="%Y-%m-%d", errors="coerce").astype("datetime64[s]")
    return pd.DataFrame(
        {
            "person": table["person_id"],
            "source": source,
            "code": table[concept],
            "date": days,
            "written": table[date],
        }
    )


def _last(tables: dict[str, pd.DataFrame], name: str, column: str, where: str) -> pd.Series:
    """The last date of each person in a table that may be absent."""
    if name not in tables:
        return pd.Series(dtype=object)
    table = _needed(tables, name, ("person_id", column), where)
    return _days(table[table[column] != ""].set_index("person_id")[column]).groupby(level=0).max()


def _age(person: pd.DataFrame, index_date: pd.Series) -> list[str]:
    """Age at time zero; of who has a year of birth alone, by the middle of that year."""
    one = pd.Series("", index=person.index)
    month = person.get("month_of_birth", one).replace("", "7")
    day = person.get("day_of_birth", one).replace("", "1")
    birth = pd.to_datetime(
        person["year_of_birth"] + "-" + month + "-" + day, format="%Y-%m-%d", errors="coerce"
    )
    zero = pd.to_datetime(index_date, format="%Y-%m-%d", errors="coerce")
    years = (zero.to_numpy() - birth.to_numpy()) / np.timedelta64(1, "D") / 365.25
    return ["" if np.isnan(v) else f"{v:.1f}" for v in years]
