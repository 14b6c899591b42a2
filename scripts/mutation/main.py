# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/mutate starts it, and tells what it does."""
import argparse
import functools
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import generate
import reach
import trial
import vm
from generate import CannotRun

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("VMADEV_BUILD", TOP / "build"))
STATE = BUILD / "mutate"
# Examples are for other drivers, and not mutated.
MODULE = ("Kbuild", "module/*", "module/uapi/*")
HEADERS = ("Kbuild", "module/*.h", "module/uapi/*")
TESTS = ("selftests/**/*", "userspace/**/*")
EQUIVALENT = TOP / "selftests/mutate-equivalent.txt"


def options():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--kernel", action="append", default=[])
    parser.add_argument("--debug", action="append", default=[])
    parser.add_argument("--time", type=float)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", action="append", default=[])
    parser.add_argument("--changed")
    parser.add_argument("--jobs", type=int, default=trial.JOBS)
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


@functools.cache
def map_of(row, jobs):
    def make():
        note(f"running the suite on {row}, to see what each of its programs reaches")
        return reach.measure(TOP, STATE / row, row, jobs)

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


def wanted(mutants, given):
    if mutants and given.file:
        for file in set(given.file) - {mutant.file for mutant in mutants}:
            raise CannotRun(f"{file}: there is nothing to mutate")
        mutants = [mutant for mutant in mutants if mutant.file in given.file]
    if given.changed:
        lines = changed_lines(given.changed)
        mutants = [m for m in mutants if lines.get(m.file, set()) & set(m.own_lines(TOP))]
    mutants.sort(key=generate.Mutant.key)
    random.Random(given.seed).shuffle(mutants)
    return mutants


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

    def __init__(self, mutants, everything, whole):
        self.left, self.whole = len(mutants), whole
        self.reasons = equivalents()
        self.verdicts, self.survivors, self.wrong = {}, [], []
        generated = {mutant.listed() for mutant in everything}
        for entry, reason in self.reasons.items():
            if not reason:
                self.wrong.append(f"{EQUIVALENT.name}: no reason: {entry}")
            if entry not in generated and whole:
                self.wrong.append(f"{EQUIVALENT.name}: no such mutant: {entry}")

    def add(self, mutant, result):
        verdict = result["verdict"]
        listed = mutant.listed() in self.reasons
        if listed and verdict == "killed":
            self.wrong.append(f"{EQUIVALENT.name}: {result['by']} kills {mutant.listed()}")
        if verdict == "survived":
            if listed:
                verdict = "equivalent"
            else:
                self.survivors.append((mutant, result))
        self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1
        self.left -= 1
        print(f"{verdict:12} {mutant.row} {mutant.file}:{mutant.lines[0]} {mutant.function}: "
              f"{mutant.said[0]} => {mutant.said[1]} # {result['by']}, {self.left} left", flush=True)

    def end(self):
        folder = STATE / "survivors"
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.diff"):
            old.unlink()
        for mutant, result in self.survivors:
            name = hashlib.sha256(mutant.key().encode()).hexdigest()[:8]
            path = folder / f"{Path(mutant.file).stem}-{mutant.function}-{name}.diff"
            path.write_text(f"{mutant.listed()}\n\n{result['by']}\n\n{mutant.diff(TOP)}")
            print(f"not ok {path} # {result['by']}")
        for text in self.wrong:
            print(f"not ok {text}")
        get = self.verdicts.get
        killed, survived = get("killed", 0), len(self.survivors)
        print(f"# {killed} killed, {survived} survived, {get('equivalent', 0)} equivalent by the list, "
              f"{get('same', 0)} the same code, {get('not compiled', 0)} not compiled, "
              f"{self.left} not tried{' in the time' if vm.is_late() else ''}")
        counted = killed + survived
        figure = f"{killed} of {counted} ({100 * killed / max(counted, 1):.1f} %) killed, " \
                 f"{get('equivalent', 0)} equivalent"
        print(f"# mutated: {figure}")
        if self.whole and not self.left:
            (STATE / "summary").write_text(figure + "\n")
        failed = survived + len(self.wrong)
        print(f"{killed + get('equivalent', 0)} passed, {failed} failed, {self.left} skipped")
        return 1 if failed else 0


def main():
    given = options()
    if given.time:
        vm.deadline = time.monotonic() + given.time
    rows = given.kernel or ["6.12", "7.3"]
    debug = [row for row in given.debug or ["7.3-debug", "6.1-debug"] if row != "none"]
    everything = all_mutants(rows) if not given.changed or changed_lines(given.changed) else []
    mutants = wanted(everything, given)
    note(f"{len(mutants)} mutants, of {len(everything)} of the module on {' and '.join(rows)}")
    if given.list:
        for mutant in mutants:
            print(f"{mutant.row} {mutant.operator}: {mutant.listed()}")
        return 0
    report = Report(mutants, everything, not (given.file or given.changed or given.kernel))
    texts = {file: digest(file, *HEADERS) for file in {mutant.file for mutant in mutants}}
    results = trial.Results(STATE / "results.json", texts, digest(*MODULE, *TESTS))
    try:
        try_all(mutants, rows, debug, results, report, given.jobs)
    except reach.NoTime:
        note("the time is over before it is known which tests reach what")
    return report.end()


def judged(row, mutants, results, jobs):
    """Yield (mutant, result) of a row's: what is known first, then what is tried in the time."""
    todo = []
    for mutant in mutants:
        known = results.get(mutant)
        if known:
            yield mutant, known
        else:
            todo.append(mutant)
    if todo:
        limited = map_of(row, jobs).limited
        for mutant, result in trial.Trials(TOP, STATE, row, limited, jobs).run(todo):
            results.add(mutant, result)
            yield mutant, result


def once_more(rows, survivors, results, jobs):
    """Yield (mutant, result) of survivors, each from the first row that compiles it."""
    left = {mutant.key(): mutant for mutant in survivors}
    for row in rows:
        def programs_of(mutant):
            return map_of(mutant.row, jobs).reaching(mutant)

        todo = list(left.values())
        for mutant, result in trial.Trials(TOP, STATE, row, programs_of, jobs).run(todo):
            if result["verdict"] in ("killed", "survived"):
                result |= {"debug": row, "by": f"{result['by']}, after it survived on {mutant.row}"}
                results.add(mutant, result)
                yield left.pop(mutant.key()), result
    for mutant in left.values():
        yield mutant, results.get(mutant)


def try_all(mutants, rows, debug, results, report, jobs):
    survivors = []
    for row in rows:
        for mutant, result in judged(row, [m for m in mutants if m.row == row], results, jobs):
            if debug and result["verdict"] == "survived" and "debug" not in result:
                survivors.append(mutant)
            else:
                report.add(mutant, result)
    for mutant, result in once_more(debug, survivors, results, jobs):
        report.add(mutant, result)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotRun as why:
        print(f"mutate: {why}", file=sys.stderr)
        sys.exit(2)
