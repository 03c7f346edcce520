"""What the cells of a raw column say: whether they fit a variable."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from spinesurv.cohorts.cells import dates
from spinesurv.cohorts.proposal.coded import coded
from spinesurv.cohorts.proposal.labels import gaps_by_label
from spinesurv.cohorts.proposal.names import Named
from spinesurv.cohorts.proposal.numeric import numeric
from spinesurv.cohorts.proposal.proposed import GUESS, LIKELY, Proposed, weaker
from spinesurv.cohorts.proposal.raw_column import Cells
from spinesurv.core.codebook import Variable, codebook

_FITS = 0.98
#: so many different cells are tried first
_TRIED = 500
_DIGITS = r"[0-9０-９元].*[0-9０-９]"
#: the first group in which one fits is taken; where several of it fit, it is asked
_PATTERNS = (
    ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d-%m-%Y", "%m-%d-%Y"),
    ("%d-%b-%Y", "%d%b%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%y", "%d%b%y", "%d %b %y"),
    ("%Y. %m. %d.", "%Y.%m.%d.", "%Y년 %m월 %d일", "%Y년%m월%d일", "%Y %m %d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"),
    ("japanese",),
    ("%d.%m.%y", "%y.%m.%d", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%d-%m-%y", "%y-%m-%d", "%y%m%d"),
)  # fmt: skip


def judged(cells: Cells, found: Named) -> Proposed | None:
    """A column as this variable; None where its cells cannot be that."""
    variable = codebook()[found.key]
    gaps = gaps_by_label(variable, cells.counts.index, cells.labels)
    proposed = _judged(cells.without(gaps), variable, found)
    if proposed is None or not gaps:
        return proposed
    others = proposed.settings.get("missing", [])
    reasons = {str(c): "no value of this variable" for c in others} if isinstance(others, list) else {}
    return replace(proposed, settings={**proposed.settings, "missing": reasons | gaps})


def _judged(cells: Cells, variable: Variable, found: Named) -> Proposed | None:
    if cells.filled.empty:
        return Proposed(
            variable.key,
            cells.name,
            GUESS,
            (found.evidence, "no cell is filled"),
            blocked=True,
            questions=("the column is empty",),
        )
    if variable.kind == "date":
        return dated(cells, found)
    if variable.is_numeric:
        return numeric(cells, variable, found)
    if variable.kind == "yes_no" or variable.levels:
        return coded(cells, variable, found)
    return Proposed(variable.key, cells.name, weaker(found.confidence, LIKELY), (found.evidence,))


def dated(cells: Cells, found: Named) -> Proposed | None:
    """A column of dates; the order of day and month is told by days above 12, else asked."""
    some = pd.Series(cells.filled.unique()[:_TRIED], dtype=object)
    if some.str.contains(_DIGITS).mean() < _FITS - 0.05:
        return None
    groups = (
        [p for p in group if _share(some, p) >= _FITS - 0.05 and _share(cells.filled, p) >= _FITS]
        for group in _PATTERNS
    )
    fitting = next(filter(None, groups), [])
    if not fitting:
        return None
    evidence = (found.evidence, f"dates written as {fitting[0]}")
    if len(fitting) == 1:
        return Proposed(found.key, cells.name, found.confidence, evidence, _pattern(fitting[0]))
    question = f"no day above 12 tells the order: {' or '.join(fitting)}?"
    return Proposed(
        found.key, cells.name, GUESS, evidence, _pattern(fitting[0]), questions=(question,), blocked=True
    )


def _share(text: pd.Series, pattern: str) -> float:
    return float(dates(text, pattern).notna().mean())


def _pattern(pattern: str) -> dict[str, object]:
    return {} if pattern == "%Y-%m-%d" else {"format": pattern}
