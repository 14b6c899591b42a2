# SPDX-License-Identifier: GPL-2.0-or-later
"""Try mutants, many in a guest and several guests at a time."""
import hashlib
import json
import os
import queue
import re
import shutil
import threading

import vm
from build import Builder
from generate import CannotRun

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

    def get(self, mutant):
        result = self.known.get(mutant.key())
        if result and result["text"] == self.texts[mutant.file] and \
                (result["verdict"] != "survived" or result["everything"] == self.everything):
            return result
        return None

    def add(self, mutant, result):
        self.known[mutant.key()] = result | {"text": self.texts[mutant.file],
                                             "everything": self.everything}
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.known, indent=0))
        new.rename(self.path)


def name_of(mutant):
    return hashlib.sha256(mutant.key().encode()).hexdigest()[:12]


def read_log(log):
    """{name: (what the guest says of the mutant, the first failure with it)}, in order."""
    said, name = {}, None
    for text in log.splitlines():
        begun = re.match(r"# mutant (\S+)$", text)
        ended = re.match(r"mutant (\S+) (.*)", text)
        failed = re.match(r" *not ok \d+ (.*)", text)
        if begun:
            name = begun[1]
            said[name] = ("", "the guest's end")
        elif ended:
            said[ended[1]] = (ended[2], said[ended[1]][1])
            name = None
        elif failed and name and said[name][1] == "the guest's end":
            said[name] = ("", failed[1])
    return said


class Trials:
    """Of the mutants of one row."""

    def __init__(self, top, state, row, programs_of, jobs):
        """`programs_of` gives the programs that may tell of a mutant, with seconds or without."""
        self.top, self.state, self.row = top, state, row
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
            builder = Builder(self.top, folder, self.row)
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
        """Add mutants, {name: mutant}, whose module there is, to make a guest's share."""
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
            if verdict:
                self.done.put((mutant, {"verdict": verdict, "by": self.row}))
            elif not self.programs_of(mutant):
                self.done.put((mutant, {"verdict": "survived", "by": "no test reaches it"}))
            else:
                batch[into.name] = mutant

    def boot(self, folder, batch):
        """Try them in a guest; returns those that another one has to try, its spoiler first."""
        plan = folder / "plan"
        plan.write_text("".join(
            f"{name} {folder}/{name} {' '.join(self.programs_of(mutant))}\n"
            for name, mutant in batch.items()))
        status, log = vm.run(folder, "mutants", self.row, str(plan))
        (folder / "log").write_text(log)
        said = read_log(log)
        if not said and not vm.is_late():
            self.done.put(f"cannot try {len(batch)} mutants, status {status}: {vm.last_line(log)}")
            return {}
        left = dict(batch)
        for number, (name, (verdict, failure)) in enumerate(said.items()):
            if verdict not in ("killed", "survived"):
                # Of a guest that came to its end another mutant may be the cause, if it had one.
                if number or vm.is_late():
                    break
                verdict = "killed"
            mutant = left.pop(name)
            shutil.rmtree(folder / name)
            if verdict == "killed":
                by = f"{failure} on {self.row}"
            else:
                by = f"{len(self.programs_of(mutant))} programs pass on {self.row}"
            self.done.put((mutant, {"verdict": verdict, "by": by}))
        return {name: left[name] for name in sorted(left, key=lambda name: name not in said)}
