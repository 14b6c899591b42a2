# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A private apt root for each row: no root needed, the host's own is untouched.

readonly LISTS_FRESH_MINUTES=360

# is_fresh STAMP: it was touched not long ago.
is_fresh()
{
	[ -n "$(find "$1" -mmin "-$LISTS_FRESH_MINUTES" 2>/dev/null)" ]
}

# apt_mirror LABEL: where this host gets Debian (or Debian-Security) from.
apt_mirror()
{
	local label=$1 suite=bookworm found
	local targets=(apt-get indextargets --format "\$(REPO_URI)" 'Created-By: Packages')

	[ "$label" = Debian ] || suite=bookworm-security
	found=$("${targets[@]}" 'Origin: Debian' "Label: $label" | sed -n 1p)
	# Before the first apt-get update only the source list's own words are known.
	[ -n "$found" ] || found=$("${targets[@]}" "Release: $suite" 'Component: main' | sed -n 1p)
	echo "$found"
}

# apt_root SUITES ARCH: point apt at the private root of these suites, which rows share.
apt_root()
{
	APT_DIR=$CACHE/apt/$1-$2
	mkdir -p "$APT_DIR/lists/partial" "$APT_DIR/cache/archives/partial" "$APT_DIR/tmp"
	apt_sources "$1" | apt_place sources.list
	apt_conf "$2" | apt_place apt.conf
}

# apt_place FILE: stdin becomes the root's FILE, which others may be reading.
apt_place()
{
	local mine=$APT_DIR/$1.$BASHPID

	cat >"$mine"
	mv "$mine" "$APT_DIR/$1"
}

apt_sources()
{
	local suite label mirror

	for suite in ${1//,/ }; do
		label=Debian
		case $suite in *-security) label=Debian-Security ;; esac
		mirror=$(apt_mirror "$label")
		[ -n "$mirror" ] || continue
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
	done
}

apt_conf()
{
	cat <<-EOF
		Dir::State::lists "$APT_DIR/lists";
		Dir::State::status "/dev/null";
		Dir::Cache "$APT_DIR/cache";
		Dir::Etc::sourcelist "$APT_DIR/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		APT::Architecture "$(dpkg --print-architecture)";
		APT::Architectures { "$(dpkg --print-architecture)"; "$1"; };
		APT::Sandbox::User "";
		APT::Update::Post-Invoke-Success "";
		Acquire::Languages "none";
		Acquire::Retries "2";
	EOF
}

# apt_private COMMAND...: run an apt command in the private root.
apt_private()
{
	APT_CONFIG=$APT_DIR/apt.conf TMPDIR=$APT_DIR/tmp "$@"
}

# apt_update: fetch the lists, unless they are fresh.
apt_update()
{
	[ -s "$APT_DIR/sources.list" ] && with_lock "$APT_DIR/lock" apt_update_locked
}

apt_update_locked()
{
	! is_fresh "$APT_DIR/updated" || return 0
	apt_private apt-get -qq -o APT::Update::Error-Mode=any update >&2 || return 1
	touch "$APT_DIR/updated"
}

# apt_version PACKAGE: the version that would be fetched.
apt_version()
{
	apt_private apt-cache policy "$1" | sed -n 's/^  Candidate: //p'
}

# apt_depends PACKAGE...: these and all that they need, one a line.
apt_depends()
{
	apt_private apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts \
		--no-breaks --no-replaces --no-enhances "$@" | grep '^[a-z]' | sort -u
}

# apt_download DIR PACKAGE...: the .deb files, into DIR.
apt_download()
{
	local dir=$1

	shift
	mkdir -p "$dir"
	(cd "$dir" && apt_private apt-get -qq download "$@") >&2
}
