/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What no healthy kernel says. Taint does not tell all: a lockdep report sets
 * none, and a complaint about a page or a list may set none either.
 */
#ifndef SPLAT_H
#define SPLAT_H

#define KERNEL_SPLAT	/* an extended regular expression */ \
	"BUG:|KASAN:|KCSAN:|KFENCE:|UBSAN:|ODEBUG:|WARNING:|Oops|Kernel panic|" \
	"INFO: (task|rcu|possible|trying|lockdep|suspicious)|suspicious RCU usage|" \
	"possible (recursive|circular|irq) lock|inconsistent lock state|bad unlock balance|" \
	"held when returning|still has locks held|DEBUG_LOCKS_WARN|scheduling while atomic|" \
	"sleeping function called|general protection fault|double fault|stack guard|" \
	"[Bb]ad page|bad pte|Bad rss-counter|non-zero pgtables_bytes|page_table_check|" \
	"(list_add|list_del) corruption|refcount_t:|usercopy:|slab error|Redzone|" \
	"Poison overwritten|Object padding|pagealloc:|soft lockup|hard LOCKUP|" \
	"blocked for more than|detected stall|nobody cared|kmemleak: [0-9]+ new"

#endif /* SPLAT_H */
