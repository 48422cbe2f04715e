"""Dovetail from Python: runs of the command `dovetail`, started, read as xarray and gone on with. See docs/python.md."""

from .callable import CallableModel, Rejected, density, serve_model
from .draws import Draws
from .errors import (
    BugError,
    CheckpointError,
    CommandNotFound,
    DiagnosticsError,
    DovetailError,
    FilesError,
    Interrupted,
    ModelError,
    Stopped,
    UsageError,
    WorkersError,
)
from .jobs import ep, lda, sample, temper
from .run import Evidence, Run
from .run import open_run as open
from .version import __version__

__all__ = [
    "BugError",
    "CallableModel",
    "CheckpointError",
    "CommandNotFound",
    "DiagnosticsError",
    "DovetailError",
    "Draws",
    "Evidence",
    "FilesError",
    "Interrupted",
    "ModelError",
    "Rejected",
    "Run",
    "Stopped",
    "UsageError",
    "WorkersError",
    "__version__",
    "density",
    "ep",
    "lda",
    "open",
    "sample",
    "serve_model",
    "temper",
]
