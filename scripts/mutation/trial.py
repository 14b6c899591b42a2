# SPDX-License-Identifier: GPL-2.0-or-later
"""Build mutants and run tests on them, several guests at a time."""
import json
import os
import queue
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

from reach import copy_source

VM = Path(__file__).resolve().parents[1] / "vm"
JOBS = (os.cpu_count() or 1) + 1    # a guest sleeps now and then
PASSED, FAILED, SAME = 0, 1, 3      # of scripts/vm
deadline = None                     # of time.monotonic()
running = set()


def seconds_left():
    return None if deadline is None else max(deadline - time.monotonic(), 0)


def is_late():
    return seconds_left() == 0


def stop():
    """End as if the time were over."""
    global deadline
    deadline = time.monotonic()
    for process in list(running):
        os.killpg(process.pid, signal.SIGTERM)


def cache():
    fallback = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "vmadev"
    return Path(os.environ.get("VMADEV_CACHE", fallback))


def vm(source, *arguments):
    """(status, output) of scripts/vm, with the module in a folder, or the one that there is."""
    environment = dict(os.environ)
    if source:
        source.mkdir(parents=True, exist_ok=True)
        environment["VMADEV_SOURCE"] = str(source)
    with subprocess.Popen([VM, *arguments], env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", start_new_session=True) as process:
        running.add(process)
        try:
            output = process.communicate(timeout=seconds_left())[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            output = process.communicate()[0]
        running.discard(process)
    return process.returncode, output


class Results:
    """What came of each mutant; a kill stands as long as the module is the same."""

    def __init__(self, path, tests):
        self.path, self.tests = path, tests
        self.known = json.loads(path.read_text()) if path.exists() else {}

    def get(self, mutant):
        result = self.known.get(mutant.key())
        if result and (result["verdict"] != "survived" or result["tests"] == self.tests):
            return result
        return None

    def add(self, mutant, result):
        self.known[mutant.key()] = result | {"tests": self.tests}
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.known, indent=0))
        new.rename(self.path)


def first_failure(log):
    for text in log.splitlines():
        found = re.match(r" *not ok \d+ (.*)|(Bail out!.*)", text)
        if found:
            return found[1] or found[2]
    return "the guest's end"


class Trials:
    def __init__(self, top, state, maps, debug, jobs):
        self.top, self.state, self.maps, self.debug = top, state, maps, debug
        self.jobs = jobs
        self.original = set()

    def run(self, mutants):
        """Yield (mutant, result) as they come, until all are tried or time is up."""
        todo, done = queue.SimpleQueue(), queue.SimpleQueue()
        for mutant in mutants:
            todo.put(mutant)
        workers = [threading.Thread(target=self.work, args=(self.state / f"worker-{n}", todo, done))
                   for n in range(min(self.jobs, len(mutants)))]
        for worker in workers:
            worker.start()
        alive = len(workers)
        while alive:
            try:
                got = done.get()
            except KeyboardInterrupt:
                stop()
                continue
            if got is None:
                alive -= 1
            elif isinstance(got, str):
                print(f"# {got}", flush=True)
            else:
                yield got

    def work(self, folder, todo, done):
        try:
            while not is_late():
                mutant = todo.get_nowait()
                result = self.judge(folder, mutant, done)
                if result:
                    done.put((mutant, result))
        except queue.Empty:
            pass
        finally:
            done.put(None)

    def judge(self, folder, mutant, done):
        """The verdict, or None if time is up or the mutant could not be tried."""
        programs = self.maps[mutant.row].reaching(mutant)
        result = self.once(folder, mutant, mutant.row, programs, done)
        if not result or result["verdict"] != "survived":
            return result
        for row in self.debug if programs else []:
            again = self.once(folder, mutant, row, programs, done)
            if not again:
                return None
            if again["verdict"] in ("killed", "survived"):
                return again | {"by": f"{again['by']} after {len(programs)} programs on {mutant.row}"}
        return result

    def once(self, folder, mutant, row, programs, done):
        if not self.has_original(folder, row, done):
            return None
        if not programs:
            return {"verdict": "survived", "by": "no test reaches it"}
        source = self.top / mutant.file
        target = folder / mutant.file
        target.write_text(mutant.apply(source.read_text()))
        begin = time.monotonic()
        for attempt in range(2):
            status, log = vm(folder, "mutant", row, *programs)
            # A guest that never began has seen nothing of the mutant.
            if status != FAILED or "TAP version 13" in log or is_late():
                break
        target.write_text(source.read_text())
        (folder / "log").write_text(log)
        if is_late():
            return None
        took = f"{time.monotonic() - begin:.0f} s"
        if status == SAME:
            return {"verdict": "same", "by": f"object code of {row}"}
        if status == PASSED:
            return {"verdict": "survived", "by": f"{len(programs)} programs pass on {row}, {took}"}
        if status == FAILED:
            return {"verdict": "killed", "by": f"{first_failure(log)} on {row}, {took}"}
        if "the module does not build" in log:
            return {"verdict": "not compiled", "by": row}
        done.put(f"cannot try {mutant.listed()}: {(log.splitlines() or ['killed'])[-1]}")
        return None

    def has_original(self, folder, row, done):
        """Have the module built in the folder as it is, so that a difference is seen."""
        if (folder, row) in self.original:
            return True
        copy_source(self.top, folder)
        (folder / "build" / row / "objects").unlink(missing_ok=True)
        status, log = vm(folder, "mutant", row)
        if status == SAME:
            self.original.add((folder, row))
        elif not is_late():
            done.put(f"cannot build for {row}: {(log.splitlines() or ['killed'])[-1]}")
        return status == SAME
