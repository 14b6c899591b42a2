// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench calls COUNT: make so many memory calls, and nothing else.
 * bench time COMMAND...: run it, print how many nanoseconds it took, and how many KiB of
 * memory the process had, its children not counted.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int make_calls(long count)
{
	for (long i = 0; i < count; i += 2) {
		void *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0);

		if (at == MAP_FAILED || munmap(at, 8192))
			return 1;
	}
	return 0;
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int time_command(char **argv)
{
	long long begin = now();
	struct rusage usage;
	pid_t pid = fork();
	int status;

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return 1;
	printf("%lld %ld\n", now() - begin, usage.ru_maxrss);
	return status != 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "calls"))
		return make_calls(atol(argv[2]));
	if (argc > 2 && !strcmp(argv[1], "time"))
		return time_command(argv + 2);
	return 2;
}
