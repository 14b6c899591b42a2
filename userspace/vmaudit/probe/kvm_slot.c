// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "probe.h"

#ifdef __KVM_HAVE_PIT	/* x86, whose registers these are */

enum { CODE = 0x1000, SLOT = 0x2000, PORT = 0x10 };

/* In real mode: mov SLOT, %al; out %al, $PORT; inc %al; mov %al, SLOT; hlt */
static const unsigned char code[] = {
	0xa0, SLOT & 0xff, SLOT >> 8, 0xe6, PORT, 0xfe, 0xc0, 0xa2, SLOT & 0xff, SLOT >> 8, 0xf4,
};

static void give(struct audit *audit, int vm, __u32 slot, __u64 place, const char *at)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = place,
		.memory_size = page_size(),
		.userspace_addr = (uintptr_t)at,
	};

	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		refused(audit, "KVM_SET_USER_MEMORY_REGION");
}

static struct kvm_run *make_cpu(struct audit *audit, int kvm, int vm, int *cpu)
{
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	struct kvm_sregs sregs;
	struct kvm_run *run;

	*cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (*cpu < 0)
		not_asked(audit, "KVM_CREATE_VCPU: %s", strerror(errno));
	run = mmap(NULL, (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE,
		   MAP_SHARED, *cpu, 0);
	if (run == MAP_FAILED || ioctl(*cpu, KVM_GET_SREGS, &sregs))
		not_asked(audit, "a virtual CPU: %s", strerror(errno));
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(*cpu, KVM_SET_SREGS, &sregs) || ioctl(*cpu, KVM_SET_REGS, &regs))
		not_asked(audit, "its registers: %s", strerror(errno));
	return run;
}

static void run(struct audit *audit)
{
	bool writable = audit->subject->prot & PROT_WRITE;
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, cpu, byte;
	struct sample sample;
	struct kvm_run *state;
	char *program;

	if (kvm < 0)
		not_asked(audit, "/dev/kvm: %s", strerror(errno));
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	program = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);
	if (vm < 0 || program == MAP_FAILED)
		not_asked(audit, "a virtual machine: %s", strerror(errno));
	memcpy(program, code, sizeof(code));
	sample = take_sample(audit, map_subject(audit));
	step(audit, "KVM_SET_USER_MEMORY_REGION");
	give(audit, vm, 0, CODE, program);
	give(audit, vm, 1, SLOT, sample.at);
	state = make_cpu(audit, kvm, vm, &cpu);
	step(audit, "KVM_RUN: a guest reads it");
	if (ioctl(cpu, KVM_RUN, 0))
		refused(audit, "a slot, and KVM_RUN when the guest reads it");
	if (state->exit_reason != KVM_EXIT_IO || state->io.port != PORT)
		risk(audit, "a slot, and the guest ends with exit reason %u when it reads it",
		     state->exit_reason);
	byte = *((unsigned char *)state + state->io.data_offset);
	if (byte != (unsigned char)sample.now[0])
		defect(audit, "a guest reads %#x where %#x is", (unsigned int)byte,
		       (unsigned char)sample.now[0]);
	if (!writable)
		works(audit, "a guest reads the byte that is there");
	step(audit, "KVM_RUN: a guest writes to it");
	if (ioctl(cpu, KVM_RUN, 0))
		refused(audit, "a guest reads it, and KVM_RUN when it writes");
	if (state->exit_reason != KVM_EXIT_HLT)
		risk(audit, "a guest reads it, and ends with exit reason %u when it writes",
		     state->exit_reason);
	if ((unsigned char)sample.at[0] != ((byte + 1) & 0xff))
		defect(audit, "a guest wrote %#x, and %#x is there", (byte + 1u) & 0xff,
		       (unsigned char)sample.at[0]);
	works(audit, "a guest reads the byte that is there, and its write arrives");
}

#else

static void run(struct audit *audit)
{
	not_asked(audit, "its guest is of x86");
}

#endif

const struct probe probe_kvm_slot = {
	.name = "kvm-slot",
	.asks = "can it be a virtual machine's memory, for reading and writing?",
	.rule = "a guest's memory slot is the mapping",
	.change = "make ->fault serve writes by others; in PFN mappings insert the frame that "
		  "vmf->pgoff names",
	.why = "passthrough of devices and shared memory of hypervisors are such slots",
	.needs = NEEDS_MEMORY,
	.run = run,
};
