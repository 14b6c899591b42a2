# SPDX-License-Identifier: GPL-2.0-or-later
# One TAP document of those of several guests.

/^TAP version/ && documents++ { next }
/^1\.\.[0-9]+$/ { next }
/^ok [0-9]+ / { $2 = ++tests }
/^not ok [0-9]+ / { $3 = ++tests }
{ print; fflush() }
END { print "1.." tests + 0 }
