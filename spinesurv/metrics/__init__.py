"""Measures and curves: what a prediction is worth, judged on patients and nothing else."""

from spinesurv.metrics import brier as _brier
from spinesurv.metrics import calibration as _calibration
from spinesurv.metrics import harrell_c as _harrell_c
from spinesurv.metrics import ici as _ici
from spinesurv.metrics import ipa as _ipa
from spinesurv.metrics import observed_expected as _observed_expected
from spinesurv.metrics.record import CurveRecord, Metric

#: in the order of tables
METRICS: dict[str, Metric] = {
    "harrell_c": _harrell_c.RECORD,
    "brier": _brier.RECORD,
    "ipa": _ipa.RECORD,
    "observed_expected": _observed_expected.RECORD,
    "ici": _ici.RECORD,
}

CURVES: dict[str, CurveRecord] = {"calibration": _calibration.RECORD}

__all__ = ["CURVES", "METRICS", "CurveRecord", "Metric"]
