// SPDX-License-Identifier: GPL-2.0-or-later
/* Read /proc/PID/maps and smaps into the model. */
#include <stdlib.h>
#include <string.h>

#include "maps.h"

/* VmFlags, as Documentation/filesystems/proc.rst lists them. */
static const struct mnemonic {
	char name[3];
	__u64 flag;
} mnemonics[] = {
	{ "rd", VM_READ }, { "wr", VM_WRITE }, { "ex", VM_EXEC }, { "sh", VM_SHARED },
	{ "mr", VM_MAYREAD }, { "mw", VM_MAYWRITE }, { "me", VM_MAYEXEC }, { "ms", VM_MAYSHARE },
	{ "gd", VM_GROWSDOWN }, { "pf", VM_PFNMAP }, { "gu", VM_MAYBE_GUARD },
	{ "lo", VM_LOCKED }, { "io", VM_IO }, { "sr", VM_SEQ_READ }, { "rr", VM_RAND_READ },
	{ "dc", VM_DONTCOPY }, { "de", VM_DONTEXPAND }, { "lf", VM_LOCKONFAULT },
	{ "ac", VM_ACCOUNT }, { "nr", VM_NORESERVE }, { "ht", VM_HUGETLB }, { "sf", VM_SYNC },
	{ "wf", VM_WIPEONFORK }, { "dd", VM_DONTDUMP }, { "sd", VM_SOFTDIRTY },
	{ "mm", VM_MIXEDMAP }, { "hg", VM_HUGEPAGE }, { "nh", VM_NOHUGEPAGE },
	{ "mg", VM_MERGEABLE }, { "um", VM_UFFD_MISSING }, { "uw", VM_UFFD_WP },
	{ "ui", VM_UFFD_MINOR }, { "dp", VM_DROPPABLE }, { "sl", VM_SEALED },
	{ "ur", VM_UFFD_RWP },
};

static __u64 flags_of(const char *words)
{
	__u64 flags = 0;

	for (const char *word = words; *word; word += strspn(word, " ")) {
		size_t length = strcspn(word, "\n "), i;

		for (i = 0; length == 2 && i < ARRAY_SIZE(mnemonics); i++)
			if (!strncmp(mnemonics[i].name, word, 2))
				break;
		if (length == 2)
			flags |= i < ARRAY_SIZE(mnemonics) ? mnemonics[i].flag : VM_OTHER;
		word += length;
		if (*word == '\n')
			break;
	}
	return flags;
}

static bool is_special(const char *name)
{
	return *name == '[' && strcmp(name, "[heap]") && strcmp(name, "[stack]") &&
	       strncmp(name, "[anon", 5);
}

static const char *anon_name_of(const char *name)
{
	const char *text = strchr(name, ':');
	char inner[128];

	if (strncmp(name, "[anon:", 6) && strncmp(name, "[anon_shmem:", 12))
		return NULL;
	snprintf(inner, sizeof(inner), "%.*s", (int)strcspn(text + 1, "\n") - 1, text + 1);
	return intern(inner);
}

/* Where the file's first byte would be. */
static __u64 base_of(const struct mm *mm, const struct vma *vma)
{
	return vma->start - vma->pgoff * mm->page;
}

static bool same_inode(const struct vma *a, const struct vma *b)
{
	return a->inode == b->inode && a->major == b->major && a->minor == b->minor;
}

/* One struct file for all VMAs of an inode that are there already; for each shmat one. */
static __u64 file_of(struct mm *mm, const struct vma *vma)
{
	for (size_t i = mm->count; i-- > 0; ) {
		const struct vma *other = mm->vma[i];

		if (other->file && same_inode(other, vma) && other->close == vma->close &&
		    (!vma->close || base_of(mm, other) == base_of(mm, vma)))
			return other->file;
	}
	return mm->next_file++;
}

/* Of a copy nobody knows where heap and stack began: as it names them. */
static void note_layout(struct mm *mm, const struct vma *vma, const char *name)
{
	if (!strcmp(name, "[stack]"))
		mm->start_stack = vma->end - 1;
	if (strcmp(name, "[heap]"))
		return;
	if (!mm->start_brk)
		mm->start_brk = vma->start;
	mm->brk = vma->end;
}

