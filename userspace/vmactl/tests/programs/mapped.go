// SPDX-License-Identifier: GPL-2.0-or-later

// What Go makes of a mapping that misbehaves: "load" reads each byte, "recover" does that where
// a fault is a panic, and recovers.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"syscall"
)

func sum(bytes []byte) (total int) {
	for _, b := range bytes {
		total += int(b)
	}
	return
}

func trySum(bytes []byte) (total int, err any) {
	defer func() { err = recover() }()
	debug.SetPanicOnFault(true)
	return sum(bytes), nil
}

func main() {
	file, err := os.Open(os.Args[2])
	if err != nil {
		panic(err)
	}
	info, err := file.Stat()
	if err != nil {
		panic(err)
	}
	bytes, err := syscall.Mmap(int(file.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	if os.Args[1] == "load" {
		fmt.Println(sum(bytes))
	} else if total, err := trySum(bytes); err != nil {
		fmt.Fprintln(os.Stderr, "recovered:", err)
		os.Exit(3)
	} else {
		fmt.Println(total)
	}
}
