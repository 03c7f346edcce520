"""Finding: one thing about a table that a person must know, answer or repair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

#: nothing can be judged until it is repaired; a person who knows the data must answer; good to know
BLOCKS, NEEDS_AN_ANSWER, NOTE = "blocks", "needs_an_answer", "note"
SEVERITIES = (BLOCKS, NEEDS_AN_ANSWER, NOTE)


@dataclass(frozen=True)
class Finding:
    """One finding of the audit; it never holds a patient's value.

    Parameters
    ----------
    rule : what was looked for
    severity : blocks, needs_an_answer or note
    what : what was found, in one sentence
    do : what to do about it
    column : variable or raw column; "" where it is about the whole table
    site : "" where it is about all sites
    count : cells or patients concerned
    """

    rule: str
    severity: str
    what: str
    do: str
    column: str = ""
    site: str = ""
    count: int = 0

    def described(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


#: subject -> rules, in the order in which a person takes them; every other rule is about values and units
SUBJECTS = {
    "Persons": ("identifies_a_person", "identifier_left_out", "record_number"),
    "How the table is laid out": (
        "second_header", "row_of_totals", "rows_shifted", "rows_refused", "several_rows_of_a_patient", "same_patient_twice",
        "same_patient_in_two_tables",
    ),
    "Hospitals": ("site_spelling", "codes_differ_between_sites", "few_events_at_site", "one_site"),
    "Time and event": (
        "outcome_not_found", "event_coding", "censoring_indicator", "mixed_time_zero", "time_unit", "time_differs_between_sites", "time_zero_not_stated", "no_outcome",
        "all_censored", "all_dead", "all_dead_at_site", "no_events_at_site", "dead_live_longer", "event_share_mirrored", "alive_with_death_date",
        "death_without_date", "contact_after_death", "death_before_time_zero", "negative_time", "zero_days", "one_follow_up_time", "closing_date",
        "follow_up_only_of_the_dead", "follow_up_ends_with_end_point", "left_truncation", "whole_months", "younger_at_death", "age_against_birth",
        "status_only", "status_contradicted", "status_unknown", "status_never_known", "status_all_alike", "status_beside_times",
    ),
    "Known only later": (
        "measured_after_time_zero", "measured_long_before", "date_on_both_sides", "kept_after_time_zero", "kept_model_output", "filled_only_of_the_dead", "filled_only_of_the_living",
        "repeats_the_event", "name_after_time_zero", "not_a_predictor",
    ),
    "Days": ("partial_dates", "dates_in_two_forms", "order_of_day_and_month", "not_a_date", "spreadsheet_dates", "filled_in_days"),
    "Missing values": (
        "looks_like_missing_code", "blank_is_not_no", "never_measured", "never_measured_at_site", "half_missing", "not_measured_before",
        "all_declared_missing",
    ),
}  # fmt: skip
VALUES = "Values and units"


def by_subject(findings: Sequence[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Described findings under their subjects, in the order of `SUBJECTS`; what a rule says of three sites and more in one row.

    Of such a row `site` names all sites with their counts and `count` is the sum.
    """
    subject_of = {rule: subject for subject, rules in SUBJECTS.items() for rule in rules}
    found: dict[str, dict[tuple[str, str], list[dict[str, Any]]]] = {s: {} for s in (*SUBJECTS, VALUES)}
    for finding in findings:
        rows = found[subject_of.get(finding["rule"], VALUES)]
        rows.setdefault((finding["rule"], finding["column"]), []).append(finding)
    return [
        (s, [row for same in rows.values() for row in _together(same)]) for s, rows in found.items() if rows
    ]


def _together(same: list[dict[str, Any]]) -> list[dict[str, Any]]:
    at = [finding for finding in same if finding["site"]]
    if len(at) < 3:
        return same
    what = f"{at[0]['what']} The same is told of {len(at) - 1} further sites."
    sites = ", ".join(f"{f['site']} ({f['count']})" for f in at)
    joined = at[0] | {"what": what, "site": sites, "count": sum(f["count"] for f in at)}
    return [joined, *(finding for finding in same if not finding["site"])]
