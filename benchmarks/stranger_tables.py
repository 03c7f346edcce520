"""A third set of tables as hospitals would write them, with the canonical value behind every cell: `stranger_tables.toml`.

Forms of a column, after its key: c=level:code,... codes; coarse, merge the codes say less than the levels; u= unit; r= decimals;
d= pattern of a date; jp, era, H dates of Japan; cell a date cell; alive empty for the dead; w= words of a language, icd codes of primary tumours; p=, s= text before
and behind; roman, tens, fw (full-width digits), th= thousands, below= limit of the assay, pct (per cent of leucocytes); rangeclass ("0-1"),
lowhigh (compression), class (SINS): forms in which the canonical value is not known; ask: no reader can know, a question is right.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.foreign_tables import patients
from spinesurv import units
from spinesurv.core.codebook import codebook

_FILE = Path(__file__).with_name("stranger_tables.toml")
_RAW = tomllib.loads(_FILE.read_text(encoding="utf-8"))
_ICD = {
    "breast": "C50.9", "prostate": "C61", "kidney": "C64", "lung_nos": "C34.1", "lung_nsclc": "C34.9", "lung_sclc": "C34.3",
    "colon": "C18.7", "rectum": "C20", "thyroid": "C73", "liver": "C22.0", "stomach": "C16.9", "esophagus": "C15.9",
    "bladder": "C67.9", "melanoma": "C43.9", "multiple_myeloma": "C90.0", "lymphoma": "C83.3", "pancreas": "C25.9",
    "other": "C71.9",
}  # fmt: skip
_ICD_SAYS = {"lung_nsclc": "lung_nos", "lung_sclc": "lung_nos"}
_LOW = ("0", "1a", "1b", "1c")


@dataclass(frozen=True)
class Column:
    """One column of a stranger's table.

    Parameters
    ----------
    name : its heading
    key : of the codebook, "-" for none; "birth", "height" and "weight" are recorded and are no variables
    forms : how it is written, name -> setting
    text : cells as written
    truth : canonical values behind them, empty where they do not say it
    """

    name: str
    key: str
    forms: dict[str, str]
    text: pd.Series
    truth: pd.Series

    @property
    def unsaid(self) -> bool:
        """Whether the cells do not hold the canonical value at all."""
        return bool({"lowhigh", "class"} & set(self.forms))


def table_names() -> list[str]:
    """All of them."""
    return [raw["name"] for raw in _RAW["table"]]


def stranger(name: str) -> tuple[dict[str, Any], list[Column]]:
    """The table of one hospital: what its file is like, and its columns."""
    raw = next(raw for raw in _RAW["table"] if raw["name"] == name)
    chance = np.random.default_rng(sum(map(ord, name)))
    people = patients(600, 11)
    chosen = people.iloc[np.sort(chance.permutation(600)[: raw["rows"]])].reset_index(drop=True)
    comma = raw["file"].endswith("decimal")
    columns = [
        _column(line.rsplit(" = ", 1), chosen, raw["gap"], comma, chance)
        for line in raw["columns"].strip().splitlines()
    ]
    return raw, columns


def write_stranger(name: str, folder: Path) -> tuple[Path, list[Column]]:
    """Write the table, and tell what its columns are."""
    raw, columns = stranger(name)
    table = pd.DataFrame({c.name: c.text for c in columns})
    kind, *form = raw["file"].split(" ")
    path = folder / f"{name}.{kind}"
    if kind == "xlsx":
        _in_cells(table, columns).to_excel(path, index=False)
    else:
        mark = "\t" if kind == "tsv" or form[1] == "tab" else form[1]
        table.to_csv(path, index=False, sep=mark, encoding=form[0], lineterminator="\n")
    return path, columns


def _in_cells(table: pd.DataFrame, columns: list[Column]) -> pd.DataFrame:
    """Numbers as numbers and dates as dates, as a workbook holds them."""
    cells = table.astype(object)
    for column in columns:
        if "cell" in column.forms:
            cells[column.name] = pd.to_datetime(column.text)
        else:
            number = pd.to_numeric(column.text, errors="coerce")
            cells[column.name] = number.astype(object).where(number.notna(), column.text)
    return cells


def _column(line: list[str], people: pd.DataFrame, gap: str, comma: bool, chance: Any) -> Column:
    """One column, its text and what is behind it."""
    name, (key, *rest) = line[0].strip(), line[1].split(";")
    forms = {part.strip(" ").partition("=")[0]: part.lstrip(" ").partition("=")[2] for part in rest}
    nothing = pd.Series("", index=people.index)
    if key == "-":
        return Column(name, key, forms, _distractor(rest[0], len(people), comma, chance), nothing)
    if key.startswith("-"):
        text, truth = _recorded(key[1:], forms, people, comma), nothing
        return Column(name, key, forms, text, truth)
    text, truth = _written(key, forms, people, comma, chance)
    if key in ("death_date", "follow_up_end_date") or key == "patient_id":
        return Column(name, key, forms, text, truth)
    return Column(name, key, forms, text.where(text != "", gap), truth)


def _written(
    key: str, forms: dict[str, str], people: pd.DataFrame, comma: bool, chance: Any
) -> tuple[pd.Series, pd.Series]:
    """Text of the cells and the canonical value behind each."""
    value = people[key] if key in people else pd.Series(chance.choice(["yes", "no"], len(people)))
    kind = codebook()[key].kind
    if kind == "date":
        value = value.where(people["event"] == 0) if "alive" in forms else value
        return value.map(lambda day: _date(day, forms)), value.dt.strftime("%Y-%m-%d").fillna("")
    if "pct" in forms:
        value = (value.astype(float) / people["wbc"].astype(float) * 100).round(1)
        return _number(value, comma), (value * people["wbc"].astype(float) / 100).map(_short)
    if kind == "number" or (kind == "count" and key != "index_year"):
        return _measured(key, forms, value, comma)
    levels = value.astype("string").fillna("").str.replace(r"\.0$", "", regex=True)
    if "w" in forms or "icd" in forms:
        words = {k: [_ICD[k]] for k in _ICD} if "icd" in forms else _words(forms["w"])
        truth = levels.where(levels.isin(list(words)) | (levels == ""), "other")
        text = truth.map(lambda level: str(chance.choice(words[level])) if level else "")
        return text, truth.replace(_ICD_SAYS) if "icd" in forms else truth
    return _levels(levels, forms)


def _levels(levels: pd.Series, forms: dict[str, str]) -> tuple[pd.Series, pd.Series]:
    """Categories in the codes of the table."""
    truth = levels
    if "merge" in forms and set(levels) & {"resectable", "unresectable"}:
        truth = levels.where(levels.isin(["none", ""]), "present_unspecified")
        levels = levels.where(levels.isin(["none", ""]), "present")
    if "merge" in forms and "independent" in set(levels):
        truth = levels.where(levels == "nonambulatory", "")
        levels = levels.where(levels.isin(["nonambulatory", ""]), "yes")
    text = levels
    if forms.get("c") == "bwk":
        german = {"C": "HWK", "T": "BWK", "L": "LWK", "S": "SWK"}
        text = levels.map(lambda level: f"{german[level[0]]} {level[1:]}" if level[:1] in german else level)
    elif "c" in forms:
        codes = dict(pair.split(":") for pair in forms["c"].split(","))
        text = levels.map(lambda level: codes.get(level, level))
    if "roman" in forms:
        text = text.map({"0": "0", "1": "I", "2": "II", "3": "III", "4": "IV", "5": "V"}).fillna("")
    if "rangeclass" in forms:
        text = levels.replace({"0": "0-1", "1": "0-1", "3": "3-4", "4": "3-4"})
        truth = levels.where(levels == "2", "")
    if "lowhigh" in forms:
        text = levels.map(lambda level: ("low" if level in _LOW else "high") if level else "")
    if "fw" in forms:
        text = text.map(_wide)
    return _around(text, forms), truth


def _measured(key: str, forms: dict[str, str], value: pd.Series, comma: bool) -> tuple[pd.Series, pd.Series]:
    """Numbers in the unit of the table, rounded there."""
    number = pd.to_numeric(value, errors="coerce").astype(float)
    if "class" in forms:
        names = pd.cut(number, [-1, 6, 12, 18], labels=["stable", "indeterminate", "unstable"])
        return names.astype("string").fillna(""), number.map(_short)
    canonical = codebook()[key].unit
    factor = units.factor(key, canonical, forms["u"]) if "u" in forms else 1.0
    if "tens" in forms:
        return _number((number / 10).round(), comma), (number / 10).round().mul(10).map(_short)
    unrounded = number / factor
    written = unrounded.round(int(forms["r"])) if "r" in forms else unrounded.map(lambda x: float(f"{x:.6g}"))
    truth = (written * factor).map(_short)
    text = _number(written, comma)
    if "below" in forms:
        limit = float(forms["below"])
        low = written < limit
        text = text.where(~low, "<" + forms["below"])
        truth = truth.where(~low, _short(limit * factor))
    if "th" in forms:
        text = text.map(lambda cell: f"{int(cell):,}".replace(",", forms["th"]) if cell else "")
    if "fw" in forms:
        text = text.map(_wide)
    return _around(text, forms), truth


def _around(text: pd.Series, forms: dict[str, str]) -> pd.Series:
    """Text before and behind what is filled."""
    return text.map(lambda cell: forms.get("p", "") + cell + forms.get("s", "") if cell else "")


def _words(language: str) -> dict[str, list[str]]:
    """Words of each key in a language."""
    return {key: words.split(", ") for key, words in _RAW["words"][language].items()}


def _short(number: float) -> str:
    """A number as text, without noise behind the ninth digit."""
    return "" if pd.isna(number) else f"{number:.9g}"


def _number(values: pd.Series, comma: bool) -> pd.Series:
    """Numbers as text with the decimal mark of the table."""
    text = values.map(lambda x: "" if pd.isna(x) else f"{x:.10g}")
    return text.str.replace(".", ",", regex=False) if comma else text


def _wide(cell: str) -> str:
    """Digits and point in full width."""
    return cell.translate({ord(mark): ord(mark) + 0xFEE0 for mark in "0123456789."})


def _date(day: Any, forms: dict[str, str]) -> str:
    """A date as the table writes it."""
    if pd.isna(day):
        return ""
    if "d" in forms:
        return str(day.strftime(forms["d"]))
    if "cell" in forms:
        return str(day.date())
    if "jp" in forms:
        return f"{day.year}年{day.month}月{day.day}日"
    new = day >= pd.Timestamp("2019-05-01")
    year = day.year - (2018 if new else 1988)
    if "H" in forms:
        return f"{'R' if new else 'H'}{year}.{day.month}.{day.day}"
    return f"{'令和' if new else '平成'}{'元' if year == 1 else year}年{day.month}月{day.day}日"


def _recorded(what: str, forms: dict[str, str], people: pd.DataFrame, comma: bool) -> pd.Series:
    """Date of birth, height and weight: recorded, with no canonical value of their own."""
    if what == "birth":
        return people["birth"].map(lambda day: _date(day, forms))
    seed = np.random.default_rng(3)
    height = pd.Series(seed.normal(168, 9, len(people)).round())
    if what == "height":
        return _number(height, comma)
    return _number((people["bmi"].astype(float) * height**2 / 10_000).round(), comma)


def _distractor(form: str, n: int, comma: bool, chance: Any) -> pd.Series:
    """A column that must not be taken."""
    kind, *rest = form.strip().split(" ")
    if kind == "text":
        return pd.Series([f"note {i} of the clinic" for i in chance.integers(0, 10_000, n)])
    if kind == "pick":
        return pd.Series(chance.choice(rest[0].split(","), n))
    if kind == "date":
        days = pd.Timestamp("2012-01-01") + pd.to_timedelta(chance.integers(0, 3000, n), unit="D")
        return pd.Series(days.strftime(rest[0]))
    low, high = float(rest[0]), float(rest[1])
    if kind == "int":
        return pd.Series(chance.integers(int(low), int(high) + 1, n).astype(str))
    return _number(pd.Series(chance.uniform(low, high, n).round(1)), comma)
