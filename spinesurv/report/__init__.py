"""Report: tables and figures become pages, plus a manifest of how they were made."""

from spinesurv.report.html import render_html
from spinesurv.report.manifest import build_manifest, file_sha256, manifest_json
from spinesurv.report.methods import methods_paragraphs
from spinesurv.report.summary import RESEARCH_USE, ReportContent
from spinesurv.report.table_one import table_one

__all__ = [
    "RESEARCH_USE",
    "ReportContent",
    "build_manifest",
    "file_sha256",
    "manifest_json",
    "methods_paragraphs",
    "render_html",
    "table_one",
]
