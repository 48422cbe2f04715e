"""Single charts of reports for docs/reading-plots.md: plots.py RUNS OUT, with the runs that scripts/screenshots.sh makes."""
import base64
import os
import sys

from browser import Browser, missing

# Picture, run, and how the chart's caption (or the heading of its section) begins.
CHARTS = [
    ("trace-good", "good", "Trace of mu"), ("trace-apart", "apart", "Trace of x[1]"), ("trace-slow", "slow", "Trace of mean[1]"),
    ("ranks-good", "good", "Ranks of mu"), ("ranks-apart", "apart", "Ranks of x[1]"),
    ("density-good", "good", "Density of mu"), ("density-apart", "apart", "Density of x[1]"),
    ("pairs-funnel", "funnel", "Pairs"),
    ("energy-good", "good", "Energy of the draws"), ("energy-funnel", "funnel", "Energy of the draws"),
    ("swaps-good", "ladder", "Swap acceptance"), ("swaps-coarse", "coarse", "Swap acceptance"),
    ("local-barrier", "ladder", "Local barrier"),
    ("index-good", "ladder", "Index process"), ("index-coarse", "coarse", "Index process"),
    ("evidence-good", "ladder", "Log evidence"), ("evidence-coarse", "coarse", "Log evidence"),
    ("ep-convergence", "sites", "Convergence"),
]

FIND = """
for (const details of document.querySelectorAll('details.picture')) details.open = true;
const found = [...document.querySelectorAll('figure, section')].find((node) =>
  (node.querySelector(':scope > figcaption, :scope > h2')?.textContent ?? '').startsWith(arguments[0]));
if (!found) return null;
const box = found.getBoundingClientRect();
return {x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height};"""


def main(runs, out):
    os.makedirs(out, exist_ok=True)
    with Browser(1000, 900) as browser:
        opened = None
        for name, run, caption in sorted(CHARTS, key=lambda chart: chart[1]):
            if run != opened:
                browser.open(os.path.join(runs, run, "report.html"))
                browser.run(FIND, caption)
                browser.settle()
                opened = run
            clip = browser.run(FIND, caption)
            if clip is None:
                sys.exit(f"plots.py: the report of {run} has no chart {caption!r}")
            answer = browser.command("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip={**clip, "scale": 1})
            with open(os.path.join(out, f"plot-{name}.png"), "wb") as file:
                file.write(base64.b64decode(answer["data"]))


if __name__ == "__main__":
    if missing():
        sys.exit(f"plots.py: {missing()} is not installed (Debian: chromium chromium-driver)")
    main(sys.argv[1], sys.argv[2])
