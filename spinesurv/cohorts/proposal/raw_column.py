"""A raw column without its gaps, and which codes mean a gap in the whole table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from spinesurv.cohorts.cells import SHOWN_FROM_ROWS, is_code, numbers, plain_code
from spinesurv.cohorts.harmonise.measured import without_thousands
from spinesurv.cohorts.proposal.names import unit_in
from spinesurv.cohorts.proposal.words import code, missing, words
from spinesurv.cohorts.read_table import RawTable
from spinesurv.core.codebook import codebook

#: columns in which a code has to stand apart from everything else before it is taken for missing in the whole table
_IN_COLUMNS = 2
_PLUS, _MINUS = {"+", "＋", "(+)"}, {"-", "－", "–", "—", "―", "(-)"}
#: a column of signs has so many different cells at most
_FEW = 6
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Cells:
    """A raw column without gaps.

    Parameters
    ----------
    name : of the raw column
    filled : its cells that are neither empty nor a word for missing
    decimal : decimal sign of the table
    thousands : sign between groups of three digits; None = there is none
    labels : code, as the import compares it -> what the file says it means
    title : what the column holds, in the words of the file
    """

    name: str
    filled: pd.Series
    decimal: str = "."
    thousands: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    title: str = ""

    @classmethod
    def of(cls, name: str, table: RawTable, missing: tuple[str, ...]) -> Cells:
        """A column of a table without empty cells, these codes, and those that the file declares missing."""
        text, content = table.cells[name], table.content
        filled = text[(text != "") & ~text.isin(missing)]
        if name in content.gaps:
            filled = filled[~is_code(filled, content.gaps[name])]
        labels = {plain_code(code): label.strip() for code, label in content.labels.get(name, {}).items()}
        options, title = table.options, content.titles.get(name, "")
        return cls(name, filled, options.decimal, options.thousands, labels, title)

    def without(self, codes: Collection[str]) -> Cells:
        """The column without these codes."""
        return replace(self, filled=self.filled[~is_code(self.filled, codes)]) if codes else self

    @property
    def unit(self) -> str | None:
        """The unit that its name carries, else its title."""
        return unit_in(self.name) or unit_in(self.title)

    def shown(self, code: str) -> str:
        """A code in a question, with its label."""
        return f"{code[:40]!r} ({self.labels[code][:40]})" if code in self.labels else repr(code[:40])

    @property
    def values(self) -> pd.Series:
        """As numbers; nan where a cell is none."""
        return numbers(without_thousands(self.filled, self.thousands), self.decimal)

    @property
    def counts(self) -> pd.Series:
        """Cells per code, codes as the import compares them."""
        return self.filled.map(plain_code).value_counts()


def missing_words(table: RawTable) -> tuple[str, ...]:
    """Words for missing that stand anywhere in a table, as they are written; a fixed list, so no cell of a patient."""
    listed = {
        str(text)
        for name in table.cells
        for text in table.distinct(str(name)).texts
        if text.lower() in missing()
    }
    for name in map(str, table.cells):
        texts = set(table.distinct(name).texts)
        if texts & _PLUS and len(texts) <= _FEW:
            listed -= _MINUS  # beside a plus it says no
    return tuple(sorted(listed))


def missing_by_place(table: RawTable, listed: tuple[str, ...]) -> tuple[str, ...]:
    """Codes that stand apart in several columns: the one word among numbers, or a number such as 999 far from all others.

    A word must be the only text in two columns of numbers and stand in 5 rows; one that may be a value ("no", "normal",
    "negative") is none.
    """
    found: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    for name in map(str, table.cells):
        distinct = table.distinct(name)
        texts = pd.Series(distinct.texts, dtype=object)
        counts = np.bincount(distinct.codes, minlength=len(texts))
        filled = ((texts != "") & ~texts.isin(listed)).to_numpy()
        value = numbers(texts, table.options.decimal).to_numpy()
        number = filled & ~np.isnan(value)
        stray = [str(t) for t in texts[filled & ~number] if not _DIGIT.search(t)]
        if number.any() and counts[number].sum() > counts[filled].sum() / 2 and len(stray) == 1:
            found[stray[0]] += stray[0] != name
        for sentinel in words()["missing"]["numbers"]:
            at = number & (value == float(sentinel))
            others = value[number & ~at]
            if at.any() and len(others) and _apart(float(sentinel), others):
                found[str(texts[at].iloc[0])] += 1
        for text, n in zip(texts[filled], counts[filled], strict=True):
            rows[str(text)] += int(n)
    enough = [t for t, n in found.items() if n >= _IN_COLUMNS and rows[t] >= SHOWN_FROM_ROWS]
    return tuple(sorted(t for t in enough if code(t) not in _values()))


def _apart(sentinel: float, others: np.ndarray) -> bool:
    """Whether no other number is negative, or none comes near a large one."""
    return bool(others.min() >= 0) if sentinel < 0 else bool(sentinel > 3 * others.max())


def _values() -> frozenset[str]:
    """Words that stand beside numbers and are values."""
    book = codebook()
    levels = {code(w) for v in book for level, ws in v.level_synonyms.items() for w in (level, *ws)}
    plainly = {"normal", "norm", "neg", "pos", "negative", "positive", "none", "nil", "low", "high", "trace"}
    schemes = {code(w) for scheme in words()["yes_no"] for w in scheme.values()}
    return frozenset(levels | plainly | schemes | {code(w) for w in (*book.read_yes, *book.read_no)})
