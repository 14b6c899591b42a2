// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print the frequency of this machine's TSC in kHz. QEMU's TCG hands the TSC to the guest, and a
 * debug kernel has no clock that it could measure it by: no ACPI, so no PM timer and no HPET, and
 * reading the PIT takes too long where a device is emulated.
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
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	double most = 0;

	/* Who is interrupted between the two clocks finds too little, never too much. */
	for (int i = 0; i < 5; i++) {
		double begin = now_ns(), khz;
		unsigned long long ticks = __rdtsc();

		nanosleep(&pause, NULL);
		ticks = __rdtsc() - ticks;
		khz = ticks * 1e6 / (now_ns() - begin);
		if (khz > most)
			most = khz;
	}
	printf("%.0f\n", most);
}
