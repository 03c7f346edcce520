"""Transformers that learn in `fit` and are kept on the object."""

from spinesurv.features.chained import ChainedImputer
from spinesurv.features.encode import Encoder, Term, read_interactions
from spinesurv.features.imputed_values import imputed_values
from spinesurv.features.miss_forest import MissForestImputer

__all__ = ["ChainedImputer", "Encoder", "MissForestImputer", "Term", "imputed_values", "read_interactions"]
