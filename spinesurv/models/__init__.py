"""Things that fit and predict. Each has `fit(patients, outcome)` and `predict(patients, *, times_days)`."""

from spinesurv.models.cox import CoxNomogram
from spinesurv.models.published import PublishedSurvival
from spinesurv.models.score_strata import ScoreStrata

MODELS = {
    "score_strata": ScoreStrata,
    "published": PublishedSurvival,
    "cox": CoxNomogram,
}

__all__ = ["MODELS", "CoxNomogram", "PublishedSurvival", "ScoreStrata"]
