# SPDX-License-Identifier: GPL-2.0-or-later
"""A source becomes a piece of HTML, by whichever generator is made for it."""
import html
import os
import re
import subprocess
import textwrap

import blocks
import pages
from pages import TOP

TO_HTML = ["--to=html5", "--no-highlight", "--preserve-tabs", "--columns=10000"]


class CannotConvert(Exception):
    pass


def run(command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode or done.stderr:
        raise CannotConvert(f"{' '.join(map(str, command))}: {done.stderr or done.returncode}")
    return done.stdout


def markdown(page):
    body = run(["pandoc", "--from=gfm", *TO_HTML, str(TOP / page.source)])
    body = re.sub(r"<!-- prints.*?-->\s*<pre", '<pre class="output"', body)
    # The other comments are for who runs the examples.
    return re.sub(r"<!--.*?-->\n?", "", body, flags=re.S)


def deeper(body):
    """Headings a level lower: the page has one of its own above them."""
    return re.sub(r"(</?h)([1-5])\b", lambda m: m[1] + str(int(m[2]) + 1), body)


def manual_page(page):
    # mandoc looks whether the system has what a page refers to; that is not ours.
    done = subprocess.run(["mandoc", "-Thtml", "-O", "fragment,man=%N(%S)", str(TOP / page.source)],
                          capture_output=True, text=True, check=True)
    body = re.sub(r'<table class="(head|foot)">.*?</table>', "", done.stdout, flags=re.S)
    body = re.sub(r'<a class="permalink" href="[^"]*">(.*?)</a>', r"\1", body, flags=re.S)
    # A synopsis laid out by tables and breaks is lines of words.
    body = re.sub(r'<table class="Nm">\s*<tr>\s*<td>(.*?)</td>\s*<td>(.*?)</td>\s*</tr>\s*</table>'
                  r"(\s*<br/>)?", r'<p class="Nm">\1 \2</p>', body, flags=re.S)
    return f"<h1>{html.escape(page.title)}</h1>\n{deeper(body)}"


def header(page):
    """A header's opening comment, its ioctls, and what kernel-doc makes of the rest."""
    text = (TOP / page.source).read_text()
    opening = re.search(r"^/\*\n(.*?)^ \*/", text, flags=re.S | re.M)[1]
    opening = "\n".join(line.expandtabs()[3:] for line in opening.splitlines())
    rst = run(["/usr/bin/python3", os.environ["KERNEL_DOC"], "-rst", str(TOP / page.source)])
    body = run(["pandoc", "--from=rst", *TO_HTML], plain_rst(rst))
    numbers = re.findall(r"^#define (\w+)\s+(_IO\(.*\))$", text, flags=re.M)
    table = "".join(f"<tr><th>{name}</th><td><code>{number}</code></td></tr>"
                    for name, number in numbers)
    if table:
        table = (f'<h2 id="ioctls">Numbers</h2>\n<table><thead><tr><th>ioctl</th><th>number</th>'
                 f"</tr></thead><tbody>{table}</tbody></table>\n")
    return (f"<h1>{html.escape(page.title)}</h1>\n"
            f'<p>Made by kernel-doc of <a href="{os.path.basename(page.source)}">'
            f"{page.source}</a>.</p>\n<pre>{html.escape(opening)}</pre>\n{table}{deeper(body)}")


def plain_rst(text):
    """What only Sphinx knows of kernel-doc's output, said in plain reStructuredText."""
    text = re.sub(r":c:\w+:`([^`<]*?)(?: <([^`>]*)>)?`",
                  lambda m: f"`{m[1]} <#{(m[2] or m[1]).split('.')[0].strip('()')}>`__", text)
    # VMADEV_CAN_* is meant, and no link to VMADEV_CAN.
    text = re.sub(r"\b([A-Za-z]\w*)_(?=[*\s.,;)])", r"\1\\_", text)
    start, *items = re.split(r"^\.\. c:(\w+):: (.*)$", text, flags=re.M)
    return start + "".join(map(item, items[::3], items[1::3], items[2::3]))


def item(what, signature, text):
    """One function, struct or enum below a heading of its own; kernel-doc indents it."""
    purpose, _, rest = text.partition(".. container:: kernelindent\n")
    # Of an enum the description is not indented, but what stands before it is.
    indented, rest = re.fullmatch(r"((?: [^\n]*\n|\n)*)(.*)", rest, flags=re.S).groups()
    name, title, code = signature, f"{what} {signature}", ""
    if what == "function":
        name = re.search(r"(\w+) \(", signature)[1]
        title, code = f"{name}()", f"::\n\n  {signature};\n\n"
    return (f".. _{name}:\n\n{title}\n{'=' * len(title)}\n\n"
            f"{' '.join(purpose.split())}\n\n{code}{textwrap.dedent(indented)}{rest}\n\n")


def examples(page):
    """Of each example where it is run, or why it is not."""
    rows = "".join(
        f'<tr><td><a href="{pages.out_name(block.source)}">{block.source}</a></td>'
        f"<td><code>{html.escape(block.beginning)}</code></td>"
        f"<td>{html.escape(block.reason and 'not run: ' + block.reason or block.where)}</td></tr>\n"
        for block in blocks.of_all())
    return (f"<h1>{html.escape(page.title)}</h1>\n<p>By <code>make site-check</code>: natively, or in a guest "
            "with the module loaded. What a page shows of what an example prints is compared with it.</p>\n"
            "<table><thead><tr><th>page</th><th>begins with</th><th>where</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>")


def convert(page):
    if page.kind == ".md":
        return markdown(page)
    if page.kind == ".h":
        return header(page)
    if page.kind == ".py":
        return examples(page)
    return manual_page(page)
