"""What is wrong with a built site: check_site.py FOLDER prints it, a line each, and exits 1 when there is anything.

Every file that a page or style sheet would load comes from the site, every link leads to a file of it (a folder is none:
the site opens without a server), every anchor to an element of that file. Links that a reader follows to other hosts are not looked at.
"""
import os
import posixpath
import re
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

# Attributes from which a browser loads by itself; of `link` only where `rel` says so.
LOADED = {"script": ["src"], "img": ["src", "srcset"], "iframe": ["src"], "frame": ["src"], "embed": ["src"], "object": ["data"],
          "source": ["src", "srcset"], "video": ["src", "poster"], "audio": ["src"], "track": ["src"], "input": ["src"],
          "image": ["href", "xlink:href"], "use": ["href", "xlink:href"], "form": ["action"]}
LOADED_LINKS = {"stylesheet", "icon", "shortcut", "apple-touch-icon", "manifest", "preload", "prefetch", "modulepreload",
                "preconnect", "dns-prefetch", "prerender"}
IN_STYLES = re.compile(r"""url\(\s*['"]?([^'")]+)|@import\s+['"]([^'"]+)""")


class Page(HTMLParser):
    """Anchors, links and what is loaded, of one page."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.loads = {"", "top"}, [], []
        self.in_style = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        of = {name: value or "" for name, value in attrs}
        self.anchors.update(of[name] for name in ("id", "name") if of.get(name))
        for name in LOADED.get(tag, []):
            if of.get(name):
                entries = of[name].split(",") if name == "srcset" else [of[name]]
                self.loads += [entry.split()[0] for entry in entries]
        if tag == "link" and LOADED_LINKS & set(of.get("rel", "").lower().split()):
            self.loads.append(of.get("href", ""))
        if tag in ("a", "area") and "href" in of:
            self.links.append(of["href"])
        if tag == "meta" and of.get("http-equiv", "").lower() == "refresh":
            self.links += re.findall(r"url=(\S+)", of.get("content", ""))
        self.loads += styled(of.get("style", ""))
        self.in_style = tag == "style"

    def handle_endtag(self, _):
        self.in_style = False

    def handle_data(self, data):
        if self.in_style:
            self.loads += styled(data)


def styled(text):
    return [first or second for first, second in IN_STYLES.findall(text)]


def read(site, name):
    with open(os.path.join(site, name), encoding="utf-8") as file:
        return Page(file.read()) if name.endswith(".html") else styled(file.read())


def read_all(site):
    """By name: a page, what a style sheet loads, or None."""
    names = sorted(os.path.relpath(os.path.join(folder, file), site).replace(os.sep, "/")
                   for folder, _, files in os.walk(site) for file in files)
    return {name: read(site, name) if name.endswith((".html", ".css")) else None for name in names}


def check(there, only=None):
    """What is wrong, in words, with the files of a site, or with one of them."""
    wrong = []

    def target(source, address):
        """The file and the anchor, or None for another host."""
        parts = urlsplit(address)
        if parts.scheme in ("data", "javascript", "mailto"):
            return source, ""
        if parts.scheme or parts.netloc:
            return None
        path = unquote(parts.path)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), path)) if path else source
        return path, unquote(parts.fragment)

    def look(source, address, loaded):
        at = target(source, address)
        if at is None:
            if loaded:
                wrong.append(f"{source} loads {address} from another host")
        elif address.startswith("/"):
            wrong.append(f"{source} names {address} from the root, which is elsewhere when the site is in a folder")
        elif at[0] not in there:
            wrong.append(f"{source} leads to {address}, which is not there")
        elif at[1] and isinstance(there[at[0]], Page) and at[1] not in there[at[0]].anchors:
            wrong.append(f"{source} leads to {address}, but there is no such anchor")

    for name in [only] if only else there:
        file = there[name]
        if isinstance(file, Page) and name != "404.html":  # whose addresses are for a server that shows it in place of any
            for address in dict.fromkeys(file.loads):
                look(name, address, True)
            for address in dict.fromkeys(file.links):
                look(name, address, False)
        elif isinstance(file, list):
            for address in file:
                look(name, address, True)
    if not any(isinstance(file, Page) for file in there.values()):
        wrong.append("there are no pages")
    return wrong


if __name__ == "__main__":
    found = check(read_all(sys.argv[1]))
    print(*found, sep="\n")
    sys.exit(1 if found else 0)
