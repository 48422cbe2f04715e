"""draws.nc, as `dovetail export` writes it, read by xarray: the arrays of the package, which reads the same draws by itself."""

import importlib.util
import os
import resource
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import numpy as np
import xarray
from support import SOURCE, FolderTest, csv_chain, run_of

import dovetail


def setUpModule() -> None:
    if importlib.util.find_spec("netCDF4") is None:
        raise unittest.SkipTest("there is no netCDF4 (make deps-python installs it)")
    doctor = subprocess.run([os.environ["DOVETAIL"], "doctor", "--json"], capture_output=True, text=True, check=True)
    if '"netcdf": true' not in doctor.stdout:
        raise unittest.SkipTest("this build of dovetail has no netCDF (Debian: libnetcdf-dev)")


def export(run: dovetail.Run, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [os.environ["DOVETAIL"], "export", os.fspath(run.path), *words], capture_output=True, text=True
    )


def kind(array: xarray.DataArray) -> str:
    """The kind of type, one for texts of any length."""
    return array.dtype.kind.replace("U", "O")


class NetcdfTest(FolderTest):
    def group(self, name: str, path: str = "draws.nc") -> xarray.Dataset:
        with xarray.open_dataset(path, group=name) as dataset:
            return dataset.load()

    def exported(self, run: dovetail.Run) -> str:
        """Exports to draws.nc in the test's own folder, so that runs which tests share stay as they are."""
        ended = export(run, "--to", "netcdf", "--out", "draws.nc")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return ended.stdout

    def assert_same_groups(self, run: dovetail.Run) -> None:
        """Every group of draws has the variables, dimensions, labels, types and bits of the package's."""
        for name, wanted in run.groups().items():
            with self.subTest(group=name):
                found = self.group(name)
                self.assertEqual(set(found.variables), set(wanted.variables))
                for variable in wanted.variables:
                    self.assertEqual(found[variable].dims, wanted[variable].dims)
                    self.assertEqual(kind(found[variable]), kind(wanted[variable]))
                    if wanted[variable].dtype == np.float64:
                        bits = [np.ascontiguousarray(d[variable]).view(np.uint64) for d in (found, wanted)]
                        self.assert_same(*bits)
                    else:
                        self.assert_same(found[variable], wanted[variable])
                for key, value in wanted.attrs.items():
                    self.assertEqual(found.attrs[key], value)
                self.assertEqual(found.attrs["digest"], run.summary["digest"])


class Groups(NetcdfTest):
    def test_of_chains_with_warm_up(self) -> None:
        run = run_of("chains")
        said = self.exported(run)
        self.assertIn("draws.nc: 3 chains of 100 draws; posterior, sample_stats, warmup_posterior", said)
        self.assertEqual(set(run.groups()), {"posterior", "sample_stats", "warmup_posterior", "warmup_sample_stats"})
        self.assert_same_groups(run)
        theta = self.group("posterior").theta
        for chain in range(3):
            csv = csv_chain(run, chain + 1)
            for school in range(1, 9):
                self.assert_same(theta.sel(theta_dim_0=school)[chain], csv[f"theta.{school}"])

    def test_of_a_ladder_and_its_earlier_rounds(self) -> None:
        run = run_of("ladder")
        self.exported(run)
        self.assertIn("warmup_posterior", run.groups())
        self.assert_same_groups(run)

    def test_of_two_legs(self) -> None:
        run = run_of("two_legs")
        self.exported(run)
        self.assert_same_groups(run)

    def test_of_chains_without_warm_up(self) -> None:
        run = dovetail.sample(
            "builtin:mvn,d=2", seed=3, chains=2, draws=50, warmup=50, kernel="slice", out="plain", progress=False
        )
        self.exported(run)
        self.assertNotIn("warmup_posterior", run.groups())
        self.assert_same_groups(run)
        with self.assertRaises(OSError):
            self.group("warmup_posterior")

    def test_of_a_corrected_answer_of_sites(self) -> None:
        run = dovetail.ep(
            "builtin:hierarchical_normal,sd=1", seed=1, data=SOURCE / "examples/ep/clinics.csv", by="clinic", sites_max=3,
            rounds=20, draws=400, correct=0.3, out="corrected", progress=False,
        )  # fmt: skip
        self.assertIn("posterior", self.exported(run))
        self.assertEqual(self.group("posterior").mu.dims, ("chain", "draw", "mu_dim_0"))
        self.assert_same_groups(run)


