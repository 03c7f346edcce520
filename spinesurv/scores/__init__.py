"""Point scores as data files (`definitions/`), and one engine that adds.

`SCORES` is discovered from the folder: a new file is a new score.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from spinesurv.core.cohort import Cohort
from spinesurv.scores.classify import classify
from spinesurv.scores.definition import Definition, ProvisionalScoreWarning
from spinesurv.scores.describe import describe, list_scores
from spinesurv.scores.reading import check_known, load_definition, packaged

if TYPE_CHECKING:
    from spinesurv.scores.derived_columns import BesideTotal, DerivedColumns
    from spinesurv.scores.transformer import Score
    from spinesurv.scores.variants import compare_variants

#: key -> definition file
SCORES: dict[str, Path] = dict(packaged())

__all__ = [
    "SCORES",
    "BesideTotal",
    "Definition",
    "DerivedColumns",
    "ProvisionalScoreWarning",
    "Score",
    "check_known",
    "classify",
    "compare_variants",
    "describe",
    "list_scores",
    "load_definition",
    "score",
    "score_table",
]


def score(
    source: str | Path | Definition, patients: pd.DataFrame | Cohort | None = None, **options: Any
) -> Any:
    """Score patients, or get the score itself.

    Parameters
    ----------
    source : key of a score (`key.variant` for a variant), path of a definition file, or a Definition
    patients : table of patients under codebook names, or a Cohort; None = return the Score
    options : `variant`, `ecog1_kps`, `brain_counts_as_visceral`, `assume_hormone`, as in `Score`

    Returns
    -------
    DataFrame as of `Score.transform`, or a Score

    Examples
    --------
    `score("tomita", cohort)["total"]`
    """
    from spinesurv.scores.transformer import Score

    scorer = Score(source, **options)
    if patients is None:
        return scorer
    return scorer.transform(patients.patients if isinstance(patients, Cohort) else patients)


def __getattr__(name: str) -> Any:
    # scikit-learn takes a second to import; whoever only lists or explains scores does not wait for it
    if name in ("Score", "score_table", "BesideTotal", "DerivedColumns", "compare_variants"):
        from spinesurv.scores import derived_columns, table, transformer, variants

        modules = {
            "Score": transformer,
            "score_table": table,
            "BesideTotal": derived_columns,
            "DerivedColumns": derived_columns,
            "compare_variants": variants,
        }
        return getattr(modules[name], name)
    raise AttributeError(f"module 'spinesurv.scores' has no attribute {name!r}")
