# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/site starts it, and tells what it does."""
import html
import json
import re
import shutil
import string
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import pages
from blocks import Unmarked
from convert import CannotConvert, convert
from pages import TOP, out_name

HERE = Path(__file__).parent
ASSETS = ("style.css", "search.js")
EXCERPT = 1200      # characters of a section that are searched
LISTED = 60         # files of a folder that are shown with it


class Site:
    """Pages and, as links lead to them, files of the repository that are no pages."""

    def __init__(self, folder):
        self.folder = folder
        self.pages = pages.contents()
        self.made = {page.out for page in self.pages}
        self.by_source = {page.source: page for page in self.pages}
        self.shown = {}     # path in the repository: file in the site
        self.template = string.Template((HERE / "template.html").read_text())
        self.index = []

    def build(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "files").mkdir(parents=True)
        made = [page for page in self.pages if page.kind != ".html"]
        with ThreadPoolExecutor() as pool:
            bodies = list(pool.map(convert, made))
        for page, body in zip(made, bodies):
            body = self.finish(page, body)
            self.note_sections(page, body)
            self.write(page.out, page.title, body, page)
        for page in self.pages:
            if page.kind == ".html":
                shutil.copy(TOP / page.source, self.folder / page.out)
        self.show_files()
        self.write("search.html", "Search", (HERE / "search.html").read_text())
        # A file: page may load a script, but may not read a file of JSON.
        (self.folder / "search-index.js").write_text(f"const pages = {json.dumps(self.index)};\n")
        for name in ASSETS:
            shutil.copy(HERE / name, self.folder)

    def finish(self, page, body):
        body = re.sub(r'(href|src)="([^"]*)"', partial(self.rewrite, page.source), body)
        body = re.sub(r"<a[^>]*>((?:(?!</a>).)*)</a>", without_target, body, flags=re.S)
        return accessible(body)

    def rewrite(self, source, found):
        """A link within the repository becomes one within the site."""
        attribute, link = found.groups()
        if link in self.made:
            return found[0]
        link = html.unescape(link)
        if re.match(r"[a-z]+:|#|$", link):
            return found[0]
        if refers := re.fullmatch(r"(\S+\([1-9]\))", link):
            # What is a page of another project's is not linked.
            to = pages.manual().get(refers[1])
            return f'href="{out_name(to)}"' if to else ""
        path, anchor, fragment = link.partition("#")
        path = pages.target(source, path)
        return f'{attribute}="{html.escape(self.place(path) + anchor + fragment)}"'

    def place(self, path):
        if path in self.by_source:
            return self.by_source[path].out
        if path in pages.folders() or path in pages.tracked():
            picture = path.endswith((".svg", ".png", ".json"))
            name = path.replace("/", "-").strip(".") or "top"
            self.shown[path] = f"files/{name}" + ("" if picture else ".html")
            return self.shown[path]
        return path     # scripts/site check tells of it

    def show_files(self):
        done = set()
        while left := set(self.shown) - done:
            for path in sorted(left):
                self.show(path)
            done |= left

    def show(self, path):
        out = self.shown[path]
        if not out.endswith(".html"):
            shutil.copy(TOP / path, self.folder / out)
        elif path in pages.tracked():
            self.write(out, path, f"<h1>{path}</h1>\n<pre tabindex=\"0\">{html.escape((TOP / path).read_text())}</pre>")
        else:
            self.write(out, path, f"<h1>{path}/</h1>\n{self.listing(path)}")

    def listing(self, folder):
        files = sorted(file for file in pages.tracked() if str(Path(file).parent) == folder)
        lines = []
        for file in files:
            name = Path(file).name
            if len(files) <= LISTED or file in self.shown or file in self.by_source:
                lines.append(f'<li><a href="../{self.place(file)}">{name}</a></li>')
            else:
                lines.append(f"<li>{name}</li>")
        for inner in sorted(f for f in pages.folders() if str(Path(f).parent) == folder and f != "."):
            lines.append(f"<li>{Path(inner).name}/</li>")
        return f"<ul class=\"files\">{''.join(lines)}</ul>"

    def navigation(self, current, up):
        parts = {}
        for page in self.pages:
            if page.part:
                here = ' aria-current="page"' if page is current else ""
                parts.setdefault(page.part, []).append(
                    f'<li><a href="{up}{page.out}"{here}>{html.escape(page.title)}</a></li>')
        return "\n".join(f"<h2>{part}</h2>\n<ul>\n" + "\n".join(items) + "\n</ul>"
                         for part, items in parts.items())

    def write(self, out, title, body, page=None):
        up = "../" * out.count("/")
        name = title if out == "index.html" else f"{title} - vmadev"
        (self.folder / out).write_text(self.template.substitute(
            title=html.escape(name), up=up, body=with_inside(body),
            navigation=self.navigation(page, up)))

    def note_sections(self, page, body):
        for anchor, heading, text in Sections.of(body):
            self.index.append([page.title, heading, page.out + (f"#{anchor}" if anchor else ""),
                               " ".join(text.split())[:EXCERPT]])


