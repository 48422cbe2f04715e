"""Draws in Python are the command's, bit by bit; damage is found."""

import shutil
import unittest

import numpy as np
from support import FolderTest, csv_chain, run_of

import dovetail
from dovetail import crc32c
from dovetail.draws import read_draws


def checksum_by_bits(data: bytes) -> int:
    """CRC-32C as its definition has it, a bit at a time."""
    rest = 0xFFFFFFFF
    for byte in data:
        rest ^= byte
        for _ in range(8):
            rest = rest >> 1 ^ (0x82F63B78 if rest & 1 else 0)
    return rest ^ 0xFFFFFFFF


class Checksum(unittest.TestCase):
    def test_known_answers(self) -> None:
        self.assertEqual(crc32c.of_bytes(b"123456789"), 0xE3069283)
        self.assertEqual(crc32c.of_bytes(bytes(32)), 0x8A9136AA)  # RFC 3720, B.4
        self.assertEqual(crc32c.of_bytes(b"\xff" * 32), 0x62A8AB43)

    def test_every_length(self) -> None:
        data = bytes(range(7, 77))
        for length in range(4, len(data)):
            self.assertEqual(crc32c.of_bytes(data[:length]), checksum_by_bits(data[:length]), length)

    def test_rows(self) -> None:
        words = np.arange(3 * 13, dtype=np.uint32).reshape(3, 13) * np.uint32(0x9E3779B9)
        wanted = [checksum_by_bits(row.astype("<u4").tobytes()) for row in words]
        self.assertEqual(crc32c.of_rows(words).tolist(), wanted)


class DrawsAsArrays(FolderTest):
    def test_of_chains_are_those_of_the_csv(self) -> None:
        run = run_of("chains")
        draws, stats = run.to_xarray(), run.sample_stats()
        self.assertEqual(dict(draws.sizes), {"chain": 3, "draw": 100, "theta_dim_0": 8})
        self.assertEqual(draws.theta.dims, ("chain", "draw", "theta_dim_0"))
        self.assertEqual(set(draws.data_vars), {"theta", "mu", "tau"})
        for chain in range(3):
            csv = csv_chain(run, chain + 1)
            for school in range(1, 9):
                self.assert_same(draws.theta.sel(theta_dim_0=school)[chain], csv[f"theta.{school}"])
            for name in ("mu", "tau"):
                self.assert_same(draws[name][chain], csv[name])
            for name, column in {
                "lp": "lp__", "log_prior": "log_prior", "log_likelihood": "log_likelihood", "energy": "energy__",
                "acceptance_rate": "accept_stat__", "step_size": "stepsize__", "tree_depth": "treedepth__",
                "n_steps": "n_leapfrog__", "diverging": "divergent__",
            }.items():  # fmt: skip
                self.assert_same(stats[name][chain], csv[column])
        self.assertEqual((stats.diverging.dtype, stats.n_steps.dtype), (np.bool_, np.int64))
        self.assertEqual(set(stats.data_vars), {
            "lp", "log_prior", "log_likelihood", "energy", "acceptance_rate", "step_size", "tree_depth", "n_steps",
            "diverging",
        })  # fmt: skip

    def test_warm_up_stands_apart(self) -> None:
        groups = run_of("chains").groups()
        self.assertEqual(groups["warmup_posterior"].sizes["draw"], 150)
        self.assertEqual(groups["warmup_sample_stats"].sizes["draw"], 150)
        self.assertEqual(run_of("two_legs").groups().keys(), {"posterior", "sample_stats"})

    def test_of_a_ladder_are_those_of_its_last_round(self) -> None:
        run = run_of("ladder")
        draws = run.to_xarray()
        self.assertEqual((draws.sizes["chain"], draws.sizes["draw"]), (2, 64))
        self.assertEqual(run.groups()["warmup_posterior"].sizes["draw"], 2 + 4 + 8 + 16 + 32)
        for chain in range(2):
            csv = csv_chain(run, chain + 1)
            self.assert_same(draws.weight.sel(weight_dim_0=2)[chain], csv["weight.2"])
            self.assert_same(run.sample_stats().log_reference[chain], csv["log_reference"])

    def test_of_two_legs_take_turns(self) -> None:
        run = run_of("two_legs")
        draws = run.to_xarray()
        self.assertEqual((draws.sizes["chain"], draws.sizes["draw"]), (2, 64))
        kept = run.draws()
        column = kept.columns.index("x[3]")
        for chain in range(2):
            self.assert_same(draws.x.sel(x_dim_0=3)[chain], csv_chain(run, chain + 1)["x.3"])
            for leg in range(2):
                own = kept.rounds[5][2 * chain + leg][column]
                self.assert_same(draws.x.sel(x_dim_0=3)[chain, leg::2], own)
        self.assertEqual(len(list((run.path / "csv").iterdir())), 2)  # the rungs between the targets are no chains
        self.assertEqual(run.sample_stats().replica.dtype, np.int64)

    def test_of_an_ended_run_are_all_there(self) -> None:
        shutil.copytree(run_of("chains").path, self.folder / "cut")
        run = dovetail.open(self.folder / "cut")
        last = sorted((run.path / "draws").glob("round-*"))[-1]
        last.write_bytes(last.read_bytes()[:-1])
        with self.assertRaisesRegex(dovetail.FilesError, "of a run that has ended"):
            run.to_xarray()
        shutil.rmtree(run.path / "draws")
        with self.assertRaisesRegex(dovetail.FilesError, "are gone"):
            run.to_xarray()

    def test_have_the_means_of_the_summary(self) -> None:
        for name in ("chains", "ladder", "two_legs"):
            run = run_of(name)
            for variable, values in run.to_xarray().data_vars.items():
                for index in np.ndindex(values.shape[2:]):
                    labels = ",".join(str(values.coords[dim].values[at]) for dim, at in zip(values.dims[2:], index))
                    row = run.parameters[f"{variable}[{labels}]" if labels else str(variable)]
                    mean = float(np.mean(values.values[(slice(None), slice(None), *index)]))
                    self.assertAlmostEqual(mean, row["mean"], delta=1e-9 * (1 + abs(mean)), msg=f"{name} {variable}")

    def test_carry_what_they_are_of(self) -> None:
        attributes = run_of("chains").to_xarray().attrs
        self.assertEqual(attributes["model"], "builtin:eight_schools")
        self.assertEqual((attributes["seed"], attributes["inference_library"]), ("1", "dovetail"))

    def test_parameters_may_be_called_like_dimensions(self) -> None:
        self.addCleanup(setattr, dovetail.Run, "_attributes", dovetail.Run._attributes)
        dovetail.Run._attributes = lambda run: {}  # type: ignore[method-assign]
        found = dovetail.Run("none")._dataset(["draw", "chain[1]"], np.zeros((2, 5, 2)))
        self.assertEqual(set(found.data_vars), {"draw_", "chain_"})

    def test_inference_data_gets_the_groups(self) -> None:
        """With a stand-in for arviz, which Debian does not have."""
        import sys
        import types

        stand_in = types.SimpleNamespace(InferenceData=lambda **groups: groups)
        sys.modules["arviz"] = stand_in  # type: ignore[assignment]
        self.addCleanup(sys.modules.pop, "arviz")
        self.assertEqual(run_of("chains").to_inference_data().keys(), run_of("chains").groups().keys())


