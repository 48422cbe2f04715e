"""The command is found, gets its flags, and its ends are exceptions."""

import os
import re
import signal
import subprocess
import sys
import unittest
from pathlib import Path

from support import FolderTest, run_of

import dovetail
from dovetail import errors
from dovetail.command import call, find, flags


class Flags(unittest.TestCase):
    def test_are_the_options(self) -> None:
        options = {"until_ess": 400, "csv": True, "force": False, "max_time": None, "adapt_delta": 0.1, "data": Path("a b")}
        self.assertEqual(flags(options), ["--until-ess=400", "--csv", "--adapt-delta=0.1", "--data=a b"])

    def test_lists_have_commas(self) -> None:
        self.assertEqual(flags({"schedule": [0, 0.25, 1]}), ["--schedule=0,0.25,1"])

    def test_numbers_of_numpy_are_numbers(self) -> None:
        import numpy as np

        self.assertEqual(flags({"a": np.int64(3), "b": np.float64(0.1), "c": np.array([0.5, 1])}), ["--a=3", "--b=0.1", "--c=0.5,1.0"])

    def test_anything_else_is_refused(self) -> None:
        with self.assertRaises(TypeError):
            flags({"seed": object()})  # type: ignore[dict-item]

    def test_reach_the_command(self) -> None:
        run = run_of("chains")
        options = run.manifest["identity"]["options"]
        self.assertEqual((options["chains"], options["save_warmup"]), ("3", "true"))


class Finding(FolderTest):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(os.environ.update, {key: os.environ[key] for key in ("DOVETAIL", "PATH")})
        for name in ("argument", "variable", "dovetail"):
            Path(name).write_text("#!/bin/sh\n")
            Path(name).chmod(0o700)

    def test_argument_then_variable_then_path(self) -> None:
        os.environ["PATH"] = str(self.folder)
        os.environ["DOVETAIL"] = str(self.folder / "variable")
        self.assertEqual(find(self.folder / "argument"), str(self.folder / "argument"))
        self.assertEqual(find(), str(self.folder / "variable"))
        del os.environ["DOVETAIL"]
        self.assertEqual(find(), str(self.folder / "dovetail"))
        (self.folder / "dovetail").unlink()
        with self.assertRaises(dovetail.CommandNotFound):
            find()
        with self.assertRaises(dovetail.CommandNotFound):
            find("no-such-command")


class Errors(FolderTest):
    def test_have_a_type_for_each_exit_code(self) -> None:
        codes = {int(code) for code in re.findall(r"^  (\d+) ", call(["help", "exit-codes"]), re.MULTILINE)}
        self.assertEqual(codes, {0, dovetail.Interrupted.code, *errors.BY_CODE})
        for code, kind in errors.BY_CODE.items():
            script = self.folder / f"end{code}"
            script.write_text(f"#!/bin/sh\necho so far, so good >&2\necho 'dovetail: why {code}' >&2\nexit {code}\n")
            script.chmod(0o700)
            with self.assertRaises(kind) as caught:
                dovetail.sample("builtin:mvn", seed=1, command=script, progress=False)
            self.assertIs(type(caught.exception), kind)
            self.assertEqual((str(caught.exception), caught.exception.code), (f"why {code}", code))
            self.assertIsNone(caught.exception.run)

    def test_of_usage_have_the_commands_words(self) -> None:
        with self.assertRaisesRegex(dovetail.UsageError, "--drawz`; did you mean --draws"):
            dovetail.sample("builtin:mvn", seed=1, drawz=10, progress=False)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_of_models(self) -> None:
        with self.assertRaisesRegex(dovetail.ModelError, "exit code 1 before it said what it is"):
            dovetail.sample("exec:false", seed=1, progress=False)

    def test_under_strict_carry_the_run(self) -> None:
        with self.assertRaises(dovetail.DiagnosticsError) as caught:
            dovetail.sample("builtin:mvn,d=2", seed=1, draws=10, warmup=10, strict=True, progress=False)
        assert caught.exception.run is not None
        self.assertEqual(caught.exception.run.to_xarray().sizes["draw"], 10)

    def test_of_files(self) -> None:
        with self.assertRaises(dovetail.DovetailError) as caught:
            dovetail.sample("builtin:mvn,d=2", seed=1, draws=10, warmup=10, out="/dev/null/run", progress=False)
        self.assertEqual(type(caught.exception), dovetail.FilesError)

    def test_a_command_that_was_killed_says_so(self) -> None:
        script = self.folder / "killed"
        script.write_text("#!/bin/sh\nkill -9 $$\n")
        script.chmod(0o700)
        with self.assertRaisesRegex(dovetail.DovetailError, "killed by SIGKILL"):
            dovetail.sample("builtin:mvn", seed=1, command=script, progress=False)


