"""What pages show of other files is there: shown_test.py ROOT.

A block after `<!-- from: FILE -->` stands in FILE as it is; docs/reading-plots.md has a word on every chart of a report."""
import os
import re
import sys
import unittest


def text_of(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def excerpts(page):
    """File and text of each block that a page takes from a file."""
    return re.findall(r"<!-- from: (\S+) -->\n```\w*\n(.*?)```\n", page, re.S)


def captions(script):
    """How the captions of charts begin, as far as they are the same for every run."""
    found = re.findall(r"caption: ['`]([^'`$,]+)|\bline\('([^']+)'|el\('h3', \{\}, '([^']+)'", script)
    return [next(filter(None, one)).removesuffix(" of ").strip() for one in found]


class Shown(unittest.TestCase):
    def test_excerpts_stand_in_their_files(self):
        count = 0
        for name in sorted(os.listdir(os.path.join(ROOT, "docs"))):
            if not name.endswith(".md"):
                continue
            page = text_of("docs", name)
            self.assertEqual(len(excerpts(page)), page.count("<!-- from: "), f"{name}: a mark without a block")
            for file, block in excerpts(page):
                self.assertIn(block, text_of(file), f"docs/{name} shows of {file} what is not there")
                count += 1
        self.assertGreater(count, 0)

    def test_every_chart_is_explained(self):
        folder = os.path.join("dovetail", "report", "page")
        charts = [caption for name in ("draws.js", "jobs.js") for caption in captions(text_of(folder, name))]
        self.assertGreater(len(charts), 15, charts)
        page = text_of("docs", "reading-plots.md").lower()
        for chart in charts:
            self.assertTrue(chart.lower() in page, f"docs/reading-plots.md does not explain the chart {chart!r}")


if __name__ == "__main__":
    ROOT = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
