"""The report of each job in headless Chromium: report_test.py DOVETAIL. Exit code 77: skipped, with the reason."""
import os
import subprocess
import sys
import tempfile
import unittest

from browser import TAB, Browser, missing

HOSTILE = "</script><b id=planted>\"'&amp;"

# Coloured pixels in a canvas: axes and grids are nearly grey, lines and bars are not.
DRAWN = """
const drawn = [];
for (const canvas of document.querySelectorAll('canvas')) {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let coloured = 0;
  for (let i = 0; i < data.length; i += 4) {
    const rgb = [data[i], data[i + 1], data[i + 2]];
    if (data[i + 3] > 60 && Math.max(...rgb) - Math.min(...rgb) > 60) ++coloured;
  }
  drawn.push([canvas.closest('figure').querySelector('figcaption').textContent, coloured]);
}
return drawn;"""

# Contrast (WCAG 2.2, 1.4.3) of every visible element that has text of its own, below `least`.
CONTRAST = """
const least = arguments[0];
const parse = (text) => { const v = text.match(/[\\d.]+/g).map(Number); return v.length < 4 ? [...v, 1] : v; };
const linear = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
const light = (c) => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
const behind = (node) => {
  for (let at = node; at; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor);
    if (colour[3] > 0) return colour;
  }
  return [255, 255, 255, 1];
};
const poor = [];
for (const node of document.querySelectorAll('body *')) {
  const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
  if (!own || node.closest('svg') || ['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(node.tagName) || !node.checkVisibility()) continue;
  const [a, b] = [light(parse(getComputedStyle(node).color)), light(behind(node))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < least) poor.push([node.tagName, node.textContent.slice(0, 40), ratio]);
}
return poor;"""

REACHABLE = """
return [...document.querySelectorAll('a[href], button, select, input, summary, [tabindex="0"]')]
  .filter((node) => node.checkVisibility() && !node.disabled).map((node, i) => { node.dataset.stop = i; return i; });"""

COLUMN = """
return [...document.querySelectorAll('#parameters tbody tr')].map((row) => row.children[arguments[0]].textContent);"""


def corpus(path):
    with open(path, "w", encoding="utf-8") as file:
        for d in range(60):
            words = {f"w{d % 4 * 5 + (i * i + d) % 7}": 1 + i % 3 for i in range(12)}
            words[HOSTILE.replace(" ", "")] = 2
            file.write(f"doc{d}\t" + "\t".join(f"{word}:{count}" for word, count in words.items()) + "\n")


