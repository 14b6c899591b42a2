# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutants of the module, made from clang's syntax tree of it.

A mutant is a piece of one source file and what stands there instead. The tree
is that of a row's own build: the same defines, the same headers.
"""
import ctypes
import difflib
import multiprocessing
import re
import shlex
import signal
from dataclasses import dataclass, field
from pathlib import Path

from clang import cindex
from clang.cindex import CursorKind as K

from vm import CannotRun

SWAPS = {
    "<": ["<="], "<=": ["<"], ">": [">="], ">=": [">"], "==": ["!="], "!=": ["=="],
    "&&": ["||"], "||": ["&&"],
    "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["/"],
    "<<": [">>"], ">>": ["<<"], "&": ["|"],
    "+=": ["-="], "-=": ["+="], "&=": ["|="], "|=": ["&="],
}
DROPPED_SIDES = ("|", "&&", "||")
CONDITIONS = {K.IF_STMT: 0, K.WHILE_STMT: 0, K.DO_STMT: 1, K.CONDITIONAL_OPERATOR: 0}
STATEMENTS = {
    K.CALL_EXPR, K.BINARY_OPERATOR, K.COMPOUND_ASSIGNMENT_OPERATOR, K.UNARY_OPERATOR,
    K.RETURN_STMT, K.GOTO_STMT, K.BREAK_STMT, K.CONTINUE_STMT, K.PAREN_EXPR, K.StmtExpr,
}
NUMBER = re.compile(r"(0[xX])?(\d[0-9a-fA-F]*|(?<=[xX])[a-fA-F][0-9a-fA-F]*)([uUlL]*)")
KEPT = re.compile(r"-[IDU]|-std=|-nostdinc|-m64|-f(short-wchar|unsigned-char|ms-extensions)")
ERRNO = re.compile(r"-\s*(E[A-Z0-9]{2,})")
# What the tests of the module are, and nothing of the module itself.
NOT_MUTATED = ("kunit",)


@dataclass
class Mutant:
    """file[start:end] is to be `after`; `lines` are those of the statement around it."""
    file: str
    start: int
    end: int
    after: str
    operator: str
    function: str
    lines: list
    function_lines: list
    row: str = ""
    said: tuple = field(default=("", ""))    # the lines it changes, before and after

    def key(self):
        return f"{self.file}:{self.start}:{self.end}:{self.after}"

    def apply(self, text):
        return text[:self.start] + self.after + text[self.end:]

    def write(self, folder):
        """Be it, in a folder with the module's source."""
        path = folder / self.file
        path.write_text(self.apply(path.read_text(encoding="ascii")), encoding="ascii")

    def own_lines(self, root):
        """The lines that the change itself is on."""
        text = (root / self.file).read_text(encoding="ascii")
        first = text.count("\n", 0, self.start) + 1
        return range(first, first + text.count("\n", self.start, self.end) + 1)

    def diff(self, root):
        text = (root / self.file).read_text(encoding="ascii")
        lines = difflib.unified_diff(text.splitlines(True), self.apply(text).splitlines(True),
                                     f"a/{self.file}", f"b/{self.file}")
        return "".join(lines)

    def listed(self):
        """How mutate-equivalent.txt names it: it stays so when lines move."""
        return f"{self.file} {self.function}: {self.said[0]} => {self.said[1]}"


def collapse(text):
    return " ".join(text.split())


def whole_lines(text, start, end):
    return text.rfind("\n", 0, start) + 1, (text + "\n").find("\n", max(end - 1, start))


def say(mutant, text):
    begin, stop = whole_lines(text, mutant.start, mutant.end)
    mutant.said = (collapse(text[begin:stop]),
                   collapse(text[begin:mutant.start] + mutant.after + text[mutant.end:stop]))


def balanced(text):
    depth = 0
    for c in text:
        depth += (c in "([{") - (c in ")]}")
        if depth < 0:
            return False
    return depth == 0


