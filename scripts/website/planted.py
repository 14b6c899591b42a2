# SPDX-License-Identifier: GPL-2.0-or-later
"""Are faults of a site noticed? Each is planted in a page that has none."""
import shutil
import subprocess
import sys
from pathlib import Path

import blocks
import examples

HERE = Path(__file__).parent
PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>A page</title></head>
<body>
<main>
<h1>A page</h1>
<h2 id="here">A part</h2>
<p><a href="#here">This page</a>, <a href="page.html#here">the same</a>.</p>
<table><tr><th scope="col">a column</th></tr><tr><td>1</td></tr></table>
<img src="page.html" alt="a picture">
</main>
</body>
</html>
"""

# What is changed into what, and what is said of it; of the style, the last two.
FAULTS = (
    ('href="page.html#here"', 'href="gone.html"', "leads nowhere"),
    ('href="#here"', 'href="#there"', "there is no such place"),
    ('href="page.html#here"', 'href="../../Makefile"', "leads nowhere"),
    ('<h2 id="here">A part</h2>', '<h2 id="here">A</h2><h2 id="here">B</h2>', "two elements"),
    ("<h2", "<h1 id='x'>Another</h1><h2", "only h1"),
    ('<h2 id="here">A part</h2>', '<h3 id="here">A part</h3>', "an h3 follows an h1"),
    (' alt="a picture"', "", "without words"),
    (' scope="col"', "", "header of"),
    ("a column", "", "header of a table is empty"),
    (' lang="en"', "", "no language"),
    ("<main>", "<div>", "not marked"),
    ("</p>", "</b></p>", "unexpected </b>"),
    ("--ink: #1f2328", "--ink: #999999", "contrast"),
    ("--quiet: #a3adb8", "--quiet: #333333", "contrast"),
)
CODE = "# A page\n\n{}\n    true\n"
MARKS = (
    ("", False),
    ("<!-- prints -->\n", False),
    ("<!-- a word -->\n", False),
    ("<!-- run elsewhere -->\n", False),
    ("<!-- run native -->\n", True),
    ("<!-- run guest exits 1\nA=b -->\n", True),
    ("<!-- not run: no time -->\n", True),
)
# An example that ends with 0 and prints "12 pages at 7f00": whether that is said to be wrong.
SHOWN = (
    ("<!-- run native -->\n", "<!-- prints -->\n    12 pages at 7f00\n", False),
    ("<!-- run native exits 1 -->\n", "", True),
    ("<!-- run native -->\n", "<!-- prints -->\n    11 pages at 7f00\n", True),
    ("<!-- run native -->\n", "<!-- prints about -->\n    11 pages at 7e00\n", False),
    ("<!-- run native -->\n", "<!-- prints about -->\n    11 bytes at 7e00\n", True),
)


def check(folder, page, style):
    """What is said of a site of this page and style."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "page.html").write_text(page)
    (folder / "style.css").write_text(style)
    return subprocess.run([sys.executable, str(HERE / "check.py"), str(folder)],
                          capture_output=True, text=True)


def main():
    folder = Path(sys.argv[1]) / "planted-site"
    style = (HERE / "style.css").read_text()
    results = {"a page without a fault": not check(folder, PAGE, style).returncode}
    for what, into, said in FAULTS:
        found = check(folder, PAGE.replace(what, into), style.replace(what, into))
        results[f"{what} becomes {into or 'nothing'}"] = bool(found.returncode) and said in found.stdout
    for mark, good in MARKS:
        page = folder / "page.md"
        page.write_text(CODE.format(mark))
        try:
            marked = len(blocks.of_markdown(str(page))) == 1
        except blocks.Unmarked:
            marked = False
        results[f"a block after {mark.strip() or 'nothing'}"] = marked == good
    for mark, shown, bad in SHOWN:
        page.write_text(CODE.format(mark) + "\nwhich prints\n\n" + shown)
        block, = blocks.of_markdown(str(page))
        results[f"{mark}{shown}"] = bool(examples.wrong(block, (0, "12 pages at 7f00\n"))) == bad
    for what, noticed in results.items():
        if not noticed:
            print(f"not ok {what}")
    failed = list(results.values()).count(False)
    print(f"{len(results) - failed} passed, {failed} failed, 0 skipped")
    return bool(failed)


sys.exit(main())
