"""spinesurv: which prognosis to trust for a patient with spinal metastasis.

A cohort table, a mapping and a study file go in; every score and model is fitted, validated across hospitals,
compared fairly and written up. Research software, not a medical device.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

try:
    __version__ = version("spinesurv")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0+unknown"

#: public name -> module that holds it; imported when first asked for, so that `import spinesurv` stays quick
_FRONT_DOOR = {
    "read_cohort": "spinesurv.cohorts",
    "load_demo": "spinesurv.cohorts",
    "make_cohort": "spinesurv.cohorts",
    "score": "spinesurv.scores",
    "Study": "spinesurv.study",
    "save_model": "spinesurv.study",
    "load_model": "spinesurv.study",
    "evaluate": "spinesurv.evaluation",
    "evaluate_subgroups": "spinesurv.evaluation",
    "compare": "spinesurv.evaluation",
    "CoxNomogram": "spinesurv.models",
    "Booster": "spinesurv.models",
    "SCORES": "spinesurv.scores",
    "MODELS": "spinesurv.models",
    "METRICS": "spinesurv.metrics",
    "report": "spinesurv.report",
}

__all__ = ["__version__", *_FRONT_DOOR]


def __getattr__(name: str) -> Any:
    if name not in _FRONT_DOOR:
        raise AttributeError(f"module 'spinesurv' has no attribute {name!r}; it has {', '.join(_FRONT_DOOR)}")
    module = import_module(_FRONT_DOOR[name])
    return module if name == "report" else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
