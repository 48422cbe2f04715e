"""The jobs of the command as functions. Their options are the command's long flags, with underscores for dashes."""

from __future__ import annotations

import os
import re
import secrets
import time
from pathlib import Path

from .callable import CallableModel, refuse_while_serving
from .command import Option, flags, progress_flags
from .run import Run, start

Model = str | os.PathLike[str] | CallableModel


def temper(
    model: Model,
    *,
    seed: int,
    out: str | os.PathLike[str] | None = None,
    progress: bool | str = True,
    command: str | os.PathLike[str] | None = None,
    **options: Option,
) -> Run:
    """Draws from a posterior and computes its evidence, by non-reversible parallel tempering (`dovetail temper --help`).

    `model`: `"builtin:galaxies,k=3"`, a library, a Stan or C++ source, a file of settings, `"exec:..."`, or a function
    marked by `dovetail.model`. `out`: the run's folder; otherwise a new one in `dovetail-runs`. `progress`: False for
    silence on stderr, or a style of `--progress`. `command`: where `dovetail` is, if it is neither on PATH nor in the variable DOVETAIL.
    """
    return _job("temper", model, seed, out, progress, command, options)


def sample(
    model: Model,
    *,
    seed: int,
    out: str | os.PathLike[str] | None = None,
    progress: bool | str = True,
    command: str | os.PathLike[str] | None = None,
    **options: Option,
) -> Run:
    """Draws from a posterior with many independent chains (`dovetail sample --help`). Otherwise as `temper`."""
    return _job("sample", model, seed, out, progress, command, options)


def ep(
    model: Model,
    *,
    seed: int,
    out: str | os.PathLike[str] | None = None,
    progress: bool | str = True,
    command: str | os.PathLike[str] | None = None,
    **options: Option,
) -> Run:
    """One posterior from rows of many groups, by expectation propagation (`dovetail ep --help`). Otherwise as `temper`."""
    return _job("ep", model, seed, out, progress, command, options)


def lda(
    corpus: str | os.PathLike[str],
    *,
    seed: int,
    out: str | os.PathLike[str] | None = None,
    progress: bool | str = True,
    command: str | os.PathLike[str] | None = None,
    **options: Option,
) -> Run:
    """Topics of a corpus, by collapsed Gibbs sampling (`dovetail lda --help`). Otherwise as `temper`."""
    return _job("lda", corpus, seed, out, progress, command, options)


def _job(
    job: str,
    model: Model,
    seed: int,
    out: str | os.PathLike[str] | None,
    progress: bool | str,
    command: str | os.PathLike[str] | None,
    options: dict[str, Option],
) -> Run:
    refuse_while_serving()
    name = model.model_name() if isinstance(model, CallableModel) else os.fspath(model)
    run = Run(_new_folder(name) if out is None else out, command=command)
    settings: dict[str, Option] = {"seed": seed, "out": run.path, **options}
    return start([job, name, *flags(settings), *progress_flags(progress)], run, echo=progress is not False)


def _new_folder(name: str) -> Path:
    """A name for a folder, in the command's style, that no other run has."""
    plain = re.sub("[^A-Za-z0-9]+", "-", name)[-40:].strip("-")
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    return Path("dovetail-runs") / f"{moment}-{plain}-{secrets.token_hex(2)}"
