"""Measures and curves: what a prediction is worth, judged on patients and nothing else."""

from spinesurv.metrics import acc_category_interval as _acc_category_interval
from spinesurv.metrics import acc_category_interval_complete as _acc_category_interval_complete
from spinesurv.metrics import acc_category_threshold as _acc_category_threshold
from spinesurv.metrics import acc_category_threshold_complete as _acc_category_threshold_complete
from spinesurv.metrics import acc_overestimated as _acc_overestimated
from spinesurv.metrics import acc_overestimated_complete as _acc_overestimated_complete
from spinesurv.metrics import acc_probability_050 as _acc_probability_050
from spinesurv.metrics import acc_probability_050_complete as _acc_probability_050_complete
from spinesurv.metrics import acc_underestimated as _acc_underestimated
from spinesurv.metrics import acc_underestimated_complete as _acc_underestimated_complete
from spinesurv.metrics import acc_worst_group as _acc_worst_group
from spinesurv.metrics import acc_worst_group_complete as _acc_worst_group_complete
from spinesurv.metrics import auc as _auc
from spinesurv.metrics import auc_binary as _auc_binary
from spinesurv.metrics import auc_over_time as _auc_over_time
from spinesurv.metrics import brier as _brier
from spinesurv.metrics import brier_binary as _brier_binary
from spinesurv.metrics import calibration as _calibration
from spinesurv.metrics import calibration_groups as _calibration_groups
from spinesurv.metrics import calibration_intercept as _calibration_intercept
from spinesurv.metrics import calibration_intercept_joint_logistic as _calibration_intercept_joint_logistic
from spinesurv.metrics import calibration_intercept_logistic as _calibration_intercept_logistic
from spinesurv.metrics import calibration_intercept_poisson as _calibration_intercept_poisson
from spinesurv.metrics import calibration_pseudo as _calibration_pseudo
from spinesurv.metrics import calibration_slope as _calibration_slope
from spinesurv.metrics import calibration_slope_logistic as _calibration_slope_logistic
from spinesurv.metrics import calibration_slope_poisson as _calibration_slope_poisson
from spinesurv.metrics import d_calibration as _d_calibration
from spinesurv.metrics import decision as _decision
from spinesurv.metrics import e50 as _e50
from spinesurv.metrics import e90 as _e90
from spinesurv.metrics import emax as _emax
from spinesurv.metrics import gonen_heller as _gonen_heller
from spinesurv.metrics import harrell_c as _harrell_c
from spinesurv.metrics import ici as _ici
from spinesurv.metrics import ici_binary as _ici_binary
from spinesurv.metrics import integrated_brier as _integrated_brier
from spinesurv.metrics import interventions_avoided as _interventions_avoided
from spinesurv.metrics import ipa as _ipa
from spinesurv.metrics import ipa_binary as _ipa_binary
from spinesurv.metrics import kappa_linear as _kappa_linear
from spinesurv.metrics import kappa_linear_complete as _kappa_linear_complete
from spinesurv.metrics import kappa_quadratic as _kappa_quadratic
from spinesurv.metrics import kappa_quadratic_complete as _kappa_quadratic_complete
from spinesurv.metrics import median_of_group as _median_of_group
from spinesurv.metrics import net_benefit as _net_benefit
from spinesurv.metrics import net_benefit_binary as _net_benefit_binary
from spinesurv.metrics import net_benefit_over_all as _net_benefit_over_all
from spinesurv.metrics import net_benefit_standardised as _net_benefit_standardised
from spinesurv.metrics import npv as _npv
from spinesurv.metrics import observed_expected as _observed_expected
from spinesurv.metrics import observed_expected_binary as _observed_expected_binary
from spinesurv.metrics import ppv as _ppv
from spinesurv.metrics import royston_d as _royston_d
from spinesurv.metrics import royston_r2 as _royston_r2
from spinesurv.metrics import sensitivity as _sensitivity
from spinesurv.metrics import specificity as _specificity
from spinesurv.metrics import spiegelhalter_binary as _spiegelhalter_binary
from spinesurv.metrics import uno_c as _uno_c
from spinesurv.metrics.bootstrapped import bootstrapped
from spinesurv.metrics.record import CurveRecord, Metric

