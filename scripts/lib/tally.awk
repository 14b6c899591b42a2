# SPDX-License-Identifier: GPL-2.0-or-later
# Read the TAP of a guest, print a line a test, separated by tabs:
# pass, fail or skip; program; test ("*": the program as a whole); reason.

function record(result, test, reason)
{
	printf "%s\t%s\t%s\t%s\n", result, program, test, reason
}

function reason_of(line)
{
	if (line !~ / # /)
		return "-"
	sub(/^.* # (SKIP )?/, "", line)
	return line
}

/^# Subtest: / {
	program = $3
	tests = failures = 0
	whole = said = "-"
}

# Why: what an assertion of the harness says, or a claim of the tour.
/^    # [^ :]+\.c:[0-9]+:/ { said = substr($0, 7) }
/^    # +FAIL: / { said = substr($0, index($0, "FAIL: ")) }

/^    1\.\.0 # SKIP/ { whole = reason_of($0) }

# The filter named a test that the program does not have.
/^    1\.\.0$/ { record("fail", "*", "it ran no test") }

/^    ok [0-9]+ / {
	tests++
	record(/ # SKIP/ ? "skip" : "pass", $3, reason_of($0))
}

/^    not ok [0-9]+ / {
	tests++
	failures++
	record("fail", $4, / # / ? reason_of($0) : said)
	said = "-"
}

/^ok [0-9]+ / {
	program = $3
	if (!tests)
		record(/ # SKIP/ ? "skip" : "pass", "*", whole)
	tests = 0
}

# What the program's own tests did not tell: a crash, a timeout, a kernel splat.
/^not ok [0-9]+ / {
	program = $4
	if (!failures || / # the kernel | # lockdep /)
		record("fail", "*", reason_of($0))
	tests = failures = 0
}

/^Bail out!/ {
	program = program ? program : "-"
	record("fail", "*", $0)
}
