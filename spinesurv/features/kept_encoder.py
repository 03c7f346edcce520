"""An encoder as plain values, as a model file holds it: knots, levels and percentiles, no patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from spinesurv.errors import NotFittedError
from spinesurv.features.encode import Encoder, Term


def encoder_state(encoder: Encoder) -> dict[str, Any]:
    """What a fitted encoder learned, ready for JSON.

    Returns
    -------
    dict
        terms (settings of each predictor), interactions (pairs), knots, range (1st and 99th percentile), levels and
        reference by variable.
    """
    if not hasattr(encoder, "terms_"):
        raise NotFittedError("encoder: fit it before it is kept.")
    return {
        "terms": [_plain(asdict(term)) for term in encoder.terms_],
        "interactions": [list(pair) for pair in encoder.interactions_],
        "knots": {name: np.asarray(at).tolist() for name, at in encoder.knots_.items()},
        "range": {name: list(ends) for name, ends in encoder.range_.items()},
        "levels": {name: list(levels) for name, levels in encoder.levels_.items()},
        "reference": dict(encoder.reference_),
    }


def encoder_from_state(state: Mapping[str, Any]) -> Encoder:
    """The fitted encoder that `encoder_state` described."""
    terms = [Term(**term) for term in state["terms"]]
    pairs = [(first, second) for first, second in state.get("interactions", [])]
    encoder = Encoder(terms, pairs)
    encoder.terms_, encoder.interactions_ = terms, pairs
    encoder.knots_ = {name: np.array(at, dtype=float) for name, at in state["knots"].items()}
    encoder.range_ = {name: (float(low), float(high)) for name, (low, high) in state["range"].items()}
    encoder.levels_ = {name: list(levels) for name, levels in state["levels"].items()}
    encoder.reference_ = dict(state["reference"])
    return encoder


def _plain(term: dict[str, Any]) -> dict[str, Any]:
    groups = {new: list(members) for new, members in term["groups"].items()}
    return {**term, "groups": groups}
