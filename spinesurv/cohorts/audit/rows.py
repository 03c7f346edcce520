"""Findings about the rows and cells of a raw table: lines that are no patients, cells that stand in the wrong column."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.audit.identity import beyond_chance
from spinesurv.cohorts.audit.kept import one_site
from spinesurv.cohorts.cells import SHOWN_FROM_ROWS, codes_in_words, is_total, numbers
from spinesurv.cohorts.proposal.words import missing

_ENOUGH = 20
_SPREADSHEET = re.compile(
    r"[0-9]{1,2}[-. ]+(jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-z]*\.?([-. ]+[0-9]{2,4})?|"
    r"(jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-z]*\.?[-. ]+[0-9]{1,2}|[0-9]{1,2}月[0-9]{1,2}日",
    re.IGNORECASE,
)
_LIMIT = re.compile(r"[<>≤≥]=?\s*[0-9.,]+|[0-9.,]+\s*\(?(\*|[HLhl]|↑|↓)+\)?")
_WITH_UNIT = re.compile(
    r"[<>≤≥]?\s*[0-9.,]+\s*([mµu]?g/d?l|[mµu]mol/l|m?u/l|iu/l|%|/[uµ]l|[gkc]m?|x ?10\^?[0-9]+ ?/[a-zµ]+|days?|weeks?|months?|years?|d|mo|yrs?|tage|monate|jahre)",
    re.IGNORECASE,
)


def row_findings(cells: pd.DataFrame, decimal: str, site: pd.Series) -> Iterator[Finding]:
    """Findings about the lines of a raw table, and about cells that are unlike all others of their column."""
    for name in cells.columns:
        yield from _spreadsheet_dates(str(name), cells.loc[cells[name] != "", name])
        yield from _marked(str(name), cells.loc[cells[name] != "", name], decimal, site)
    misfit = misfits(cells, decimal)
    if misfit.empty:
        return
    no_patients, found = _lines(cells, misfit)
    yield from found
    misfit = misfit.drop(index=no_patients)
    told = misfit.any(axis=1)  # a rare code alone is a rare patient
    wrong = _shifted(misfit[told] | _rare_codes(cells.loc[misfit.index], misfit.columns)[told])
    if len(wrong):
        yield Finding(
            "rows_shifted", NEEDS_AN_ANSWER,
            f"{len(wrong)} rows hold cells that are unlike the same two or more columns: text among numbers, codes that hardly any row has.",
            "Cells may have moved by a column. Compare these rows with the source; an import would empty or refuse them.",
            count=len(wrong),
        )  # fmt: skip
    rest = cells.drop(index=no_patients.union(wrong))
    for name in misfit.columns:
        yield from _stray(
            str(name), rest.loc[misfit.loc[rest.index, name], name], int((rest[name] != "").sum())
        )


def misfits(cells: pd.DataFrame, decimal: str) -> pd.DataFrame:
    """Where a cell is unlike its column: no number among numbers, no day among days, a rare code among few that are common.

    Columns of 20 filled cells and more, nine tenths of which are numbers, or days, or codes of at most twelve kinds.
    """
    found = {}
    for name in cells.columns:
        text = cells[name]
        filled = (text != "") & ~text.str.lower().isin(missing())
        if filled.sum() < _ENOUGH:
            continue
        for good in (
            lambda t: numbers(t, decimal).notna() | _written_as(t, _LIMIT) | _written_as(t, _WITH_UNIT),
            lambda t: t.str.fullmatch(r"[0-9]{1,4}[-/. ][0-9A-Za-z]{1,3}[-/. ][0-9]{1,4}"),
            _common_codes,
        ):
            fits = good(text[filled].astype(object)).astype(bool)
            if fits.mean() >= 0.9:
                found[name] = (filled & ~fits.reindex(text.index, fill_value=False)).astype(bool)
                break
    return pd.DataFrame(found, index=cells.index)


def _common_codes(text: pd.Series) -> pd.Series:
    counts = text.value_counts()
    common = counts[counts >= SHOWN_FROM_ROWS]
    return text.isin(common.index if 1 < len(common) <= 12 else [])


def _rare_codes(cells: pd.DataFrame, columns: pd.Index) -> pd.DataFrame:
    """Where a column of a few common codes holds another one."""
    found = pd.DataFrame(False, index=cells.index, columns=columns)
    for name in columns:
        text = cells[name]
        fits = _common_codes(text[text != ""])
        if len(fits) >= _ENOUGH and fits.mean() >= 0.9:
            found[name] = (text != "") & ~fits.reindex(text.index, fill_value=False)
    return found


def _shifted(unlike: pd.DataFrame) -> pd.Index:
    """Rows that are unlike two columns, the same two in three rows and more."""
    hit = unlike.to_numpy(dtype=np.int64)
    together = hit.T @ hit
    np.fill_diagonal(together, 0)
    if together.size == 0 or together.max() < 3:
        return unlike.index[:0]
    one, other = np.unravel_index(together.argmax(), together.shape)
    return unlike.index[(hit[:, one] > 0) & (hit[:, other] > 0)]


def _lines(cells: pd.DataFrame, misfit: pd.DataFrame) -> tuple[pd.Index, list[Finding]]:
    """Lines that are no patients, a second header and totals at the foot; and what is said of them."""
    found: list[Finding] = []
    first = cells.index[:1]
    filled = int((cells.loc[first, misfit.columns] != "").to_numpy().sum())
    if misfit.loc[first].to_numpy().sum() < max(2, 0.5 * filled):
        first = first[:0]
    else:
        what = "The first line below the names holds no patient: it looks like a second header."
        do = "Take it out of the table, or put units and names into one line."
        found.append(Finding("second_header", NEEDS_AN_ANSWER, what, do, count=1))
    usual = float((cells != "").sum(axis=1).median())
    feet = [line for line in cells.index[-3:] if _totals([c for c in cells.loc[line] if c], usual)]
    if feet:
        what = f"{len(feet)} lines at the foot hold totals or means, and no patient."
        do = "Take them out of the table: an import refuses only those that say so in the column of the identifier."
        found.append(Finding("row_of_totals", NEEDS_AN_ANSWER, what, do, count=len(feet)))
    return first.append(pd.Index(feet, dtype=first.dtype)), found


def _totals(filled: list[str], usual: float) -> bool:
    """Whether a line with these filled cells, fewer than usual, names a total or a mean."""
    return len(filled) < 0.7 * usual and any(is_total(cell) for cell in filled)


def _like_spreadsheet_dates(text: pd.Series) -> pd.Series:
    return text.isin([v for v in text.unique() if _SPREADSHEET.fullmatch(v)])


def _spreadsheet_dates(name: str, text: pd.Series) -> Iterator[Finding]:
    """Days without a year in a column of other things."""
    dated = _like_spreadsheet_dates(text)
    if dated.any() and dated.mean() < 0.5:
        yield Finding(
            "spreadsheet_dates", NEEDS_AN_ANSWER, f"{int(dated.sum())} cells of {name} look like days that a spreadsheet made of codes.",
            'Grades like 1-2 become dates in a spreadsheet ("2-Jan"): enter them again as text.', name, count=int(dated.sum()),
        )  # fmt: skip


def _written_as(text: pd.Series, form: re.Pattern[str]) -> pd.Series:
    return text.isin([v for v in text.unique() if form.fullmatch(str(v))])


def _marked(name: str, filled: pd.Series, decimal: str, site: pd.Series) -> Iterator[Finding]:
    """Limits, marks and units in a column of numbers."""
    plainly = numbers(filled.astype(object), decimal).notna()
    if len(filled) < _ENOUGH or plainly.mean() < 0.3 or plainly.all():
        return
    for rule, form, what, do in (
        ("limit_of_method", _LIMIT, "are limits (< or >) or carry a mark", "The limit itself is taken at import, and counted."),
        ("unit_in_cells", _WITH_UNIT, "carry a unit", "A unit of its variable is read at import, cell by cell; check that the other cells have it too."),
    ):  # fmt: skip
        those = _written_as(filled, form)
        if those.any():
            where, there = one_site(site, filled.index[those])
            at = f" {there} of them are at site {where!r}." if where else ""
            yield Finding(
                rule,
                NOTE,
                f"{int(those.sum())} cells of {name} {what}.{at}",
                do,
                name,
                where,
                int(those.sum()),
            )


def _stray(name: str, text: pd.Series, of: int) -> Iterator[Finding]:
    """Cells of one column that are unlike it."""
    rest = text[~_like_spreadsheet_dates(text)]
    if len(rest):
        yield Finding(
            "unlike_its_column", NEEDS_AN_ANSWER, f"{len(rest)} of {of} filled cells of {name} are unlike all others: {codes_in_words(rest)}.",
            "Words among numbers, or codes that hardly any row has: correct them, or name what means missing.", name, count=len(rest),
        )  # fmt: skip


def sign_findings(cells: pd.DataFrame, site: pd.Series) -> Iterator[Finding]:
    """Columns in which some numbers have a decimal point and others a comma."""
    for name in cells.columns:
        text = cells[name]
        filled = text[text != ""]
        by_point, by_comma = numbers(filled, ".").notna(), numbers(filled, ",").notna()
        only_one = by_point ^ by_comma
        if len(filled) < _ENOUGH or (by_point | by_comma).mean() < 0.9 or not only_one.any():
            continue
        less = by_comma if (by_comma & only_one).sum() < (by_point & only_one).sum() else by_point
        rows = filled.index[less & only_one]
        if len(rows) >= 3 and len(rows) < only_one.sum():
            where, there = one_site(site, rows)
            at = f" {there} of them are at site {where!r}." if where else ""
            yield Finding(
                "two_decimal_signs", NEEDS_AN_ANSWER,
                f"{len(rows)} of {len(filled)} numbers of {name} have another decimal sign than the rest.{at}",
                "One of the two is lost at import: write all numbers with one sign, or take a table of its own for each site.", str(name),
                where, len(rows),
            )  # fmt: skip


def repeated_rows(cells: pd.DataFrame, key: list[str]) -> Iterator[Finding]:
    """Several rows of a patient, by the columns that seem to be the site and the identifier."""
    filled = cells.loc[(cells[key] != "").all(axis=1), key]
    again = filled.duplicated(keep=False)
    if again.any():
        persons = len(filled[again].drop_duplicates())
        yield Finding(
            "several_rows_of_a_patient", NEEDS_AN_ANSWER,
            f"{int(again.sum())} rows share their identifier ({' and '.join(key)}) with another row: {persons} patients have several.",
            "One row per patient is expected: what is a row here (operation, eye, visit, end point)? Keep the first treatment.",
            key[-1], count=int(again.sum()),
        )  # fmt: skip


def _apart(fine: pd.DataFrame, decimal: str) -> list[str]:
    """Columns that count for the chance that strangers are alike, the finest first.

    Two columns are often one fact (time to progression and to death): one whose ranks go with those of another (Spearman above
    0.4) is left out, and of columns that are no numbers only one is taken.
    """
    names = list(fine.nunique().sort_values(ascending=False, kind="stable").index)
    rank = pd.DataFrame({name: numbers(fine[name].astype(object), decimal).rank() for name in names})
    words_of = [name for name in names if rank[name].notna().mean() < 0.5][:1]
    taken: list[str] = []
    for name in names:
        if rank[name].notna().mean() >= 0.5 and all(abs(rank[name].corr(rank[t])) < 0.4 for t in taken):
            taken.append(name)
    return words_of + taken


def same_rows(cells: pd.DataFrame, key: Collection[str], identifier: str, decimal: str) -> Iterator[Finding]:
    """Rows that agree with another row in every cell but the identifier and the site.

    Asked of tables with at least four further columns, two of which tell people apart (different in a tenth of the rows), and
    only where more pairs are alike than strangers would be by chance (`_apart`).
    """
    rest = cells[[name for name in cells.columns if name not in key and cells[name].nunique() < len(cells)]]
    fine = [name for name in rest.columns if rest[name].nunique() > 0.1 * len(rest)]
    if len(rest.columns) < 4 or len(fine) < 2 or len(rest) < _ENOUGH:
        return
    known = rest[(rest[fine] != "").sum(axis=1) >= 2]
    again = known.duplicated(keep=False)
    apart = _apart(known[fine], decimal)
    alone = known[[*apart, *(name for name in rest.columns if name not in fine)]]
    if again.mean() < 0.2 and beyond_chance(known.groupby(list(known.columns)).size(), alone):
        ids = cells.loc[again.index[again], identifier].nunique() if identifier else again.sum()
        persons = len(known[again].drop_duplicates())
        if ids > persons:
            yield Finding(
                "same_patient_twice", NEEDS_AN_ANSWER,
                f"{int(again.sum())} rows agree with another row in every column but the identifier and the site.",
                "The same patient under two numbers, or of two hospitals? Keep one row of a person.", identifier, count=int(again.sum()),
            )  # fmt: skip
