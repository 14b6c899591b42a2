// SPDX-License-Identifier: GPL-2.0-or-later
/* Does a read of a page end that was protected untouched? Takes a CARD that has dumb buffers */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void no_end(int sig)
{
	_exit(write(STDOUT_FILENO, "no end within 3 s\n", 18) > 0 && sig);
}

int main(int argc, char **argv)
{	/* The kernel's structures: 1 line of 1024 pixels of 32 bits; WP_ASYNC; one page */
	__u64 dumb[4] = { 1ull << 42 | 1, 32 }, map[2] = { 0 }, api[3] = { UFFD_API, 1 << 15 };
	__u64 all[4] = { 1 << 30, 4096, UFFDIO_REGISTER_MODE_WP }, wp[3] = { 1 << 30, 4096, 1 };
	int fd = open(argv[argc - 1], O_RDWR), uffd = syscall(SYS_userfaultfd, 1);

	map[0] = ioctl(fd, _IOWR('d', 0xb2, dumb), dumb) ? 0 : (int)dumb[2];
	ioctl(fd, _IOWR('d', 0xb3, map), map);
	if (mmap((void *)(1 << 30), 4096, 3, MAP_SHARED | MAP_FIXED, fd, map[1]) == MAP_FAILED ||
	    ioctl(uffd, UFFDIO_API, api) || ioctl(uffd, UFFDIO_REGISTER, all) ||
	    ioctl(uffd, UFFDIO_WRITEPROTECT, wp) || signal(SIGALRM, no_end) || alarm(3))
		return perror("cannot be asked"), 2;
	return printf("it ends, and reads %d\n", *(volatile char *)(1 << 30)) < 0;
}
