"""Usage: run_tests.py NAME. Runs test_NAME.py; exit code 77 (skipped) with words where what all of it needs is missing.

The variable DOVETAIL names the command. DOVETAIL_PYTHON_PACKAGE, if set, is the folder that is tested in place of python/.
"""

import os
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(name: str) -> int:
    package = os.environ.get("DOVETAIL_PYTHON_PACKAGE") or str(HERE.parents[1] / "python")
    sys.path[:0] = [package, str(HERE)]
    os.environ["PYTHONPATH"] = package  # of models, which are processes of their own
    for needed in ("numpy", "xarray", "pandas"):
        try:
            __import__(needed)
        except ImportError:
            print(f"skipped: {sys.executable} has no {needed} (make deps-python installs it)")
            return 77
    result = unittest.TextTestRunner(verbosity=2).run(unittest.defaultTestLoader.loadTestsFromName(f"test_{name}"))
    if not result.wasSuccessful() or result.testsRun == 0:
        return 1
    return 77 if len(result.skipped) == result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
