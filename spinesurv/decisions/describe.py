"""A decision system in words: what it does, its table, status of every rule, and whom it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import getdoc
from typing import Any

from spinesurv.decisions.definition import CONFIDENCE, FOLDER, codes, definition, sources
from spinesurv.decisions.disclaimer import DISCLAIMER

#: system -> its table, where the names differ
_TABLE = {
    "radiosensitivity": "tumours",
    "survival_gate": "gates",
    "en_bloc": "gates",
    "integrate": "integration",
}


def described(name: str, function: Callable[..., Any]) -> str:
    """Docstring, rules with their confidence, and sources with doi of one system."""
    table = definition(_TABLE.get(name, name))
    head = f"{name}: {table['label']} (table {table['version']}, confidence {table['confidence']})"
    rules = [f"  {line}" for line in _rules(table)]
    labels = [f"  {label}  {words}" for label, words in CONFIDENCE.items()]
    cited = [f"  {_cited(key)}" for key in table["sources"]]
    parts = [head, getdoc(function) or ""]
    parts += ["\n".join(["Rules", *rules])] if rules else []
    said = [f"  {code}  {words}" for code, words in codes(table).items()]
    parts += ["\n".join(["Codes in its results", *said])] if said else []
    parts += ["\n".join(["Sources", *cited]), "\n".join(["Confidence", *labels])]
    parts.append(f"Table: {FOLDER.name}/{_TABLE.get(name, name)}.toml")
    return "\n\n".join(parts)


def _rules(table: dict[str, Any]) -> Iterator[str]:
    for row in table.get("row", []):
        cell = ", ".join(f"{k} {v}" for k, v in row.get("when", {}).items()) or ", ".join(
            str(row[k]) for k in ("neuro", "onco", "mech", "syst")
        )
        cell += f" (or {', '.join(f'{k} {v}' for k, v in row['or'].items())})" if "or" in row else ""
        yield f"{row['row']:>2}  {cell} -> {row['decision']}"
    for factor in table.get("factor", []):
        conditions = " and ".join(_condition(c) for c in factor["all"])
        yield f"{factor['id']}  {conditions}  ({factor.get('confidence', table['confidence'])})"
    for gate in table.get("gate", []):
        yield f"{gate['id']}  day {gate['horizon_days']}: {gate['applies_to']}  ({gate['confidence']})"


def _condition(condition: dict[str, Any]) -> str:
    name = condition["column"]
    if "yes" in condition:
        return f"{name} {'yes' if condition['yes'] else 'no'}"
    if "one_of" in condition:
        return f"{name} in {', '.join(condition['one_of'])}"
    (limit,) = (k for k in condition if k != "column")
    return f"{name} {limit.replace('_', ' ')} {condition[limit]}"


def _cited(key: str) -> str:
    entry = sources()[key]
    doi = f" doi:{entry['doi']}" if "doi" in entry else f" {entry['pmcid']}" if "pmcid" in entry else ""
    known = {"confirmed": "", "not_needed": ""}.get(
        entry["doi_status"], f" ({entry['doi_status'].replace('_', ' ')})"
    )
    return f"{key}: {entry['cite']}{doi}{known}"


def statements() -> str:
    """What the review and guidelines state, line by line; listed, and only computed where a table above does it."""
    table = definition("statements")
    rules = [f"  {r['id']}  {r['topic']}: {r['rule']} ({r['review_refs']})" for r in table["rule"]]
    bodies = []
    for g in table["guideline"]:
        notes = ", ".join(g[k] for k in ("strength", "status") if k in g)
        bodies.append(
            f"  {g['id']}  {g['body']}: {g['statement']} ({g['confidence']}{'; ' + notes if notes else ''})"
        )
    cited = [f"  {_cited(key)}" for key in table["sources"]]
    parts = ["Rules of the review", *rules], ["Guidelines", *bodies], ["Sources", *cited]
    return "\n\n".join([f"statements: {table['label']}", DISCLAIMER, *("\n".join(part) for part in parts)])