def rows(path):
    with open(path, "w", encoding="utf-8") as file:
        file.write("clinic,y,dose\n")
        for i in range(60):
            file.write(f"c{i % 6},{1 if i * 7 % 5 < 2 else 0},{i % 11 - 5}e-1\n")


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        os.chdir(cls.folder.name)
        corpus("corpus.tsv")
        rows("rows.csv")
        cls.run_once("sample", "builtin:eight_schools,centred=true", "--warmup", "200", "--draws", "300", "--out", "sample")
        cls.run_once("temper", "builtin:galaxies,k=2", "--rounds", "7", "--copies", "2", "--swap-history", "--out", "temper")
        cls.run_once("ep", "builtin:hierarchical_logistic", "--data", "rows.csv", "--by", "clinic", "--out", "ep")
        cls.run_once("lda", "corpus.tsv", "--topics", "4", "--sweeps", "40", "--out", "lda")
        cls.browser = Browser().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()
        os.chdir("/")
        cls.folder.cleanup()

    @classmethod
    def run_once(cls, *words):
        subprocess.run([cls.dovetail, *words, "--quiet"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run([cls.dovetail, "report", words[-1]], check=True, stdout=subprocess.DEVNULL)

    def page(self, job):
        self.browser.log("browser")
        self.browser.open(f"{job}/report.html")
        self.assertEqual([entry["message"] for entry in self.browser.log("browser")], [])
        self.assertTrue(self.browser.run("return document.title").startswith(job))

    def each(self):
        for job in ("sample", "temper", "ep", "lda"):
            self.page(job)
            yield job

    def open_all(self):
        # What is opened makes its content, and that may have parts to open.
        while self.browser.run("""const closed = document.querySelectorAll('details:not([open])');
            closed.forEach((node) => { node.open = true; });
            return closed.length > 0;"""):
            self.browser.settle()

    def test_nothing_is_loaded_and_names_stay_text(self):
        for job in self.each():
            self.open_all()
            asked = [url for url in self.browser.requests() if not url.startswith("chrome://")]
            self.assertEqual(asked, ["file://" + os.path.abspath(f"{job}/report.html")])
            self.assertEqual(self.browser.run("return document.querySelectorAll('script').length"), 3)
            self.assertIsNone(self.browser.run("return document.getElementById('planted')"))
        self.assertIn("</script><bid=planted>", self.browser.run("return document.getElementById('topics').textContent"))

    def test_every_chart_has_drawn_lines(self):
        for job in self.each():
            self.open_all()
            drawn = self.browser.run(DRAWN)
            self.assertGreaterEqual(len(drawn), 4)
            self.assertEqual([one for one in drawn if one[1] < 30], [])
            self.assertEqual(self.browser.run("return document.querySelectorAll('figure.chart').length"), len(drawn))
        self.assertEqual(self.browser.run("return document.querySelectorAll('.topics circle').length"), 4)
        self.page("sample")
        dots = self.browser.run("return [...document.querySelectorAll('.pairs svg')].map((one) => one.querySelector('path').getAttribute('d').length)")
        self.assertEqual(len(dots), 10)
        self.assertGreater(min(dots), 1000)

    def test_charts_have_words_and_tables(self):
        for _ in self.each():
            self.open_all()
            without = self.browser.run("""
                return [...document.querySelectorAll('figure.chart')].filter((figure) =>
                  !figure.querySelector('[role=img]').getAttribute('aria-label') || figure.querySelectorAll('table tbody tr').length < 2)
                  .map((figure) => figure.textContent.slice(0, 60))""")
            self.assertEqual(without, [])

    def test_the_table_sorts_and_finds(self):
        self.page("sample")
        self.browser.click("#parameters th:nth-child(2) button")
        means = [float(text.replace("−", "-")) for text in self.browser.run(COLUMN, 1)]
        self.assertEqual(means, sorted(means))
        self.assertEqual(self.browser.run("return document.querySelector('#parameters [aria-sort]').getAttribute('aria-sort')"), "ascending")
        self.browser.click("#parameters th:nth-child(2) button")
        means = [float(text.replace("−", "-")) for text in self.browser.run(COLUMN, 1)]
        self.assertEqual(means, sorted(means, reverse=True))
        self.browser.run("""const input = document.querySelector('#parameters input');
            input.value = 'theta'; input.dispatchEvent(new Event('input'));""")
        self.assertEqual(len(self.browser.run(COLUMN, 0)), 8)

    def test_the_keyboard_reaches_everything(self):
        for _ in self.each():
            stops = self.browser.run(REACHABLE)
            self.assertGreater(len(stops), 10)
            reached = set()
            for _ in range(len(stops) + 5):
                self.browser.press(TAB)
                reached.add(self.browser.run("return document.activeElement.dataset.stop"))
            self.assertEqual([stop for stop in stops if str(stop) not in reached], [])

    def test_text_stands_out_in_light_and_dark(self):
        try:
            for scheme in ("light", "dark"):
                self.browser.colours(scheme)
                for job in self.each():
                    self.open_all()
                    self.assertEqual(self.browser.run(CONTRAST, 4.5), [], f"{job} {scheme}")
                    back = self.browser.run("return getComputedStyle(document.body).backgroundColor")
                    self.assertEqual(back == "rgb(255, 255, 255)", scheme == "light")
        finally:
            self.browser.colours("light")
        self.page("sample")
        self.browser.click("header button")
        self.browser.click("header button")
        self.assertEqual(self.browser.run("return document.documentElement.dataset.theme"), "dark")
        self.assertEqual(self.browser.run(CONTRAST, 4.5), [])


if __name__ == "__main__":
    if missing():
        print(f"report_test.py: skipped, {missing()} is not installed (Debian: chromium chromium-driver)")
        sys.exit(77)
    Reports.dovetail = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