#: in the order of tables
METRICS: dict[str, Metric] = {
    "harrell_c": _harrell_c.RECORD,
    "uno_c": _uno_c.RECORD,
    "gonen_heller": _gonen_heller.RECORD,
    "royston_d": _royston_d.RECORD,
    "royston_r2": _royston_r2.RECORD,
    "auc": _auc.RECORD,
    "sensitivity": _sensitivity.RECORD,
    "specificity": _specificity.RECORD,
    "ppv": _ppv.RECORD,
    "npv": _npv.RECORD,
    "brier": _brier.RECORD,
    "ipa": _ipa.RECORD,
    "integrated_brier": _integrated_brier.RECORD,
    "observed_expected": _observed_expected.RECORD,
    "calibration_intercept": _calibration_intercept.RECORD,
    "calibration_slope": _calibration_slope.RECORD,
    "calibration_intercept_poisson": _calibration_intercept_poisson.RECORD,
    "calibration_slope_poisson": _calibration_slope_poisson.RECORD,
    "d_calibration": _d_calibration.RECORD,
    "ici": _ici.RECORD,
    "e50": _e50.RECORD,
    "e90": _e90.RECORD,
    "emax": _emax.RECORD,
    "acc_category_interval": _acc_category_interval.RECORD,
    "acc_category_interval_complete": _acc_category_interval_complete.RECORD,
    "acc_overestimated": _acc_overestimated.RECORD,
    "acc_overestimated_complete": _acc_overestimated_complete.RECORD,
    "acc_underestimated": _acc_underestimated.RECORD,
    "acc_underestimated_complete": _acc_underestimated_complete.RECORD,
    "acc_category_threshold": _acc_category_threshold.RECORD,
    "acc_category_threshold_complete": _acc_category_threshold_complete.RECORD,
    "acc_worst_group": _acc_worst_group.RECORD,
    "acc_worst_group_complete": _acc_worst_group_complete.RECORD,
    "kappa_linear": _kappa_linear.RECORD,
    "kappa_linear_complete": _kappa_linear_complete.RECORD,
    "kappa_quadratic": _kappa_quadratic.RECORD,
    "kappa_quadratic_complete": _kappa_quadratic_complete.RECORD,
    "acc_probability_050": _acc_probability_050.RECORD,
    "acc_probability_050_complete": _acc_probability_050_complete.RECORD,
    "net_benefit": _net_benefit.RECORD,
    "net_benefit_over_all": _net_benefit_over_all.RECORD,
    "net_benefit_standardised": _net_benefit_standardised.RECORD,
    "interventions_avoided": _interventions_avoided.RECORD,
    # binary twins: patients of known status only
    "auc_binary": _auc_binary.RECORD,
    "brier_binary": _brier_binary.RECORD,
    "ipa_binary": _ipa_binary.RECORD,
    "observed_expected_binary": _observed_expected_binary.RECORD,
    "calibration_intercept_logistic": _calibration_intercept_logistic.RECORD,
    "calibration_intercept_joint_logistic": _calibration_intercept_joint_logistic.RECORD,
    "calibration_slope_logistic": _calibration_slope_logistic.RECORD,
    "ici_binary": _ici_binary.RECORD,
    "net_benefit_binary": _net_benefit_binary.RECORD,
    "spiegelhalter_binary": _spiegelhalter_binary.RECORD,
}

CURVES: dict[str, CurveRecord] = {
    "calibration": _calibration.RECORD,
    "calibration_pseudo": _calibration_pseudo.RECORD,
    "calibration_groups": _calibration_groups.RECORD,
    "auc_over_time": _auc_over_time.RECORD,
    "decision": _decision.RECORD,
    "median_of_group": _median_of_group.RECORD,
}

__all__ = ["CURVES", "METRICS", "CurveRecord", "Metric", "bootstrapped"]
