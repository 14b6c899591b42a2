// SPDX-License-Identifier: GPL-2.0-or-later
/* A reserved buffer's mapping loses its first half: can the other still be read? Takes a node. */
#include <fcntl.h>
#include <scsi/sg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int node = open(argc > 1 ? argv[1] : "/dev/sg0", O_RDWR), length = 65536, status;
	char *at;

	if (ioctl(node, SG_SET_RESERVED_SIZE, &length) ||
	    ioctl(node, SG_GET_RESERVED_SIZE, &length))
		return perror("no SCSI device"), 2;
	at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, node, 0);
	if (at == MAP_FAILED)
		return perror("mmap"), 2;
	munmap(at, length / 2);
	if (!fork())
		_exit(at[length - 1]);
	wait(&status);
	printf("a read of the last byte ends with signal %d\n", WTERMSIG(status));
	return WIFSIGNALED(status);
}