class Tables(NetcdfTest):
    def test_rounds_are_those_of_the_csv(self) -> None:
        for name in ("chains", "ladder", "sites"):
            with self.subTest(run=name):
                run = run_of(name)
                self.exported(run)
                rounds = self.group("rounds")
                wanted = run.rounds()
                self.assertEqual(set(rounds.variables), set(wanted.columns))
                for column in wanted.columns:
                    if wanted[column].dtype.kind in "iuf" and rounds[column].dtype.kind in "iuf":
                        self.assert_same(rounds[column], wanted[column].astype(float))
                    elif rounds[column].dtype.kind == "f":
                        self.assertTrue(wanted[column].isna().all())  # no figure in any round
                    else:
                        self.assert_same(rounds[column], wanted[column].fillna("").astype(str))

    def test_of_a_ladder_are_those_of_its_summary(self) -> None:
        run = run_of("ladder")
        self.exported(run)
        ladder = self.group("tempering")
        block = run.tempering
        self.assert_same(ladder.beta, block["schedule"])
        self.assertEqual(ladder.sizes["pair"] + 1, ladder.sizes["rung"])
        self.assertEqual(ladder.barrier[0], 0)
        self.assertAlmostEqual(float(ladder.barrier[-1]), block["global_barrier"], delta=1e-4)
        self.assertAlmostEqual(float(ladder.swap_acceptance.min()), block["swap_acceptance_min"], delta=1e-5)
        self.assertAlmostEqual(float(ladder.swap_acceptance.mean()), block["swap_acceptance_mean"], delta=1e-5)
        self.assertEqual((float(ladder.next_beta[0]), float(ladder.next_beta[-1])), (0, 1))
        self.assertEqual(ladder.next_log_evidence[0], 0)
        # the whole of it is what the last round found by itself, and the summary pools rounds
        forward, backward = block["log_evidence_forward"], block["log_evidence_backward"]
        spread = abs(forward - backward) + 1
        self.assertLess(abs(float(ladder.next_log_evidence[-1]) - (forward + backward) / 2), spread)

    def test_of_two_legs_stand_apart(self) -> None:
        run = run_of("two_legs")
        self.exported(run)
        self.assert_same(self.group("tempering").beta, run.tempering["schedule"])
        self.assertGreater(self.group("tempering_variational").sizes["rung"], 1)

    def test_the_index_process_is_that_of_the_csv(self) -> None:
        run = run_of("two_legs")
        self.exported(run)
        replicas = self.group("index_process").replica
        lines = (run.path / "swaps.csv").read_text().splitlines()[1:]
        wanted = np.array([[int(field) for field in line.split(",") if field] for line in lines])
        wanted = wanted[wanted[:, 0] == wanted[:, 0].max()]
        copies, scans, rungs = replicas.shape
        self.assertEqual(copies, 2)
        self.assert_same(np.asarray(replicas).reshape(copies * scans, rungs), wanted[:, 3:])

    def test_of_sites_are_those_of_their_files(self) -> None:
        run = run_of("sites")
        said = self.exported(run)
        self.assertIn("history, sites, approximation", said)
        approximation = self.group("approximation")
        self.assert_same(approximation["mean"], run.ep["mean"])
        self.assertEqual(list(approximation.parameter.values), run.ep["names"])
        self.assert_same(np.asarray(approximation.covariance).ravel(), np.asarray(run.ep["covariance"]).ravel())
        self.assert_same(approximation.influence, run.ep["influence"])
        history = self.group("history")
        self.assertEqual(list(history["round"].values), list(range(1, run.ep["rounds"] + 1)))
        rows = [line.rsplit(",", 2) for line in (run.path / "history.csv").read_text().splitlines()[1:]]
        self.assert_same(np.asarray(history["mean"]).ravel(), [float(row[1]) for row in rows])
        self.assert_same(np.asarray(history["sd"]).ravel(), [float(row[2]) for row in rows])
        sites = self.group("sites")
        self.assertEqual(list(sites.site.values), run.ep["site_names"])
        self.assertEqual(sites.precision.shape, (3, len(run.ep["names"]), len(run.ep["names"])))


