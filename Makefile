# SPDX-License-Identifier: GPL-2.0-or-later
# vmadev: what one types. "make help" tells; the kernel's part is in Kbuild.

KDIR	?= /lib/modules/$(shell uname -r)/build

# make check KERNEL="6.1 6.12" TEST="fork mremap.grow" STRICT=1
KERNEL	?=
TEST	?=
STRICT	?= 0

# The kernel that shell and demo boot.
one_row	= $(firstword $(KERNEL) 6.1)

module modules_install: | $(KDIR)
	$(MAKE) -C $(KDIR) M=$(CURDIR) $(@:module=modules)

# Drivers to copy, a module each.
examples: | $(KDIR)
	$(MAKE) -C $(KDIR) M=$(CURDIR)/module/examples modules

$(KDIR):
	@echo 'no kernel headers in $(KDIR): install linux-headers-$(shell uname -r), or set KDIR' >&2
	@false

check:
	@STRICT=$(STRICT) scripts/check $(KERNEL:%=--kernel %) $(TEST)

# The programs' tests that need no device, on this machine.
check-native:
	@scripts/native

# All architectures, page sizes and byte orders that the archive has a kernel for.
machines:
	@STRICT=$(STRICT) scripts/check --brief $(or $(KERNEL:%=--kernel %),--machines) $(TEST)

# make check-debug KERNEL=6.1: with the detectors of a kernel built for that
debug_rows = $(addsuffix -debug,$(or $(KERNEL),7.3))

check-debug:
	@STRICT=$(STRICT) scripts/check $(debug_rows:%=--kernel %) $(TEST)
	@$(if $(TEST),,$(MAKE) --no-print-directory check-detectors)

check-detectors:
	@for row in $(debug_rows); do scripts/debug/detectors --kernel $$row $(DETECTOR) || exit; done

# make check-races TIME=5 KERNEL=7.3-kcsan TEST=race_handle
race_rows = $(or $(KERNEL),6.1-debug 7.3-debug 7.3-kcsan)

check-races:
	@status=0; \
	for cpus in 2 4; do \
		echo "# with $$cpus CPUs"; \
		STRICT=$(STRICT) VM_CPUS=$$cpus VM_ARGS=VMADEV_RACE_MS=$(or $(TIME),1)000 scripts/check \
			$(race_rows:%=--kernel %) $(or $(TEST),'race_*') || status=1; \
	done; \
	exit $$status
	@$(if $(TEST)$(KERNEL),,scripts/debug/detectors --kernel 7.3-kcsan)

# make fuzz TIME=600 SETTLE=300 SEED=1 KERNEL=7.3-debug REPLAY=file REMEMBER=1
TIME	?=
SEED	?=
REMEMBER ?= 0
fuzz_how = $(TIME:%=--time %) $(SEED:%=--seed %)

fuzz:
	@REMEMBER=$(REMEMBER) scripts/fuzz $(KERNEL:%=--kernel %) $(fuzz_how) $(SETTLE:%=--settle %) \
		$(REPLAY:%=--replay %)

fuzz-planted:
	@scripts/fuzz $(fuzz_how) planted $(PLANTED)

# make bench KERNEL=6.12 CASE='fault-*'
CASE	?=
bench_how = $(KERNEL:%=--kernel %) $(CASE:%=--filter '%')

bench:
	@scripts/bench $(bench_how)

bench-native bench-check bench-baseline bench-again bench-paths:
	@scripts/bench $(bench_how) $(@:bench-%=%)

# make bench-compare A=before.json B=after.json
bench-compare:
	@scripts/bench compare $(A) $(B)

bench-report:
	@scripts/bench-report

# make bench-trace BY=seccomp
bench-trace:
	@scripts/bench-trace $(BY)

coverage:
	@scripts/coverage $(KERNEL:%=--kernel %-debug) $(TEST)

report:
	@scripts/report

# make demo TRACE=1 TOUR=split-merge: under vmatrace
demo:
	@TRACE=$(TRACE) scripts/vm demo $(one_row) $(TOUR)

shell:
	@scripts/vm shell $(one_row)

lint:
	@scripts/lint $(ONLY)

mutants:
	@scripts/mutants $(MUTANT)

audit-mutants:
	@scripts/mutants --audit $(MUTANT)

# make mutate TIME=600 SEED=1 FILE="module/vma.c module/vma.h" CHANGED=main KERNEL="6.12 7.3" DEBUG=none
mutate:
	@scripts/mutate $(KERNEL:%=--kernel %) $(DEBUG:%=--debug %) $(TIME:%=--time %) $(SEED:%=--seed %) \
		$(FILE:%=--file %) $(CHANGED:%=--changed %) $(JOBS:%=--jobs %) $(SAMPLE:%=--sample %) \
		$(UNMAPPED:1=--unmapped)

# make matrix KERNEL="6.12 7.3"; and what of vmadev differs from the committed one
matrix:
	@scripts/matrix $(KERNEL)

# make audit KERNEL=6.12 ONLY="drm-vgem sg": for the maintainers of these drivers
audit:
	@scripts/matrix --audit $(ONLY:%=--only %) $(KERNEL)

matrix-check:
	@scripts/matrix --check $(KERNEL)

# What programs of others do when their mapping misbehaves, into scripts/pages/programs.md.
survive:
	@scripts/survive $(KERNEL)

# The manual as a static site, in build/site.
site:
	@scripts/site

site-check:
	@scripts/site check

