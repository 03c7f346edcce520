"""The methods section, written from the settings that were really used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spinesurv.core.end_point import DEATH, OF_STATUS, Words, words_of
from spinesurv.core.tables import AS_GIVEN
from spinesurv.figures.wording import metric_wording
from spinesurv.report.summary import PUBLISHED


def methods_paragraphs(
    settings: Mapping[str, Any],
    *,
    sites: Sequence[str],
    patients: int,
    events: int,
    competing: int = 0,
    labels: Mapping[str, str],
    time_zero: str = "time zero",
    status_days: str | None = None,
    imputations: int | None = None,
) -> list[str]:
    """Paragraphs for the report and for a paper.

    Parameters
    ----------
    settings : the resolved study: sections study, validation, systems, evaluation
    sites, patients, events : the cohort as analysed; deaths, or events of the end point
    competing : patients with an event that competes with it
    labels : model -> short name
    time_zero : what day 0 is
    status_days : days at which who was dead is all that is known; None = there are follow-up times
    imputations : completed copies of the data that were judged and combined; None = nothing was imputed

    Returns
    -------
    list of str
        Design, systems, measures, uncertainty, missing data, software.
    """
    evaluation = settings.get("evaluation", {})
    scores = [k for k in settings.get("systems", {}).get("scores", ()) if k in labels]
    published = [k for k in labels if k.endswith(PUBLISHED)]
    given = settings.get("validation", {}).get("design") == AS_GIVEN
    fitted = [k for k in labels if k not in scores and k not in published and not given]
    horizons = _listed([f"{d:g}" for d in evaluation.get("horizons_days", ())])
    level = 100 * float(evaluation.get("level", 0.95))
    words = OF_STATUS if status_days else words_of(str(evaluation.get("end_point", DEATH)))
    return [
        p
        for p in (
            _followed(words, sites, patients, (events, competing), time_zero, horizons, status_days)
            + _design(settings.get("validation", {}), sites, words),
            _end_point(words),
            _systems(scores, published, fitted, labels, words),
            _cox_models(settings.get("systems", {}).get("models", ()), labels),
            _measures(evaluation.get("metrics", ()), words),
            _subgroups(evaluation.get("subgroups", ()), level, words.events),
            _uncertainty(len(sites), level, str(evaluation.get("reference", "")), labels),
            _missing(
                imputations,
                str(evaluation.get("missing", "pairwise")),
                settings.get("missing", {}).get("estimands", ("deployment",)),
                str(settings.get("missing", {}).get("imputation", "chained")),
            ),
            f"All random numbers derive from the seed {settings['study']['seed']}."
            if "seed" in settings.get("study", {})
            else "",
        )
        if p
    ]


def _subgroups(declared: Sequence[Mapping[str, Any]], level: float, events: str) -> str:
    """Subgroups, which of them were declared, and that many were looked at."""
    if not declared:
        return ""
    named = {
        late: [str(s["label"]) for s in declared if bool(s.get("exploratory")) == late]
        for late in (False, True)
    }
    parts = [
        f"{words}: {'; '.join(named[late])}."
        for late, words in ((False, "Subgroups declared in advance"), (True, "Exploratory subgroups"))
        if named[late]
    ]
    return " ".join(parts) + (
        " In them the same predictions were judged without fitting anything again, all sites together, with censoring weights "
        f"of the patients of the subgroup; {level:g} % confidence intervals make no allowance for the number of subgroups. "
        f"Subgroups of fewer than 20 patients or 10 {events} were not judged."
    )


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def _followed(
    words: Words,
    sites: Sequence[str],
    patients: int,
    events: tuple[int, int],
    time_zero: str,
    horizons: str,
    status_days: str | None,
) -> str:
    who = f"We studied {patients} patients of {len(sites)} site{'s' if len(sites) > 1 else ''} ({_listed(list(sites))}), "
    if words.by_status:
        who += (
            f"of whom {events[0]} are known to have died. Only who was dead by {status_days} from {time_zero} is known, and no times of "
            "follow-up. Patients alive at one day and not known at a later one were censored at the former; those known at no day so far "
            "were left out and counted, and nobody was taken for alive, which is right only if being not known has nothing to do with "
            "having died. Measures that need times are gaps with that reason. "
        )
    elif words.of_death:
        who += (
            f"of whom {events[0]} died during follow-up. Survival was counted in days from {time_zero}; patients alive at "
            "last contact were censored. "
        )
    else:
        who += (
            f"of whom {events[0]} had the event that is judged ({words.event}) and {events[1]} had another event before it that "
            f"makes it impossible. Time was counted in days from {time_zero} to the first of them; patients without either at "
            "last contact were censored. "
        )
    return who + f"Predictions were judged at {horizons} days. "


def _design(validation: Mapping[str, Any], sites: Sequence[str], words: Words) -> str:
    if validation.get("design", "internal_external") == "internal_external":
        return (
            "The design is internal-external validation by site: each site was left out once, everything that learns "
            f"from data (encoding, knots, coefficients, {words.learned} per total) was fitted in the other {len(sites) - 1} "
            "and judged in the site left out, so no patient was judged by a system that had seen that patient's site."
        )
    if validation["design"] == AS_GIVEN:
        return (
            "Nothing was fitted: predictions that were made elsewhere were judged as they were given. Whether the systems "
            "had seen these patients when they were made does not follow from the predictions; where they had, the results "
            "flatter them."
        )
    if validation["design"] == "temporal":
        year = validation["cutoff_year"]
        return (
            f"The design is temporal validation: these patients, whose index year is {year} or later, were judged site by "
            f"site, and everything that learns from data was fitted in the patients of all sites before {year}, who "
            "are counted in the attrition table. Sites of judged patients were seen in training, so this does not "
            "show how a system travels to a site that it has not seen."
        )
    return (
        f"The design is {validation.get('folds', 5)}-fold cross-validation inside each site: everything that learns "
        "from data was fitted on the other folds and judged on the one left out. It does not show how a system "
        "travels to a site that it has not seen."
    )


def _end_point(words: Words) -> str:
    if words.of_death:
        return ""
    return (
        f"The end point is {words.event}. Other events that prevent it compete with it: risks are cumulative "
        "incidences (Aalen-Johansen), a patient with a competing event counts as one who will never have the event, only "
        "the end of observation is a censoring, and calibration is by Fine-Gray regression on the predicted risks. "
        "Measures that have no meaning there are gaps with that reason. In the files of the results a column named survival "
        "holds 1 minus the incidence."
    )


def _systems(
    scores: Sequence[str],
    published: Sequence[str],
    fitted: Sequence[str],
    labels: Mapping[str, str],
    words: Words,
) -> str:
    parts = []
    if scores:
        parts.append(
            f"Point scores ({_listed([labels[k] for k in scores])}) were computed from the published points. A point score "
            f"gives a total, not a probability, so {words.learned} per total was re-estimated in the training data of each "
            f"split. Their calibration therefore tells how well the ordering of totals carries over once {words.learned} is "
            "learned again; it is not the calibration of the original publication."
        )
    if scores and not words.of_death:
        parts.append("Survival as published ends with death of any cause, so it was not judged.")
    if published:
        parts.append(
            f"Where a publication states survival per group, that survival was judged unchanged and only at the "
            f"horizons of the publication ({_listed([labels[k] for k in published])})."
        )
    if fitted:
        parts.append(f"Fitted in the training data of each split: {_listed([labels[k] for k in fitted])}.")
    return " ".join(parts)


def _cox_models(models: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> str:
    """What Cox models have besides linear terms, categories and splines."""
    told = []
    for model in models:
        if model.get("kind", model.get("key")) != "cox":
            continue
        penalty = model.get("penalty", 0.0)
        words = []
        if penalty == "cross_validated":
            words.append(
                "ridge penalty chosen by the cross-validated partial likelihood of the training patients"
            )
        elif penalty:
            words.append(f"ridge penalty {penalty:g} per patient on columns of unit spread")
        if model.get("stratify_by"):
            words.append(
                f"a baseline hazard for each {model['stratify_by']}, for others that of all training patients together"
            )
        if model.get("errors", "likelihood") != "likelihood":
            by = "summed by site" if model["errors"] == "site" else "of each patient"
            words.append(f"standard errors from the influence {by}")
        if model.get("interactions"):
            words.append(f"interactions of {_listed([' and '.join(pair) for pair in model['interactions']])}")
        if words:
            told.append(f"{labels.get(str(model['key']), str(model['key']))}: {'; '.join(words)}.")
    return " ".join(told)


def _measures(metrics: Sequence[str], words: Words) -> str:
    from spinesurv.metrics import METRICS

    if not metrics:
        return ""
    beside = (
        " Measures of known status leave out whoever was censored before the horizon, for comparison with published "
        "binary results; that favours death, and they are no basis for a choice between systems."
    )
    known_only = any(m in METRICS and METRICS[m].known_only for m in metrics)
    named = f"Measures: {_listed([metric_wording(m).label for m in metrics])}. "
    if words.by_status:
        return (
            named
            + "Nobody whose status at a day is known is censored there, so that every patient judged weighs the same."
        )
    return (
        f"{named}Censoring is handled by inverse probability "
        f"of censoring weights or by the {words.estimator} estimate, always estimated in the patients who are being judged "
        f"and never in training data; {words.events} leave the risk set before censorings on the same day. Censored patients "
        "are kept. Censoring is assumed to be unrelated to prognosis within a site."
        + (beside if known_only else "")
    )


def _uncertainty(sites: int, level: float, reference: str, labels: Mapping[str, str]) -> str:
    text = (
        f"Intervals are {level:g} % confidence intervals from the influence of each patient on the measure. "
    )
    if sites > 1:
        text += (
            "Sites were combined by a random-effects model (restricted maximum likelihood, Hartung-Knapp intervals) on "
            "the scale on which the measure is closest to normal, and transformed back. The prediction interval tells "
            "where the measure is expected in a new site. "
        )
    text += "Comparisons are paired: both systems were judged on the same patients"
    return text + (f", each against {labels.get(reference, reference)}." if reference else ".")


#: estimand -> how judged patients were completed, and what is estimated thereby
_COMPLETED = {
    "deployment": (
        "Patients judged were completed by equations learned in the training data without any outcome, as a new patient "
        "would be (estimand: deployment)."
    ),
    "full_information": (
        "Patients judged were completed from the judged patients of their own site with their outcome, never from training "
        "patients (estimand: full information, performance had nothing been missing)."
    ),
}


def _missing(imputations: int | None, rule: str, estimands: Sequence[str], how: str) -> str:
    if imputations and how == "miss_forest":
        return (
            "Missing predictors were filled once by random forests (missForest) learned in the training data without the "
            "outcome, one value per gap; intervals leave out that these are guesses. Results on patients as recorded stand "
            "beside, each system on those it can predict."
        )
    if imputations:
        text = "once" if imputations == 1 else f"{imputations} times"
        text = (
            f"Missing predictors were imputed {text} by chained equations. Patients learned from were completed by equations "
            "learned in the training data with their outcome. "
        )
        text += " ".join(_COMPLETED[name] for name in estimands)
        text += (
            " A single completed copy leaves out of the intervals that the values filled in are guesses."
            if imputations == 1
            else " Each completed copy was judged, and the results were combined by Rubin's rules within the site, before "
            "sites were pooled; a patient's prediction is the mean over the copies."
        )
        return text + " Results on patients as recorded stand beside, each system on those it can predict."
    who = {
        "pairwise": "each comparison uses the patients whom both systems can predict",
        "common": "comparisons use the patients whom all systems can predict",
    }.get(rule, rule)
    return (
        "Nothing was imputed. A score with a missing input has a missing total, never a silent zero, and its patient is "
        f"not judged by it; {who}. The number of patients stands beside each result."
    )
