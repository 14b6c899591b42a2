# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/mutate starts it, and tells what it does."""
import argparse
import collections
import fcntl
import functools
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import generate
import reach
import trial
import vm
from build import Builder
from vm import CannotRun

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("VMADEV_BUILD", TOP / "build"))
STATE = BUILD / "mutate"
# Examples are for other drivers, and not mutated.
MODULE = ("Kbuild", "module/*", "module/uapi/*")
HEADERS = ("Kbuild", "module/*.h", "module/uapi/*")
TESTS = ("selftests/**/*", "userspace/**/*")
EQUIVALENT = TOP / "selftests/mutate-equivalent.txt"
# How long the programs are, in milliseconds, that a mutant is tried by.
ROUNDS = (5000, 30000, float("inf"))
SHARE = 150     # of mutants, that come to the end before others begin


def options():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--kernel", action="append", default=[])
    parser.add_argument("--debug", action="append", default=[])
    parser.add_argument("--time", type=float)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", action="append", default=[])
    parser.add_argument("--changed")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--jobs", type=int, default=trial.JOBS)
    parser.add_argument("--unmapped", action="store_true")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def note(text):
    print(f"# {text}", file=sys.stderr, flush=True)


def digest(*patterns):
    """Of the sources that they name."""
    total = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(TOP.glob(pattern)):
            if path.suffix in (".c", ".h", ".py") or path.name == "Kbuild":
                total.update(f"{path.relative_to(TOP)}\0".encode() + path.read_bytes())
    return total.hexdigest()[:16]


