"""Trail of an import: every rule that touched a column, and every cell that could not be used, with counts."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

#: one row per rule and column: what was done to how many cells
TRAIL_COLUMNS = ["column", "from", "rule", "count"]

#: one row per kind of unusable cell and column: `count` of `of` filled cells were emptied
PROBLEM_COLUMNS = ["column", "from", "rule", "count", "of", "hint"]


@dataclass
class Trail:
    """Collects while a table is harmonised; `table` and `problems` are what it hands on."""

    _steps: list[tuple[str, str, str, int]] = field(default_factory=list)
    _problems: list[tuple[str, str, str, int, int, str]] = field(default_factory=list)
    _gaps: dict[str, pd.Series] = field(default_factory=dict)
    _bad: dict[tuple[str, str], pd.Index] = field(default_factory=dict)

    def step(self, column: str, source: str | None, rule: str, count: float) -> None:
        """A rule was applied to `count` cells; one that was declared and touched none is kept too."""
        self._steps.append((column, source or "", rule, int(count)))

    def problem(
        self, column: str, source: str | None, rule: str, bad: pd.Series, of: int, hint: str = ""
    ) -> None:
        """The cells where `bad` holds, of `of` filled ones, broke `rule` and are empty now; nothing is kept where there are none."""
        if bad.any():
            self._problems.append((column, source or "", rule, int(bad.sum()), int(of), hint))
            self._bad[column, rule] = bad.index[bad]

    def rows(self, column: str, rule: str) -> pd.Index:
        """Rows of the raw table whose cell of this column broke this rule."""
        return self._bad[column, rule]

    def gap(self, column: str, why: pd.Series) -> None:
        """Cells of a column that are missing for a stated reason; `why` is "" elsewhere."""
        stated = why[why != ""]
        if len(stated):
            self._gaps[column] = pd.concat([*([self._gaps[column]] if column in self._gaps else []), stated])

    def gaps(self, key: pd.DataFrame) -> pd.DataFrame:
        """site, patient_id, column, reason of each gap with a reason, of the rows that are in `key`."""
        parts = [
            key.loc[key.index.isin(why.index)].assign(column=column, reason=why)
            for column, why in self._gaps.items()
        ]
        empty = pd.DataFrame(columns=[*key.columns, "column", "reason"])
        return pd.concat(parts, ignore_index=True) if parts else empty

    @property
    def table(self) -> pd.DataFrame:
        """All steps, in order."""
        return pd.DataFrame(self._steps, columns=TRAIL_COLUMNS)

    @property
    def problems(self) -> pd.DataFrame:
        """All unusable cells, counted."""
        return pd.DataFrame(self._problems, columns=PROBLEM_COLUMNS)
