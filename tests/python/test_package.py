"""The package installs from its folder without a network, is typed, and has the command's version."""

import importlib.util
import os
import shutil
import subprocess
import sys

from support import SOURCE, FolderTest

import dovetail
from dovetail.command import call


class Package(FolderTest):
    def test_installs_from_its_folder(self) -> None:
        for needed in ("pip", "setuptools", "wheel"):
            if importlib.util.find_spec(needed) is None:
                self.skipTest(f"{sys.executable} has no {needed} (make deps-python)")
        shutil.copytree(SOURCE / "python", "source")  # setuptools writes into the folder that it builds
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-index", "--no-deps",
             "--target", "installed", "./source"], check=True, capture_output=True, text=True,
        )  # fmt: skip
        installed = self.folder / "installed"
        self.assertTrue((installed / "dovetail/py.typed").is_file())
        self.assertEqual(
            {path.name for path in (installed / "dovetail").glob("*.py")},
            {path.name for path in (SOURCE / "python/dovetail").glob("*.py")},
        )
        script = "import dovetail; print(dovetail.__file__, dovetail.sample('builtin:mvn,d=2', seed=1, draws=8, warmup=5).status)"
        ended = subprocess.run(
            [sys.executable, "-B", "-c", script], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(installed)}
        )
        self.assertTrue(ended.stdout.startswith(str(installed)), ended.stdout)

    def test_is_typed(self) -> None:
        mypy = shutil.which("mypy", path="/usr/bin") or shutil.which("mypy")
        if mypy is None:
            self.skipTest("there is no mypy (make deps-python)")
        ended = subprocess.run(
            [mypy, "--config-file", "pyproject.toml", "--cache-dir", self.folder / "cache", "dovetail"],
            capture_output=True, text=True, cwd=SOURCE / "python",
        )  # fmt: skip
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)

    def test_has_the_commands_version(self) -> None:
        self.assertEqual(call(["--version"]).strip(), f"dovetail {dovetail.__version__}")

    def test_needs_no_xarray_to_be_imported(self) -> None:
        script = "import sys; sys.modules['xarray'] = sys.modules['pandas'] = None; import dovetail"
        subprocess.run([sys.executable, "-B", "-c", script], check=True)
