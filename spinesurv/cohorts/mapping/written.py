"""What a mapping file writes about cells: canonical values, and the forms of dates."""

from __future__ import annotations

from typing import Any

import pandas as pd

from spinesurv.cohorts.cells import ISO, date_pattern, month_pattern, numbers, plain_code
from spinesurv.core.codebook import NO, YES, Variable
from spinesurv.errors import InputError, unknown_name


def patterns_of(rule: dict[str, Any], where: str) -> tuple[str, ...]:
    """One date format or several."""
    given = rule.get("format", ISO)
    several = given if isinstance(given, list) else [given]
    if not several or not all(isinstance(words, str) for words in several):
        raise InputError(f'{where}: format must be a text like "DD.MM.YYYY", or a list of such texts.')
    if "day" not in rule:
        return tuple(date_pattern(words, where=where) for words in several)
    day = rule["day"]
    if isinstance(day, bool) or not isinstance(day, int) or not 1 <= day <= 28:
        raise InputError(
            f"{where}: day is the day that stands for a month without one, a whole number from 1 to 28."
        )
    months = {words: month_pattern(words, day) for words in several}
    if not any(months.values()):
        raise InputError(
            f'{where}: day is for months without one, and no format is like "YYYY-MM" or "MM/YYYY".'
        )
    return tuple(months[words] or date_pattern(words, where=where) for words in several)


def target_of(variable: Variable, raw: Any, where: str) -> str:
    """A canonical value that a mapping writes, as text; "" = missing."""
    if variable.kind == "yes_no" and isinstance(raw, bool):
        return YES if raw else NO
    text = plain_code(raw) if variable.is_numeric else str(raw).strip()
    levels = (YES, NO) if variable.kind == "yes_no" else variable.levels
    if text == "":
        return text
    if levels and text not in levels:
        raise unknown_name(f"level of {variable.key}", text, levels, where=where)
    if variable.is_numeric:
        number = numbers(pd.Series([text], dtype=object))
        if number.isna().any() or not variable.in_range(number).all():
            raise InputError(f"{where}: {text!r} is not allowed. Allowed: {variable.allowed}.")
    return text
