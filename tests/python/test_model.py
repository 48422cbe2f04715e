"""Python functions as models."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from support import SOURCE, FolderTest

import dovetail

BANANA = """
import dovetail

@dovetail.density(["x1", "x2"], gradient=True, name="banana")
def banana(x):
    ridge = x[1] - x[0] * x[0]
    gradient = [-(x[0] - 1) / 10 + 20 * ridge * x[0], -10 * ridge]
    return -((x[0] - 1) ** 2) / 20 - 5 * ridge**2, gradient
"""

BATCH = """
import numpy as np
import dovetail

@dovetail.density(["x1", "x2"], gradient=True, batch=True)
def banana(x):
    ridge = x[:, 1] - x[:, 0] * x[:, 0]
    gradient = np.stack([-(x[:, 0] - 1) / 10 + 20 * ridge * x[:, 0], -10 * ridge], axis=1)
    return -((x[:, 0] - 1) ** 2) / 20 - 5 * ridge**2, gradient
"""

PARTS = """
import math
import dovetail

@dovetail.density([{"name": "p", "lower": 0, "upper": 1}], parts=True)
def coin(x):
    print("a print is no answer")
    return 0, 7 * math.log(x[0]) + 3 * math.log1p(-x[0])

@dovetail.density(["x"], parts=True)
def other(x):
    return -x[0] ** 2 / 2, 0
"""

ODD = """
import math
import dovetail

@dovetail.density(["x"], gradient=True)
def odd(x):
    if x[0] > 3:
        raise dovetail.Rejected("too far")
    if x[0] > 2:
        return math.nan, [0]
    if x[0] > 1:
        return -math.inf, [0]
    if x[0] > 0:
        raise ValueError("a mistake of mine")
    return -0.1, [0.2]

@dovetail.density(["x"], parts=True, gradient=True, data=lambda path: open(path).read())
def parts(x, data):
    return -x[0], len(data), [-1], [0]
