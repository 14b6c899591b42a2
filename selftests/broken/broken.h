/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A module that does one forbidden thing when it is loaded, to see that the
 * detector for it works and that the runner of the tests listens to it. The
 * signature at the top of each, a regular expression, has to be in the guest's
 * log, and the run has to fail. Never installed.
 */
#ifndef BROKEN_H
#define BROKEN_H

#include <linux/compiler.h>
#include <linux/init.h>
#include <linux/module.h>

#define BROKEN(init)						\
	static void __exit broken_exit(void) { }		\
	module_init(init);					\
	module_exit(broken_exit);				\
	MODULE_DESCRIPTION("broken on purpose: never load it");	\
	MODULE_LICENSE("GPL")

#endif
