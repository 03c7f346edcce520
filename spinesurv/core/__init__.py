"""The nouns: Codebook, Cohort, Outcome, Prediction, Estimate, Curve, and the names of result columns."""

from spinesurv.core.codebook import Codebook, Variable, codebook
from spinesurv.core.cohort import Cohort
from spinesurv.core.estimate import SCALES, Curve, Estimate
from spinesurv.core.outcome import Outcome
from spinesurv.core.prediction import Prediction
from spinesurv.core.status import StatusAtDays

__all__ = [
    "SCALES",
    "Codebook",
    "Cohort",
    "Curve",
    "Estimate",
    "Outcome",
    "Prediction",
    "StatusAtDays",
    "Variable",
    "codebook",
]
