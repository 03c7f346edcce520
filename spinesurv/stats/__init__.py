"""Arithmetic on plain arrays: no patients, no predictions, no files.

Functions trust their input (finite, same length); callers in `metrics`, `models` and `evaluation` check it.
"""
