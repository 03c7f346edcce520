"""Findings about codes in raw columns: yes or empty, two codings in one column, another coding at one site, digits among words."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, Finding
from spinesurv.cohorts.cells import codes_in_words, plain_code
from spinesurv.cohorts.proposal.words import missing

#: more kinds of cells than this are no codes
_MOST_CODES = 12
#: rows of a site, or of a code, below which nothing is said
_ENOUGH, _FEW = 20, 5
#: cells that say that something is there
_YES = {
    "yes", "y", "true", "t", "1", "x", "+", "ja", "j", "oui", "o", "si", "sí", "s", "present", "positive", "pos", "vorhanden", "hai", "ye",
    "有", "あり", "있음", "예", "유", "○", "✓", "✔",
}  # fmt: skip
#: numbers that stand for missing where the other codes are words
_DIGITS_FOR_MISSING = {
    "9",
    "99",
    "999",
    "9999",
    "8",
    "88",
    "888",
    "7",
    "77",
    "-1",
    "-7",
    "-8",
    "-9",
    "-99",
    "-999",
}
#: codes of grades that stand beside digits in one coding (Tx, Tis)
_BESIDE_DIGITS = {"x", "tx", "nx", "mx", "is", "tis", "a", "b", "c"}


def raw_code_findings(cells: pd.DataFrame, site: pd.Series) -> Iterator[Finding]:
    """Findings about the columns of at most 12 codes of a raw table.

    Parameters
    ----------
    cells : text, without the column of sites
    site : (n,) what seems to be the site of each row
    """
    for name in cells.columns:
        text = cells[name]
        filled = text[(text != "") & ~text.str.lower().isin(missing())]
        if not 1 <= filled.nunique() <= _MOST_CODES:
            continue
        code = filled.map({v: plain_code(v) for v in filled.unique()})
        yield from _yes_or_empty(str(name), text, code, site)
        yield from _digits_among_words(str(name), code)
        yield from _two_codings(str(name), code)
        yield from _another_coding(str(name), code, site.loc[code.index])


def _yes_or_empty(name: str, text: pd.Series, code: pd.Series, site: pd.Series) -> Iterator[Finding]:
    says_yes = code.str.lower().isin(_YES)
    if not says_yes.any() or code[~says_yes].nunique() > 2:
        return
    for at, rows in text.groupby(site, sort=False):
        here = says_yes.loc[says_yes.index.intersection(rows.index)]
        empty = int((rows == "").sum())
        if here.all() and len(here) >= _FEW and empty >= max(_FEW, 0.2 * len(rows)):
            yield Finding(
                "blank_is_not_no", NEEDS_AN_ANSWER,
                f"{name} at site {str(at)!r} is yes or empty, never no ({empty} of {len(rows)} are empty).",
                'Does empty mean "not there" or "not looked for"? Only the former may be read as no.', name, str(at), empty,
            )  # fmt: skip


def _digits_among_words(name: str, code: pd.Series) -> Iterator[Finding]:
    digits = code.isin(_DIGITS_FOR_MISSING)
    if digits.any() and digits.mean() < 0.3 and code[~digits].str.contains(r"[^\W\d_]").all():
        yield Finding(
            "looks_like_missing_code", NEEDS_AN_ANSWER,
            f"{int(digits.sum())} cells of {name} hold a number among words, which often means missing: {codes_in_words(code[digits])}.",
            "Name the codes in missing, with their reason where it is known.", name, count=int(digits.sum()),
        )  # fmt: skip


def _two_codings(name: str, code: pd.Series) -> Iterator[Finding]:
    """Words and digits that seem to say the same in one column."""
    counts = code.value_counts()
    counts = counts[(counts >= _FEW) & ~counts.index.str.lower().isin(_BESIDE_DIGITS)]
    digit = counts.index.str.fullmatch(r"[0-9]")
    word = counts.index.str.fullmatch(r"[^\W\d_]+")
    kinds = int(digit.sum()), int(word.sum())
    if min(kinds) < 2 or abs(kinds[0] - kinds[1]) > 1 or (digit | word).sum() < len(counts):
        return
    less = int(min(counts[digit].sum(), counts[word].sum()))
    if less >= 0.02 * len(code):
        yield Finding(
            "two_codings", NEEDS_AN_ANSWER,
            f"{name} holds digits and words for what may be the same: {codes_in_words(code)}.",
            "Which digit is which word? Name every code in values of the column, or write them in one coding.", name, count=less,
        )  # fmt: skip


def _another_coding(name: str, code: pd.Series, site: pd.Series) -> Iterator[Finding]:
    """Sites that use codes which no other site has, and lack one that is common at all others."""
    table = pd.crosstab(site, code)
    table = table[table.sum(axis=1) >= _ENOUGH]
    if len(table) < 2:
        return
    share = table.div(table.sum(axis=1), axis=0)
    found = []
    for at in table.index:
        others = table.drop(index=at)
        own = share.columns[(table.loc[at] >= _FEW) & (share.loc[at] >= 0.05)]
        new = [c for c in own if others[c].sum() == 0]
        gone = [c for c in share.columns if table.loc[at, c] == 0 and share.drop(index=at)[c].min() >= 0.1]
        if new and gone and len(own) >= 2:
            found.append((str(at), int(table.loc[at, new].sum())))
    if len(found) > max(len(table) / 2, 1) and len(table) > 2:
        return  # every site has words of its own: regions, departments
    for at, count in found:
        yield Finding(
            "codes_differ_between_sites", NEEDS_AN_ANSWER,
            f"Site {at!r} uses codes of {name} that no other site uses, and lacks one that is common at all others.",
            "The same digit may mean something else there: map this site by a file of its own, or write the codes in one coding.",
            name, at, count,
        )  # fmt: skip
