"""A run's folder: results as the command wrote them, draws as arrays, and what can be done with a run.

Nothing is worked out here that the command says: figures, warnings and the verdict are read, never computed. Nothing is
kept either: everything reads the files anew, so that a run that goes on shows what is there by now.
"""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .command import Option, call, flags, progress_flags
from .draws import Draws, Values, chains_of, last_column, read_draws
from .errors import DovetailError, FilesError, Interrupted, UsageError
from .shapes import variables

if TYPE_CHECKING:
    import pandas
    import xarray

Json = dict[str, Any]

# Columns that come after the model's outputs, under the names that ArviZ gives them, and as which type.
_SAMPLER_COLUMNS = {
    "accept_stat": ("acceptance_rate", np.float64),
    "tree_depth": ("tree_depth", np.int64),
    "leapfrogs": ("n_steps", np.int64),
    "divergent": ("diverging", np.bool_),
    "replica": ("replica", np.int64),
}


class Evidence(NamedTuple):
    """The log evidence and its standard error; None where the run has none yet."""

    log: float | None
    se: float | None


class Run:
    """A run in a folder, ended or not. `dovetail.open(path)` makes one."""

    def __init__(self, path: str | os.PathLike[str], *, command: str | os.PathLike[str] | None = None) -> None:
        self.path = Path(path)
        self._command = command

    def __repr__(self) -> str:
        return f"<dovetail run {os.fspath(self.path)!r}: {self.manifest['identity']['command']}, {self.verdict}>"

    # What the command wrote

    @property
    def manifest(self) -> Json:
        """What the run is a function of, where it ran, and its status."""
        return self._json("manifest.json") or {}

    @property
    def status(self) -> str:
        """`running`, `ok`, `warnings`, `incomplete` or `failed`; `running` also where its process was killed."""
        return str(self.manifest["status"])

    @property
    def summary(self) -> Json:
        """summary.json as it is; empty while there is none."""
        return self._json("summary.json") or {}

    @property
    def warnings(self) -> list[Json]:
        """Of each warning `id`, `text` and `fix`."""
        return list(self.summary.get("warnings", []))

    @property
    def verdict(self) -> str:
        """`no problems detected`, `N warnings`, or the status and why."""
        manifest = self.manifest
        status = manifest["status"]
        if status == "ok":
            return "no problems detected"
        if status == "warnings":
            count = len(self.warnings)
            return "1 warning" if count == 1 else f"{count} warnings"
        reason = manifest.get("status_reason")
        return f"{status}: {reason}" if reason else str(status)

    @property
    def parameters(self) -> dict[str, dict[str, float | None]]:
        """The summary's figures by parameter: `mean`, `sd`, `mcse_mean`, `q5`, ..., `rhat`; None where there is none."""
        rows = self.summary.get("parameters", [])
        return {row["name"]: {key: value for key, value in row.items() if key != "name"} for row in rows}

    def table(self) -> pandas.DataFrame:
        """`parameters` as a table, a row for each."""
        import pandas

        return pandas.DataFrame.from_dict(self.parameters, orient="index", dtype=float)

    @property
    def tempering(self) -> Json:
        """The summary's block of `temper`: evidence, barrier, schedule, swap acceptance, restarts."""
        return dict(self.summary.get("tempering", {}))

    @property
    def evidence(self) -> Evidence:
        """Of `temper`, or of `ep` where it was corrected."""
        block = self.summary.get("tempering") or self.summary.get("ep") or {}
        return Evidence(block.get("log_evidence"), block.get("log_evidence_se"))

    @property
    def schedule(self) -> Values:
        """The betas of the ladder, from the reference to the target (of two legs, the fixed one's)."""
        return np.array(self.tempering.get("schedule", []), dtype=np.float64)

    @property
    def ep(self) -> Json:
        """The summary's block of `ep`."""
        return dict(self.summary.get("ep", {}))

    @property
    def lda(self) -> Json:
        """The summary's block of `lda`."""
        return dict(self.summary.get("lda", {}))

    def topics(self) -> Json:
        """topics.json of `lda`: of every topic its words, heaviest first; empty while there is none."""
        return self._json("topics.json") or {}

    def doc_topics(self) -> tuple[list[str], Values]:
        """Of `lda`: the documents' names, and the share of every topic in each, of shape (documents, topics)."""
        rows = [line.split("\t") for line in self._text("doc_topics.tsv").splitlines()]
        return [row[1] for row in rows], np.array([row[2:] for row in rows], dtype=np.float64)

    def rounds(self) -> pandas.DataFrame:
        """rounds.csv: a row for each round that has ended, with the columns of the job's page."""
        import pandas

        text = self._whole_lines("rounds.csv")
        if not text:
            return pandas.DataFrame()
        return pandas.read_csv(io.StringIO(text), float_precision="round_trip", dtype={"state_sha256": str})

    def events(self) -> list[Json]:
        """events.jsonl: progress, warnings and errors with their times."""
        return [json.loads(line) for line in self._whole_lines("events.jsonl").splitlines()]

    # Draws

    def draws(self) -> Draws:
        """Every kept draw of every round and source, as the files have them. For arrays with names: to_xarray().

        Of a run that has ended all must be there: a FilesError says what is not.
        """
        folder = self.path / "draws"
        found = read_draws(folder) if folder.is_dir() else Draws()
        if self.status in ("ok", "warnings"):
            if found.notes:
                raise FilesError(f"{found.notes[0]}, of a run that has ended (the file was cut); restore it from a copy")
            if self.manifest["identity"]["command"] in ("sample", "temper") and not found.rounds:
                raise FilesError(f"{folder}: the draws of a run that has ended are gone; restore them from a copy")
        return found

    def to_xarray(self) -> xarray.Dataset:
        """The posterior's draws, with dimensions `chain`, `draw` and those of each variable (`theta_dim_0`, ...).

        Labels are those of the names: `theta[3]` is `theta.sel(theta_dim_0=3)`. With two legs a chain takes the draws of
        both targets in turn, as the command's own figures do. While a run goes on, chains are cut to the shortest.
        """
        return self.groups()["posterior"]

    def sample_stats(self) -> xarray.Dataset:
        """`lp` (log_prior + log_likelihood), both of them, and what the kernel shows, under ArviZ's names."""
        return self.groups()["sample_stats"]

    def groups(self) -> dict[str, xarray.Dataset]:
        """`posterior` and `sample_stats`; with `save_warmup`, `warmup_posterior` and `warmup_sample_stats` too."""
        draws = self.draws()
        chains, legs = self._chains()
        warmup, kept = self._rounds_of(draws)
        found = {}
        for prefix, rounds in (("", kept), ("warmup_", warmup)):
            if prefix and not rounds:
                continue
            values = chains_of(draws, rounds, chains, legs)
            outputs = last_column(draws.columns, "log_prior")
            found[prefix + "posterior"] = self._dataset(draws.columns[:outputs], values[:, :, :outputs])
            found[prefix + "sample_stats"] = self._statistics(draws.columns[outputs:], values[:, :, outputs:])
        return found

    def to_inference_data(self) -> Any:
        """The groups as `arviz.InferenceData`; needs the package arviz."""
        import arviz

        return arviz.InferenceData(**self.groups())

    # What can be done with a run

    def resume(self, *, progress: bool | str = True, **options: Option) -> Run:
        """Goes on with the run: `rounds="+2"`, `draws="+1000"`, `sweeps="+100"`, `threads=1`, ... (`dovetail resume`)."""
        arguments = ["resume", os.fspath(self.path), *flags(options), *progress_flags(progress)]
        return start(arguments, self, echo=progress is not False)

    def verify(self) -> Json:
        """Replays the run on one thread and compares it bit by bit: the report. BugError where bits differ."""
        return self._ask_json("verify", "--quiet", "--json")

    def digest(self) -> str:
        """One SHA-256 over draws and results, without times, hosts and layout."""
        return call(["digest", os.fspath(self.path)], command=self._command).strip()

    def compare(self, other: Run | str | os.PathLike[str]) -> Json:
        """Whether two runs draw from the same law, figure by figure: the report of `dovetail compare`."""
        path = other.path if isinstance(other, Run) else other
        return self._ask_json("compare", os.fspath(path), "--json")

    def text(self) -> str:
        """What the command prints of the run: `print(run.text())`."""
        return call(["summary", os.fspath(self.path)], command=self._command)

    def _ask_json(self, verb: str, *arguments: str) -> Json:
        report: Json = json.loads(call([verb, os.fspath(self.path), *arguments], command=self._command))
        return report

    def _text(self, name: str) -> str:
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def _whole_lines(self, name: str) -> str:
        """Of a file that grows; the line that is being written is left out."""
        text = self._text(name)
        return text[: text.rfind("\n") + 1]

    def _json(self, name: str) -> Json | None:
        text = self._text(name)
        if not text:
            return None
        try:
            found: Json = json.loads(text)
        except ValueError as cause:
            raise FilesError(f"{self.path / name} is damaged: {cause}") from cause
        return found

    def _chains(self) -> tuple[int | None, int]:
        """How many chains the run has, None where that is how many sources there are; sources of each."""
        identity = self.manifest["identity"]
        options = identity["options"]
        if identity["command"] == "temper":
            return int(options["copies"]), int(options["legs"])
        return (int(options["chains"]) if identity["command"] == "sample" else None), 1

    def _rounds_of(self, draws: Draws) -> tuple[list[int], list[int]]:
        """Rounds of warm-up, and those of the posterior."""
        identity = self.manifest["identity"]
        ended = list(csv.DictReader(io.StringIO(self._whole_lines("rounds.csv"))))
        there = list(draws.rounds)
        if identity["command"] == "temper":
            last = max((number for number in there if number <= len(ended)), default=max(there, default=0))
            return [number for number in there if number < last], [number for number in there if number == last]
        if identity["command"] != "sample":
            return [], there
        windows = sum(row["phase"] == "warmup" for row in ended)
        begun = sum(int(row["iterations"]) for row in ended) >= int(identity["options"]["warmup"])
        first = windows + 1 if begun else max(there, default=0) + 1
        return [number for number in there if number < first], [number for number in there if number >= first]

    def _dataset(self, names: list[str], values: Values) -> xarray.Dataset:
        """`values`, of shape (chain, draw, column), as variables with dimensions."""
        import xarray

        arrays: dict[str, Any] = {}
        coordinates: dict[str, Any] = {"chain": np.arange(values.shape[0]), "draw": np.arange(values.shape[1])}
        for variable in variables(names):
            array = values[:, :, list(variable.columns)].reshape(*values.shape[:2], *variable.shape)
            name = variable.name + "_" if variable.name in ("chain", "draw") else variable.name
            arrays[name] = (("chain", "draw", *variable.dims), array)
            coordinates.update({dim: list(labels) for dim, labels in zip(variable.dims, variable.labels, strict=True)})
        return xarray.Dataset(arrays, coordinates, self._attributes())

    def _statistics(self, names: list[str], values: Values) -> xarray.Dataset:
        found = self._dataset(names, values)
        if "log_prior" in found and "log_likelihood" in found:
            found["lp"] = found["log_prior"] + found["log_likelihood"]
        for name, (arviz_name, kind) in _SAMPLER_COLUMNS.items():
            if name in found:
                found = found.assign({name: found[name].astype(kind)}).rename({name: arviz_name})
        return found

    def _attributes(self) -> dict[str, str]:
        identity = self.manifest["identity"]
        return {
            "inference_library": "dovetail",
            "inference_library_version": identity["version"],
            "command": identity["command"],
            "model": identity["model"],
            "seed": str(identity["seed"]),  # up to 2^64 - 1, which a netCDF attribute does not hold
            "status": self.status,
        }


def open_run(path: str | os.PathLike[str], *, command: str | os.PathLike[str] | None = None) -> Run:
    """The run in the folder `path`, ended or not. UsageError where there is none."""
    run = Run(path, command=command)
    if not (run.path / "manifest.json").is_file():
        raise UsageError(f"{run.path} is not a run's folder: it has no manifest.json")
    manifest = run.manifest
    if manifest.get("format") != 1 or "identity" not in manifest:
        raise UsageError(f"{run.path}/manifest.json is not of a run that this package knows (format 1)")
    return run


def start(arguments: list[str], run: Run, *, echo: bool) -> Run:
    """Has the command make `run`, or go on with it. Exceptions carry the run, if there is one by then."""
    try:
        call(arguments, command=run._command, echo=echo)
    except (DovetailError, Interrupted) as error:
        error.run = run if (run.path / "manifest.json").is_file() else None
        raise
    except KeyboardInterrupt:
        there = (run.path / "manifest.json").is_file()
        words = f"interrupted; dovetail.open({os.fspath(run.path)!r}).resume() goes on" if there else "interrupted"
        raise Interrupted(words, run=run if there else None) from None
    return run
