"""Questions with two answers each, a table over all their combinations, and what remains possible where answers are open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spinesurv.decisions.codes import tuples


@dataclass(frozen=True, eq=False)
class Cells:
    """A decision table over k questions.

    Parameters
    ----------
    questions : names, in the order of the axes
    codes : decisions, in the order of the table
    row_of : (2, ..., 2) number of the row that a cell belongs to, 0 = none
    decision_of : (2, ..., 2) position of its decision among the codes
    n_rows : rows of the table
    """

    questions: tuple[str, ...]
    codes: tuple[str, ...]
    row_of: np.ndarray
    decision_of: np.ndarray
    n_rows: int

    def look_up(self, possible: np.ndarray) -> Mapped:
        """Rows and decisions of every cell that is possible, and which answers matter.

        Parameters
        ----------
        possible : (n, 2, ..., 2) cells that remain possible
        """
        n = len(possible)
        flat = possible.reshape(n, 2 ** len(self.questions))
        row_of, decision_of = self.row_of.ravel(), self.decision_of.ravel()
        rows = np.column_stack([flat[:, row_of == r].any(axis=1) for r in range(1, self.n_rows + 1)])
        decisions = np.column_stack([flat[:, decision_of == d].any(axis=1) for d in range(len(self.codes))])
        matters = np.zeros((n, len(self.questions)), dtype=bool)
        for axis in range(len(self.questions)):
            both = np.take(possible, 0, axis=axis + 1) & np.take(possible, 1, axis=axis + 1)
            differ = np.take(self.decision_of, 0, axis=axis) != np.take(self.decision_of, 1, axis=axis)
            matters[:, axis] = (both & differ).reshape(n, 2 ** (len(self.questions) - 1)).any(axis=1)
        return Mapped(self, decisions, rows, matters)


@dataclass(frozen=True, eq=False)
class Mapped:
    """What a table maps n levels to.

    Parameters
    ----------
    cells : the table
    decisions : (n, d) which decisions remain possible, in the order of the table
    rows : (n, r) which rows are matched by a completion
    matters : (n, k) which questions have two answers that lead to different decisions
    """

    cells: Cells
    decisions: np.ndarray
    rows: np.ndarray
    matters: np.ndarray

    def take(self, rows: np.ndarray) -> Mapped:
        """The same of levels at these positions."""
        return Mapped(self.cells, self.decisions[rows], self.rows[rows], self.matters[rows])

    @property
    def status(self) -> np.ndarray:
        """(n,) determined, determined_despite_missing, indeterminate or out_of_table."""
        decisions, rows = self.decisions.sum(axis=1), self.rows.sum(axis=1)
        out = np.where(decisions > 1, "indeterminate", "determined").astype(object)
        out[(decisions == 1) & (rows > 1)] = "determined_despite_missing"
        out[(decisions == 1) & (rows == 0)] = "out_of_table"
        return out

    def columns(self, prefix: str, silent: dict[str, np.ndarray]) -> dict[str, Any]:
        """decisions, rows, status and missing_that_matter; nothing where a status of `silent` holds."""
        said = ~np.any([np.zeros(len(self.rows), dtype=bool), *silent.values()], axis=0)
        status = self.status
        for word, where in silent.items():
            status[where] = word
        by_code = dict(zip(self.cells.codes, self.decisions.T, strict=True))
        by_question = dict(zip(self.cells.questions, self.matters.T, strict=True))
        return {
            f"{prefix}_decisions": tuples({code: by_code[code] & said for code in sorted(by_code)}),
            f"{prefix}_rows": tuples(
                {r: self.rows[:, r - 1] & said for r in range(1, self.cells.n_rows + 1)}
            ),
            f"{prefix}_status": status,
            f"{prefix}_missing_that_matter": tuples(
                {name: by_question[name] & said for name in sorted(by_question)}
            ),
        }


def answers(answer: np.ndarray) -> np.ndarray:
    """(n, 2) yes and no, as far as 1, 0 or nan leave them possible."""
    return np.column_stack([answer != 0, answer != 1])
