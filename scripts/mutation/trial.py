# SPDX-License-Identifier: GPL-2.0-or-later
"""Try mutants, many in a guest and several guests at a time."""
import hashlib
import json
import os
import queue
import re
import shutil
import threading
from dataclasses import dataclass

import vm
from vm import CannotRun

JOBS = (os.cpu_count() or 1) + 1    # a guest sleeps now and then
BATCH = 24                          # mutants of one guest


class Results:
    """
    What came of each mutant. It stands as long as the file and the headers are the
    same, survival as long as the whole module and the tests are.
    """

    def __init__(self, path, texts, everything):
        self.path, self.texts, self.everything = path, texts, everything
        self.known = json.loads(path.read_text()) if path.exists() else {}
        self.kills = {}
        for result in self.known.values():
            self.count(result)

    def get(self, mutant):
        result = self.known.get(mutant.key())
        if result and result["text"] == self.texts[mutant.file] and \
                (result["verdict"] not in ("survived", "undecided") or
                 result["everything"] == self.everything):
            return result
        return None

    def verdict(self, mutant):
        return (self.get(mutant) or {}).get("verdict")

    def passed(self, mutant):
        """The programs that have run with it."""
        return (self.get(mutant) or {}).get("passed", [])

    def add(self, mutant, result):
        result |= {"text": self.texts[mutant.file], "everything": self.everything,
                   "where": [mutant.file, mutant.function]}
        self.known[mutant.key()] = result
        self.count(result)
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.known, indent=0))
        new.rename(self.path)


    def count(self, result):
        """Whose kills there are, in each function and in each file."""
        for where in [tuple(result["where"]), result["where"][0]] if "program" in result else []:
            kills = self.kills.setdefault(where, {})
            kills[result["program"]] = kills.get(result["program"], 0) + 1

    def killers(self, mutant):
        """{program: how likely it is to kill this one, too}"""
        weights = {}
        for where, weight in (((mutant.file, mutant.function), 20), (mutant.file, 2)):
            for program, kills in self.kills.get(where, {}).items():
                weights[program] = weights.get(program, 0) + weight * kills
        return weights


def name_of(mutant):
    return hashlib.sha256(mutant.key().encode()).hexdigest()[:12]


@dataclass
class Said:
    """What a guest says of a mutant, and of the first program that failed with it."""
    verdict: str = ""
    failure: str = "the guest's end"
    program: str = ""
    failed: bool = False


def read_log(log):
    """{name of a mutant: Said}, in order."""
    said, now = {}, Said()
    for text in log.splitlines():
        begun = re.match(r"# mutant (\S+)$", text)
        ended = re.match(r"mutant \S+ (.*)", text)
        program = re.match(r"# Subtest: (\S+)", text)
        failed = re.match(r" *not ok \d+ (.*)", text)
        if begun:
            now = said[begun[1]] = Said()
        elif ended:
            now.verdict = ended[1]
        elif program and not now.failed:
            now.program = program[1]
        elif failed and not now.failed:
            now.failed, now.failure = True, failed[1]
    return said


class Trials:
    """Of the mutants of one row."""

    def __init__(self, state, row, builder_in, programs_of, jobs):
        """
        `builder_in` gives what builds mutants in a folder, `programs_of` the programs that
        may tell of one, as scripts/vm mutants takes them.
        """
        self.state, self.row, self.builder_in = state, row, builder_in
        self.programs_of, self.jobs = programs_of, jobs
        self.todo, self.done = queue.SimpleQueue(), queue.SimpleQueue()

    def run(self, mutants):
        """Yield (mutant, result) as they come, until all are tried or time is up."""
        for mutant in mutants:
            self.todo.put(mutant)
        alive = min(self.jobs, len(mutants))
        for number in range(alive):
            folder = self.state / self.row / f"worker-{number}"
            threading.Thread(target=self.work, args=(folder,)).start()
        while alive:
            try:
                got = self.done.get()
            except KeyboardInterrupt:
                vm.stop()
                continue
            if got is None:
                alive -= 1
            elif isinstance(got, str):
                print(f"# {got}", flush=True)
            else:
                yield got

    def work(self, folder):
        try:
            builder = self.builder_in(folder)
            batch = {}
            while not vm.is_late():
                self.fill(batch, builder, folder)
                if not batch:
                    break
                batch = self.boot(folder, batch)
        except CannotRun as why:
            if not vm.is_late():
                self.done.put(str(why))
        finally:
            self.done.put(None)

    def fill(self, batch, builder, folder):
        """Add {name: (mutant, programs)} of which there is a module, to make a guest's share."""
        # Near the end they are shared among the guests.
        size = min(BATCH, self.todo.qsize() // self.jobs + 1)
        while len(batch) < size and not vm.is_late():
            try:
                mutant = self.todo.get_nowait()
            except queue.Empty:
                break
            into = folder / name_of(mutant)
            shutil.rmtree(into, ignore_errors=True)
            verdict = builder.build(mutant, into)
            if vm.is_late():
                break
            if verdict:
                self.done.put((mutant, {"verdict": verdict, "by": self.row}))
            else:
                batch[into.name] = mutant, self.programs_of(mutant)

    def boot(self, folder, batch):
        """Try them in a guest; returns those that another one has to try, its spoiler first."""
        plan = folder / "plan"
        plan.write_text("".join(f"{name} {folder}/{name} {' '.join(programs)}\n"
                                for name, (_, programs) in batch.items()))
        status, log = vm.run(folder, "mutants", self.row, str(plan))
        (folder / "log").write_text(log)
        said = read_log(log)
        if not said and not vm.is_late():
            self.done.put(f"cannot try {len(batch)} mutants, status {status}: {vm.last_line(log)}")
            return {}
        left = dict(batch)
        for number, (name, what) in enumerate(said.items()):
            if what.verdict not in ("killed", "survived"):
                # Of a guest that came to its end another mutant may be the cause, if it had one.
                if number or vm.is_late():
                    break
            mutant, programs = left.pop(name)
            shutil.rmtree(folder / name)
            if what.verdict == "met a slow machine":
                self.done.put(f"the machine is too slow: {what.program}, {what.failure}")
                break
            if what.verdict != "survived":
                what.verdict = "killed"
            result = {"verdict": what.verdict}
            if what.verdict == "killed":
                result |= {"by": f"{what.program}: {what.failure} on {self.row}",
                           "program": what.program}
            else:
                result |= {"by": f"{len(programs)} programs pass on {self.row}",
                           "passed": [program.split("=")[0] for program in programs]}
            self.done.put((mutant, result))
        return {name: left[name] for name in sorted(left, key=lambda name: name not in said)}
