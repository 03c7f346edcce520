"""What there is: scores, models and measures, as text for the command line."""

from __future__ import annotations

import textwrap
from inspect import getdoc
from typing import Any

from spinesurv.errors import unknown_name


def scores_text() -> str:
    """Each point score by status: key, label, range, confidence, citation and inputs."""
    from spinesurv.scores import list_scores
    from spinesurv.scores.definition import STATUS

    table = list_scores()
    lines: list[str] = []
    for status, meaning in STATUS.items():
        mine = table[table["status"] == status]
        lines += ["", f"{status}: {len(mine)} scores; {meaning}"] if len(mine) else []
        for row in mine.to_dict("records"):
            span = f", {row['range']}, higher is {row['higher_is']}" if row["range"] else ""
            outcome = "" if row["outcome"] == "overall survival" else f"; outcome: {row['outcome']}"
            lines.append(
                f"  {row['key']}: {row['label']}{span} [{row['confidence'] or 'not stated'}]{outcome}"
            )
            lines += textwrap.wrap(
                f"{row['citation']} Reads {row['inputs']}.",
                112,
                initial_indent=" " * 6,
                subsequent_indent=" " * 6,
            )
    return "\n".join(lines[1:])


def point_table_form() -> str:
    """The form for a point table that a user enters from a paper."""
    from spinesurv.scores.point_table import template

    return template()


def models_text() -> str:
    """One line per model, then one per published equation with its status."""
    from spinesurv.models import EQUATIONS, MODELS, load_equation

    found = {key: load_equation(key) for key in EQUATIONS}
    equations = {key: f"{e.label}; {e.status}" for key, e in found.items()}
    return (
        _lines({key: _first_line(model) for key, model in MODELS.items()})
        + '\n\nPublished equations (kind = "published_equation"):\n'
        + _lines(equations)
    )


def metrics_text() -> str:
    """One line per measure and curve."""
    from spinesurv.metrics import CURVES, METRICS

    return _lines(
        {key: f"{m.label}; {_direction(m)}" for key, m in METRICS.items()}
        | {k: c.label for k, c in CURVES.items()}
    )


def explain(name: str) -> str:
    """Definition, source and agreement of a score, model, published equation, measure or decision system.

    Raises
    ------
    UnknownNameError
        Nothing has this name.
    """
    from spinesurv.decisions import DECISIONS, STATEMENTS, describe_decision
    from spinesurv.metrics import CURVES, METRICS
    from spinesurv.models import EQUATIONS, MODELS, describe_equation
    from spinesurv.scores import SCORES, describe

    own = name.endswith(".toml") or name.partition(".")[0] in SCORES
    found = [describe(name)] if own else []
    if name in EQUATIONS:
        found.append(describe_equation(name))
    if found:
        return "\n\n".join(found)
    if name in MODELS:
        return f"{name}\n\n{getdoc(MODELS[name])}"
    measures: dict[str, Any] = {**METRICS, **CURVES}
    if name in measures:
        return f"{name}: {measures[name].label}\n\n{getdoc(measures[name].function)}"
    if name in DECISIONS or name == STATEMENTS:
        return describe_decision(name)
    raise unknown_name("name", name, [*SCORES, *MODELS, *EQUATIONS, *measures, *DECISIONS, STATEMENTS])


def _direction(metric: Any) -> str:
    named = "; taken only where it is named" if metric.known_only else ""
    if metric.higher_is == "nearer":
        return f"the nearer to {metric.perfect:g} the better{named}"
    return f"higher is {metric.higher_is}{named}"


def _lines(entries: dict[str, str]) -> str:
    width = max(len(key) for key in entries)
    return "\n".join(f"{key:<{width}}  {text}" for key, text in entries.items())


def _first_line(thing: object) -> str:
    return (getdoc(thing) or "").splitlines()[0]
