"""What can be chosen about a score: its variants, and the options that could matter to it."""

from __future__ import annotations

from typing import Any

from spinesurv.scores.definition import Definition


def alternatives(definition: Definition) -> dict[str, tuple[dict[str, Any], str]]:
    """Name -> (arguments of `Score`, what differs in words), for every choice that could matter to a score."""
    out: dict[str, tuple[dict[str, Any], str]] = {
        f"variant {v.key}": ({"variant": v.key}, v.note)
        for v in definition.variants.values()
        if not v.default
    }
    if "kps_effective" in definition.names:
        out["ecog1_kps 70"] = (
            {"ecog1_kps": 70},
            "ECOG 1 stands for a Karnofsky index of 70, not 80, where none is recorded",
        )
    if "brain_mets" in definition.inputs and not definition.names_brain:
        out["brain_counts_as_visceral no"] = (
            {"brain_counts_as_visceral": False},
            "a brain metastasis is no visceral one",
        )
    if "hormone_dependence" in definition.inputs:
        for assumed in ("independent", "dependent"):
            out[f"assume_hormone {assumed}"] = (
                {"assume_hormone": assumed},
                f"an unknown hormone dependence counts as {assumed}",
            )
    return out
