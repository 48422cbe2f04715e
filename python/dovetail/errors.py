"""What can go wrong, one exception for each exit code of the command (`dovetail help exit-codes`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from .run import Run


class DovetailError(Exception):
    """The command failed. `str()` is what it said last; `code` its exit code; `run` the run that it left behind, if any."""

    code: int | None = None

    def __init__(self, words: str, *, code: int | None = None, run: Run | None = None) -> None:
        super().__init__(words)
        if code is not None:
            self.code = code
        self.run = run


class BugError(DovetailError):
    """A bug in Dovetail, out of memory, or `verify` found other bits."""

    code = 1


class UsageError(DovetailError):
    """Usage or settings."""

    code = 2


class ModelError(DovetailError):
    """The model or its data."""

    code = 3


class DiagnosticsError(DovetailError):
    """The diagnostics warn, and `strict=True` was given. The run is whole."""

    code = 4


class FilesError(DovetailError):
    """Files or disk."""

    code = 5


class WorkersError(DovetailError):
    """Ranks, workers or their store were lost."""

    code = 6


class CheckpointError(DovetailError):
    """A run's checkpoint, manifest or settings are unreadable, or of another run."""

    code = 7


class Stopped(DovetailError):
    """The run stopped early with a good checkpoint (`max_time`, SIGTERM): `error.run.resume()` goes on."""

    code = 75


class Interrupted(KeyboardInterrupt):
    """The run was interrupted, and its checkpoint is good: `error.run.resume()` goes on.

    A KeyboardInterrupt, so that `except Exception` does not swallow Ctrl-C.
    """

    code: ClassVar[int] = 130

    def __init__(self, words: str, *, run: Run | None = None) -> None:
        super().__init__(words)
        self.run = run


class CommandNotFound(DovetailError):
    """There is no command `dovetail` where it was looked for."""


BY_CODE: dict[int, type[DovetailError]] = {
    kind.code: kind
    for kind in (
        BugError,
        UsageError,
        ModelError,
        DiagnosticsError,
        FilesError,
        WorkersError,
        CheckpointError,
        Stopped,
    )
    if kind.code is not None
}
