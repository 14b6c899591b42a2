// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Standard input, output and error of a program of ours: linked into it, this runs before main()
 * and after all else that exit() calls.
 *
 * Where one of the three is closed, the next file that is opened gets its number, and what the
 * program prints lands in that file, which may be a region. So /dev/null stands in, the wrong way
 * round: reads and writes fail as they do on a closed descriptor.
 *
 * What was printed and could not be written did not work, so the program fails; one to which
 * status 1 means something else defines output_failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((weak)) int output_failed = EXIT_FAILURE;

static void check_output(void)
{
	int error = 0;

	/* Of a write that failed before no errno is left. A newline more fails for its reason. */
	if (ferror(stdout))
		error = write(STDOUT_FILENO, "\n", 1) == 1 ? EIO : errno;
	if (fclose(stdout))
		error = errno;
	if (!error)
		return;
	fprintf(stderr, "%s: standard output: %s\n", program_invocation_short_name,
		strerror(error));
	_exit(output_failed);
}

__attribute__((constructor)) static void have_standard_streams(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || open("/dev/null", modes[fd]) == fd)
			continue;
		perror("/dev/null");
		_exit(EXIT_FAILURE);
	}
	atexit(check_output);
}
