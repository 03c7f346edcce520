"""Units and their conversions: the one place where constants stand.

Every clinical variable has one canonical unit (`core/codebook.toml`). `factor` gives what a value in another
unit is multiplied by. Constants follow from molar masses (bilirubin 584.66, creatinine 113.12, calcium 40.08
g/mol, haemoglobin monomer 16,114 g/mol) and from calendar conventions (a month is 365.25 / 12 days).
"""

from __future__ import annotations

import re

from spinesurv.errors import InputError

DAYS_PER_MONTH = 30.4375
DAYS_PER_WEEK = 7.0
DAYS_PER_YEAR = 365.25

#: Nominal day of each horizon that the field names in words.
HORIZON_DAYS = {
    "1 month": 30,
    "6 weeks": 42,
    "3 months": 90,
    "6 months": 180,
    "12 months": 365,
    "24 months": 730,
}

#: Days at which every stored prediction holds a survival probability.
STORED_DAYS = (28, 30, 42, 90, 180, 365, 730)

_TIMES = {"days": 1.0, "weeks": DAYS_PER_WEEK, "months": DAYS_PER_MONTH, "years": DAYS_PER_YEAR}
_CELLS = {"10^3/uL": 1.0, "per uL": 0.001}

#: variable -> {other unit: factor to the canonical unit}
CONVERSIONS: dict[str, dict[str, float]] = {
    "albumin": {"g/L": 0.1},
    "hemoglobin": {"g/L": 0.1, "mmol/L": 1.61134},
    "crp": {"mg/L": 0.1},
    "bilirubin": {"umol/L": 0.058467},
    "calcium": {"mmol/L": 4.008, "mval/L": 2.004},
    "creatinine": {"umol/L": 0.011312},
    "ldh": {"ukat/L": 60.0},
    "alkaline_phosphatase": {"ukat/L": 60.0},
    "psa": {"ug/L": 1.0},
    "platelets": {**_CELLS, "10^4/uL": 10.0, "10^2/uL": 0.1},
    "wbc": {**_CELLS, "10^4/uL": 10.0, "10^2/uL": 0.1},
    "lymphocytes": dict(_CELLS),
    "neutrophils": dict(_CELLS),
    "time_days": {unit: factor for unit, factor in _TIMES.items() if unit != "days"},
    "entry_days": {unit: factor for unit, factor in _TIMES.items() if unit != "days"},
}

#: unit of a height -> factor to metres
HEIGHTS_TO_M = {"cm": 0.01, "m": 1.0}
#: variable -> variable of which laboratories give it as a percentage
SHARES = {"neutrophils": "wbc", "lymphocytes": "wbc"}

_SPELLINGS = {"µ": "u", "μ": "u", " ": "", "×": "x", "⁹": "^9", "³": "^3", "⁴": "^4", "²": "^2", "⁶": "^6"}
#: a power of ten in front of a volume, as laboratories and UCUM write it: x10^9/L, 10*9/L, 10E9/L
_POWER = re.compile(r"^[x*]?10(?:\^|\*\*?|e\+?)([0-9])(?=/)")
_MICROLITRE = re.compile(r"/(?:mm\^?3|cmm|mcl)$")
_ALIASES = {
    "/ul": "perul",
    "cells/ul": "perul",
    "10^6/l": "perul",
    "k/ul": "10^3/ul",
    "thou/ul": "10^3/ul",
    "gpt/l": "10^9/l",
    "giga/l": "10^9/l",
    "gm/dl": "g/dl",
    "g/100ml": "g/dl",
    "meq/l": "mval/l",
    "day": "days",
    "week": "weeks",
    "month": "months",
    "year": "years",
    "iu/l": "u/l",
    "[iu]/l": "u/l",
    "%": "percent",
    "pct": "percent",
} | {
    word: unit
    for unit, words in {
        "days": "d tag tage jour jours día días dia dias giorno giorni dag dagen 日 日間 일 天",
        "weeks": "wk wks woche wochen semaine semaines semana semanas settimane weken 週 週間 주",
        "months": "mo mos mth mths monat monate mois mes meses mese mesi maand maanden か月 ヶ月 カ月 ヵ月 か月間 개월 个月",
        "years": "y yr yrs yearsold j jahr jahre an ans año años anno anni jaar 歳 才 岁 세 살 年 年間 년",
    }.items()
    for word in words.split()
}  # fmt: skip


def _plain(unit: str) -> str:
    for other, usual in _SPELLINGS.items():
        unit = unit.replace(other, usual)
    unit = _MICROLITRE.sub("/ul", _POWER.sub(r"10^\1", unit.lower()))
    return _ALIASES.get(unit, unit)


def is_percent(unit: object) -> bool:
    """Whether a unit is a percentage."""
    return isinstance(unit, str) and _plain(unit) == "percent"


def known_units(variable: str, canonical: str | None) -> list[str]:
    """Units in which a column of this variable may come, the canonical one first."""
    return ([canonical] if canonical else []) + list(CONVERSIONS.get(variable, {}))


def factor(variable: str, canonical: str | None, unit: str | None, *, where: str = "") -> float:
    """What a value of `variable` given in `unit` is multiplied by to reach the canonical unit.

    Raises
    ------
    InputError
        The unit cannot be converted; the message lists the units that can.
    """
    if unit is None or (canonical is not None and _plain(unit) == _plain(canonical)):
        return 1.0
    if canonical == "10^9/L" and _plain(unit) == "g/l":  # giga per litre: cells are counted, not weighed
        return 1.0
    for other, value in CONVERSIONS.get(variable, {}).items():
        if _plain(other) == _plain(unit):
            return value
    allowed = ", ".join(known_units(variable, canonical)) or "none, this variable has no unit"
    place = f"{where}: " if where else ""
    raise InputError(
        f"{place}unit {unit!r} of {variable} cannot be converted. Units that can: {allowed}. "
        f"Correct the unit in the mapping file, or convert the column first."
    )