def cached(path, make):
    """What make() gives, as JSON in the file, which names all that it depends on."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        value = make()
        path.with_suffix(".new").write_text(json.dumps(value))
        path.with_suffix(".new").rename(path)
    return json.loads(path.read_text())


def mutants_of(row):
    def make():
        note(f"reading the module as {row} compiles it")
        status, log = vm.run(None, "build", row)
        if status:
            raise CannotRun(f"the module does not build for {row}: {vm.last_line(log)}")
        headers = vm.cache() / "row" / row / "headers"
        found = generate.mutants_of(BUILD / row / "module", headers.resolve())
        return [asdict(mutant) for mutant in found.values()]

    path = STATE / row / f"mutants-{digest(*MODULE, 'scripts/mutation/generate.py')}.json"
    return {m.key(): m for m in (generate.Mutant(**entry) for entry in cached(path, make))}


def all_mutants(rows):
    """Each on the first row that compiles it."""
    found = {}
    for row in rows:
        for key, mutant in mutants_of(row).items():
            if key not in found:
                mutant.row = row
                found[key] = mutant
    return list(found.values())


def map_of(row, given):
    def make():
        note(f"running the suite on {row}, to see what each of its programs reaches")
        return reach.measure(TOP, STATE / row, row, given.jobs)

    if given.unmapped:
        return reach.Map(reach.last_run(BUILD / row / "tap"))
    return reach.Map(cached(STATE / row / f"map-{digest(*MODULE, *TESTS)}.json", make))


def changed_lines(revision):
    """{file: lines} of the module that are not in the revision."""
    diff = subprocess.run(["git", "-c", f"safe.directory={TOP}", "-C", str(TOP), "diff", "-U0",
                           revision, "--", "module"], capture_output=True, text=True)
    if diff.returncode:
        raise CannotRun(f"{diff.stderr.strip()}")
    lines, file = {}, None
    for text in diff.stdout.splitlines():
        hunk = re.match(r"@@ \S+ \+(\d+)(?:,(\d+))? @@", text)
        if text.startswith("+++ "):
            file = text[4:].removeprefix("b/")
        elif hunk:
            first, count = int(hunk[1]), int(hunk[2] or 1)
            lines.setdefault(file, set()).update(range(first, first + count))
    return lines


def wanted(mutants, given, equivalents):
    if mutants and given.file:
        for file in set(given.file) - {mutant.file for mutant in mutants}:
            raise CannotRun(f"{file}: there is nothing to mutate")
        mutants = [mutant for mutant in mutants if mutant.file in given.file]
    if given.changed:
        lines = changed_lines(given.changed)
        mutants = [m for m in mutants if lines.get(m.file, set()) & set(m.own_lines(TOP))]
    mutants.sort(key=generate.Mutant.key)
    random.Random(given.seed).shuffle(mutants)
    mutants = mutants[:given.sample]
    # Those that take the whole suite come last.
    return sorted(mutants, key=lambda mutant: mutant.listed() in equivalents)


def equivalents():
    """{mutant as listed: reason}"""
    found, what = {}, None
    for text in EQUIVALENT.read_text().splitlines() if EQUIVALENT.exists() else []:
        if text[:1].isspace() and what:
            found[what] = f"{found[what]} {text.strip()}".strip()
        elif text and not text.startswith("#"):
            what = text.strip()
            found[what] = ""
    return found


class Report:
    """Counts verdicts, and judges them against the list of equivalent mutants."""

    def __init__(self, everything, whole):
        self.told, self.whole, self.generated = 0, whole, len(everything)
        self.reasons = equivalents()
        self.verdicts, self.survivors, self.wrong = collections.Counter(), [], []
        generated = {mutant.listed() for mutant in everything}
        for entry, reason in self.reasons.items():
            if not reason:
                self.wrong.append(f"{EQUIVALENT.name}: no reason: {entry}")
            if entry not in generated and whole:
                self.wrong.append(f"{EQUIVALENT.name}: no such mutant: {entry}")

    def tell(self, mutant, result):
        self.told += 1
        print(f"{result['verdict']:12} {mutant.row} {mutant.file}:{mutant.lines[0]} {mutant.function}: "
              f"{mutant.said[0]} => {mutant.said[1]} # {result['by']}, {self.told}", flush=True)

    def add(self, mutant, result):
        verdict = result["verdict"] if result else "not tried"
        listed = mutant.listed() in self.reasons
        if listed and verdict == "killed":
            self.wrong.append(f"{EQUIVALENT.name}: {result['by']} kills {mutant.listed()}")
        if verdict == "survived" and listed:
            verdict = "equivalent"
        if verdict in ("survived", "undecided"):
            self.survivors.append((mutant, result))
        self.verdicts[verdict] += 1

    def end(self):
        folder = STATE / "survivors"
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.diff"):
            old.unlink()
        for mutant, result in self.survivors:
            name = hashlib.sha256(mutant.key().encode()).hexdigest()[:8]
            path = folder / f"{Path(mutant.file).stem}-{mutant.function}-{name}.diff"
            path.write_text(f"{mutant.listed()}\n\n{result['by']}\n\n{mutant.diff(TOP)}")
            if result["verdict"] == "survived":
                print(f"not ok {path} # {result['by']}")
        for text in self.wrong:
            print(f"not ok {text}")
        counts = self.verdicts
        killed, survived = counts["killed"], counts["survived"]
        left = counts["undecided"] + counts["not tried"]
        print("# " + ", ".join(f"{counts[verdict]} {verdict}" for verdict in (
            "killed", "survived", "equivalent", "same", "not compiled", "undecided", "not tried")))
        counted = killed + survived + counts["undecided"]
        figure = f"{killed} of {counted} ({100 * killed / max(counted, 1):.1f} %) killed, " \
                 f"{counts['equivalent']} equivalent"
        if sum(counts.values()) < self.generated:
            figure += f", of {sum(counts.values())} of the {self.generated} mutants"
        print(f"# mutated: {figure}")
        if self.whole and not left:
            (STATE / "summary").write_text(figure + "\n")
        failed = survived + len(self.wrong)
        print(f"{killed + counts['equivalent']} passed, {failed} failed, {left} skipped")
        return 1 if failed else 0


def lock():
    """Two runs would take each other's objects for their own."""
    STATE.mkdir(parents=True, exist_ok=True)
    held = (STATE / "lock").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotRun(f"another run is at it in {STATE}") from None
    return held


