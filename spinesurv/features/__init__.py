"""Transformers that learn in `fit` and are kept on the object."""

from spinesurv.features.encode import Encoder, Term

__all__ = ["Encoder", "Term"]
