// SPDX-License-Identifier: GPL-2.0-or-later
/* The way back: from a page of memory to those who map it. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/maps.h"
#include "lib/peer.h"
#include "lib/tour.h"
#include "lib/util.h"

#define FRAME ((1ull << 55) - 1)
#define CHILDREN 2

static const char *const fields[] = { "Rss", "Pss", NULL };

static unsigned long long read_entry(const char *path, unsigned long long index)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const size_t size = sizeof(unsigned long long);
	unsigned long long entry;

	if (fd < 0 || pread(fd, &entry, size, (off_t)(index * size)) != (ssize_t)size)
		tour_die("read %s", path);
	close(fd);
	return entry;
}

static unsigned long long pagemap_of(const char *address)
{
	return read_entry("/proc/self/pagemap", (uintptr_t)address / page_size);
}

/* Bit 56 of an entry: nobody else maps the page. */
static bool only_here(const char *address)
{
	return pagemap_of(address) >> 56 & 1;
}

/* How often the page is mapped, as the kernel counts; -1 if it will not tell us. */
static long map_count(const char *address)
{
	unsigned long long frame = pagemap_of(address) & FRAME;

	return frame && !access("/proc/kpagecount", R_OK) ?
		(long)read_entry("/proc/kpagecount", frame) : -1;
}

static void print_page(const char *label, const char *address)
{
	long count = map_count(address);
	char counted[32] = "not told";

	if (count >= 0)
		snprintf(counted, sizeof(counted), "%ld", count);
	tour_line("%-22s mapped only here: %-3s  kpagecount: %-8s  Pss %ld KiB", label,
		  only_here(address) ? "yes" : "no", counted,
		  smaps_kib(address, "Pss"));
}

/* The tour's own reverse map: which process has this file's page, and where? */
static int find_mappers(const pid_t *pids, const char *name)
{
	static struct maps maps;
	int found = 0;

	for (int i = 0; i <= CHILDREN; i++) {
		const struct map *map;

		maps_read(&maps, pids[i], 0, -1ull);
		map = maps_named(&maps, name);
		if (!map)
			continue;
		tour_line("process %d", (int)(pids[i] ? pids[i] : getpid()));
		map_print(' ', map);
		found++;
	}
	return found;
}

/* Have the page at another address than the parent, as long as it wants. */
static void be_child(struct peer *parent, char *inherited, int fd)
{
	char *own = map_or_die(NULL, page_size, READ_WRITE, MAP_SHARED, fd, 0);

	munmap(inherited, page_size);
	if (*own != 'R')
		tour_die("read the page");
	peer_tell(parent);
	peer_wait(parent);
}

static void step_page(int fd)
{
	struct peer children[CHILDREN];
	pid_t pids[CHILDREN + 1] = { 0 };
	char *map = map_or_die(NULL, page_size, READ_WRITE, MAP_SHARED, fd, 0);
	bool alone, exclusive;
	long count, pss;
	int found;

	tour_step("One page, three processes",
		  "We map a page of a file and touch it; then two children map and touch it\n"
		  "too; then they leave.");
	*map = 'R';
	print_page("alone", map);
	alone = only_here(map);
	for (int i = 0; i < CHILDREN; i++) {
		if (!peer_fork(&children[i])) {
			be_child(&children[i], map, fd);
			_exit(0);
		}
		pids[i + 1] = children[i].pid;
		peer_wait(&children[i]);
	}
	print_page("with two children", map);
	exclusive = only_here(map);
	count = map_count(map);
	pss = smaps_kib(map, "Pss");
	found = find_mappers(pids, "rmap.bin");
	for (int i = 0; i < CHILDREN; i++) {
		peer_tell(&children[i]);
		if (peer_join(&children[i]))
			tour_die("a child failed");
	}
	print_page("they are gone", map);
	tour_why("A page of a file points to the file, and the file to every VMA that maps it;\n"
		 "so the kernel finds all page tables that name the page when it must take the\n"
		 "page away. Pss is the page's size divided by those who map it.");
	tour_check(alone && !exclusive, "pagemap says mapped only here, then no longer");
	tour_check(pss <= (long)(page_size / KIB / (CHILDREN + 1)) + 1,
		   "Pss is a third of the page");
	tour_check(found == CHILDREN + 1,
		   "three processes have it in their maps, each at its own address");
	if (count < 0)
		tour_leave_out("The count itself",
			       "frame numbers and /proc/kpagecount are for root; run this as root");
	else
		tour_check(count == CHILDREN + 1 && map_count(map) == 1,
			   "kpagecount said 3, and says 1 now");
	munmap(map, page_size);
}

static void step_libc(void)
{
	static struct maps maps;
	const struct map *map;
	const char *text;
	long rss, pss;

	tour_step("A library's code",
		  "We look at the C library's code, which nearly every process maps.");
	maps_read(&maps, 0, 0, -1ull);
	map = maps_at(&maps, (void *)(uintptr_t)snprintf);
	if (!map)
		tour_die("find snprintf in maps");
	map_print(' ', map);
	text = (const char *)(uintptr_t)map->start;
	smaps_print("its memory", text, fields);
	rss = smaps_kib(text, "Rss");
	pss = smaps_kib(text, "Pss");
	if (pss > 0)
		tour_line("on average %.1f processes map a page of it", (double)rss / (double)pss);
	tour_why("Code is mapped private and never written, so one copy in memory serves all.");
	tour_check(pss <= rss, "our share (Pss) is not more than what we see (Rss)");
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "rmap",
		.title = "who else maps this page",
		.intro = "A page table leads from an address to a page. The kernel also needs\n"
			 "the way back, from a page to all its addresses: the reverse map.",
	};

	tour_begin(&about, argc, argv);
	step_page(temp_file("rmap.bin", (off_t)page_size));
	step_libc();
	return tour_end();
}
