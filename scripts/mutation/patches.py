# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/mutants starts it, and tells what it does."""
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import trial
from build import WholeBuilder

TOP = Path(__file__).resolve().parents[2]
STATE = Path(os.environ.get("VMADEV_BUILD", TOP / "build")) / "mutants"
PATCHES = TOP / "selftests/mutants"
JOBS = 2


@dataclass
class Patch:
    """selftests/mutants/NAME.patch, and what it says of itself."""
    name: str
    test: str
    row: str

    def key(self):
        return self.name

    def write(self, folder):
        subprocess.run(["patch", "-s", "-p1", "-d", folder, "-i", PATCHES / f"{self.name}.patch"],
                       check=True)


def read(name):
    path = PATCHES / f"{name}.patch"
    text = path.read_text() if path.exists() else ""
    fields = [re.search(rf"^{field}: *(.*)$", text, re.M) for field in ("Test", "Kernel")]
    return Patch(name, *(field and field[1] for field in fields))


def main(names):
    patches = [read(name) for name in
               names or sorted(path.stem for path in PATCHES.glob("*.patch"))]
    usable = [patch for patch in patches if patch.test and patch.row]
    verdicts = {patch.name: 'no such patch, or no "Test:" or no "Kernel:" in it'
                for patch in patches if patch not in usable}
    for row in sorted({patch.row for patch in usable}):
        mine = [patch for patch in usable if patch.row == row]
        trials = trial.Trials(STATE, row, lambda folder, row=row: WholeBuilder(TOP, folder, row),
                              lambda patch: [patch.test], JOBS)
        for patch, result in trials.run(mine):
            verdicts[patch.name] = result["verdict"]
            said = f"{patch.name} # {patch.test}: {result['by']}"
            print(f"{'ok' if result['verdict'] == 'killed' else 'not ok'} {said}", flush=True)
    failed = [patch.name for patch in patches if verdicts.get(patch.name) != "killed"]
    for name in failed:
        print(f"not ok {name} # {verdicts.get(name, 'it could not be tried')}")
    print(f"{len(patches) - len(failed)} passed, {len(failed)} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
