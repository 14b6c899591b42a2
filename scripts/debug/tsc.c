// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print the frequency of this machine's TSC in kHz, as measured in 50 ms. QEMU's TCG hands it
 * to the guest, and a debug kernel has no clock that it could measure it by: no ACPI, so no PM
 * timer and no HPET, and reading the PIT takes too long where a device is emulated.
 */
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

int main(void)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	double begin = now_ns();
	unsigned long long ticks = __rdtsc();

	nanosleep(&pause, NULL);
	ticks = __rdtsc() - ticks;
	printf("%.0f\n", ticks * 1e6 / (now_ns() - begin));
}
