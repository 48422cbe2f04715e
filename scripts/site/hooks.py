"""What MkDocs does beyond mkdocs.yml (docs/README.md is the same documentation for readers on a forge).

Every page keeps the path that it has in the repository, and files outside of docs/ to which a page leads come along: pages
as pages, headers as their page of the C++ reference, other text as a listing. So no link has to be written for the site.
The folder that DOVETAIL_REFERENCE names (scripts/site/build.sh) holds the reference; without it headers are listings too.
"""
import html
import logging
import os
import posixpath
import re
import xml.etree.ElementTree as ElementTree

from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Link

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LANGUAGES = {".cpp": "cpp", ".hpp": "cpp", ".py": "python", ".R": "r", ".toml": "toml", ".stan": "stan", ".sh": "bash",
             "CMakeLists.txt": "cmake"}
log = logging.getLogger("mkdocs.plugins.dovetail")


class Listing(File):
    """A text file of the repository as a page: examples/two_gates.cpp becomes examples/two_gates.cpp.html."""

    def _get_stem(self):
        return posixpath.basename(self.src_uri)

    def is_documentation_page(self):
        return True


def slug(text, separator):
    """The anchor of a heading, as forges make it: spaces become hyphens one by one, letters beyond ASCII stay."""
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", separator)


def linked(path):
    """Files of the repository to which the page leads."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as page:
        text = re.sub(r"^ *```.*?^ *```$|`[^`\n]*`", "", page.read(), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:|#", target):
            continue
        yield posixpath.normpath(posixpath.join(posixpath.dirname(path), target.split("#")[0]))


def pages_of(folder):
    return sorted(f"{folder}/{name}" for name in os.listdir(os.path.join(ROOT, folder)) if name.endswith(".md"))


def reference_pages(reference):
    """By header: its page of the C++ reference, as Doxygen's tag file has them."""
    found = {}
    for compound in ElementTree.parse(os.path.join(reference, "dovetail.tag")).iterfind("compound[@kind='file']"):
        path = os.path.relpath(compound.findtext("path", "") + compound.findtext("name", ""), ROOT)
        page = compound.findtext("filename", "")
        found[path] = page if page.endswith(".html") else page + ".html"
    return found


def expanded(nav):
    if isinstance(nav, list):
        return [expanded(item) for item in nav]
    if isinstance(nav, dict):
        return {title: expanded(item) for title, item in nav.items()}
    return pages_of(nav.rstrip("/")) if nav.endswith("/") else nav


def on_config(config):
    config["nav"] = expanded(config["nav"])
    config["mdx_configs"].setdefault("toc", {})["slugify"] = slug
    return config


def on_files(files, config):
    def made(kind, path, source=ROOT):
        return kind(path, source, config["site_dir"], config["use_directory_urls"])

    of_theme = [file for file in files if not file.abs_src_path.startswith(config["docs_dir"] + os.sep)]
    reference = os.environ.get("DOVETAIL_REFERENCE")
    headers = reference_pages(reference) if reference else {}
    found = {}
    waiting = ["README.md", "docs/README.md", *pages_of("docs"), *pages_of("docs/adr"), *pages_of("docs/maths"),
               *config["extra_css"]]
    while waiting:
        path = waiting.pop()
        if path in found or not os.path.isfile(os.path.join(ROOT, path)) or path.startswith(".."):
            continue  # MkDocs itself complains of links that lead nowhere
        if path.endswith(".md"):
            found[path] = made(File, path)
            waiting.extend(linked(path))
        elif path in headers:
            page = made(File, headers[path], os.path.join(reference, "html"))
            page.src_uri, page.url = path, "reference/" + headers[path]
            page.dest_uri = page.url
            page.abs_dest_path = os.path.join(config["site_dir"], page.dest_uri)
            found[path] = page
        else:
            found[path] = made(File if path.endswith((".png", ".css")) else Listing, path)
    return Files([*of_theme, *found.values()])


def on_nav(nav, config, files):
    shown = {page.file.src_uri for page in nav.pages}
    for file in files.documentation_pages():
        if file.src_uri.startswith("docs/") and file.src_uri not in shown:
            log.warning(f"{file.src_uri} is not in the nav of mkdocs.yml")
    if os.environ.get("DOVETAIL_REFERENCE"):
        section = next(item for item in nav.items if item.title == "Reference")
        link = Link("C++ reference", "reference/index.html")
        link.parent = section
        section.children.insert(0, link)
    return nav


def on_page_read_source(page, config):
    if not isinstance(page.file, Listing):
        return None
    with open(page.file.abs_src_path, encoding="utf-8") as file:
        text = file.read()
    name = posixpath.basename(page.file.src_uri)
    language = LANGUAGES.get(name) or LANGUAGES.get(posixpath.splitext(name)[1], "text")
    return f"---\ntitle: {page.file.src_uri}\n---\n\n`````{language}\n{text}\n`````\n"


def on_page_content(content, page, config, files):
    """MkDocs takes links to names without a dot for folders: LICENSE is none."""
    def resolved(match):
        path = html.unescape(match.group(1))
        target = files.get_file_from_path(posixpath.normpath(posixpath.join(posixpath.dirname(page.file.src_uri), path)))
        return f'href="{target.url_relative_to(page.file)}"' if target else match.group(0)
    return re.sub(r'href="([^":#?.]*(?:\.\./[^":#?.]*)*)"', resolved, content)
