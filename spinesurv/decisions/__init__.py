"""Decision systems for spinal metastasis as data (`tables/`), and small engines that look inputs up in them.

Each maps recorded inputs to what a published framework names; none says what a patient should receive. Inputs that are
missing are never filled in: every completion is looked at, and what remains possible is what comes out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spinesurv.decisions.describe import described, statements
from spinesurv.decisions.disclaimer import DISCLAIMER, EMERGENCY
from spinesurv.decisions.embolisation import embolisation
from spinesurv.decisions.en_bloc import en_bloc
from spinesurv.decisions.escc import escc_group
from spinesurv.decisions.gates import survival_gate
from spinesurv.decisions.instrumentation import instrumentation_factors
from spinesurv.decisions.integrate import Options, integrate
from spinesurv.decisions.integrated import Integrated
from spinesurv.decisions.lmnop import lmnop_profile
from spinesurv.decisions.mdacc import mdacc_2023
from spinesurv.decisions.neurology import neurological_scales
from spinesurv.decisions.noms import noms
from spinesurv.decisions.rt_interval import rt_interval
from spinesurv.decisions.sins import sins
from spinesurv.decisions.ssi import ssi_factors
from spinesurv.decisions.trials import patchell_criteria, rtog0631_eligibility
from spinesurv.decisions.tumours import radiosensitivity
from spinesurv.decisions.vcf import vcf_flags

#: what the review and guidelines state, for `spinesurv explain`
STATEMENTS = "statements"

#: name -> function of a table of lesions, in the order in which they are read
DECISIONS: dict[str, Callable[..., Any]] = {
    "sins": sins,
    "escc": escc_group,
    "radiosensitivity": radiosensitivity,
    "noms": noms,
    "lmnop": lmnop_profile,
    "survival_gate": survival_gate,
    "en_bloc": en_bloc,
    "vcf": vcf_flags,
    "rt_interval": rt_interval,
    "ssi": ssi_factors,
    "instrumentation": instrumentation_factors,
    "embolisation": embolisation,
    "neurology": neurological_scales,
    "patchell": patchell_criteria,
    "rtog0631": rtog0631_eligibility,
    "mdacc": mdacc_2023,
    "integrate": integrate,
}


def describe_decision(name: str) -> str:
    """What a system of `DECISIONS` does, with its rules, their confidence and their sources; or the `statements`."""
    return statements() if name == STATEMENTS else described(name, DECISIONS[name])


__all__ = [
    "DECISIONS",
    "DISCLAIMER",
    "EMERGENCY",
    "STATEMENTS",
    "Integrated",
    "Options",
    "describe_decision",
    "embolisation",
    "en_bloc",
    "escc_group",
    "instrumentation_factors",
    "integrate",
    "lmnop_profile",
    "mdacc_2023",
    "neurological_scales",
    "noms",
    "patchell_criteria",
    "radiosensitivity",
    "rt_interval",
    "rtog0631_eligibility",
    "sins",
    "ssi_factors",
    "survival_gate",
    "vcf_flags",
]
