# SPDX-License-Identifier: GPL-2.0-or-later
"""Which programs of the suite reach which lines of the module, on one row.

The module is built to note each of its blocks that runs (reach.c); the guest
prints their addresses after each program, the disassembly has their lines.
"""
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import vm
from vm import CannotRun

SECONDS = 20    # that a program has at least
SLACK = 6       # times as long as it took with the module as it is
# Once more as a user, what is of other modules, what the guest itself finds, and
# tests of the user's programs.
LEFT_OUT = re.compile(r"user_|(pfnmap_)?example|(unload|leaks|boot)$|.*-")
NOTE = "__sanitizer_cov_trace_pc"
# Each block stays one, and a function that is called once stays one.
KBUILD = f"""
vmadev-y += module/reach.o
ccflags-y += -fsanitize-coverage=trace-pc
ccflags-y += -fno-reorder-blocks-and-partition -fno-inline-functions-called-once
CFLAGS_module/reach.o := -Wno-missing-prototypes
CFLAGS_REMOVE_module/reach.o := -fsanitize-coverage=trace-pc
"""


class NoTime(Exception):
    """The suite was not through before the time was over."""


def blocks(ko):
    """{address of a block in the text: its lines, as (file, line)}."""
    listing = subprocess.run(["objdump", "-dlr", "-j", ".text", "--no-show-raw-insn", ko],
                             check=True, capture_output=True, text=True).stdout.splitlines()
    found, base, place, block, called = {}, None, None, None, False
    waiting = set()     # lines before the first block of a function
    for text in listing:
        function = re.match(r"([0-9a-f]+) <(\w+)>:$", text)
        line = re.match(r"(?:\S*/)?(module/[\w/]+\.[ch]):(\d+)", text)
        instruction = re.match(r"\s+([0-9a-f]+):\t", text)
        if function:
            place, block, called, waiting = None, None, False, set()
            if function[2] == NOTE:
                base = int(function[1], 16)
        elif "R_" in text and NOTE in text:
            called = True
        elif re.match(r"\S+:\d+", text):
            place = (line[1], int(line[2])) if line else None
        elif instruction:
            if called:
                block = int(instruction[1], 16)
                found[block] = set(waiting)
                waiting, called = set(), False
            if place:
                (waiting if block is None else found[block]).add(place)
    return {address - base: lines for address, lines in found.items()}


def read_log(log):
    """{program: (addresses, milliseconds, how it ended)} of what a guest said."""
    programs, addresses, milliseconds, ran = {}, set(), 0, False
    for text in log.splitlines():
        words = text.split()
        if text.startswith(("# loading reached: ", "# it reached: ")):
            addresses.update(int(word) for word in words[3:])
        elif re.match(r"# \S+ took \d+ ms$", text):
            milliseconds = int(words[3])
        elif re.match(r"    (not )?ok \d+ ", text):
            ran |= "SKIP" not in words
        elif re.match(r"(not )?ok \d+ ", text):
            name = words[2 if words[0] == "ok" else 3]
            ended = "failed" if words[0] == "not" else "passed" if ran else "skipped"
            programs[name] = (addresses, milliseconds, ended)
            addresses, ran = set(), False
    return programs


class Map:
    """programs: {name: [milliseconds, {file: [lines]}]}"""

    def __init__(self, programs):
        self.milliseconds = {name: taken for name, (taken, _) in programs.items()}
        self.lines = {name: {(file, line) for file in files for line in files[file]}
                      for name, (_, files) in programs.items()}
        # Those that load the module themselves tell nothing of what they reach.
        self.untold = {name for name in programs if not self.lines[name]}
        self.known = set().union(*self.lines.values())

    def limited(self, names):
        """Each with a limit of seconds far above what it takes: an endless loop dies."""
        return [f"{name}={max(SECONDS, self.milliseconds[name] * SLACK // 1000)}" for name in names]

    def reaching(self, mutant):
        """
        The programs that reach the mutant's statement. What has no code of its own
        (a table, what the compiler inlined) is as far as its function, or its file,
        is reached; what is run once, by each that loads.
        """
        for numbers in (mutant.lines, mutant.function_lines):
            wanted = {(mutant.file, number) for number in numbers} & self.known
            if wanted:
                return {name for name in self.lines if self.lines[name] & wanted} | self.untold
        of_file = {name for name in self.lines
                   if any(file == mutant.file for file, _ in self.lines[name])}
        return of_file | self.untold if of_file and not mutant.function_lines else set(self.lines)

    def ordered(self, mutant, weights):
        """The same, first what is quick for what it has killed around there."""
        return sorted(self.reaching(mutant),
                      key=lambda name: self.milliseconds[name] / (1 + weights.get(name, 0)))


def measure(top, folder, row, jobs):
    """Run the suite, but not once more as a user, nor the examples, and map it."""
    status, log = vm.run(None, "list", row)
    names = [name for name in log.splitlines()
             if re.fullmatch(r"\w+", name) and not LEFT_OUT.match(name)]
    if status:
        raise NoTime if vm.is_late() else CannotRun(f"the suite is not built: {vm.last_line(log)}")
    parts = [part for part in (names[i::jobs] for i in range(jobs)) if part]

    def part_of(number):
        source = folder / f"reach-{number}"
        vm.copy_source(top, source)
        shutil.copy(top / "scripts/mutation/reach.c", source / "module")
        with (source / "Kbuild").open("a") as kbuild:
            kbuild.write(KBUILD)
        status, log = vm.run(source, "reach", row, *parts[number])
        (source / "log").write_text(log)
        if vm.is_late():
            raise NoTime
        if status > 1:
            raise CannotRun(f"the suite does not run on {row}: {vm.last_line(log)}")
        return read_log(log), blocks(source / "build" / row / "module/vmadev.ko")

    programs, doubtful = {}, set()
    with ThreadPoolExecutor(jobs) as pool:
        for log, lines in pool.map(part_of, range(len(parts))):
            programs |= located(log, lines)
            doubtful |= {name for name in names if name in log and log[name][2] == "failed"}
    # What fails with the module as it is, too, tells nothing of a mutant.
    passed = read_log(vm.run(None, "test", row, *sorted(doubtful))[1]) if doubtful else {}
    for name in doubtful:
        if name not in passed or passed[name][2] != "passed":
            del programs[name]
    return programs


def last_run(tap):
    """The programs of a row's last make check, without what they reach."""
    if not tap.exists():
        raise CannotRun(f"there is no {tap} of make check, to see how long the programs take")
    return {name: [milliseconds, {}]
            for name, (_, milliseconds, ended) in read_log(tap.read_text(errors="replace")).items()
            if ended == "passed" and not LEFT_OUT.match(name)}


def located(log, lines):
    programs = {}
    for name, (addresses, milliseconds, ended) in log.items():
        # What this kernel cannot run tells of nothing.
        if LEFT_OUT.match(name) or ended == "skipped":
            continue
        files = {}
        for file, line in set().union(*(lines.get(address, set()) for address in addresses)):
            files.setdefault(file, []).append(line)
        programs[name] = [milliseconds, files]
    return programs
