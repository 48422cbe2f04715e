"""The documentation as a site: site_test.py ROOT. Built in strict mode; nothing from other hosts, no dead link or anchor, and
each planted mistake is found, alone. Exit code 77: skipped, with the reason."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from check_site import check, read, read_all

PAGE = "/".join(("docs", "ep.html"))  # so that it is not taken for a file of the source tree
PLANTED = [
    (PAGE, '<script src="https://example.org/a.js"></script>', "loads https://example.org/a.js from another host"),
    (PAGE, '<img src="//example.org/a.png">', "loads //example.org/a.png from another host"),
    (PAGE, '<link rel="preconnect" href="https://fonts.example.org">', "loads https://fonts.example.org"),
    (PAGE, '<p style="background: url(http://example.org/b.png)">', "loads http://example.org/b.png"),
    (PAGE, "<style>@import 'https://example.org/c.css';</style>", "loads https://example.org/c.css"),
    (PAGE, '<a href="absent.html">', "leads to absent.html, which is not there"),
    (PAGE, '<a href="lda.html#absent">', "leads to lda.html#absent, but there is no such anchor"),
    (PAGE, '<a href="/lda.html">', "names /lda.html from the root"),
    ("scripts/site/site.css", "a { background: url(absent.png) }", "leads to absent.png, which is not there"),
]


class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp(prefix="dovetail-site-")
        cls.site = os.path.join(cls.work, "site")
        cls.built = subprocess.run([os.path.join(ROOT, "scripts/site/build.sh"), cls.site], stdin=subprocess.DEVNULL,
                                   capture_output=True, text=True)
        cls.files = read_all(cls.site)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.work)

    def test_builds_without_a_warning(self):
        self.assertEqual(self.built.returncode, 0, self.built.stdout + self.built.stderr)
        self.assertEqual(self.built.stderr, "")

    def test_loads_nothing_from_elsewhere_and_leads_nowhere_wrong(self):
        self.assertEqual(check(self.files), [])

    def test_every_page_of_the_documentation_is_in_the_navigation(self):
        with open(os.path.join(self.site, "index.html"), encoding="utf-8") as page:
            shown = set(re.findall(r'class="md-nav__link"[^>]*href="([^"]*)"|href="([^"]*)"[^>]*class="md-nav__link', page.read()))
        shown = {one or other for one, other in shown}
        for folder, _, files in os.walk(os.path.join(ROOT, "docs")):
            for file in files:
                if file.endswith(".md") and file != "README.md":
                    page = os.path.relpath(os.path.join(folder, file), ROOT)[:-3] + ".html"
                    self.assertIn(page, shown)

    def test_headers_lead_into_the_reference(self):
        with open(os.path.join(self.site, "docs", "getting-started.html"), encoding="utf-8") as page:
            self.assertIn('href="../reference/callable_8hpp.html"', page.read())

    def test_planted_mistakes_are_found(self):
        for name, text, message in PLANTED:
            path = os.path.join(self.site, name)
            with open(path, encoding="utf-8") as file:
                good = file.read()
            self.assertEqual(check(self.files, name), [])
            with open(path, "w", encoding="utf-8") as file:
                file.write(good.replace("</body>", text + "</body>") if name.endswith(".html") else good + text)
            found = check({**self.files, name: read(self.site, name)}, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(good)
            self.assertEqual(len(found), 1, f"{text}: {found}")
            self.assertIn(message, found[0])


if __name__ == "__main__":
    ROOT = sys.argv[1]
    lacking = [tool for tool in ("mkdocs", "doxygen") if shutil.which(tool) is None]
    if lacking:
        print(f"skipped: {' and '.join(lacking)} not installed (make deps-docs)")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
