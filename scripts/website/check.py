# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a site's links lead somewhere, its HTML is valid, and it can be read aloud."""
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

TIDY = ["tidy", "-q", "-e", "--gnu-emacs", "yes", "--drop-empty-elements", "no"]


class Document(HTMLParser):
    """What of a page links, is linked to, and tells a screen reader where it is."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors, self.wrong = [], set(), []
        self.levels, self.mains, self.language = [], 0, ""
        self.cell = None
        self.feed(path.read_text())

    def handle_starttag(self, tag, pairs):
        attributes = dict(pairs)
        if anchor := attributes.get("id"):
            if anchor in self.anchors:
                self.wrong.append(f"two elements have the id {anchor}")
            self.anchors.add(anchor)
        self.links += [attributes[name] for name in ("href", "src", "action") if attributes.get(name)]
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "main":
            self.mains += 1
        if tag == "html":
            self.language = attributes.get("lang", "")
        if tag == "img" and not attributes.get("alt"):
            self.wrong.append(f"a picture without words for it: {attributes.get('src')}")
        if tag == "th":
            self.cell = ""
            if "scope" not in attributes:
                self.wrong.append("a th says not what it is a header of")

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag):
        if tag == "th":
            if not self.cell.strip():
                self.wrong.append("a header of a table is empty")
            self.cell = None

    def faults(self):
        yield from self.wrong
        if not self.language:
            yield "no language is named"
        if self.mains != 1:
            yield "its main part is not marked"
        if self.levels.count(1) != 1 or self.levels[0] != 1:
            yield "it does not begin with its only h1"
        for above, below in zip(self.levels, self.levels[1:]):
            if below > above + 1:
                yield f"an h{below} follows an h{above}"
                break


def dead_links(folder, path, documents):
    for link in documents[path].links:
        parts = urlsplit(link)
        if parts.scheme:
            continue
        to = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if folder not in to.parents or not to.is_file():
            yield f"{link} leads nowhere"
        elif parts.fragment and to in documents and unquote(parts.fragment) not in documents[to].anchors:
            yield f"{link}: there is no such place"


def tidy(path):
    said = subprocess.run([*TIDY, str(path)], capture_output=True, text=True).stderr
    # aria-current is younger than this tidy.
    return [fault for fault in re.findall(r"(?:Warning|Error): .*", said)
            if 'proprietary attribute "aria-current"' not in fault]


def contrast(folder):
    """Of each colour that text has on what is behind it, light and dark: WCAG 2's AA, 4.5."""
    style = (folder / "style.css").read_text()
    for theme, block in zip(("light", "dark"), re.findall(r":root \{(.*?)\}", style, flags=re.S)):
        colour = {name: luminance(value) for name, value in re.findall(r"--(\w+): (#\w+)", block)}
        for ink in ("ink", "quiet", "link"):
            for paper in ("paper", "shade", "mark"):
                ratio = ((max(colour[ink], colour[paper]) + .05) / (min(colour[ink], colour[paper]) + .05))
                if ratio < 4.5:
                    yield f"{theme}: {ink} on {paper} has a contrast of {ratio:.1f}"


def luminance(value):
    digits = value[1:] if len(value) == 7 else "".join(2 * digit for digit in value[1:])
    parts = [int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= .04045 else ((part + .055) / 1.055) ** 2.4 for part in parts]
    return .2126 * linear[0] + .7152 * linear[1] + .0722 * linear[2]


def main():
    folder = Path(sys.argv[1]).resolve()
    paths = sorted(folder.rglob("*.html"))
    documents = {path: Document(path) for path in paths}
    failed = 0
    with ThreadPoolExecutor() as pool:
        for path, faults in zip(paths, pool.map(tidy, paths)):
            faults = {*faults, *dead_links(folder, path, documents), *documents[path].faults()}
            for fault in sorted(faults):
                print(f"not ok {path.relative_to(folder)}: {fault}")
            failed += bool(faults)
    faults = list(contrast(folder))
    for fault in faults:
        print(f"not ok style.css: {fault}")
    failed += bool(faults)
    print(f"{len(paths) + 1 - failed} passed, {failed} failed, 0 skipped")
    return bool(failed)


sys.exit(main())
