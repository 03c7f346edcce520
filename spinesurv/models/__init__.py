"""Things that fit and predict. Each has `fit(patients, outcome)` and `predict(patients, *, times_days)`."""

from spinesurv.models.boosted_cox import BoostedCox
from spinesurv.models.cause_specific_cox import CauseSpecificCox
from spinesurv.models.cox import CoxNomogram
from spinesurv.models.equation import describe_equation, load_equation, packaged_equations
from spinesurv.models.equation_on_score import EquationOnScore
from spinesurv.models.fixed_horizon import FixedHorizonBooster
from spinesurv.models.imported import ImportedPredictions
from spinesurv.models.integer_score import IntegerScore
from spinesurv.models.nomogram import Nomogram
from spinesurv.models.nomogram_tables import NomogramTables, nomogram_tables
from spinesurv.models.parametric import ParametricSurvival
from spinesurv.models.pooled_cox import PooledCox
from spinesurv.models.published import PublishedSurvival
from spinesurv.models.published_equation import PublishedEquation
from spinesurv.models.score_strata import ScoreStrata

MODELS = {
    "score_strata": ScoreStrata,
    "published": PublishedSurvival,
    "cox": CoxNomogram,
    "cause_specific_cox": CauseSpecificCox,
    "parametric": ParametricSurvival,
    "boosted_cox": BoostedCox,
    "sorg_style_boosting": FixedHorizonBooster,
    "sorg_style_classic": IntegerScore,
    "published_equation": PublishedEquation,
    "equation_on_score": EquationOnScore,
    "imported_predictions": ImportedPredictions,
}

#: key -> file of a published equation
EQUATIONS = packaged_equations()

#: the boosted model of the front door: one model for every day
Booster = BoostedCox

__all__ = [
    "EQUATIONS",
    "MODELS",
    "BoostedCox",
    "Booster",
    "CauseSpecificCox",
    "CoxNomogram",
    "EquationOnScore",
    "FixedHorizonBooster",
    "ImportedPredictions",
    "IntegerScore",
    "Nomogram",
    "NomogramTables",
    "ParametricSurvival",
    "PooledCox",
    "PublishedEquation",
    "PublishedSurvival",
    "ScoreStrata",
    "describe_equation",
    "load_equation",
    "nomogram_tables",
]
