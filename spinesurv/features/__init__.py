"""Transformers that learn in `fit` and are kept on the object."""

from spinesurv.features.chained import ChainedImputer
from spinesurv.features.encode import Encoder, Term

__all__ = ["ChainedImputer", "Encoder", "Term"]
