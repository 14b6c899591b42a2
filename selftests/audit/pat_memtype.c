// SPDX-License-Identifier: GPL-2.0-or-later
/* Does the kernel's log complain of munmap? RESOURCE, of a PCI device, in sysfs; else any */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK), lines = 0;
	char *at = MAP_FAILED, line[1024];
	glob_t bars;
	ssize_t n;

	lseek(log, 0, SEEK_END);
	glob(argc > 1 ? argv[1] : "/sys/bus/pci/devices/*/resource[0-5]", 0, NULL, &bars);
	for (size_t i = 0; i < bars.gl_pathc && at == MAP_FAILED; i++)
		at = mmap(NULL, 8192, PROT_READ, MAP_SHARED, open(bars.gl_pathv[i], O_RDONLY), 0);
	if (log < 0 || at == MAP_FAILED)
		return perror("no log, or no memory of a PCI device"), 2;
	munmap(at, 4096);
	munmap(at + 4096, 4096);
	while ((n = read(log, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		lines += strstr(line, "x86/PAT") && fputs(strchr(line, ';') + 1, stdout) >= 0;
	}
	return printf("lines of its log: %d\n", lines) < 0 || lines;
}