class Sections(HTMLParser):
    """(anchor, heading, text) of each heading of a page."""

    def __init__(self):
        super().__init__()
        self.found, self.in_heading = [], False

    @classmethod
    def of(cls, body):
        parser = cls()
        parser.feed(body)
        return parser.found

    def handle_starttag(self, tag, attributes):
        if re.fullmatch("h[1-6]", tag):
            self.found.append([dict(attributes).get("id", "") if tag != "h1" else "", "", ""])
            self.in_heading = True

    def handle_endtag(self, tag):
        if re.fullmatch("h[1-6]", tag):
            self.in_heading = False

    def handle_data(self, data):
        if self.found:
            self.found[-1][1 if self.in_heading else 2] += data


def without_target(found):
    return found[0] if "href=" in found[0] else found[1]


def accessible(body):
    """What is wider than a phone scrolls by itself, by keys too; each cell has a header."""
    body = re.sub(r"<pre\b", '<pre tabindex="0"', body)
    body = re.sub(r"<th([^>]*)></th>", r"<td\1></td>", body)
    body = re.sub(r'<tr class="(?:odd|even|header)">', "<tr>", body)

    def table(found):
        head, mark, rest = found[0].partition("<tbody>")
        if not mark:
            return found[0]
        head = re.sub(r"<th\b", '<th scope="col"', head)
        rest = re.sub(r"(<tr>\s*)<t[dh]\b([^>]*)>(.*?)</t[dh]>", r'\1<th scope="row"\2>\3</th>',
                      rest, flags=re.S)
        columns = re.findall(r"<th\b[^>]*>(.*?)</th>", head, flags=re.S)[:4]
        label = re.sub("<[^>]*>", "", ", ".join(columns))
        return (f'<div class="wide" role="group" aria-label="Table: {label}" tabindex="0">'
                f"{head}{mark}{rest}</div>")

    return re.sub(r"<table>.*?</table>", table, body, flags=re.S)


def with_inside(body):
    """The page, after its title with links to its sections if it has many."""
    found = re.findall(r'<h2[^>]*\bid="([^"]*)"[^>]*>(.*?)</h2>', body, flags=re.S)
    if len(found) < 4:
        return body
    items = "".join(f'<li><a href="#{anchor}">{re.sub("<[^>]*>", "", title)}</a></li>'
                    for anchor, title in found)
    links = ('<nav class="inside" aria-label="On this page"><details><summary>On this page</summary>'
             f"<ul>{items}</ul></details></nav>")
    return body.replace("</h1>", f"</h1>\n{links}", 1)


site = Site(Path(sys.argv[1]))
try:
    site.build()
except (CannotConvert, Unmarked) as why:
    raise SystemExit(f"site: {why}") from None
print(f"# {len(site.pages)} pages and {len(site.shown)} files in {site.folder}")
