"""Where optional things stand: reference values and public tables beside the checkout, and a browser."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_beside = ROOT.parent / "shared"
SHARED = _beside if _beside.is_dir() else None
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def shared(relative: str) -> Path:
    """A file or folder of the facts beside the checkout; skips the test where it is absent."""
    if SHARED is None or not (SHARED / relative).exists():
        pytest.skip(f"the facts folder beside the checkout has no {relative}")
    return SHARED / relative
