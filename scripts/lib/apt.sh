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

# apt_root SUITES ARCH: point apt at the private root of these suites.
apt_root()
{
	local suites=$1 arch=$2 suite label mirror
	local dir=$CACHE/apt/$suites-$arch

	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/tmp"
	: >"$dir/sources.list.new"
	for suite in ${suites//,/ }; do
		label=Debian
		case $suite in *-security) label=Debian-Security ;; esac
		mirror=$(apt_mirror "$label")
		[ -n "$mirror" ] || continue
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" \
			>>"$dir/sources.list.new"
	done
	mv "$dir/sources.list.new" "$dir/sources.list"
	cat >"$dir/apt.conf" <<-EOF
		Dir::State::lists "$dir/lists";
		Dir::State::status "/dev/null";
		Dir::Cache "$dir/cache";
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		APT::Architecture "$(dpkg --print-architecture)";
		APT::Architectures { "$(dpkg --print-architecture)"; "$arch"; };
		APT::Sandbox::User "";
		APT::Update::Post-Invoke-Success "";
		Acquire::Languages "none";
		Acquire::Retries "2";
	EOF
	APT_DIR=$dir
}

# apt_private COMMAND...: run an apt command in the private root.
apt_private()
{
	APT_CONFIG=$APT_DIR/apt.conf TMPDIR=$APT_DIR/tmp "$@"
}

# apt_update: fetch the lists, unless they are fresh.
apt_update()
{
	[ -s "$APT_DIR/sources.list" ] || return 1
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
