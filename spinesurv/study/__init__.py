"""One study file, the whole run."""

from spinesurv.study.file import StudyFile, read_study
from spinesurv.study.readme_tables import refresh_readme
from spinesurv.study.run import Study, StudyResult
from spinesurv.study.summary import write_summary

__all__ = ["Study", "StudyFile", "StudyResult", "read_study", "refresh_readme", "write_summary"]
