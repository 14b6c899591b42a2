#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bash completes commands, options, words and held regions of vmactl.
# usage: completion.sh FOLDER-OF-VMACTL
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../../tests/completion.sh"

expect "make-vma" vmactl ma
expect "create copy crash" vmactl c
expect "seal stats selfcheck" vmactl s
expect "--strategy" vmactl make-vma --s --st
expect "--watch" vmactl stats --w
expect "pfn page" vmactl create --strategy p
expect "random" vmactl crash --keep r
expect "--each --every-sync" vmactl crash --e
expect "remap" vmactl make-vma -S re
expect "contig" vmactl create --backing c
expect "read write" vmactl make-vma --touch ""
expect "nonblock noreserve noreplace" vmactl make-vma --flags no
expect "fault fallocate fsync" vmactl trace --event f
expect "zeros" vmactl revoke --how z
expect "inject" vmactl trace --event i
expect "fill fault" vmactl f
runtime=$(mktemp -d)
trap 'rm -rf "$runtime"' EXIT
mkdir "$runtime/vmadev"
export XDG_RUNTIME_DIR=$runtime
expect "" vmactl dump --region ""
perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => shift, Listen => 1) or die "$!"' \
	"$runtime/vmadev/box"
expect "box" vmactl dump --region b
exit "$status"
