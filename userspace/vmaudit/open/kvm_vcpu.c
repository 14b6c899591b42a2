// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "open.h"

/* It never runs. */
static const char *open_kvm_vcpu(struct subject *subject, char *const *options)
{
	static const char path[] = "/dev/kvm";
	int kvm = open(path, O_RDWR | O_CLOEXEC), vm, length;

	(void)options;
	if (kvm < 0)
		return no_node(path, "kvm-intel or kvm-amd");
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		return failed("KVM_CREATE_VM");
	subject->fd = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (subject->fd < 0)
		return failed("KVM_CREATE_VCPU");
	length = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (length <= 0)
		return failed("KVM_GET_VCPU_MMAP_SIZE");
	subject->length = whole_pages((size_t)length);
	subject->traits |= TRAIT_SIZED | TRAIT_OTHERS;
	return NULL;
}

const struct opener opener_kvm_vcpu = {
	.name = "kvm-vcpu",
	.about = "the state of a virtual CPU, struct kvm_run",
	.open = open_kvm_vcpu,
};
