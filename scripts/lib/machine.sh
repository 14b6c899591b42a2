# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The machine of a row: the compiler that builds for it, the QEMU that is it.
# shellcheck disable=SC2034 # not every script needs all

# What "dpkg --print-architecture" calls the machine that every host here is.
readonly HOST_ARCH=amd64

# machine_load: set the machine of $ROW_ARCH: TRIPLET of its compiler, QEMU and its
# package, QEMU_ARGS, BOOT_ARGS, and PROGRAMS, where its programs are built.
machine_load()
{
	# Where the CPU says it is fast at that, the kernel clears and copies memory by
	# bytes, and QEMU emulates each: such tests take thrice as long. With five levels of
	# page tables, KASAN mistakes an interrupt's memory for a wild address while a booting
	# 7.3 asks its CPU anew what that can do; on a busy host there is always an interrupt.
	QEMU_ARGS=(-cpu 'max,-erms,-fsrm,-la57')
	# On a busy host the timer comes too late for the kernel to believe in it.
	BOOT_ARGS='console=ttyS0 no_timer_check numa_balancing=disable' QEMU_PACKAGE=qemu-system-x86
	case $ROW_ARCH in
	amd64) TRIPLET=x86_64-linux-gnu QEMU=x86_64 ;;
	i386)
		TRIPLET=i686-linux-gnu QEMU=i386
		# What QEMU takes for a 32-bit AMD, Linux takes for unfit to have a second CPU.
		QEMU_ARGS=(-cpu 'max,vendor=GenuineIntel')
		;;
	arm64)
		TRIPLET=aarch64-linux-gnu QEMU=aarch64 QEMU_PACKAGE=qemu-system-arm
		QEMU_ARGS=(-M virt -cpu 'max,pauth-impdef=on') BOOT_ARGS=console=ttyAMA0
		;;
	armhf)
		TRIPLET=arm-linux-gnueabihf QEMU=arm QEMU_PACKAGE=qemu-system-arm
		QEMU_ARGS=(-M virt -cpu cortex-a15) BOOT_ARGS=console=ttyAMA0
		;;
	ppc64el)
		TRIPLET=powerpc64le-linux-gnu QEMU=ppc64 QEMU_PACKAGE=qemu-system-ppc
		# TCG has none of these mitigations.
		QEMU_ARGS=(-cpu power9 -vga none -M
			'pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off')
		BOOT_ARGS=console=hvc0
		;;
	s390x)
		TRIPLET=s390x-linux-gnu QEMU=s390x QEMU_PACKAGE=qemu-system-misc
		QEMU_ARGS=(-cpu max)
		BOOT_ARGS=console=ttysclp0
		;;
	riscv64)
		TRIPLET=riscv64-linux-gnu QEMU=riscv64 QEMU_PACKAGE=qemu-system-misc
		QEMU_ARGS=(-M virt) BOOT_ARGS=console=ttyS0
		;;
	*) die "scripts/lib/machine.sh does not know the machine $ROW_ARCH of row $ROW" ;;
	esac
	QEMU=qemu-system-$QEMU MACHINE_NODES=2
	PROGRAMS=$BUILD
	machine_is_host || PROGRAMS=$BUILD/programs/$ROW_ARCH
}

# machine_counts: from now on a nanosecond of the machine is an instruction of it, and it does
# the same ones each time: no random numbers, no time of day. Newer PCs are handed a seed.
machine_counts()
{
	MACHINE_NODES=1
	QEMU_ARGS+=(-icount 'shift=0,sleep=off' -rtc 'base=2026-01-01,clock=vm')
	case $ROW_ARCH in
	amd64) QEMU_ARGS+=(-M pc-i440fx-7.1 -cpu 'max,-erms,-fsrm,-la57,-rdrand,-rdseed') ;;
	arm64) QEMU_ARGS+=(-cpu cortex-a72 -M 'virt,dtb-randomness=off') ;;
	*) die "nobody knows yet how to count the instructions of $ROW_ARCH" ;;
	esac
}

# machine_memory MIB CPUS: set MEMORY, what QEMU is told of these. A PC has two NUMA
# nodes, the second one without a CPU if there is but one.
machine_memory()
{
	local half=$(($1 / 2)) first=$(($2 - $2 / 2)) others=

	MEMORY=(-m "$1")
	[ "$ROW_ARCH$MACHINE_NODES" = amd642 ] || return 0
	[ "$first" = "$2" ] || others=,cpus=$first-$(($2 - 1))
	MEMORY+=(-object "memory-backend-ram,id=ram0,size=$(($1 - half))M"
		-object "memory-backend-ram,id=ram1,size=${half}M"
		-numa "node,memdev=ram0,cpus=0-$((first - 1))" -numa "node,memdev=ram1$others")
}

machine_is_host()
{
	[ "$ROW_ARCH" = "$HOST_ARCH" ]
}

# machine_needs: what this host needs to build for the machine and to be it.
machine_needs()
{
	machine_is_host && return
	need "$QEMU=$QEMU_PACKAGE" "$TRIPLET-gcc=gcc-$TRIPLET" \
		"/usr/$TRIPLET/include/stdlib.h=libc6-dev-$ROW_ARCH-cross"
}