def main():
    given = options()
    _held = lock()  # until the end
    signal.signal(signal.SIGTERM, lambda *_: vm.stop())
    if given.time:
        vm.deadline = time.monotonic() + given.time
    rows = given.kernel or ["6.12", "7.3"]
    debug = [row for row in given.debug or ["7.3-debug", "6.1-debug"] if row != "none"]
    everything = all_mutants(rows) if not given.changed or changed_lines(given.changed) else []
    mutants = wanted(everything, given, equivalents())
    note(f"{len(mutants)} mutants, of {len(everything)} of the module on {' and '.join(rows)}")
    if given.list:
        for mutant in mutants:
            print(f"{mutant.row} {mutant.operator}: {mutant.listed()}")
        return 0
    report = Report(everything, not (given.file or given.changed or given.kernel))
    texts = {file: digest(file, *HEADERS) for file in {mutant.file for mutant in mutants}}
    results = trial.Results(STATE / "results.json", texts, digest(*MODULE, *TESTS))
    try:
        try_all(mutants, rows, debug, results, report, given)
    except reach.NoTime:
        note("the time is over before it is known which tests reach what")
    for mutant in mutants:
        report.add(mutant, results.get(mutant))
    return report.end()


def trials_on(row, programs_of, jobs):
    return trial.Trials(STATE, row, lambda folder: Builder(TOP, folder, row), programs_of, jobs)


def within(names, spent, room, milliseconds):
    """As many of them as there is room for, in milliseconds, but one at least."""
    for number, name in enumerate(names):
        spent += milliseconds[name]
        if spent > room:
            return names[:number or 1]
    return names


def in_rounds(row, mutants, results, maps, jobs):
    """
    Try mutants of a row by more and more programs, in the time, and leave what is known
    in the results: most that die do so soon, and what lives takes the whole suite.
    """
    for room in ROUNDS:
        todo = [m for m in mutants if results.verdict(m) in (None, "undecided")]
        if not todo or vm.is_late():
            break
        reach_map = maps(row)

        def programs_of(mutant):
            passed = results.passed(mutant)
            names = [name for name in reach_map.ordered(mutant, results.killers(mutant))
                     if name not in passed]
            spent = sum(reach_map.milliseconds[name] for name in passed)
            return reach_map.limited(within(names, spent, room, reach_map.milliseconds))

        for mutant, result in trials_on(row, programs_of, jobs).run(todo):
            if result["verdict"] == "survived":
                result["passed"] += results.passed(mutant)
                if reach_map.reaching(mutant) - set(result["passed"]):
                    result["verdict"] = "undecided"
            results.add(mutant, result)
            yield mutant, result


def once_more(rows, survivors, results, maps, jobs):
    """Try survivors on the first of the rows that compiles each."""
    for row in rows:
        todo = [m for m in survivors if "debug" not in results.get(m)]

        def programs_of(mutant):
            return maps(mutant.row).reaching(mutant)

        for mutant, result in trials_on(row, programs_of, jobs).run(todo):
            if result["verdict"] in ("killed", "survived"):
                result |= {"debug": row, "by": f"{result['by']}, after it survived on {mutant.row}"}
                results.add(mutant, result)


def try_all(mutants, rows, debug, results, report, given):
    maps = functools.cache(lambda row: map_of(row, given))
    for row in rows:
        mine = [mutant for mutant in mutants if mutant.row == row]
        # Each share learns from the one before which program kills what.
        for begin in range(0, len(mine), SHARE):
            share = mine[begin:begin + SHARE]
            for mutant, result in in_rounds(row, share, results, maps, given.jobs):
                report.tell(mutant, result)
    survivors = [mutant for mutant in mutants if results.verdict(mutant) == "survived"]
    once_more(debug, survivors, results, maps, given.jobs)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotRun as why:
        if vm.is_late():
            print("# the time is over before there are mutants\n0 passed, 0 failed, 0 skipped")
            sys.exit(0)
        print(f"mutate: {why}", file=sys.stderr)
        sys.exit(2)
