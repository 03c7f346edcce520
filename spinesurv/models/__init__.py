"""Things that fit and predict. Each has `fit(patients, outcome)` and `predict(patients, *, times_days)`."""

from spinesurv.models.boosted_cox import BoostedCox
from spinesurv.models.cox import CoxNomogram
from spinesurv.models.fixed_horizon import FixedHorizonBooster
from spinesurv.models.nomogram import Nomogram
from spinesurv.models.nomogram_tables import NomogramTables, nomogram_tables
from spinesurv.models.published import PublishedSurvival
from spinesurv.models.score_strata import ScoreStrata

MODELS = {
    "score_strata": ScoreStrata,
    "published": PublishedSurvival,
    "cox": CoxNomogram,
    "boosted_cox": BoostedCox,
    "sorg_style_boosting": FixedHorizonBooster,
}

#: the boosted model of the front door: one model for every day
Booster = BoostedCox

__all__ = [
    "MODELS",
    "BoostedCox",
    "Booster",
    "CoxNomogram",
    "FixedHorizonBooster",
    "Nomogram",
    "NomogramTables",
    "PublishedSurvival",
    "ScoreStrata",
    "nomogram_tables",
]
