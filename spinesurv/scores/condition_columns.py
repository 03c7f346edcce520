"""Derived columns of the general condition: performance, walking, strength, bones, laboratory values."""

from __future__ import annotations

import numpy as np

from spinesurv.core.codebook import NO, YES
from spinesurv.scores.derivation import Columns, Options, choose, look_up, missing


def kps_effective(p: Columns, options: Options) -> np.ndarray:
    """Karnofsky index; from ECOG where it is not recorded (0 -> 90, 1 -> 80, or 70 by an option, 2 -> 60, 3 -> 40, 4 -> 20)."""
    from_ecog = look_up(p["ecog"], {0: 90, 1: options.ecog1_kps, 2: 60, 3: 40, 4: 20})
    return np.where(np.isnan(p["kps"]), from_ecog, p["kps"])


def ecog_effective(p: Columns, options: Options) -> np.ndarray:
    """ECOG; from the Karnofsky index, rounded down to the ten, where it is not recorded."""
    ten = np.floor(p["kps"] / 10) * 10
    from_kps = look_up(ten, {100: 0, 90: 0, 80: 1, 70: 1, 60: 2, 50: 2, 40: 3, 30: 3, 20: 4, 10: 4})
    return np.where(np.isnan(p["ecog"]), from_kps, p["ecog"])


def n_skeletal_mets(p: Columns, options: Options) -> np.ndarray:
    """Vertebrae plus bone foci outside the spine."""
    return p["n_spine_mets"] + p["n_extraspinal_bone_mets"]


def other_bone_mets_effective(p: Columns, options: Options) -> np.ndarray:
    """Bone metastases besides the index lesion; at least one focus outside the spine where not recorded."""
    foci = p["n_extraspinal_bone_mets"]
    counted = choose(~np.isnan(foci), (foci >= 1, YES), otherwise=NO)
    return np.where(missing(p["other_bone_mets"]), counted, p["other_bone_mets"])


def is_ambulatory(p: Columns, options: Options) -> np.ndarray:
    """Walks, alone or with an aid; Frankel D or E where the walking status is not recorded."""
    grade = p["frankel"]
    by_grade = choose(~missing(grade), ((grade == "D") | (grade == "E"), YES), otherwise=NO)
    walks = choose(
        ~missing(p["ambulatory_status"]), (p["ambulatory_status"] == "nonambulatory", NO), otherwise=YES
    )
    return np.where(missing(p["ambulatory_status"]), by_grade, walks)


def weak_legs(p: Columns, options: Options) -> np.ndarray:
    """Leg strength of grade 3 or less; unable to walk where the strength is not recorded."""
    walks = is_ambulatory(p, options)
    by_walking = choose(~missing(walks), (walks == YES, NO), otherwise=YES)
    strength = p["leg_motor_grade"]
    by_strength = choose(~np.isnan(strength), (strength <= 3, YES), otherwise=NO)
    return np.where(np.isnan(strength), by_walking, by_strength)


def motor_deficit(p: Columns, options: Options) -> np.ndarray:
    """Motor deficit, yes or no: yes if the time over which it developed is recorded; Frankel A to D where it is not."""
    grade = p["frankel"]
    by_grade = choose(~missing(grade), (grade == "E", NO), otherwise=YES)
    return np.where(np.isnan(p["motor_deficit_days"]), by_grade, YES).astype(object)


def katagiri_lab_level(p: Columns, options: Options) -> np.ndarray:
    """Laboratory values: normal, abnormal or critical.

    Critical: platelets < 100 x 10^9/L, calcium >= 10.3 mg/dL or bilirubin >= 1.4 mg/dL. Abnormal: CRP >= 0.4 mg/dL,
    LDH >= 250 U/L or albumin < 3.7 g/dL. One critical value settles it; an abnormal one settles it where the three
    critical tests are known and none is critical; normal takes all six.
    """
    return _lab_level(p, p["calcium"])


def katagiri_lab_level_corrected(p: Columns, options: Options) -> np.ndarray:
    """Laboratory values as in katagiri_lab_level, with calcium corrected for albumin."""
    return _lab_level(p, corrected_calcium(p, options))


def _lab_level(p: Columns, calcium: np.ndarray) -> np.ndarray:
    critical = (p["platelets"] < 100) | (calcium >= 10.3) | (p["bilirubin"] >= 1.4)
    abnormal = (p["crp"] >= 0.4) | (p["ldh"] >= 250) | (p["albumin"] < 3.7)
    tests = ("platelets", "calcium", "bilirubin", "crp", "ldh", "albumin")
    untold = np.any([np.isnan(p[name]) for name in tests], axis=0)
    return choose(critical | ~untold, (critical, "critical"), (abnormal, "abnormal"), otherwise="normal")


def corrected_calcium(p: Columns, options: Options) -> np.ndarray:
    """Calcium corrected for albumin: calcium + 0.8 x (4.0 - albumin), mg/dL and g/dL."""
    return np.round(p["calcium"] + 0.8 * (4.0 - p["albumin"]), 9)  # 10.0 must stay 10.0


def months_since_primary_effective(p: Columns, options: Options) -> np.ndarray:
    """Months since the cancer was diagnosed; until cord compression where they are not recorded."""
    own = p["months_since_primary_diagnosis"]
    return np.where(np.isnan(own), p["interval_dx_to_mscc_months"], own)


def years_to_spine_met_effective(p: Columns, options: Options) -> np.ndarray:
    """Years from cancer to spinal metastasis; months until cord compression / 12 where they are not recorded."""
    own = p["years_diagnosis_to_spine_met"]
    return np.where(np.isnan(own), p["interval_dx_to_mscc_months"] / 12, own)


def n_organ_systems_effective(p: Columns, options: Options) -> np.ndarray:
    """Organ systems that hold a metastasis, bone included; those outside bone plus 1 where they are not recorded."""
    own = p["n_organ_systems"]
    return np.where(np.isnan(own), p["n_organ_systems_nonbone"] + 1, own)


def albumin_deficiency_effective(p: Columns, options: Options) -> np.ndarray:
    """Albumin deficiency as recorded; albumin < 3.5 g/dL where it is not."""
    return _recorded_or(p["albumin_deficiency"], p["albumin"], p["albumin"] < 3.5)


def inr_elevated_effective(p: Columns, options: Options) -> np.ndarray:
    """INR elevation as recorded; INR > 1.2 where it is not."""
    return _recorded_or(p["inr_elevated"], p["inr"], p["inr"] > 1.2)


def leukocytosis_effective(p: Columns, options: Options) -> np.ndarray:
    """Leukocytosis as recorded; white cells > 11 x 10^9/L where it is not."""
    return _recorded_or(p["leukocytosis"], p["wbc"], p["wbc"] > 11)


def _recorded_or(recorded: np.ndarray, measured: np.ndarray, beyond: np.ndarray) -> np.ndarray:
    """What is recorded, or what the measured value says."""
    return np.where(missing(recorded), choose(~np.isnan(measured), (beyond, YES), otherwise=NO), recorded)