# What runs here needs no module: any Linux will do.
tour:
	@$(MAKE) -s -C userspace/tour run

programs:
	@scripts/vm deps programs
	$(MAKE) -C userspace

install:
	$(MAKE) -C userspace install

# Debian packages, into build/deb; and do they do as packages should?
deb:
	@scripts/deb build

deb-check:
	@scripts/deb check

# The module as patches for a kernel tree, into build/upstream; and do they hold?
upstream:
	@scripts/upstream series

upstream-check:
	@scripts/upstream check

clean:
	$(RM) -r build userspace/build
	$(RM) $(foreach dir,. module/examples,$(addprefix $(dir)/,*.o *.ko *.mod *.mod.c modules.order Module.symvers .module-common.o))
	$(RM) module/*.o
	find . -maxdepth 3 -name '.*.cmd' -delete

help:
	@echo 'module           build vmadev.ko for the running kernel, or KDIR=headers (default)'
	@echo 'examples         build the drivers to copy, module/examples, for the same kernel'
	@echo 'modules_install  install it for that kernel (INSTALL_MOD_PATH, INSTALL_MOD_DIR)'
	@echo 'programs         build libvmadev, vmactl, vmabench, vmatrace, vmaudit and the tour'
	@echo 'install          install header, libvmadev and programs (PREFIX, DESTDIR)'
	@echo 'demo             the guided tour in a virtual machine (KERNEL=6.12, TOUR=stack)'
	@echo '                 TRACE=1: under vmatrace, which says why each VMA changed'
	@echo 'tour             the part of it that needs no module, on this machine'
	@echo 'check            all tests on all kernels in virtual machines'
	@echo 'check-native     the tests of the programs that need no device, on this machine'
	@echo '                 (KERNEL=6.12, TEST=program or program.test, STRICT=1)'
	@echo 'machines         all tests on all kernels and architectures, a line each'
	@echo 'check-debug      the same on a debug kernel that is built here (KERNEL=7.3, TEST=...),'
	@echo '                 and check-detectors: does the runner notice broken modules?'
	@echo 'check-races      only what happens at the same time, with 2 and 4 CPUs, on kernels with'
	@echo '                 lockdep and KASAN, and with KCSAN (TIME=1, KERNEL=7.3-kcsan, TEST=...)'
	@echo 'bench            what each way of mapping costs, in guest instructions'
	@echo '                 (KERNEL=6.12, CASE="fault-*"); bench-native: on this machine, in cycles'
	@echo 'bench-compare    two results of it (A=before.json, B=after.json)'
	@echo 'bench-check      has it become more, on 6.12? bench-baseline: than from now on'
	@echo 'bench-again      all of it once more: do two runs agree?'
	@echo 'bench-paths      which functions a case calls, and the instructions of each (CASE=...)'
	@echo 'bench-trace      what vmatrace adds to a memory call, beside strace (BY=seccomp)'
	@echo 'bench-report     userspace/vmabench/REPORT.md, of what make bench has measured'
	@echo 'coverage         which lines and branches of the module the tests reach'
	@echo 'fuzz             random sequences against a model (TIME=600, SETTLE=300, SEED=1,'
	@echo '                 KERNEL=7.3-debug, REPLAY=file, REMEMBER=1)'
	@echo 'fuzz-planted     does it find the bugs that are planted? (PLANTED=name)'
	@echo 'report           what the last whole runs of all these found: selftests/REPORT.md'
	@echo 'shell            a shell in a virtual machine with the module loaded (KERNEL=6.12)'
	@echo 'lint             checkpatch, sparse, W=1, clang, coccinelle, shellcheck (ONLY=sparse)'
	@echo 'mutants          break the module in small ways: does a test notice each? (MUTANT=name)'
	@echo 'audit-mutants    does vmaudit notice each that a mapping shows? (MUTANT=name)'
	@echo 'matrix           audit real mappings in guests: what works on which, selftests/MATRIX.md'
	@echo 'audit            the same, into build/AUDITS.md alone, with what is not to be published'
	@echo '                 (KERNEL=6.12, ONLY="drm-vgem sg")'
	@echo 'matrix-check     ... of vmadev alone: is it as that page says?'
	@echo 'survive          what programs of others do when their mapping misbehaves: in a guest with'
	@echo '                 a Debian in it, into scripts/pages/programs.md'
	@echo 'mutate           the same by machine: every small way that the syntax tree offers'
	@echo '                 (TIME=600, SEED=1, FILE=module/vma.c, CHANGED=main, KERNEL=6.12, DEBUG=none,'
	@echo '                 UNMAPPED=1: for a few mutants, after make check)'
	@echo 'deb              Debian packages, into build/deb'
	@echo 'deb-check        ... lintian, built twice, installed and removed in a Debian 12, autopkgtest'
	@echo 'upstream         the module as patches for a 7.3 source tree, into build/upstream'
	@echo 'upstream-check   ... applied, built one after the other, run in a guest'
	@echo 'site             the manual as a static site, build/site/index.html'
	@echo 'site-check       do its links hold, is its HTML valid, are its examples as they say?'
	@echo 'clean            remove what was built here; scripts/vm clean removes the cache'

.PHONY: module modules_install examples check check-native machines check-debug check-detectors check-races fuzz fuzz-planted bench bench-native bench-compare bench-check bench-baseline bench-again bench-paths bench-report bench-trace coverage report demo shell lint mutants audit-mutants mutate matrix audit matrix-check survive site site-check tour programs install deb deb-check upstream upstream-check clean help