class Damage(FolderTest):
    def setUp(self) -> None:
        super().setUp()
        run = dovetail.sample(
            "builtin:unid", seed=1, kernel="slice", chains=2, draws=3, warmup=1, out="run", progress=False
        )
        (self.path,) = (run.path / "draws").glob("round-*")
        self.whole = self.path.read_bytes()
        self.draws = read_draws(self.path.parent)

    def test_of_any_byte_is_found(self) -> None:
        for at in range(len(self.whole)):
            damaged = bytearray(self.whole)
            damaged[at] ^= 0x10
            self.path.write_bytes(damaged)
            with self.assertRaises(dovetail.FilesError, msg=f"byte {at}") as caught:
                read_draws(self.path.parent)
            self.assertIn(str(self.path), str(caught.exception))

    def test_an_incomplete_end_is_left_out_and_noted(self) -> None:
        values = self.draws.rounds[next(iter(self.draws.rounds))]
        for length in range(len(self.whole)):
            self.path.write_bytes(self.whole[:length])
            found = read_draws(self.path.parent)
            for sources in found.rounds.values():
                for source, columns in sources.items():
                    self.assert_same(columns, values[source][:, : columns.shape[1]])
            kept = sum(columns.shape[1] for sources in found.rounds.values() for columns in sources.values())
            self.assertLess(kept, 6)
        self.assertEqual(len(found.notes), 1)

    def test_zeros_at_the_end_are_left_out(self) -> None:
        self.path.write_bytes(self.whole + bytes(100))
        found = read_draws(self.path.parent)
        self.assertEqual(len(found.notes), 1)
        self.assert_same(found.rounds[next(iter(found.rounds))][1], self.draws.rounds[next(iter(found.rounds))][1])

    def test_rounds_that_were_dropped_are_not_read(self) -> None:
        number = next(iter(self.draws.rounds))
        (self.path.parent / "first-kept-round").write_text(f"{number + 1}\n")
        self.assertEqual(read_draws(self.path.parent).rounds, {})
        (self.path.parent / "first-kept-round").write_text("five\n")
        with self.assertRaises(dovetail.FilesError):
            read_draws(self.path.parent)
