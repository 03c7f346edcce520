"""The aggregate summary of decision systems, arranged as it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from spinesurv.decisions.definition import definition
from spinesurv.figures.small_cells import count_or_dash
from spinesurv.figures.wording import metric_wording

#: topic -> heading of its table, what n counts, and a sentence under it
TOPICS = {
    "status": ("How often NOMS with effective S is determined", "lesions"),
    "matters": ("Missing inputs that matter", "lesions"),
    "sins": ("SINS category", "lesions"),
    "decision": ("What NOMS maps to", "lesions"),
    "gate": ("Survival gate at 90 days", "lesions"),
    "conflict": ("Conflicts", "lesions"),
    "flip": ("Decisions that change under another option", "lesions"),
    "agreement": ("Surgery or not: mapped and given alike", "patients"),
}

#: question of a row of NOMS -> its word
_QUESTIONS = {"neuro": "compression", "onco": "tumour", "mech": "spine", "syst": "surgery"}


def decision_block(table: pd.DataFrame | None) -> dict[str, Any]:
    """Tables of counts by topic, net benefit of the gate, and what to keep in mind; empty where there is nothing."""
    if table is None or table.empty:
        return {}
    words = {code: entry["text"] for code, entry in definition("noms")["decisions"].items()}
    conflicts = {entry["flag"]: entry["when"] for entry in definition("integration")["conflict"]}
    counts = []
    for topic, (heading, unit) in TOPICS.items():
        rows = table[table["topic"] == topic].to_dict("records")
        lines = [
            {
                "item": f"{row['item']}: {words[row['item']]}" if row["item"] in words else _words(row),
                "n": count_or_dash(row["n"]),
                "share": "–" if pd.isna(row["share"]) else f"{100 * row['share']:.1f} %",
                "words": conflicts.get(row["item"], _told(row)),
            }
            for row in rows
        ]
        if topic == "flip":
            lines = _in_pairs(lines)
        if lines:
            counts.append(
                {
                    "heading": heading,
                    "unit": unit,
                    "of": count_or_dash(rows[0]["of"]),
                    "lines": lines,
                    "own": topic == "agreement",
                }
            )
            if topic == "agreement":
                for line, row in zip(lines, rows, strict=True):
                    line["n"] = f"{line['n']} of {count_or_dash(row['of'])}"
    gate = [
        {
            "item": row["item"],
            "of": count_or_dash(row["of"]),
            "value": _told(row),
            "words": row["words"].partition(":")[0],
        }
        for row in table[table["topic"] == "gate_benefit"].to_dict("records")
    ]
    calibration = [
        {
            "item": metric_wording(row["item"]).on_axis,
            "of": count_or_dash(row["of"]),
            "value": _told(row) or "–",
        }
        for row in table[table["topic"] == "gate_calibration"].to_dict("records")
    ]
    notes = table[table["topic"].isin(["double_counting", "time_zero"])]
    return {
        "model": str(table["model"].iloc[0]),
        "options": list(table.loc[table["topic"] == "option", "item"]),
        "counts": counts,
        "gate": gate,
        "calibration": calibration,
        "notes": [f"{row['item']}: {row['words']}." for row in notes.to_dict("records")],
    }


def _in_pairs(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line per option: how many sets of decisions change, and how many of these go from one decision to another."""
    return [
        {**changed, "words": f"{single['n']} of them {single['words']}"}
        for changed, single in zip(lines[::2], lines[1::2], strict=True)
    ]


def _noms_rows() -> dict[str, str]:
    """Row of NOMS as it is counted -> its number, what it asks for, and what it maps to."""
    return {
        f"row {row['row']}": f"NOMS row {row['row']} ({_asked(row)}): {row['decision']}"
        for row in definition("noms")["row"]
    }


def _asked(row: Mapping[str, Any]) -> str:
    asked = (f"{name} {row[key]}" for key, name in _QUESTIONS.items() if row[key] != "any")
    return ", ".join(asked).replace("_no_", " without ")


def _words(row: Mapping[Any, Any]) -> str:
    """An item as it is read; options keep their names."""
    if row["topic"] == "agreement":
        return _noms_rows().get(row["item"], str(row["item"]))
    return (
        str(row["item"]).replace("_", " ")
        if row["topic"] in ("status", "sins", "matters")
        else str(row["item"])
    )


def _told(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["value"]):
        return str(row["words"] or "")
    value = f"{row['value']:.3f}"
    if not pd.isna(row["low"]):
        value += f" ({row['low']:.3f} to {row['high']:.3f})"
    value = value.replace("-", "−")
    return f"{row['words']} {value}" if row["topic"] == "agreement" else value