"""


class Models(FolderTest):
    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def served(self, file: str, name: str | None = None) -> str:
        return "exec:" + shlex.join([sys.executable, "-m", "dovetail.model", file] + ([name] if name else []))

    def test_served_are_the_program_of_the_examples_to_the_digest(self) -> None:
        """The same command in two folders: examples/exec/banana.py, and a file that serves a function."""
        digests = []
        for folder in ("example", "served"):
            (self.folder / folder).mkdir()
            os.chdir(self.folder / folder)
            if folder == "example":
                shutil.copy(SOURCE / "examples/exec/banana.py", "model.py")
            else:
                Path("model.py").write_text(BANANA + "\ndovetail.serve_model(banana)\n")
            run = dovetail.sample(
                f"exec:{shlex.quote(sys.executable)} model.py", seed=1, chains=2, draws=40, warmup=30, out="run", progress=False
            )
            digests.append(run.digest())
        self.assertEqual(*digests)

    def test_from_a_file_one_by_one_and_in_batches_have_the_same_draws(self) -> None:
        runs = []
        for name, text in (("one.py", BANANA), ("many.py", BATCH)):
            self.write(name, text)
            runs.append(
                dovetail.sample(self.served(name), seed=1, chains=2, draws=40, warmup=30, out=name + ".run", progress=False)
            )
        self.assertTrue(runs[0].to_xarray().equals(runs[1].to_xarray()))
        self.assertEqual(runs[0].manifest["identity"]["options"]["kernel"], "nuts")  # it has seen the gradient

    def test_as_functions_of_a_script(self) -> None:
        script = self.write(
            "script.py",
            BANANA
            + 'if __name__ == "__main__":\n'
            + '    run = dovetail.sample(banana, seed=1, chains=2, draws=40, warmup=30, out="run", progress=False)\n'
            + '    print(run.to_xarray().sizes["draw"])\n',
        )
        ended = subprocess.run([sys.executable, "-B", script], capture_output=True, text=True)
        self.assertEqual((ended.returncode, ended.stdout), (0, "40\n"), ended.stderr)
        self.write("one.py", BANANA)
        other = dovetail.sample(self.served("one.py"), seed=1, chains=2, draws=40, warmup=30, out="other", progress=False)
        self.assertTrue(dovetail.open("run").to_xarray().equals(other.to_xarray()))

    def test_a_script_without_a_guard_is_told_so(self) -> None:
        script = self.write("script.py", BANANA + 'dovetail.sample(banana, seed=1, draws=10, warmup=10, out="run")\n')
        ended = subprocess.run([sys.executable, "-B", script], capture_output=True, text=True)
        self.assertIn("dovetail.errors.ModelError", ended.stderr)
        self.assertIn('if __name__ == "__main__":', ended.stderr)

    def test_functions_without_a_file_are_refused(self) -> None:
        for function in (dovetail.density(["x"])(lambda x: 0), dovetail.density(["x"])(eval("lambda x: 0"))):
            with self.assertRaisesRegex(dovetail.UsageError, r"put it into a \.py file"):
                dovetail.sample(function, seed=1)

    def test_in_parts_are_tempered_from_their_prior(self) -> None:
        self.write("coin.py", PARTS)
        run = dovetail.temper(self.served("coin.py", "coin"), seed=1, rounds=8, out="run", progress=False)
        self.assertEqual(run.tempering["reference"], "prior")
        exact = -7.1853870155804165  # log Beta(8, 4) = log(7! 3! / 11!)
        log, se = run.evidence
        assert log is not None and se is not None
        self.assertLess(abs(log - exact), 5 * se)

    def test_that_changed_are_noticed_by_resume(self) -> None:
        self.write("one.py", BANANA)
        run = dovetail.sample(self.served("one.py"), seed=1, draws=10, warmup=10, out="run", progress=False)
        self.write("one.py", BANANA + "# another\n")
        with self.assertRaises(dovetail.CheckpointError):
            run.resume(draws="+10", progress=False)

    def answers(self, file: str, name: str, hello: dict[str, object], *questions: dict[str, object]) -> list[dict[str, object]]:
        lines = "".join(json.dumps(each) + "\n" for each in (hello, *questions))
        ended = subprocess.run(
            [sys.executable, "-m", "dovetail.model", file, name], input=lines, capture_output=True, text=True
        )
        return [json.loads(line) for line in ended.stdout.splitlines()]

    def test_say_what_json_has_no_numbers_for(self) -> None:
        self.write("odd.py", ODD)
        question = {"id": 5, "x": [[4.0], [2.5], [1.5], [-1.0]], "gradient": True}
        hello, answer = self.answers("odd.py", "odd", {"dovetail": 1, "data": None}, question)
        self.assertEqual((hello["dovetail"], hello["parameters"], hello["gradient"]), (1, ["x"], True))
        self.assertEqual(
            answer,
            {"id": 5, "log_density": [{"error": "too far"}, "nan", "-inf", -0.1], "gradient": [[], [], [], [0.2]]},
        )

    def test_answer_what_was_asked(self) -> None:
        self.write("odd.py", ODD)
        self.write("four", "four")
        start = {"dovetail": 1, "data": "four"}
        _, plain, full = self.answers(
            "odd.py", "parts", start, {"id": 1, "x": [[2.0]], "gradient": False}, {"id": 2, "x": [[2.0]], "gradient": True}
        )
        self.assertEqual(plain, {"id": 1, "log_prior": [-2.0], "log_likelihood": [4.0]})
        self.assertEqual(full, {**plain, "id": 2, "log_prior_gradient": [[-1.0]], "log_likelihood_gradient": [[0.0]]})

    def test_mistakes_end_the_run_with_their_words(self) -> None:
        self.write("odd.py", ODD.replace("x[0] > 0:", "x[0] != 0.125:").replace("x[0] > 3", "False"))
        ended = subprocess.run(
            [sys.executable, "-c", "import dovetail, sys; dovetail.sample(sys.argv[1], seed=1, out='run')",
             self.served("odd.py", "odd")], capture_output=True, text=True,
        )  # fmt: skip
        self.assertIn("a mistake of mine", ended.stderr)
        self.assertIn("dovetail.errors.ModelError", ended.stderr)

    def test_names_that_are_not_there_are_refused(self) -> None:
        self.write("coin.py", PARTS)
        for arguments in ([], ["x.py"], ["coin.py"], ["coin.py", "dime"]):
            ended = subprocess.run(
                [sys.executable, "-m", "dovetail.model", *arguments], input="", capture_output=True, text=True
            )
            self.assertEqual((ended.returncode, ended.stdout), (2, ""), ended.stderr)
            self.assertNotIn("Traceback", ended.stderr)

    def test_can_be_called(self) -> None:
        self.assertEqual(dovetail.density(["x"])(lambda x: 2 * x)(3), 6)
