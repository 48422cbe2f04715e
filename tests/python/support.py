"""What tests share: a folder of their own, runs that several of them read, and CSV files as the command wrote them."""

import atexit
import functools
import os
import shutil
import tempfile
import unittest
from pathlib import Path

import numpy as np

import dovetail

SOURCE = Path(__file__).resolve().parents[2]


@functools.cache
def shared_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="dovetail-python-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def run_of(name: str) -> dovetail.Run:
    """A run that is made once and must not be changed."""
    out = shared_folder() / name
    if name == "chains":
        return dovetail.sample(
            "builtin:eight_schools", seed=1, chains=3, draws=100, warmup=150, save_warmup=True, csv=True, out=out,
            progress=False,
        )
    if name == "ladder":
        return dovetail.temper(
            "builtin:galaxies,k=2", seed=1, rounds=6, copies=2, csv=True, keep="all", out=out, progress=False
        )
    if name == "two_legs":
        return dovetail.temper(
            "builtin:mvn,d=3", seed=1, rounds=5, copies=2, legs=2, reference="variational", csv=True, every_rung=True,
            swap_history=True, out=out, progress=False,
        )
    if name == "sites":
        return dovetail.ep(
            "builtin:hierarchical_normal,sd=1", seed=1, data=SOURCE / "examples/ep/clinics.csv", by="clinic", sites_max=3,
            rounds=2, draws=200, out=out, progress=False,
        )
    if name == "topics":
        return dovetail.lda(
            SOURCE / "examples/lda/planted.tsv", seed=1, topics=3, sweeps=10, out=out, progress=False
        )
    raise KeyError(name)


def csv_chain(run: dovetail.Run, chain: int) -> dict[str, np.ndarray]:
    """Columns of csv/chain_N.csv, N from 1, by Python's own reading of decimals."""
    lines = [line for line in (run.path / f"csv/chain_{chain}.csv").read_text().splitlines() if line[:1] != "#"]
    names = lines[0].split(",")
    rows = np.array([[float(field) for field in line.split(",")] for line in lines[1:]])
    return {name: rows[:, at] for at, name in enumerate(names)}


class FolderTest(unittest.TestCase):
    """A test that works in a new folder."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dovetail-python-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)

    def assert_same(self, found: object, wanted: object) -> None:
        """Equal bits and shapes; NaN equals NaN."""
        np.testing.assert_array_equal(np.asarray(found), np.asarray(wanted))
