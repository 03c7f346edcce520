"""Report: tables and figures become pages, plus a manifest of how they were made."""

from spinesurv.core.research_use import RESEARCH_USE
from spinesurv.report.check_in_r import R_CHECK, r_check
from spinesurv.report.html import render_html
from spinesurv.report.manifest import build_manifest, file_sha256, manifest_json
from spinesurv.report.methods import methods_paragraphs
from spinesurv.report.summary import ReportContent
from spinesurv.report.table_one import table_one

__all__ = [
    "RESEARCH_USE",
    "R_CHECK",
    "ReportContent",
    "build_manifest",
    "file_sha256",
    "manifest_json",
    "methods_paragraphs",
    "r_check",
    "render_html",
    "table_one",
]
