"""Pictures of the reports of runs: screenshots.py RUN... OUT writes OUT/report-NAME.png, and the first in dark too."""
import os
import sys

from browser import Browser, missing

HEIGHT = 1900


def main(runs, out):
    os.makedirs(out, exist_ok=True)
    with Browser() as browser:
        for run in runs:
            name = os.path.basename(os.path.normpath(run))
            browser.colours("light")
            browser.open(os.path.join(run, "report.html"))
            browser.picture(os.path.join(out, f"report-{name}.png"), HEIGHT)
            if run == runs[0]:
                browser.colours("dark")
                browser.picture(os.path.join(out, f"report-{name}-dark.png"), HEIGHT)
            print(os.path.join(out, f"report-{name}.png"))


if __name__ == "__main__":
    if missing():
        sys.exit(f"screenshots.py: {missing()} is not installed (Debian: chromium chromium-driver)")
    main(sys.argv[1:-1], sys.argv[-1])
