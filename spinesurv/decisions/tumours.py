"""Histology: expected response to conventional radiotherapy, and vascularity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core.codebook import codebook
from spinesurv.decisions.codes import named, tuples
from spinesurv.decisions.definition import ONCO, definition
from spinesurv.decisions.disclaimer import research_use, stated
from spinesurv.decisions.inputs import Inputs
from spinesurv.decisions.sins import only
from spinesurv.errors import unknown_name

SCHEMES = ("noms2", "three_class", "rpa_histology")
RESISTANT = ONCO.index("radioresistant")


@dataclass(frozen=True, eq=False)
class Histology:
    """What is known of the tumour of n lesions.

    Parameters
    ----------
    tumour : (n,) position among the primary tumours of the codebook, -1 where missing
    prior_rt : (n,) radiotherapy of the site before: 1, 0 or nan
    possible : (n, 2) radiosensitive and radioresistant, as far as possible
    """

    tumour: np.ndarray
    prior_rt: np.ndarray
    possible: np.ndarray

    def entry(self, field: str) -> np.ndarray:
        """(n,) a field of the table of tumours, None where there is none."""
        by_key = _entries()
        return named(self.tumour, [by_key[key].get(field) for key in codebook()["primary_tumor"].levels])


@research_use
def radiosensitivity(
    lesions: pd.DataFrame, *, scheme: str = "noms2", prior_rt_policy: str = "flag"
) -> pd.DataFrame:
    """Class of expected response to conventional radiotherapy, from the primary tumour.

    `noms2`: radiosensitive or radioresistant, the O of NOMS. `three_class`: sensitive, intermediate, resistant. The two are
    not nested. `rpa_histology`: favourable, radioresistant, other, as papers on spine SBRT group tumours.

    Parameters
    ----------
    lesions : columns primary_tumor and prior_rt_same_site
    scheme : noms2, three_class or rpa_histology
    prior_rt_policy : earlier radiotherapy at the level: "flag", "ignore", or "treat_as_resistant" (C; scheme noms2 alone)

    Returns
    -------
    DataFrame with the index of `lesions`
        radiosensitivity_2 or the column of another scheme (missing where the class is open), its confidence (A to C, P),
        hypervascular and its confidence, radiosensitivity_status, radiosensitivity_flags.

    Raises
    ------
    InputError
        An unknown scheme or policy. An unknown tumour makes its row `invalid_input`.

    References
    ----------
    Laufer I et al. Oncologist 2013;18:744-51. doi:10.1634/theoncologist.2012-0293
    Chao ST et al. Int J Radiat Oncol Biol Phys 2012;82:1738-43. doi:10.1016/j.ijrobp.2011.02.019
    """
    if scheme not in SCHEMES:
        raise unknown_name("scheme", scheme, SCHEMES)
    inputs = Inputs(lesions)
    found = histology(inputs, prior_rt_policy)
    table = radiosensitivity_columns(found, inputs, scheme, prior_rt_policy)
    options = {"scheme": scheme, "prior_rt_policy": prior_rt_policy}
    return stated(table, name="tumours", version=definition("tumours")["version"], options=options)


def histology(inputs: Inputs, prior_rt_policy: str = "flag") -> Histology:
    """Tumour, earlier radiotherapy and the classes that remain possible under the policy."""
    policies = definition("tumours")["prior_rt_policies"]
    if prior_rt_policy not in policies:
        raise unknown_name("prior_rt_policy", prior_rt_policy, policies)
    tumour, prior_rt = inputs.level("primary_tumor"), inputs.yes_no("prior_rt_same_site")
    by_key = _entries()
    classes = [by_key[key].get("class2") for key in codebook()["primary_tumor"].levels]
    table = np.array([[c in (None, name) for name in ONCO] for c in classes] + [[True, True]])
    possible = table[tumour]
    if prior_rt_policy == "treat_as_resistant":
        possible[prior_rt == 1] = [name == "radioresistant" for name in ONCO]
        possible[np.isnan(prior_rt), RESISTANT] = True
    return Histology(tumour, prior_rt, possible)


def radiosensitivity_columns(
    found: Histology, inputs: Inputs, scheme: str = "noms2", prior_rt_policy: str = "flag"
) -> pd.DataFrame:
    """The columns that `radiosensitivity` returns."""
    rules = definition("tumours")
    confidence = found.entry("confidence")
    if scheme == "noms2":
        name, value = "radiosensitivity_2", named(only(found.possible), ONCO)
    elif scheme == "three_class":
        name, value = "radiosensitivity_3", found.entry("class3")
        own = found.entry("class3_confidence")
        confidence = np.where(pd.isna(own), confidence, own)
    else:
        name = "rpa_histology"
        groups = {key: group for group, keys in rules["rpa_histology"].items() for key in keys}
        value = named(found.tumour, [groups.get(key, "other") for key in codebook()["primary_tumor"].levels])
        confidence = named(np.where(found.tumour >= 0, 0, -1), ("A",))
    status = np.where(pd.notna(value), "determined", "indeterminate").astype(object)
    bad = [inputs.invalid[c] for c in ("primary_tumor", "prior_rt_same_site") if c in inputs.invalid]
    status[np.any([np.zeros(inputs.n, dtype=bool), *bad], axis=0)] = "invalid_input"
    prior = (found.prior_rt == 1) & (prior_rt_policy != "ignore")
    out = {
        name: value,
        "radiosensitivity_confidence": confidence,
        "hypervascular": found.entry("hypervascular"),
        "hypervascular_confidence": found.entry("hypervascular_confidence"),
        "radiosensitivity_status": status,
        "radiosensitivity_flags": tuples({"PRIOR_RT_SAME_SITE": prior}),
    }
    return pd.DataFrame(out, index=inputs.table.index)


def _entries() -> dict[str, Any]:
    return {entry["primary_tumor"]: entry for entry in definition("tumours")["tumour"]}