class RunsThatAreNotWhole(NetcdfTest):
    """Copies of a run, as it looks while it goes on or after damage."""

    def copy(self, name: str) -> dovetail.Run:
        shutil.copytree(run_of(name).path, "copy")
        return dovetail.open("copy")

    def pretend_it_goes_on(self, run: dovetail.Run) -> None:
        manifest = run.path / "manifest.json"
        manifest.write_text(manifest.read_text().replace('"status": "' + run.status, '"status": "running'))
        (run.path / "summary.json").unlink()

    def test_a_run_that_goes_on_is_read_up_to_its_last_whole_block(self) -> None:
        run = self.copy("chains")
        self.pretend_it_goes_on(run)
        last = sorted((run.path / "draws").glob("round-*"))[-1]
        last.write_bytes(last.read_bytes() + b"DBLK")  # a block that is being written
        ended = export(run, "--to", "netcdf")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("incomplete block", ended.stderr)
        found, wanted = self.group("posterior", "copy/draws.nc"), run.to_xarray()
        self.assertEqual(found.attrs["status"], "running")
        self.assertNotIn("digest", found.attrs)
        self.assert_same(found.theta, wanted.theta)

    def test_the_csv_waits_for_the_end(self) -> None:
        run = self.copy("chains")
        self.pretend_it_goes_on(run)
        ended = export(run, "--to", "stan-csv")
        self.assertEqual(ended.returncode, 5)
        self.assertIn("has no summary.json (the run goes on, or was killed)", ended.stderr)

    def test_damaged_draws_are_refused_and_leave_nothing(self) -> None:
        run = self.copy("chains")
        last = sorted((run.path / "draws").glob("round-*"))[-1]
        data = bytearray(last.read_bytes())
        data[-5] ^= 1
        last.write_bytes(data)
        before = sorted(os.listdir("copy"))
        ended = export(run, "--to", "netcdf")
        self.assertEqual(ended.returncode, 5)
        self.assertIn("fail their checksum", ended.stderr)
        self.assertEqual(sorted(os.listdir("copy")), before)

    def test_lost_files_of_an_ended_run_are_refused(self) -> None:
        for form in ("netcdf", "stan-csv"):
            run = self.copy("chains")
            last = sorted((run.path / "draws").glob("round-*"))[-1]
            rounds = run.path / "rounds.csv"
            for path, text in ((last, last.read_bytes()[:-1]), (last, None), (rounds, rounds.read_bytes().replace(b",draws,", b",warmup,"))):
                whole = path.read_bytes()
                path.unlink() if text is None else path.write_bytes(text)
                ended = export(run, "--to", form)
                self.assertIn(ended.returncode, (5, 7), f"{path}: {ended.stdout}")
                path.write_bytes(whole)
            self.assertEqual(export(run, "--to", form).returncode, 0)
            shutil.rmtree(run.path)

    def test_a_full_disk_is_told(self) -> None:
        run = self.copy("chains")
        before = sorted(os.listdir(run.path))
        for size in (1 << 10, 5 << 10, 20 << 10):
            ended = subprocess.run(
                [os.environ["DOVETAIL"], "export", os.fspath(run.path), "--to", "netcdf"], capture_output=True, text=True,
                preexec_fn=lambda size=size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
            )  # fmt: skip
            self.assertEqual(ended.returncode, 5, ended.stderr)
            self.assertIn("cannot write", ended.stderr)
            self.assertEqual(sorted(os.listdir(run.path)), before)

    def test_a_device_is_no_file(self) -> None:
        for form in ("netcdf", "stan-csv"):
            pipe = self.folder / form
            os.mkfifo(pipe)
            ended = export(run_of("chains"), "--to", form, "--out", os.fspath(pipe))
            self.assertEqual(ended.returncode, 5, ended.stderr)
            self.assertTrue(pipe.is_fifo())

    def test_a_damaged_checkpoint_is_refused(self) -> None:
        run = self.copy("ladder")
        for path in (run.path / "checkpoint").iterdir():
            path.write_bytes(path.read_bytes()[:-1])
        self.assertEqual(export(run, "--to", "netcdf").returncode, 7)
        shutil.rmtree(run.path / "checkpoint")
        ended = export(run, "--to", "netcdf")
        self.assertEqual(ended.returncode, 0)
        self.assertIn("left out the group tempering: the run has no checkpoint", ended.stderr)

    def test_a_damaged_history_is_refused_by_its_line(self) -> None:
        run = self.copy("sites")
        history = run.path / "history.csv"
        lines = history.read_text().splitlines(keepends=True)
        for damaged in (
            [*lines[:2], lines[3], *lines[3:]], [*lines[:2], lines[2].replace("\n", ",1\n"), *lines[3:]], lines[:2],
        ):  # fmt: skip
            history.write_text("".join(damaged))
            ended = export(run, "--to", "netcdf")
            self.assertEqual(ended.returncode, 5, ended.stderr)
            self.assertRegex(ended.stderr, r"history\.csv:\d+: not a line")


