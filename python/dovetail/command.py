"""The command `dovetail`: where it is, how options become its flags, how its end becomes an exception."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import IO

from .errors import BY_CODE, CommandNotFound, DovetailError, Interrupted

Option = None | bool | int | float | str | os.PathLike[str] | Iterable[int | float | str]

_LAST_WORDS = "dovetail: "  # how the command begins the line that says why it ends


def find(command: str | os.PathLike[str] | None = None) -> str:
    """The command: `command`, else the environment variable DOVETAIL, else `dovetail` on PATH."""
    wanted = os.fspath(command or os.environ.get("DOVETAIL") or "dovetail")
    found = shutil.which(wanted)
    if found is None:
        raise CommandNotFound(
            f"there is no command {wanted!r}; install it (make install), put its folder on PATH, or name it "
            "by the environment variable DOVETAIL or command="
        )
    return found


def flags(options: Mapping[str, Option]) -> list[str]:
    """`until_ess=400, csv=True` as `--until-ess=400 --csv`. None and False leave a flag out.

    Which options there are, and what they take, the command alone knows: it refuses others with the nearest right name.
    """
    found = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        found.append(flag if value is True else f"{flag}={_text(value)}")
    return found


def _text(value: Option) -> str:
    if isinstance(value, str | os.PathLike):
        return os.fspath(value)
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real):
        return repr(float(value))
    if isinstance(value, Iterable):
        return ",".join(_text(item) for item in value)
    raise TypeError(f"an option is a text, a number, a path, or a list of these, not {type(value).__name__}")


def progress_flags(progress: bool | str) -> list[str]:
    if progress is True:
        return []
    return ["--progress=" + (progress or "none")]


def call(arguments: Iterable[str], *, command: str | os.PathLike[str] | None = None, echo: bool = False) -> str:
    """Runs the command and returns its stdout. With `echo` its stderr goes to sys.stderr line by line.

    Ctrl-C is passed on once, and waited for, so that the command writes its checkpoint; a second one ends it at once.
    Raises an exception of errors.py by the exit code.
    """
    line = [find(command), *arguments]
    # A process group of its own: the terminal's Ctrl-C would reach the command besides the one that is passed on.
    process = subprocess.Popen(
        line,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        process_group=0,
    )
    assert process.stdout is not None and process.stderr is not None
    printed: list[str] = []
    reader = threading.Thread(target=_read_all, args=(process.stdout, printed), daemon=True)
    reader.start()
    said: list[str] = []
    try:
        _follow(process.stderr, said, echo)
        process.wait()
    except BaseException:
        _interrupt(process, said, echo)
        raise
    finally:
        if process.poll() is not None:
            reader.join()
            process.stdout.close()
            process.stderr.close()
    if process.returncode != 0:
        raise _error(process.returncode, said)
    return "".join(printed)


def _read_all(stream: IO[str], into: list[str]) -> None:
    into.append(stream.read())


def _follow(stream: IO[str], said: list[str], echo: bool) -> None:
    for line in stream:
        said.append(line)
        del said[:-100]  # a long run says much, and only its end is looked at
        if echo:
            sys.stderr.write(line)
            sys.stderr.flush()


def _interrupt(process: subprocess.Popen[str], said: list[str], echo: bool) -> None:
    assert process.stderr is not None
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            _follow(process.stderr, said, echo)
            process.wait()
        except KeyboardInterrupt:
            continue  # the user is in a hurry: the second SIGINT ends the command at once


def _error(code: int, said: list[str]) -> BaseException:
    words = _last_words(said)
    if code == Interrupted.code:
        return Interrupted(words)
    if code < 0:
        name = signal.Signals(-code).name
        return DovetailError(f"the command was killed by {name}" + (f": {words}" if words else ""), code=code)
    return BY_CODE.get(code, DovetailError)(words or f"the command ended with exit code {code}", code=code)


def _last_words(said: list[str]) -> str:
    starts = [at for at, line in enumerate(said) if line.startswith(_LAST_WORDS)]
    words = "".join(said[starts[-1] :] if starts else said[-3:])
    return words.removeprefix(_LAST_WORDS).strip()
