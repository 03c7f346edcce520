"""One study file, the whole run."""

from spinesurv.study.file import StudyFile, read_study
from spinesurv.study.run import Study, StudyResult

__all__ = ["Study", "StudyFile", "StudyResult", "read_study"]