class Tree:
    """The mutants of one translation unit, its headers of the module included."""

    def __init__(self, root, unit):
        self.root = root.resolve()
        self.unit = unit
        self.texts = {}
        self.mutants = {}
        for cursor in unit.cursor.get_children():
            place = self.place(cursor.extent.start)
            if place and cursor.kind in (K.FUNCTION_DECL, K.VAR_DECL) and cursor.is_definition():
                self.walk_declaration(cursor)

    def place(self, location):
        """(file, offset) where it is spelled, if that is in the module."""
        file, offset = cindex.c_object_p(), ctypes.c_uint()
        cindex.conf.lib.clang_getFileLocation(location, ctypes.byref(file), None, None,
                                              ctypes.byref(offset))
        if not file:
            return None
        path = Path(cindex.File(file).name).resolve()
        if self.root not in path.parents or any(word in path.name for word in NOT_MUTATED):
            return None
        return str(path.relative_to(self.root)), offset.value

    def text(self, file):
        if file not in self.texts:
            self.texts[file] = (self.root / file).read_text(encoding="ascii")
        return self.texts[file]

    def span(self, cursor):
        """(file, start, end) of what is spelled in a file as it stands, else None."""
        start, end = self.place(cursor.extent.start), self.place(cursor.extent.end)
        if not start or not end or start[0] != end[0] or start[1] >= end[1]:
            return None
        if not balanced(self.text(start[0])[start[1]:end[1]]):
            return None
        return start[0], start[1], end[1]

    def source(self, span):
        return self.text(span[0])[span[1]:span[2]]

    def lines(self, file, start, end):
        first = self.text(file).count("\n", 0, start) + 1
        return list(range(first, first + self.text(file).count("\n", start, end) + 1))

    def walk_declaration(self, cursor):
        self.function = cursor.spelling
        self.declaration = self.span(cursor)
        self.function_lines = self.lines(*self.declaration) if self.declaration else []
        if cursor.kind == K.VAR_DECL:
            # The whole of the file can see what such a table says.
            self.function_lines = []
        self.statement = None
        self.walk(cursor, None)

    def add(self, operator, span, after):
        file, start, end = span
        if span == self.declaration or self.source(span) == after:
            return
        # The lines below stay where they are, or __LINE__ would differ.
        after += "\n" * (self.source(span).count("\n") - after.count("\n"))
        at = self.statement if self.statement and self.statement[0] == file else span
        mutant = Mutant(file, start, end, after, operator, self.function, self.lines(*at),
                        self.function_lines)
        say(mutant, self.text(file))
        self.mutants.setdefault(mutant.key(), mutant)

    def walk(self, cursor, parent):
        children = list(cursor.get_children())
        outer = self.statement
        self.operators(cursor, children, parent)
        for index, child in enumerate(children):
            if self.is_statement(cursor, index, child):
                self.statement = self.span(child) or outer
                self.drop_statement(cursor, children, index)
            elif CONDITIONS.get(cursor.kind) == index or cursor.kind == K.COMPOUND_STMT:
                self.statement = self.span(child) or outer
            self.walk(child, cursor)
            self.statement = outer

    def is_statement(self, parent, index, child):
        if child.kind not in STATEMENTS:
            return False
        if parent.kind in (K.COMPOUND_STMT, K.LABEL_STMT, K.DEFAULT_STMT):
            return True
        if parent.kind == K.CASE_STMT:
            return index == 1
        if parent.kind in (K.IF_STMT, K.WHILE_STMT):
            return index > 0
        if parent.kind == K.DO_STMT:
            return index == 0
        # The body is the last of a for's.
        return parent.kind == K.FOR_STMT and index == len(list(parent.get_children())) - 1

    def drop_statement(self, parent, children, index):
        child = children[index]
        span = self.span(child)
        # What a macro's body says is no statement of this file.
        if not span or span == self.span(parent):
            return
        if child.kind == K.RETURN_STMT and self.ends_function(parent, children, index):
            return
        self.add("statement dropped", span, "")

    def ends_function(self, parent, children, index):
        """A function that ends without its return is no program."""
        span = self.span(parent)
        return (index == len(children) - 1 and parent.kind == K.COMPOUND_STMT and span and
                self.text(span[0]).endswith("\n}", 0, span[2]))

    def operators(self, cursor, children, parent):
        kind = cursor.kind
        if kind in CONDITIONS and len(children) > CONDITIONS[kind]:
            self.negate(cursor, children[CONDITIONS[kind]])
        if kind in (K.BINARY_OPERATOR, K.COMPOUND_ASSIGNMENT_OPERATOR) and len(children) == 2:
            self.binary(cursor, children, parent)
        elif kind == K.UNARY_OPERATOR and len(children) == 1:
            self.unary(cursor, children[0])
        elif kind == K.INTEGER_LITERAL:
            self.constant(cursor)
        elif kind == K.DECL_REF_EXPR:
            self.enumerator(cursor)
        elif kind == K.CALL_EXPR:
            self.arguments(cursor)
        elif kind == K.INIT_LIST_EXPR:
            self.initializers(children)

    def negate(self, cursor, condition):
        span = self.span(condition)
        # Of !x the ! is dropped.
        if span and span != self.span(cursor) and condition.kind != K.UNARY_OPERATOR:
            self.add("condition negated", span, f"!({self.source(span)})")

    def binary(self, cursor, children, parent):
        left, right = self.span(children[0]), self.span(children[1])
        whole = self.span(cursor)
        if not left or not right or not whole or left[0] != right[0] or left[2] > right[1]:
            return
        between = self.text(left[0])[left[2]:right[1]]
        operator = between.strip()
        if operator not in SWAPS and operator != "|":
            return
        place = left[2] + between.index(operator)
        is_condition = parent is not None and parent.kind in CONDITIONS
        if not (is_condition and operator in ("==", "!=")):
            for other in SWAPS.get(operator, []):
                self.add(f"{operator} is {other}", (left[0], place, place + len(operator)), other)
        if operator in DROPPED_SIDES:
            self.add(f"right of {operator} dropped", whole, self.source(left))
            self.add(f"left of {operator} dropped", whole, self.source(right))

    def unary(self, cursor, operand):
        span, inner = self.span(cursor), self.span(operand)
        if not span or not inner:
            return
        text = self.source(span)
        errno = ERRNO.fullmatch(text)
        if errno:
            other = "-EIO" if errno[1] == "EINVAL" else "-EINVAL"
            self.add("another errno", span, other)
        elif text[0] in "!~" and inner[1] > span[1]:
            self.add(f"{text[0]} dropped", span, self.source(inner))
        elif "++" in (text[:2], text[-2:]):
            self.add("++ is --", span, text.replace("++", "--"))
        elif "--" in (text[:2], text[-2:]):
            self.add("-- is ++", span, text.replace("--", "++"))

    def constant(self, cursor):
        span = self.span(cursor)
        number = span and NUMBER.fullmatch(self.source(span))
        if not number:
            return
        hexadecimal, octal = number[1], number[2][0] == "0" and len(number[2]) > 1
        base, form = (16, "0x{:x}") if hexadecimal else (8, "0{:o}") if octal else (10, "{}")
        value = int(number[2], base)
        for other in (value + 1, value - 1):
            if other >= 0:
                self.add("constant off by one", span, form.format(other) + number[3])

    def enumerator(self, cursor):
        target = cursor.referenced
        span = self.span(cursor)
        if not target or target.kind != K.ENUM_CONSTANT_DECL or not span:
            return
        if self.source(span) != target.spelling:
            return
        names = [c.spelling for c in target.semantic_parent.get_children()]
        if len(names) > 1:
            other = names[(names.index(target.spelling) + 1) % len(names)]
            self.add("another of the enum", span, other)

    def arguments(self, cursor):
        given = list(cursor.get_arguments())
        for one, two in zip(given, given[1:]):
            a, b = self.span(one), self.span(two)
            if not a or not b or a[0] != b[0] or a[2] > b[1]:
                continue
            if one.type.get_canonical().spelling != two.type.get_canonical().spelling:
                continue
            between = self.text(a[0])[a[2]:b[1]]
            if between.strip() == ",":
                self.add("arguments exchanged", (a[0], a[1], b[2]),
                         self.source(b) + between + self.source(a))

    def initializers(self, children):
        for child in children:
            span = self.span(child)
            if not span or not re.match(r"[.\[]", self.source(span)):
                continue
            comma = re.match(r"\s*,", self.text(span[0])[span[2]:])
            end = span[2] + (comma.end() if comma else 0)
            self.add("initializer dropped", (span[0], span[1], end), "")


