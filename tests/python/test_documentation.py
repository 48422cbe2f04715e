"""What docs/python.md shows works: its Python runs in order as it stands, and its R where posterior is installed."""

import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from support import SOURCE, FolderTest

PAGE = (SOURCE / "docs/python.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"<!-- run by the tests -->\n```{language}\n(.*?)```", PAGE, re.DOTALL)


class Page(FolderTest):
    def setUp(self) -> None:
        super().setUp()
        Path("examples").symlink_to(SOURCE / "examples")
        # files that the page shows under a name
        for name, text in re.findall(r"<!-- file (\S+) -->\n```python\n(.*?)```", PAGE, re.DOTALL):
            Path(name).write_text(text, encoding="utf-8")

    def test_python_runs(self) -> None:
        scripts = blocks("python")
        self.assertTrue(scripts)
        Path("page.py").write_text("\n".join(scripts), encoding="utf-8")
        ended = subprocess.run([sys.executable, "-B", "page.py"], capture_output=True, text=True)
        self.assertEqual(ended.returncode, 0, ended.stderr)

    def test_every_file_runs_by_itself(self) -> None:
        names = re.findall(r"<!-- file (\S+) -->", PAGE)
        self.assertTrue(names)
        for name in names:
            ended = subprocess.run([sys.executable, "-B", name], capture_output=True, text=True)
            self.assertEqual(ended.returncode, 0, ended.stderr)

    def test_r_reads_the_runs(self) -> None:
        rscript = shutil.which("Rscript")
        if rscript is None:
            self.skipTest("there is no Rscript (Debian: r-base-core)")
        asked = 'quit(status = if (requireNamespace("posterior", quietly = TRUE)) 0 else 1)'
        if subprocess.run([rscript, "-e", asked], capture_output=True).returncode != 0:
            self.skipTest("R has no posterior (Debian: r-cran-posterior)")
        command = os.environ["DOVETAIL"]
        subprocess.run(
            [command, "sample", "builtin:eight_schools", "--seed", "1", "--csv", "--out", "schools", "-q"],
            check=True, capture_output=True,
        )  # fmt: skip
        checks = """
stopifnot(identical(dim(draws)[1:2], c(1000L, 4L)))
lines <- readLines("schools/csv/chain_2.csv")
plain <- read.csv(text = lines[!startsWith(lines, "#")])
stopifnot(identical(as.vector(draws[, 2, "theta[3]"]), plain$theta.3))
stopifnot(identical(as.vector(draws[, 2, "mu"]), plain$mu))
text <- paste(readLines("schools/summary.json"), collapse = "")
figure <- function(name, key) {
  row <- regmatches(text, regexpr(sprintf('"name": "%s"[^}]*', name), text))
  as.numeric(sub(sprintf('.*"%s": ([-0-9.e]+).*', key), "\\\\1", row))
}
for (name in c("mu", "tau")) {
  x <- posterior::extract_variable_matrix(draws, name)
  stopifnot(abs(posterior::rhat(x) - figure(name, "rhat")) < 1e-6)
}
"""
        Path("page.R").write_text("\n".join(blocks("r")) + checks, encoding="utf-8")
        ended = subprocess.run([rscript, "page.R"], capture_output=True, text=True)
        self.assertEqual(ended.returncode, 0, ended.stderr)


class Reference(unittest.TestCase):
    def test_names_everything_that_is_public(self) -> None:
        import dovetail

        for name in dovetail.__all__:
            if not name.startswith("_"):
                self.assertRegex(PAGE, rf"\b{name}\b")
        for name in vars(dovetail.Run):
            if not name.startswith("_"):
                self.assertRegex(PAGE, rf"`[^`\n]*\b{name}\b", name)
