"""One study file, the whole run."""

from spinesurv.study.file import StudyFile, read_study
from spinesurv.study.keep_model import save_model
from spinesurv.study.model_file import KeptModel, load_model
from spinesurv.study.readme_tables import refresh_readme
from spinesurv.study.run import Study, StudyResult
from spinesurv.study.summary import write_summary

__all__ = [
    "KeptModel",
    "Study",
    "StudyFile",
    "StudyResult",
    "load_model",
    "read_study",
    "refresh_readme",
    "save_model",
    "write_summary",
]
