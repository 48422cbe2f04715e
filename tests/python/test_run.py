"""A run's results as the command wrote them, and what can be done with a run."""

import json
import unittest

import numpy as np
from support import SOURCE, FolderTest, run_of

import dovetail


class Results(unittest.TestCase):
    def test_are_the_files(self) -> None:
        run = dovetail.open(run_of("chains").path)
        summary = json.loads((run.path / "summary.json").read_text())
        self.assertEqual(run.summary, summary)
        self.assertEqual(run.manifest["identity"]["seed"], 1)
        self.assertEqual(run.status, summary["status"])
        self.assertEqual(run.verdict, f"{len(summary['warnings'])} warnings")
        self.assertEqual([warning["id"] for warning in run.warnings], [each["id"] for each in summary["warnings"]])
        self.assertIn("eight_schools", run.text())
        self.assertIn("sample, 4 warnings", repr(run))

    def test_table_has_the_figures(self) -> None:
        run = run_of("chains")
        table = run.table()
        self.assertEqual(list(table.index), [row["name"] for row in run.summary["parameters"]])
        for row in run.summary["parameters"]:
            for key in ("mean", "sd", "mcse_mean", "q5", "q50", "q95", "ess_bulk", "ess_tail", "rhat"):
                self.assertEqual(table.loc[row["name"], key], row[key])

    def test_figures_that_are_not_there_are_nan(self) -> None:
        table = run_of("sites").table()
        self.assertTrue(np.isnan(table.loc["mu[intercept]", "rhat"]))
        self.assertEqual(run_of("sites").parameters["mu[intercept]"]["rhat"], None)

    def test_rounds_are_those_of_the_file(self) -> None:
        run = run_of("ladder")
        lines = [line.split(",") for line in (run.path / "rounds.csv").read_text().splitlines()]
        rounds = run.rounds()
        self.assertEqual(list(rounds.columns), lines[0])
        for at, line in enumerate(lines[1:]):
            self.assertEqual(rounds.state_sha256[at], line[lines[0].index("state_sha256")])
            self.assertEqual(rounds.barrier[at], float(line[lines[0].index("barrier")]))

    def test_of_tempering(self) -> None:
        run = run_of("ladder")
        block = run.summary["tempering"]
        self.assertEqual(run.evidence, (block["log_evidence"], block["log_evidence_se"]))
        self.assertEqual(run.tempering["global_barrier"], block["global_barrier"])
        self.assertEqual(run.schedule.tolist(), block["schedule"])
        self.assertEqual((run.schedule[0], run.schedule[-1]), (0, 1))

    def test_of_sites(self) -> None:
        run = run_of("sites")
        self.assertEqual(run.ep, run.summary["ep"])
        self.assertEqual(run.to_xarray().sizes["draw"], 0)  # no correction, no draws
        self.assertEqual(list(run.rounds().phase), ["ep", "ep"])

    def test_of_topics(self) -> None:
        run = run_of("topics")
        self.assertEqual(run.lda["topics"], 3)
        self.assertEqual(len(run.topics()["topics"]), 3)
        names, shares = run.doc_topics()
        self.assertEqual((len(names), shares.shape), (240, (240, 3)))
        np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-12)

    def test_events(self) -> None:
        events = run_of("topics").events()
        self.assertEqual((events[0]["kind"], events[-1]["kind"]), ("start", "end"))