def command(cmd, build, headers):
    """What of the compiler's command decides the syntax tree."""
    target, line = cmd.read_text().split("\n", 1)[0].split(":=", 1)
    words = shlex.split(line)
    # Where kbuild called it from: newer ones go to the module's folder.
    folder = headers if re.match(r"(saved)?cmd_/", target) else build
    kept, take = [f"-working-directory={folder}", "-w", "-ferror-limit=0"], False
    for word in words:
        if take or KEPT.match(word):
            kept.append(word)
            take = False
        elif word in ("-include", "-isystem"):
            kept.append(word)
            take = True
    return kept


def of_unit(build, headers, cmd):
    source = build / "module" / (cmd.name[1:-len(".o.cmd")] + ".c")
    unit = cindex.Index.create().parse(str(source), args=command(cmd, build, headers))
    for problem in unit.diagnostics:
        if problem.severity >= cindex.Diagnostic.Error and problem.location.file and \
                str(build) in problem.location.file.name:
            raise CannotRun(f"clang cannot read {source}: {problem}")
    return Tree(build, unit).mutants


def mutants_of(build, headers):
    """The mutants of a row, whose module was built in the folder, by their keys."""
    cmds = [cmd for cmd in sorted((build / "module").glob(".*.o.cmd"))
            if cmd.name[1:-len(".o.cmd")].isidentifier() and
            not any(word in cmd.name for word in NOT_MUTATED)]
    # Whoever ends the pool does so by the signal that main.py handles in another way.
    with multiprocessing.Pool(initializer=signal.signal,
                              initargs=(signal.SIGTERM, signal.SIG_DFL)) as pool:
        found = pool.starmap(of_unit, [(build, headers, cmd) for cmd in cmds])
    return {key: mutant for mutants in found for key, mutant in mutants.items()}
