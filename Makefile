# SPDX-License-Identifier: GPL-2.0-or-later
# vmadev: what one types. "make help" tells; the kernel's part is in Kbuild.

KDIR	?= /lib/modules/$(shell uname -r)/build
PREFIX	?= /usr/local
INSTALL	?= install

# make check KERNEL="6.1 6.12" TEST="fork mremap.grow" STRICT=1
KERNEL	?=
TEST	?=
STRICT	?= 0

# The kernel that shell and demo boot.
one_row	= $(firstword $(KERNEL) 6.1)

module:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

modules_install:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install

check:
	@STRICT=$(STRICT) scripts/check $(KERNEL:%=--kernel %) $(TEST)

demo:
	@scripts/vm demo $(one_row) $(TOUR)

shell:
	@scripts/vm shell $(one_row)

lint:
	@scripts/lint $(LINT)

mutants:
	@scripts/mutants $(MUTANT)

install:
	$(INSTALL) -D -m 644 module/uapi/vmadev.h $(DESTDIR)$(PREFIX)/include/vmadev.h

uninstall:
	$(RM) $(DESTDIR)$(PREFIX)/include/vmadev.h

clean:
	$(RM) -r build
	$(RM) modules.order Module.symvers .module-common.o
	$(RM) vmadev.ko vmadev.o vmadev.mod vmadev.mod.c vmadev.mod.o
	find . -maxdepth 2 -name '.*.cmd' -delete
	$(RM) module/*.o

help:
	@echo 'module           build vmadev.ko for the running kernel, or KDIR=headers (default)'
	@echo 'modules_install  install it for that kernel (INSTALL_MOD_PATH, INSTALL_MOD_DIR)'
	@echo 'install          install the header (PREFIX, DESTDIR)'
	@echo 'demo             a guided tour in a virtual machine (KERNEL=6.12)'
	@echo 'check            all tests on all kernels in virtual machines'
	@echo '                 (KERNEL=6.12, TEST=program or program.test, STRICT=1)'
	@echo 'shell            a shell in a virtual machine with the module loaded (KERNEL=6.12)'
	@echo 'lint             checkpatch, sparse, W=1, shellcheck, formatting'
	@echo 'mutants          break the module in small ways: does a test notice each?'
	@echo 'clean            remove what was built here'

.PHONY: module modules_install check demo shell lint mutants install uninstall clean help
