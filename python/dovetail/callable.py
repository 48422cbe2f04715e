"""Python functions as models: `exec:` programs (docs/exec.md) that this package serves."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import math
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from .errors import UsageError

Parameter = str | dict[str, Any]

_serving = False  # whether this process is a model, so that a script read for its model does not start runs


class Rejected(Exception):
    """To be raised by a model: the point is outside the support, and why. Such points are counted, and the run goes on."""


@dataclass(frozen=True)
class CallableModel:
    """A function with what Dovetail has to know of it. Made by `density`."""

    function: Callable[..., Any]
    parameters: Sequence[Parameter]
    gradient: bool = False
    parts: bool = False
    batch: bool = False
    name: str | None = None
    version: str | None = None
    data: Callable[[str], Any] | None = None

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)

    def model_name(self) -> str:
        """`exec:...`, which serves this function from the file where it stands."""
        code = getattr(self.function, "__code__", None)
        file = Path(code.co_filename).absolute() if code else None
        name = self.function.__name__
        if file is None or not file.is_file() or not name.isidentifier():
            raise UsageError(
                f"{name} does not stand in a file under a name of its own, and the processes of a run read it from there; "
                "put it into a .py file, at the top level, and import it"
            )
        return "exec:" + shlex.join([sys.executable, "-m", "dovetail.model", os.fspath(file), name])


def density(
    parameters: Sequence[Parameter],
    *,
    gradient: bool = False,
    parts: bool = False,
    batch: bool = False,
    name: str | None = None,
    version: str | None = None,
    data: Callable[[str], Any] | None = None,
) -> Callable[[Callable[..., Any]], CallableModel]:
    """Marks a function at the top level of a file as a model.

    It is called with an array of the parameters' values, in their order, and returns the log density. With
    `gradient=True` it returns (log density, gradient); with `parts=True` (log prior, log likelihood), the prior
    normalised; with both (log prior, log likelihood, gradient of the one, gradient of the other). With `batch=True`
    points are rows, and so are results. `parameters`: names, or objects of docs/exec.md with `name`, `size`, `lower`,
    `upper`, `domain`. `data`: called with the path of the option `data`; what it returns is the function's second argument.
    `version`: what the run remembers to tell changed models; otherwise the SHA-256 of the file.
    """

    def mark(function: Callable[..., Any]) -> CallableModel:
        return CallableModel(function, parameters, gradient, parts, batch, name, version, data)

    return mark


def refuse_while_serving() -> None:
    """UsageError in a process that reads a file for its model: the file starts runs when it is imported."""
    if _serving:
        raise UsageError('a model stands in this file: put what starts runs under `if __name__ == "__main__":`')


def load(file: str, name: str | None) -> CallableModel:
    """The model of that name in a file of Python, or the only one there."""
    global _serving
    _serving = True
    path = Path(file)
    spec = importlib.util.spec_from_file_location("dovetail_model_file", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise UsageError(f"there is no file of Python called {file}")
    sys.path.insert(0, os.fspath(path.absolute().parent))  # what it imports from beside it
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = {key: value for key, value in vars(module).items() if isinstance(value, CallableModel)}
    if name is None and len(found) == 1:
        name = next(iter(found))
    if name not in found:
        there = ", ".join(found) or "none"
        raise UsageError(f"{file} has no model {name or 'to be taken without a name'} (marked by density: {there})")
    model = found[name]
    version = model.version or hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(model, version=version, name=model.name or name)


def serve_model(model: CallableModel) -> None:
    """Answers the questions on standard input until it ends: the whole of a program for `exec:`."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what the model prints is no answer
    hello = json.loads(sys.stdin.readline())
    more = () if model.data is None else (model.data(hello["data"]),)
    declaration = {
        "dovetail": 1,
        "parameters": list(model.parameters),
        "gradient": model.gradient,
        "parts": model.parts,
        "name": model.name,
        "version": model.version,
    }
    _say(answers, {key: value for key, value in declaration.items() if value is not None})
    for line in sys.stdin:
        question = json.loads(line)
        _say(answers, {"id": question["id"], **_answer(model, np.array(question["x"], dtype=float), question, more)})


def _say(answers: TextIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def _answer(model: CallableModel, points: Any, question: dict[str, Any], more: tuple[Any, ...]) -> dict[str, Any]:
    values = ["log_prior", "log_likelihood"] if model.parts else ["log_density"]
    gradients = ["log_prior_gradient", "log_likelihood_gradient"] if model.parts else ["gradient"]
    fields = values + (gradients if model.gradient else [])
    rows = _rows_of_batch(model, points, more, len(fields)) if model.batch else _rows(model, points, more, len(fields))
    asked = values + (gradients if question["gradient"] else [])
    answer: dict[str, Any] = {field: [] for field in asked}
    for row in rows:
        if isinstance(row, Rejected):
            for field in values:
                answer[field].append({"error": str(row)})
            for field in asked[len(values) :]:
                answer[field].append([])
            continue
        densities = [_number(row[at]) for at in range(len(values))]
        inside = all(isinstance(value, float) for value in densities)
        for field, value in zip(values, densities, strict=True):
            answer[field].append(value)
        for at in range(len(values), len(asked)):
            answer[asked[at]].append([_number(value) for value in np.ravel(row[at])] if inside else [])
    return answer


def _rows(model: CallableModel, points: Any, more: tuple[Any, ...], width: int) -> list[Any]:
    rows: list[Any] = []
    for point in points:
        try:
            result = model.function(point, *more)
            rows.append((result,) if width == 1 else result)
        except Rejected as rejected:
            rows.append(rejected)
    return rows


def _rows_of_batch(model: CallableModel, points: Any, more: tuple[Any, ...], width: int) -> list[Any]:
    try:
        result = model.function(points, *more)
    except Rejected as rejected:
        return [rejected] * len(points)
    return list(zip(*((result,) if width == 1 else result), strict=True))


def _number(value: Any) -> float | str:
    """A float, or the word of docs/exec.md for what JSON has no number for."""
    number = float(value)
    if math.isfinite(number):
        return number
    return "nan" if math.isnan(number) else "inf" if number > 0 else "-inf"
