# SPDX-License-Identifier: GPL-2.0-or-later
# From the console of a guest that runs audits: "# audit NAME" and a line of JSON for each.

function quoted(text) {
	gsub(/\\/, "&&", text)
	gsub(/"/, "\\\"", text)
	gsub(/[\001-\037]/, " ", text)
	return "\"" text "\""
}

# The object that vmaudit printed, as far as it came, without its last brace.
function begun() {
	if (json == "")
		return "{\"name\": " quoted(name)
	sub(/^\{/, "{\"name\": " quoted(name) ", ", json)
	if (json !~ /\]\}$/) {
		# What follows the last whole probe is no JSON: who says it is dying.
		if (match(json, /.*"\}/) || match(json, /.*"probes": \[/))
			json = substr(json, 1, RLENGTH)
		json = json "]}"
	}
	return substr(json, 1, length(json) - 1)
}

function finish(why) {
	if (why == "exit status 2")
		print "{\"name\": " quoted(name) ", \"absent\": " quoted(said) "}"
	else if (json !~ /\]\}$/)
		print begun() ", \"broken\": " quoted(why (said == "" ? "" : ": " said)) "}"
	else if (why ~ /^(exit status [13])?$/)
		print begun() "}"
	else
		print begun() ", \"complaint\": " quoted(why) "}"
	fflush()
	name = ""
}

/^# Subtest: / {
	name = $3
	json = said = death = ""
	print "# audit " name
	fflush()
	next
}
name != "" && /^(not )?ok [0-9]+ / {
	why = ""
	if ($1 == "not") {
		why = $0
		sub(/^[^#]*# /, "", why)
	}
	finish(why)
	next
}
name != "" && /^    / {
	line = substr($0, 5)
	# What the kernel says as it dies may stand on the same line.
	if (match(line, /\[ *[0-9]+\.[0-9]+\] /)) {
		if (death == "")
			death = substr(line, RSTART)
		line = substr(line, 1, RSTART - 1)
	}
	if (json != "" || line ~ /^\{"subject"/) {
		sub(/^ +/, " ", line)
		json = json line
	} else {
		said = line
		sub(/^vmaudit: /, "", said)
	}
	next
}
name != "" && death == "" && /\] .*(BUG|Oops|WARNING|panic|fault|[Uu]nable)/ { death = $0 }
END {
	if (name != "")
		print begun() ", \"died\": " quoted(death == "" ? "it went silent" : death) "}"
}
