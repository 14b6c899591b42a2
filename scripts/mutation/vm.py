# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/vm, called until the time is over."""
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

VM = Path(__file__).resolve().parents[1] / "vm"
deadline = None                     # of time.monotonic()
running = set()


class CannotRun(Exception):
    """What is said, and the exit status is 2."""


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


def run(source, *arguments, **variables):
    """(status, output) of it, with the module in a folder, or the one that there is."""
    environment = dict(os.environ, **variables)
    if source:
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


def last_line(output):
    return (output.splitlines() or ["killed"])[-1]


def copy_source(top, folder):
    """The module's source, as scripts/vm takes it with VMADEV_SOURCE."""
    shutil.rmtree(folder / "module", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(top / "module", folder / "module")
    shutil.copy(top / "Kbuild", folder / "Kbuild")
