// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

/* The byte is put back; a second mapping of the descriptor tells that it arrived. */
static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	char *at, *again;
	int byte;

	step(audit, "mmap of a descriptor that is only read");
	at = map_as(subject, subject->reader, PROT_READ, subject->flags);
	if (at == MAP_FAILED)
		not_asked(audit, "what is only read cannot be mapped: %s", strerror(errno));
	step(audit, "mprotect to PROT_WRITE");
	if (mprotect(at, subject->length, PROT_READ | PROT_WRITE))
		refused(audit, "mprotect to PROT_WRITE");
	byte = must_read(audit, at, "the mapping");
	must_write(audit, at, other_byte(byte), "it, through a descriptor that is only read");
	again = map_as(subject, subject->reader, PROT_READ, subject->flags);
	if (again != MAP_FAILED && vt_read(again) == other_byte(byte)) {
		vt_write(at, byte);
		defect(audit, "a byte was changed from %#x to %#x through a read-only descriptor",
		       byte, other_byte(byte));
	}
	vt_write(at, byte);
	risk(audit, "mprotect grants PROT_WRITE, though what is written is not seen elsewhere");
}

const struct probe probe_mprotect_upgrade = {
	.name = "mprotect-upgrade",
	.asks = "can what a read-only descriptor mapped be made writable?",
	.rule = "a read-only descriptor never gives a writable shared mapping",
	.change = "clear VM_MAYWRITE in ->mmap where the file has no FMODE_WRITE, also for files "
		  "that anon_inode_getfile() made",
	.why = "the kernel clears it for nodes, a driver for descriptors that it makes itself",
	.needs = NEEDS_SHARED | NEEDS_READER | NEEDS_MEMORY,
	.run = run,
};
