"""Blood values and body mass, as written down: rounded and inside their plausible limits.

A latent frailty of nutrition and inflammation (z) ties albumin, haemoglobin, white cells, the
neutrophil-lymphocyte ratio and platelets to performance status and visceral disease.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from spinesurv.cohorts.synthetic.draws import yes
from spinesurv.cohorts.synthetic.facts import choices, facts, is_tumour, per_tumour
from spinesurv.cohorts.synthetic.sites import Site


def draw_laboratory(
    site: Site, rng: np.random.Generator, patient: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """(n,) columns of the laboratory and `bmi`; white cells, their two kinds and the ratio agree."""
    labs = facts()["labs"]
    tumour, liver = patient["tumour"], patient["has_liver"]
    n = len(tumour)
    z, z_mean, z_sd = _latent(site, rng, patient)
    mean, sd = site.raw["albumin_mean_sd"]
    albumin = mean + sd * _driven(rng, (z - z_mean) / z_sd, _drive("albumin"))
    values = {
        "albumin": albumin,
        "hemoglobin": labs["hemoglobin"]["mean"]
        + labs["hemoglobin"]["sd"] * _driven(rng, z / z_sd, _drive("hemoglobin")),
        "bmi": _body_mass(site, rng, (albumin - mean) / sd),
    }
    for name in ("wbc", "nlr", "platelets"):
        values[name] = _log_normal(labs[name], _driven(rng, z / z_sd, _drive(name)))
    for name in ("crp", "ldh"):
        values[name] = _log_normal(labs[name], rng.standard_normal(n))
    values["bilirubin"] = _log_normal(
        labs["bilirubin"], rng.standard_normal(n), labs["bilirubin"]["liver_metastasis_shift"] * liver
    )
    renal = is_tumour("kidney_urothelial_myeloma")[tumour]
    values["creatinine"] = _log_normal(
        labs["creatinine"],
        rng.standard_normal(n),
        labs["creatinine"]["kidney_urothelial_myeloma_shift"] * renal,
    )
    alp = labs["alkaline_phosphatase"]
    shift = per_tumour(alp["log_shift"])[tumour] + alp["log_shift"]["liver_metastasis"] * liver
    values["alkaline_phosphatase"] = _log_normal(alp, rng.standard_normal(n), shift)
    values["inr"] = _inr(rng, labs["inr"], liver | is_tumour("liver primary")[tumour])
    values["calcium"] = _calcium(rng, labs["calcium"], is_tumour("breast_kidney_lung_myeloma")[tumour])
    written = {name: _written(name, np.clip(v, *labs[name]["clip"])) for name, v in values.items()}
    return {**written, **_white_cells(written["wbc"], np.clip(values["nlr"], *labs["nlr"]["clip"]))}


def _latent(
    site: Site, rng: np.random.Generator, patient: dict[str, np.ndarray]
) -> tuple[np.ndarray, float, float]:
    """z of each patient, and its mean and standard deviation in the site."""
    latent = facts()["latent"]
    ecog, visceral, residual = latent["ecog"], latent["visceral"], latent["residual"]
    z = (
        ecog["weight"] * (patient["ecog"] - ecog["centre"])
        + visceral["weight"] * (patient["is_visceral"] - visceral["centre"])
        + residual * rng.standard_normal(len(patient["ecog"]))
    )
    grades, shares = np.arange(5), np.array(site.raw["ecog_0_to_4"])
    mean_ecog = float(np.sum(grades * shares) / shares.sum())
    var_ecog = float(np.sum((grades - mean_ecog) ** 2 * shares) / shares.sum())
    share = site.raw["visceral_mets"]
    mean = ecog["weight"] * (mean_ecog - ecog["centre"]) + visceral["weight"] * (share - visceral["centre"])
    variance = ecog["weight"] ** 2 * var_ecog + visceral["weight"] ** 2 * share * (1 - share) + residual**2
    return z, mean, float(np.sqrt(variance))


def _drive(name: str) -> float:
    """Correlation of a blood value (on its log where skewed) with z."""
    drives: dict[str, float] = {**facts()["latent"]["drives"], **choices()["latent"]["drives"]}
    return drives[name]


def _driven(rng: np.random.Generator, z: np.ndarray, correlation: float) -> np.ndarray:
    return correlation * z + np.sqrt(1.0 - correlation**2) * rng.standard_normal(len(z))


def _log_normal(lab: dict[str, Any], normal: np.ndarray, shift: np.ndarray | float = 0.0) -> np.ndarray:
    return np.exp(lab["log_mean"] + shift + lab["log_sd"] * normal)


def _body_mass(site: Site, rng: np.random.Generator, albumin: np.ndarray) -> np.ndarray:
    bmi = facts()["labs"]["bmi"]
    own = bmi[site.region]
    return own["mean"] + own["sd"] * _driven(rng, albumin, bmi["correlation_with_albumin"])


def _inr(rng: np.random.Generator, lab: dict[str, Any], liver: np.ndarray) -> np.ndarray:
    n = len(liver)
    shift = lab["liver_metastasis_or_liver_primary_log_shift"] * liver
    usual = _log_normal(lab, rng.standard_normal(n), shift)
    low, high = lab["uniform_in_those"]
    return np.where(yes(rng, lab["share_anticoagulated"], n), low + (high - low) * rng.random(n), usual)


def _calcium(rng: np.random.Generator, lab: dict[str, Any], often: np.ndarray) -> np.ndarray:
    n = len(often)
    more = np.where(often, lab["multiply_share_in_breast_kidney_lung_myeloma"], 1.0)
    raised = yes(rng, lab["share_with_hypercalcaemia"] * more, n)
    added = rng.normal(lab["add_in_those"]["mean"], lab["add_in_those"]["sd"], n)
    return rng.normal(lab["mean"], lab["sd"], n) + np.where(raised, np.maximum(added, 0.0), 0.0)


def _white_cells(wbc: np.ndarray, nlr: np.ndarray) -> dict[str, np.ndarray]:
    """Lymphocytes, neutrophils and their ratio as written, so that the ratio is that of the written counts."""
    share = facts()["labs"]["lymphocytes"]["share_of_wbc"]
    lymphocytes = _written("lymphocytes", share * wbc / (1.0 + nlr))
    neutrophils = _written("neutrophils", nlr * lymphocytes)
    return {
        "lymphocytes": lymphocytes,
        "neutrophils": neutrophils,
        "nlr": _written("nlr", neutrophils / lymphocytes),
    }


def _written(name: str, values: np.ndarray) -> np.ndarray:
    return np.round(values, choices()["decimals"][name])