class Going(FolderTest):
    def test_on_gives_the_run_that_was_asked_for_at_once(self) -> None:
        part = dovetail.sample("builtin:mvn,d=2", seed=3, draws=50, warmup=20, out="part", progress=False)
        whole = dovetail.sample("builtin:mvn,d=2", seed=3, draws=80, warmup=20, out="whole", progress=False)
        part = part.resume(draws="+30", threads=1, progress=False)
        self.assertEqual(part.to_xarray().sizes["draw"], 80)
        self.assertTrue(part.to_xarray().equals(whole.to_xarray()))
        self.assertEqual(part.digest(), whole.digest())

    def test_verify_and_compare_report(self) -> None:
        run = run_of("chains")
        self.assertEqual(run.digest(), run.summary["digest"])
        self.assertIsInstance(run.verify(), dict)
        self.assertEqual(run.compare(run)["differences"], 0)
        self.assertEqual(run.compare(run.path)["second"]["run"], str(run.path))

    def test_verify_finds_other_bits(self) -> None:
        run = dovetail.sample("builtin:mvn,d=2", seed=3, draws=50, warmup=20, out="run", progress=False)
        rows = (run.path / "rounds.csv").read_text()
        sha = run.rounds().state_sha256.iloc[0]
        (run.path / "rounds.csv").write_text(rows.replace(sha, sha[::-1]))
        with self.assertRaises(dovetail.DovetailError) as caught:
            run.verify()
        self.assertIn(caught.exception.code, (1, 7))

    def test_a_run_that_stopped_is_read_and_gone_on_with(self) -> None:
        with self.assertRaises(dovetail.Stopped) as caught:
            dovetail.temper("builtin:galaxies,k=3", seed=1, rounds=11, out="long", max_time="0.3s", progress=False)
        run = caught.exception.run
        assert run is not None
        self.assertEqual(caught.exception.code, 75)
        self.assertEqual(run.status, "incomplete")
        self.assertTrue(run.verdict.startswith("incomplete: "))
        draws = run.to_xarray()
        self.assertEqual(draws.sizes["chain"], 1)
        ended = len(run.rounds())
        if ended > 0:
            self.assertEqual(draws.sizes["draw"], 2**ended)


class WhatIsThereSoFar(FolderTest):
    """A folder as it is while a run goes on: the files of a run, cut."""

    def setUp(self) -> None:
        super().setUp()
        self.run_ = dovetail.sample(
            "builtin:eight_schools", seed=1, chains=2, draws=300, warmup=100, save_warmup=True, out="run", progress=False
        )
        manifest = self.run_.path / "manifest.json"
        manifest.write_text(manifest.read_text().replace(f'"status": "{self.run_.status}', '"status": "running'))

    def cut_rounds(self, kept: int) -> None:
        path = self.run_.path / "rounds.csv"
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(lines[: kept + 1]) + lines[kept + 1][:20])  # and a line that is being written

    def test_no_summary_yet(self) -> None:
        (self.run_.path / "summary.json").unlink()
        self.assertEqual((self.run_.summary, self.run_.parameters, self.run_.warnings), ({}, {}, []))
        self.assertEqual(len(self.run_.table()), 0)
        self.assertEqual(self.run_.evidence, (None, None))

    def test_lines_that_are_being_written_are_left_out(self) -> None:
        self.cut_rounds(3)
        self.assertEqual(len(self.run_.rounds()), 3)
        events = len(self.run_.events())
        with (self.run_.path / "events.jsonl").open("a") as file:
            file.write('{"time": "20')
        self.assertEqual(len(self.run_.events()), events)

    def test_draws_in_warm_up_are_warm_up(self) -> None:
        self.cut_rounds(3)
        for path in sorted((self.run_.path / "draws").glob("round-*"))[4:]:
            path.unlink()
        groups = self.run_.groups()
        self.assertEqual(groups["posterior"].sizes["draw"], 0)
        self.assertEqual(set(groups["posterior"].data_vars), {"theta", "mu", "tau"})
        rows = self.run_.rounds().iterations
        self.assertGreater(groups["warmup_posterior"].sizes["draw"], rows.sum())

    def test_draws_after_warm_up_are_draws_before_their_round_has_ended(self) -> None:
        self.cut_rounds(int((self.run_.rounds().phase == "warmup").sum()))
        self.assertEqual(self.run_.groups()["warmup_posterior"].sizes["draw"], 100)
        self.assertEqual(self.run_.to_xarray().sizes["draw"], 300)

    def test_chains_are_cut_to_the_shortest(self) -> None:
        path = sorted((self.run_.path / "draws").glob("round-*"))[-1]
        whole = self.run_.to_xarray()
        path.write_bytes(path.read_bytes()[:-1])  # the last block, of the last chain
        found = self.run_.to_xarray()
        self.assertLess(found.sizes["draw"], 300)
        self.assertTrue(found.equals(whole.isel(draw=slice(found.sizes["draw"]))))


class Refused(FolderTest):
    def test_what_is_no_run(self) -> None:
        with self.assertRaises(dovetail.UsageError):
            dovetail.open(SOURCE)
        (self.folder / "manifest.json").write_text('{"format": 2}')
        with self.assertRaises(dovetail.UsageError):
            dovetail.open(self.folder)
        (self.folder / "manifest.json").write_text('{"format": 1')
        with self.assertRaises(dovetail.FilesError):
            dovetail.open(self.folder)
