# SPDX-License-Identifier: GPL-2.0-or-later
"""Compile a mutant as kbuild compiled the module, but only what the mutant changes.

Kbuild leaves each command in a file beside what it made. The mutated source takes the
place of its original for as long as it is compiled, so that nothing in the object tells
of another place; what comes of it goes to a folder of its own, so that the module as it
is stays whole.
"""
import os
import re
import shutil
import subprocess
from pathlib import Path

import vm
from vm import CannotRun


def named(cmd, name, other):
    """The command with another name for one of its files."""
    return re.sub(rf"(?<![\w./-]){re.escape(name)}(?![\w./-])", other, cmd)


class WholeBuilder:
    """By kbuild, whatever the mutant changes."""

    def __init__(self, top, folder, row):
        vm.copy_source(top, folder)     # the module as it is, for guests
        self.top, self.folder, self.row = top, folder / "whole", row
        self.made = self.folder / "build" / row / "module"

    def build(self, mutant, into):
        """None, with the modules in the folder, or why there are none."""
        vm.copy_source(self.top, self.folder)
        mutant.write(self.folder)
        if vm.run(self.folder, "build", self.row)[0]:
            return "not compiled"
        into.mkdir(parents=True, exist_ok=True)
        for path in self.made.glob("**/vmadev*.ko"):
            subprocess.run(["strip", "-g", "-o", into / path.name, path], check=True)
        return None


class Builder:
    """The module of one row as it is built in a folder with its source."""

    def __init__(self, top, folder, row):
        self.top, self.folder, self.row = top, folder, row
        vm.copy_source(top, folder)
        status, log = vm.run(folder, "build", row)
        if status:
            raise CannotRun(f"the module does not build for {row}: {vm.last_line(log)}")
        self.made = folder / "build" / row / "module"
        self.side = folder / "build" / row / "mutant"
        self.cmds = {cmd.name[1:-len(".o.cmd")]: cmd.read_text()
                     for cmd in (self.made / "module").glob(".*.o.cmd")}
        self.objects = (self.made / "vmadev.mod").read_text().split()
        target, compiler = self.cmds["main"].split(None, 3)[::2]
        # Where kbuild called it from: newer ones go to the module's folder.
        is_absolute = "_/" in target
        self.prefix = f"{self.made}/" if is_absolute else ""
        kernel = vm.cache() / "row" / row
        self.place = kernel / "headers" if is_absolute else self.made
        # What kbuild exports, and objtool asks for.
        arch = re.search(r"/arch/(\w+)/include", self.cmds["main"])[1]
        self.environment = dict(os.environ, SRCARCH=arch)
        if (kernel / "toolchain").exists():
            path = f"{kernel}/toolchain/usr/bin:{os.environ['PATH']}"
            self.environment["PATH"] = path
        self.binutils = re.sub(r"(gcc|clang)\S*$", "", compiler)
        self.strip_originals()

    def strip_originals(self):
        """What mutants are compared with, and linked with: debuggers' part takes long to link."""
        shutil.rmtree(self.side, ignore_errors=True)
        (self.side / "original").mkdir(parents=True)
        for name in self.objects + ["vmadev.mod.o"]:
            path = self.made / name.removeprefix(self.prefix)
            self.strip(path, self.side / "original" / path.name)
        self.known = self.undefined(self.made / "vmadev.ko")
        if not self.link({}, self.side / "vmadev.ko"):
            raise CannotRun(f"the module cannot be linked for {self.row} as kbuild did it")

    def tool(self, name, *arguments):
        return subprocess.run([self.binutils + name, *arguments], check=True, text=True,
                              capture_output=True, env=self.environment).stdout

    def strip(self, path, to):
        self.tool("strip", "-g", "-o", to, path)

    def undefined(self, path):
        return set(self.tool("nm", "-uj", path).split())

    def command(self, cmd):
        """What is said in a file of kbuild's."""
        line = cmd.split("\n", 1)[0].split(":=", 1)[1]
        return line.replace("$$", "$").replace("\\#", "#")

    def run(self, cmd):
        return subprocess.run(["sh", "-ec", cmd], cwd=self.place, env=self.environment,
                              capture_output=True, check=False).returncode == 0

    def depending(self, file):
        """The objects that are compiled from the file."""
        reads = re.compile(rf"\s{re.escape(self.prefix + file)}\s")
        return [name for name, cmd in self.cmds.items() if reads.search(cmd)]

    def build(self, mutant, into):
        """None, with the module in the folder, or why there is none."""
        source = self.made / mutant.file
        stat, text = source.stat(), source.read_bytes()
        mutant.write(self.made)
        try:
            changed = self.compile(self.depending(mutant.file))
        finally:
            source.write_bytes(text)
            os.utime(source, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        if changed is None:
            return "not compiled"
        if not changed:
            return "same"
        into.mkdir(parents=True, exist_ok=True)
        if not self.link(changed, into / "vmadev.ko"):
            return "not compiled"
        if self.undefined(into / "vmadev.ko") <= self.known:
            return None
        # It calls what the module did not: kbuild has to find out whose that is.
        return WholeBuilder(self.top, self.folder, self.row).build(mutant, into)

    def compile(self, names):
        """{object: its path} of those that differ, None if one does not compile."""
        changed = {}
        for name in names:
            target, path = f"{self.prefix}module/{name}.o", self.side / f"{name}.o"
            if not self.run(named(self.command(self.cmds[name]), target, str(path))):
                return None
            self.strip(path, path)
            if path.read_bytes() != (self.side / "original" / path.name).read_bytes():
                changed[path.name] = path
        return changed

    def link(self, changed, ko):
        lists, whole = self.side / "vmadev.mod", self.side / "vmadev.o"
        names = [Path(name).name for name in self.objects]
        lists.write_text("\n".join(str(changed.get(name, self.side / "original" / name))
                                   for name in names))
        for cmd, others in (
                (self.made / ".vmadev.o.cmd", {"vmadev.mod": lists, "vmadev.o": whole}),
                (self.made / ".vmadev.ko.cmd", {
                    "vmadev.ko": ko, "vmadev.o": whole,
                    "vmadev.mod.o": self.side / "original/vmadev.mod.o"})):
            text = self.command(cmd.read_text())
            for name, other in others.items():
                text = named(text, f"{self.prefix}{name}", str(other))
            if not self.run(text):
                return False
        return True
