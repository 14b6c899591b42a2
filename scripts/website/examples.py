# SPDX-License-Identifier: GPL-2.0-or-later
"""The examples of the pages are run; scripts/site tells how."""
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import blocks
from pages import TOP

BUILD = Path(os.environ["VMADEV_BUILD"])
ROW = "6.12"
PROGRAMS = TOP / "userspace/build/bin"
SECONDS = 120
# Around what a page of the library shows.
C_BEFORE = """#include <err.h>
#include <fcntl.h>
#include <libvmadev.h>
#include <string.h>
#include <sys/mman.h>
int main(void)
{
"""
C_AFTER = """
	return 0;
}
"""


def scratch():
    """A folder that looks like the checkout, in which examples may leave what they make."""
    folder = BUILD / "examples"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for entry in TOP.iterdir():
        if not entry.name.startswith(".") and entry.name != "build":
            (folder / entry.name).symlink_to(entry)
    return folder


def run_native(wanted, folder):
    results = {}
    if wanted:
        subprocess.run(["make", "-s", "-C", str(TOP), "programs"], check=True, stdout=sys.stderr)
    for block in wanted:
        try:
            done = subprocess.run(
                ["bash", "-euc", block.commands], cwd=folder, stdin=subprocess.DEVNULL, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace", timeout=SECONDS,
                env={**os.environ, "PATH": f"{PROGRAMS}:{os.environ['PATH']}", "MAKEFLAGS": ""})
            results[block.name] = done.returncode, done.stdout
        except subprocess.TimeoutExpired as late:
            results[block.name] = f"not done in {SECONDS} s", (late.output or b"").decode(errors="replace")
    return results


def compiled(block, number, folder):
    """A program of lines that a page shows; returns its path, or None."""
    program = folder / f"example-{number}"
    program.with_suffix(".c").write_text(C_BEFORE + block.text + C_AFTER)
    built = subprocess.run(
        ["gcc", "-std=gnu11", "-Wall", "-D_GNU_SOURCE", "-static", f"-I{TOP}/userspace/lib",
         f"-I{TOP}/module/uapi", "-o", str(program), str(program) + ".c",
         str(TOP / "userspace/build/lib/libvmadev.a")])
    return program if built.returncode == 0 else None


def run_guest(wanted, folder):
    """All in one guest, each in a shell of its own; from the console comes what they print."""
    lines = ["mkdir -p /run/vmadev userspace/build; ln -s /bin userspace/build/bin"]
    programs = []
    for number, block in enumerate(wanted):
        commands = block.commands
        if block.where == "guest c":
            commands = f"/t/example-{number}"
            programs.append(compiled(block, number, folder))
        lines += [f"echo '# begin {number}'", f"sh -euc {shlex.quote(commands)} >out 2>&1 </dev/null",
                  "status=$?", "sed 's/^/|/' out", f"echo \"# end {number} $status\""]
    script = folder / "guest.sh"
    script.write_text("\n".join(lines) + "\n")
    if not wanted or None in programs:
        return {}
    done = subprocess.run([str(TOP / "scripts/vm"), "script", ROW, str(script), *map(str, programs)],
                          stdout=subprocess.PIPE, text=True, errors="replace")
    console = [line.removeprefix("    ") for line in done.stdout.replace("\r", "").splitlines()]
    (folder / "console").write_text(done.stdout)
    results, output = {}, []
    for line in console:
        if line.startswith("# begin "):
            output = []
        elif line.startswith("|"):
            output.append(line[1:] + "\n")
        elif found := re.fullmatch(r"# end (\d+) (\d+)", line):
            results[wanted[int(found[1])].name] = int(found[2]), "".join(output)
        elif line.startswith("not ok"):
            results["guest"] = line, ""
    if done.returncode:
        results.setdefault("guest", (f"the guest failed; see {folder}/console", ""))
    return results


def alike(text, about):
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    if about:
        lines = [re.sub(r"\b(0x)?[0-9a-f]*\d[0-9a-f]*\b", "N", line) for line in lines]
    return lines


def wrong(block, result):
    """What is not as the page says; None if it is."""
    if not result:
        return "it did not run"
    status, output = result
    if status != block.status:
        return f"it ended with {status}, not {block.status}:\n{output}"
    if block.output and alike(block.output.text, block.about) != alike(output, block.about):
        return f"it prints another thing than the page says:\n{output}"
    return None


def write(ran, results):
    """What they printed, into the pages; from below, so that lines above keep their numbers."""
    for block in sorted(ran, key=lambda b: b.first, reverse=True):
        if block.output and results.get(block.name, [None])[0] == block.status:
            path = TOP / block.source
            lines = path.read_text().splitlines()
            printed = [(block.output.indent + line).rstrip()
                       for line in results[block.name][1].strip("\n").splitlines()]
            lines[block.output.first:block.output.end] = printed
            path.write_text("\n".join(lines) + "\n")


def targets(block):
    """What an example that is not run asks make for."""
    return set(re.findall(r"^make ([a-z][\w-]*)", block.text, flags=re.M))


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--write"]
    pattern = arguments[0] if arguments else ""
    try:
        found = [block for block in blocks.of_all() if pattern in block.name]
    except blocks.Unmarked as why:
        sys.exit(f"site: {why}")
    folder = scratch()
    ran = [block for block in found if block.where]
    results = run_native([block for block in ran if block.where == "native"], folder)
    results |= run_guest([block for block in ran if block.where != "native"], folder)
    if "--write" in sys.argv:
        write(ran, results)
        return 0
    rules = re.findall(r"^([\w -]+):", (TOP / "Makefile").read_text(), flags=re.M)
    known = {target for rule in rules for target in rule.split()}
    passed = failed = skipped = 0
    for block in found:
        if gone := block.reason and targets(block) - known:
            failed += 1
            print(f"not ok {block.name}\n  the Makefile has no {', '.join(sorted(gone))}")
        elif block.reason:
            skipped += 1
            print(f"ok {block.name} # SKIP {block.reason}")
        elif why := wrong(block, results.get(block.name)):
            failed += 1
            print(f"not ok {block.name}\n  " + why.replace("\n", "\n  "))
        else:
            passed += 1
            print(f"ok {block.name}")
    if "guest" in results:
        failed += 1
        print(f"not ok guest: {results['guest'][0]}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