class Csv(NetcdfTest):
    def test_is_that_of_a_run_with_csv(self) -> None:
        for name in ("chains", "ladder", "two_legs"):
            with self.subTest(run=name):
                run = run_of(name)
                out = self.folder / name
                ended = export(run, "--to", "stan-csv", "--out", os.fspath(out))
                self.assertEqual(ended.returncode, 0, ended.stderr)
                files = sorted(os.listdir(run.path / "csv"))
                self.assertEqual(sorted(os.listdir(out)), files)
                for file in files:
                    self.assertEqual((out / file).read_bytes(), (run.path / "csv" / file).read_bytes())


    def test_of_a_shorter_run_goes_when_it_goes_on(self) -> None:
        run = dovetail.sample("builtin:mvn,d=2", seed=1, chains=2, draws=20, warmup=20, out="short", progress=False)
        self.assertEqual(export(run, "--to", "stan-csv").returncode, 0)
        self.assertEqual(len(list((run.path / "csv").iterdir())), 2)
        subprocess.run([os.environ["DOVETAIL"], "resume", "short", "--draws", "+20", "-q"], check=True)
        self.assertEqual(list((run.path / "csv").iterdir()), [])


class Names(NetcdfTest):
    def test_that_are_strange_are_kept_beside_the_variable(self) -> None:
        Path("strange.py").write_text(
            "import dovetail\n\n"
            "@dovetail.density(['a/b', 'quo\"te', '\U0001f600', 'chain', 'line\\nbreak', ' ends '])\n"
            "def strange(x):\n    return -0.5 * sum(v * v for v in x)\n"
        )
        run = dovetail.sample(
            f"exec:{sys.executable} -m dovetail.model strange.py", seed=1, chains=2, draws=20, warmup=20, kernel="slice", out="odd",
            progress=False,
        )  # fmt: skip
        self.exported(run)
        found, wanted = self.group("posterior"), run.to_xarray()
        whole = {found[name].attrs.get("dovetail_name", name): found[name] for name in found.data_vars}
        names = {"chain" if name == "chain_" else name: name for name in wanted.data_vars}
        self.assertEqual(set(whole), set(names))
        for name, array in whole.items():
            self.assert_same(array, wanted[names[name]])


class Refusals(NetcdfTest):
    def test_have_words(self) -> None:
        ended = export(run_of("topics"), "--to", "netcdf")
        self.assertEqual(ended.returncode, 2)
        self.assertIn("is a run of `dovetail lda`, which has no draws to export", ended.stderr)
        ended = export(run_of("chains"), "--to", "netcdf", "--out", "none/draws.nc")
        self.assertEqual(ended.returncode, 5)
        self.assertIn("none", ended.stderr)
        ended = export(run_of("chains"), "--to", "pyldavis")
        self.assertEqual(ended.returncode, 2)
        self.assertIn("its draws: --to netcdf or stan-csv", ended.stderr)