class Folders(FolderTest):
    def test_without_out_are_new_ones(self) -> None:
        runs = [dovetail.sample("builtin:mvn,d=2", seed=1, draws=10, warmup=10, progress=False) for _ in range(2)]
        self.assertNotEqual(runs[0].path, runs[1].path)
        self.assertEqual({run.path.parent for run in runs}, {Path("dovetail-runs")})
        self.assertEqual(runs[0].digest(), runs[1].digest())


PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background ignores it
import dovetail
try:
    dovetail.temper("builtin:galaxies,k=3", seed=1, rounds=14, threads=1, out="run", checkpoint_every="round")
except dovetail.Interrupted as interrupted:
    print("INTERRUPTED", interrupted.run.path, interrupted)
    sys.exit(9)
"""

STUBBORN = f"""#!{sys.executable}
import signal, sys
signal.alarm(600)  # where nobody interrupts it, it is not left behind for good
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
for said in ("ready", "one", "two"):
    print(said, file=sys.stderr, flush=True)
    if said != "two":
        signal.sigwait([signal.SIGINT])
sys.exit(130)
"""


class Interrupts(FolderTest):
    def start(self) -> "subprocess.Popen[str]":
        """A program that runs, and has said that its first round ended."""
        process = self.begin(PROGRAM)
        self.wait_for(process, "round 1/14:")
        return process

    def begin(self, program: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-B", "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def wait_for(self, process: "subprocess.Popen[str]", said: str) -> None:
        for line in process.stderr:
            if line.startswith(said):
                return
        self.fail(f"it never said {said!r}")

    def test_end_the_command_with_a_checkpoint(self) -> None:
        process = self.start()
        os.killpg(process.pid, signal.SIGINT)  # as the terminal's Ctrl-C does
        printed, _ = process.communicate()
        self.assertEqual(process.returncode, 9)
        self.assertIn("INTERRUPTED run", printed)
        self.assertIn("dovetail.open('run').resume()", printed)
        run = dovetail.open("run")
        self.assertEqual(run.status, "incomplete")
        self.assertIn("stopped in round", run.verdict)
        self.assertGreaterEqual(len(run.rounds()), 1)

    def test_a_second_one_is_passed_on_too(self) -> None:
        """With a command in Dovetail's place that waits for two."""
        script = self.folder / "stubborn"
        script.write_text(STUBBORN)
        script.chmod(0o700)
        program = PROGRAM.replace("seed=1,", f"seed=1, command={str(script)!r},").replace(".run.path", ".run")
        process = self.begin(program)
        self.wait_for(process, "ready")
        os.kill(process.pid, signal.SIGINT)
        self.wait_for(process, "one")
        os.kill(process.pid, signal.SIGINT)
        self.wait_for(process, "two")
        printed, _ = process.communicate()
        self.assertEqual((process.returncode, printed), (9, "INTERRUPTED None interrupted\n"))

    def test_reach_the_command_once(self) -> None:
        """The terminal interrupts a whole group of processes: the command is in another, and gets what is passed on."""
        script = self.folder / "group"
        script.write_text(f"#!{sys.executable}\nimport os\nprint(os.getpgrp())\n")
        script.chmod(0o700)
        self.assertNotEqual(int(call([], command=script)), os.getpgrp())

    def test_progress_is_the_commands_own(self) -> None:
        for progress, said in ((True, "round 1:"), (False, "")):
            script = (
                "import dovetail; dovetail.sample('builtin:mvn,d=2', seed=1, draws=10, warmup=10, out='run', force=True, "
                f"progress={progress})"
            )
            ended = subprocess.run([sys.executable, "-B", "-c", script], capture_output=True, text=True, check=True)
            self.assertEqual(ended.stdout, "")
            self.assertIn(said, ended.stderr)
            self.assertEqual(ended.stderr == "", progress is False)