static bool parse_line(const char *line, struct mm *mm, struct vma *vma, bool copy)
{
	unsigned long long start, end, offset, inode;
	unsigned int major, minor;
	char rights[5], name[4096];
	bool is_file;
	int at = 0;

	if (sscanf(line, "%llx-%llx %4s %llx %x:%x %llu %n", &start, &end, rights, &offset, &major,
		   &minor, &inode, &at) != 7)
		return false;
	*vma = (struct vma){
		.start = start, .end = end, .major = major, .minor = minor, .inode = inode,
		.anon = ANON_UNKNOWN, .chain = 0,
		.flags = (rights[0] == 'r' ? VM_READ : 0) | (rights[1] == 'w' ? VM_WRITE : 0) |
			 (rights[2] == 'x' ? VM_EXEC : 0) |
			 (rights[3] == 's' ? VM_SHARED | VM_MAYSHARE : 0),
	};
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(line + at, "\n"), line + at);
	vma->anon_name = anon_name_of(name);
	vma->anon_pgoff = start / mm->page;
	/* The first segment of shmat has the inode 0. */
	is_file = inode || *name == '/';
	vma->pgoff = is_file ? offset / mm->page : start / mm->page;
	if (is_file) {
		vma->name = intern(vma->anon_name ? "/dev/zero (deleted)" : name);
		/* Those of shmat count who is attached. */
		vma->close = vma_is_segment(vma);
		vma->file = file_of(mm, vma);
	} else if (is_special(name)) {
		vma->name = intern(name);
	} else {
		vma->anonymous = true;
		if (copy)
			note_layout(mm, vma, name);
	}
	if (!strcmp(name, "[heap]"))
		mm->heap_end = vma->end;
	if (vma->flags & VM_SHARED)
		vma->anon = 0;
	return true;
}

/* The lines of smaps below a VMA's first one. */
static void parse_detail(const char *line, struct mm *mm, struct vma *vma)
{
	if (!strncmp(line, "VmFlags: ", 9)) {
		vma->flags = flags_of(line + 9);
		if (!(vma->flags & (VM_MAYWRITE | VM_WRITE)))
			vma->anon = 0;
	} else if (!strncmp(line, "Anonymous:", 10) && strtoull(line + 10, NULL, 10)) {
		vma->anon = mm->next_anon++;
		vma->chain = 1;
	}
}

bool maps_parse(FILE *file, struct mm *mm)
{
	bool copy = !mm->start_brk && !mm->start_stack, understood = true;
	struct vma *last = NULL;
	char *line = NULL;
	size_t room = 0;
	__u64 pkey = 0;

	while (understood && getline(&line, &room, file) > 0) {
		struct vma vma;

		if ((*line >= '0' && *line <= '9') || (*line >= 'a' && *line <= 'f')) {
			understood = parse_line(line, mm, &vma, copy);
			/* The gate in the kernel's own half is in no tree of VMAs. */
			last = understood && vma.end <= 1ULL << 63 ? mm_insert(mm, &vma) : NULL;
			pkey = 0;
		} else if (!strncmp(line, "ProtectionKey:", 14)) {
			pkey = strtoull(line + 14, NULL, 10) << VM_PKEY_SHIFT;
		} else if (last) {
			parse_detail(line, mm, last);
			if (!strncmp(line, "VmFlags: ", 9))
				last->flags |= pkey;
		}
	}
	free(line);
	return understood;
}

bool maps_read(pid_t pid, struct mm *mm, bool flags)
{
	static char buffer[1 << 16];
	char path[64];
	FILE *file;
	bool understood;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, flags ? "smaps" : "maps");
	file = fopen(path, "re");
	if (!file)
		return false;
	setvbuf(file, buffer, _IOFBF, sizeof(buffer));
	understood = maps_parse(file, mm);
	fclose(file);
	return understood;
}
