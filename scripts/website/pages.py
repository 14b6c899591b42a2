# SPDX-License-Identifier: GPL-2.0-or-later
"""Which pages there are, of which files of the repository, and what their own are called."""
import functools
import os
import posixpath
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CONTENTS = "scripts/pages/README.md"


@dataclass(frozen=True)
class Page:
    source: str     # path in the repository
    title: str
    part: str       # heading of the contents it stands below

    @property
    def kind(self):
        return Path(self.source).suffix

    @property
    def out(self):
        return out_name(self.source)


def out_name(source):
    """The file in the site: flat, so that a page is linked in one way from everywhere."""
    path = Path(source)
    if path.suffix == ".html":
        return path.name
    if path.suffix != ".md":
        return path.name + ".html"
    if path.stem == "README":
        return (path.parent.name or "index") + ".html"
    # Many folders have a REPORT.md; what is in capitals at the top is alone there.
    if path.stem.isupper() and path.parent.name:
        return f"{path.parent.name}-{path.stem.lower()}.html"
    return path.stem.lower() + ".html"


@functools.cache
def tracked():
    """All files of the repository, those that git is not told of yet too."""
    told = subprocess.run(
        ["git", "-c", f"safe.directory={TOP}", "-C", str(TOP), "ls-files", "--cached",
         "--others", "--exclude-standard"], check=True, capture_output=True, text=True)
    return frozenset(file for file in told.stdout.splitlines() if (TOP / file).exists())


@functools.cache
def folders():
    return frozenset(str(parent) for file in tracked() for parent in Path(file).parents)


def target(source, link):
    """The path in the repository that a link of a source means."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), link))


def contents():
    """The pages of the contents, and after them the rest of the manual."""
    pages, part = [], ""
    for line in (TOP / CONTENTS).read_text().splitlines():
        if line.startswith("## "):
            part = line[3:]
        elif found := re.match(r"- \[(.*)\]\((.*)\)$", line):
            pages.append(Page(target(CONTENTS, found[2]), found[1], part))
    listed = {page.source for page in pages}
    for source in sorted(tracked() - listed):
        if re.search(r"/[^/]+\.[1-9]$", source) and not aliased(source):
            pages.append(Page(source, man_title(source), ""))
    return pages


def man_title(source):
    name, section = os.path.splitext(os.path.basename(source))
    return f"{name}({section[1:]})"


def aliased(source):
    """The page that a page of one line, .so, stands for."""
    found = re.fullmatch(r"\.so (?:man./)?(\S+)\s*", (TOP / source).read_text())
    return found and posixpath.join(posixpath.dirname(source), found[1])


@functools.cache
def manual():
    """Pages of the manual by title: aliases are the page that they stand for."""
    return {man_title(source): aliased(source) or source
            for source in tracked() if re.search(r"/[^/]+\.[1-9]$", source)}
