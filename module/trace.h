/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints, in events/vmadev/. What they print names regions by id and pages
 * by offset: no address of the kernel's, no PFN.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vmadev

#if !defined(VMADEV_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VMADEV_TRACE_H

#include <linux/mm.h>
#include <linux/tracepoint.h>

#include "vmadev.h"

TRACE_DEFINE_ENUM(VMADEV_STRATEGY_REMAP);
TRACE_DEFINE_ENUM(VMADEV_STRATEGY_PFN);
TRACE_DEFINE_ENUM(VMADEV_STRATEGY_PAGE);
TRACE_DEFINE_ENUM(VMADEV_STRATEGY_INSERT);
TRACE_DEFINE_ENUM(VMADEV_STRATEGY_CACHE);
TRACE_DEFINE_ENUM(VMADEV_STRATEGY_ANON);
TRACE_DEFINE_ENUM(VMADEV_STRATEGY_HUGE);
TRACE_DEFINE_ENUM(VMADEV_STRATEGY_FILEMAP);
TRACE_DEFINE_ENUM(VMADEV_REVOKE_SIGBUS);
TRACE_DEFINE_ENUM(VMADEV_REVOKE_ZEROS);
TRACE_DEFINE_ENUM(VMADEV_REVOKE_ONES);

#define vmadev_show_strategy(id)			\
	__print_symbolic(id,				\
		{ VMADEV_STRATEGY_REMAP,  "remap" },	\
		{ VMADEV_STRATEGY_PFN,	  "pfn" },	\
		{ VMADEV_STRATEGY_PAGE,	  "page" },	\
		{ VMADEV_STRATEGY_INSERT, "insert" },	\
		{ VMADEV_STRATEGY_CACHE,  "cache" },	\
		{ VMADEV_STRATEGY_ANON,	  "anon" },	\
		{ VMADEV_STRATEGY_HUGE,	  "huge" },	\
		{ VMADEV_STRATEGY_FILEMAP, "filemap" })

/* What the module's handlers return; the kernel's own list is not typed for sparse. */
#define vmadev_show_fault(result)					\
	__print_flags(result, "|",					\
		{ (__force unsigned long)VM_FAULT_OOM,	    "OOM" },	\
		{ (__force unsigned long)VM_FAULT_SIGBUS,   "SIGBUS" },	\
		{ (__force unsigned long)VM_FAULT_HWPOISON, "HWPOISON" },	\
		{ (__force unsigned long)VM_FAULT_LOCKED,   "LOCKED" },	\
		{ (__force unsigned long)VM_FAULT_NOPAGE,   "NOPAGE" })

/* What a fault runs under. */
#define VMADEV_LOCK_MMAP	0
#define VMADEV_LOCK_VMA		1
#define VMADEV_LOCK_UNKNOWN	2

/* An mmap call; result is what the module answered. */
TRACE_EVENT(vmadev_mmap,
	    TP_PROTO(u64 region, u32 strategy, unsigned long pgoff, unsigned long nr_pages,
		     bool shared, int result),
	    TP_ARGS(region, strategy, pgoff, nr_pages, shared, result),
	    TP_STRUCT__entry(__field(u64, region)
			     __field(u32, strategy)
			     __field(unsigned int, order)
			     __field(unsigned long, pgoff)
			     __field(unsigned long, nr_pages)
			     __field(bool, shared)
			     __field(int, result)
	    ),
	    TP_fast_assign(__entry->region = region;
			   __entry->strategy = strategy;
			   __entry->order = 0;
			   __entry->pgoff = pgoff;
			   __entry->nr_pages = nr_pages;
			   __entry->shared = shared;
			   __entry->result = result;
	    ),
	    TP_printk("region=%llu strategy=%s order=%u pgoff=%lu pages=%lu shared=%d result=%d",
		      __entry->region, vmadev_show_strategy(__entry->strategy), __entry->order,
		      __entry->pgoff, __entry->nr_pages, __entry->shared, __entry->result)
);

DECLARE_EVENT_CLASS(vmadev_vma,
		    TP_PROTO(u64 region, u32 strategy, unsigned long pgoff, unsigned long nr_pages),
		    TP_ARGS(region, strategy, pgoff, nr_pages),
		    TP_STRUCT__entry(__field(u64, region)
				     __field(u32, strategy)
				     __field(unsigned int, order)
				     __field(unsigned long, pgoff)
				     __field(unsigned long, nr_pages)
		    ),
		    TP_fast_assign(__entry->region = region;
				   __entry->strategy = strategy;
				   __entry->order = 0;
				   __entry->pgoff = pgoff;
				   __entry->nr_pages = nr_pages;
		    ),
		    TP_printk("region=%llu strategy=%s order=%u pgoff=%lu pages=%lu",
			      __entry->region, vmadev_show_strategy(__entry->strategy),
			      __entry->order, __entry->pgoff, __entry->nr_pages)
);

/* vm_ops->open: a VMA was split, moved or forked. */
DEFINE_EVENT(vmadev_vma, vmadev_open,
	     TP_PROTO(u64 region, u32 strategy, unsigned long pgoff, unsigned long nr_pages),
	     TP_ARGS(region, strategy, pgoff, nr_pages));

/* vm_ops->close: a VMA that had been set up is gone. */
DEFINE_EVENT(vmadev_vma, vmadev_close,
	     TP_PROTO(u64 region, u32 strategy, unsigned long pgoff, unsigned long nr_pages),
	     TP_ARGS(region, strategy, pgoff, nr_pages));

/*
 * vm_ops->fault; pages: PTEs made, neighbours' too; lock: what it ran under. Of filemap
 * also ->map_pages and ->page_mkwrite, which is not told of its lock; nor are PTEs counted.
 */
TRACE_EVENT(vmadev_fault,
	    TP_PROTO(u64 region, u32 strategy, unsigned int order, unsigned long pgoff,
		     unsigned long nr_pages, bool write, u32 lock, vm_fault_t result),
	    TP_ARGS(region, strategy, order, pgoff, nr_pages, write, lock, result),
	    TP_STRUCT__entry(__field(u64, region)
			     __field(u32, strategy)
			     __field(unsigned int, order)
			     __field(unsigned long, pgoff)
			     __field(unsigned long, nr_pages)
			     __field(bool, write)
			     __field(u32, lock)
			     __field(unsigned int, result)
	    ),
	    TP_fast_assign(__entry->region = region;
			   __entry->strategy = strategy;
			   __entry->order = order;
			   __entry->pgoff = pgoff;
			   __entry->nr_pages = nr_pages;
			   __entry->write = write;
			   __entry->lock = lock;
			   __entry->result = (__force unsigned int)result;
	    ),
	    TP_printk("region=%llu strategy=%s order=%u pgoff=%lu pages=%lu write=%d lock=%s result=%s",
		      __entry->region, vmadev_show_strategy(__entry->strategy), __entry->order,
		      __entry->pgoff, __entry->nr_pages, __entry->write,
		      __print_symbolic(__entry->lock, { VMADEV_LOCK_MMAP, "mmap" },
				       { VMADEV_LOCK_VMA, "vma" }, { VMADEV_LOCK_UNKNOWN, "-" }),
		      vmadev_show_fault(__entry->result))
);

/* VMADEV_IOC_ZAP of a range that was in order. */
TRACE_EVENT(vmadev_zap,
	    TP_PROTO(u64 region, u32 strategy, unsigned long pgoff, unsigned long nr_pages,
		     int result),
	    TP_ARGS(region, strategy, pgoff, nr_pages, result),
	    TP_STRUCT__entry(__field(u64, region)
			     __field(u32, strategy)
			     __field(unsigned int, order)
			     __field(unsigned long, pgoff)
			     __field(unsigned long, nr_pages)
			     __field(int, result)
	    ),
	    TP_fast_assign(__entry->region = region;
			   __entry->strategy = strategy;
			   __entry->order = 0;
			   __entry->pgoff = pgoff;
			   __entry->nr_pages = nr_pages;
			   __entry->result = result;
	    ),
	    TP_printk("region=%llu strategy=%s order=%u pgoff=%lu pages=%lu result=%d",
		      __entry->region, vmadev_show_strategy(__entry->strategy), __entry->order,
		      __entry->pgoff, __entry->nr_pages, __entry->result)
);

/* ftruncate, or fallocate past the end; before and nr_pages: the size, in pages. */
TRACE_EVENT(vmadev_resize,
	    TP_PROTO(u64 region, unsigned long before, unsigned long nr_pages, int result),
	    TP_ARGS(region, before, nr_pages, result),
	    TP_STRUCT__entry(__field(u64, region)
			     __field(unsigned long, before)
			     __field(unsigned long, nr_pages)
			     __field(int, result)
	    ),
	    TP_fast_assign(__entry->region = region;
			   __entry->before = before;
			   __entry->nr_pages = nr_pages;
			   __entry->result = result;
	    ),
	    TP_printk("region=%llu before=%lu pages=%lu result=%d", __entry->region,
		      __entry->before, __entry->nr_pages, __entry->result)
);

/* fallocate, MADV_REMOVE of what is no page cache: bytes from start on; mode is FALLOC_FL_*. */
TRACE_EVENT(vmadev_fallocate,
	    TP_PROTO(u64 region, int mode, loff_t start, loff_t length, int result),
	    TP_ARGS(region, mode, start, length, result),
	    TP_STRUCT__entry(__field(u64, region)
			     __field(int, mode)
			     __field(loff_t, start)
			     __field(loff_t, length)
			     __field(int, result)
	    ),
	    TP_fast_assign(__entry->region = region;
			   __entry->mode = mode;
			   __entry->start = start;
			   __entry->length = length;
			   __entry->result = result;
	    ),
	    TP_printk("region=%llu mode=%d start=%lld length=%lld result=%d", __entry->region,
		      __entry->mode, __entry->start, __entry->length, __entry->result)
);

/* VMADEV_IOC_ADD_SEALS; seals: those that were asked for. */
TRACE_EVENT(vmadev_seal,
	    TP_PROTO(u64 region, u32 seals, int result),
	    TP_ARGS(region, seals, result),
	    TP_STRUCT__entry(__field(u64, region)
			     __field(u32, seals)
			     __field(int, result)
	    ),
	    TP_fast_assign(__entry->region = region;
			   __entry->seals = seals;
			   __entry->result = result;
	    ),
	    TP_printk("region=%llu seals=%#x result=%d", __entry->region, __entry->seals,
		      __entry->result)
);

/* VMADEV_IOC_REVOKE; pinned: bytes that others have still. */
TRACE_EVENT(vmadev_revoke,
	    TP_PROTO(u64 region, u32 how, u64 pinned, int result),
	    TP_ARGS(region, how, pinned, result),
	    TP_STRUCT__entry(__field(u64, region)
			     __field(u32, how)
			     __field(u64, pinned)
			     __field(int, result)
	    ),
	    TP_fast_assign(__entry->region = region;
			   __entry->how = how;
			   __entry->pinned = pinned;
			   __entry->result = result;
	    ),
	    TP_printk("region=%llu how=%s pinned=%llu result=%d", __entry->region,
		      __print_symbolic(__entry->how,
				       { VMADEV_REVOKE_SIGBUS, "sigbus" },
				       { VMADEV_REVOKE_ZEROS,  "zeros" },
				       { VMADEV_REVOKE_ONES,   "ones" }),
		      __entry->pinned, __entry->result)
);

/* VMADEV_IOC_RESTORE */
TRACE_EVENT(vmadev_restore,
	    TP_PROTO(u64 region, int result),
	    TP_ARGS(region, result),
	    TP_STRUCT__entry(__field(u64, region)
			     __field(int, result)
	    ),
	    TP_fast_assign(__entry->region = region;
			   __entry->result = result;
	    ),
	    TP_printk("region=%llu result=%d", __entry->region, __entry->result)
);

/* VMADEV_IOC_EXPORT of a range that was in order. */
TRACE_EVENT(vmadev_export,
	    TP_PROTO(u64 region, u32 strategy, unsigned long pgoff, unsigned long nr_pages,
		     bool write, int result),
	    TP_ARGS(region, strategy, pgoff, nr_pages, write, result),
	    TP_STRUCT__entry(__field(u64, region)
			     __field(u32, strategy)
			     __field(unsigned long, pgoff)
			     __field(unsigned long, nr_pages)
			     __field(bool, write)
			     __field(int, result)
	    ),
	    TP_fast_assign(__entry->region = region;
			   __entry->strategy = strategy;
			   __entry->pgoff = pgoff;
			   __entry->nr_pages = nr_pages;
			   __entry->write = write;
			   __entry->result = result;
	    ),
	    TP_printk("region=%llu strategy=%s pgoff=%lu pages=%lu write=%d result=%d",
		      __entry->region, vmadev_show_strategy(__entry->strategy), __entry->pgoff,
		      __entry->nr_pages, __entry->write, __entry->result)
);

/* fsync, fdatasync, msync(MS_SYNC): bytes start to end, both inclusive. */
TRACE_EVENT(vmadev_fsync,
	    TP_PROTO(u64 region, loff_t start, loff_t end, bool datasync),
	    TP_ARGS(region, start, end, datasync),
	    TP_STRUCT__entry(__field(u64, region)
			     __field(loff_t, start)
			     __field(loff_t, end)
			     __field(bool, datasync)
	    ),
	    TP_fast_assign(__entry->region = region;
			   __entry->start = start;
			   __entry->end = end;
			   __entry->datasync = datasync;
	    ),
	    TP_printk("region=%llu start=%lld end=%lld datasync=%d", __entry->region,
		      __entry->start, __entry->end, __entry->datasync)
);

TRACE_DEFINE_ENUM(VMADEV_ACTION_SIGBUS);
TRACE_DEFINE_ENUM(VMADEV_ACTION_MCEERR);
TRACE_DEFINE_ENUM(VMADEV_ACTION_DELAY);
TRACE_DEFINE_ENUM(VMADEV_ACTION_RETRY);
TRACE_DEFINE_ENUM(VMADEV_ACTION_OOM);
TRACE_DEFINE_ENUM(VMADEV_ACTION_ERRNO);
TRACE_DEFINE_ENUM(VMADEV_ACTION_SHORT);
TRACE_DEFINE_ENUM(VMADEV_ACTION_CORRUPT);

#define vmadev_show_access(access)			\
	__print_symbolic(access,			\
		{ VMADEV_ON_READ,	"read" },	\
		{ VMADEV_ON_WRITE,	"write" },	\
		{ VMADEV_ON_KERNEL,	"kernel" },	\
		{ VMADEV_ON_MMAP,	"mmap" },	\
		{ VMADEV_ON_SYNC,	"sync" },	\
		{ VMADEV_ON_READ_CALL,	"read(2)" },	\
		{ VMADEV_ON_WRITE_CALL,	"write(2)" })

#define vmadev_show_action(action)			\
	__print_symbolic(action,			\
		{ VMADEV_ACTION_SIGBUS,	"sigbus" },	\
		{ VMADEV_ACTION_MCEERR,	"mceerr" },	\
		{ VMADEV_ACTION_DELAY,	"delay" },	\
		{ VMADEV_ACTION_RETRY,	"retry" },	\
		{ VMADEV_ACTION_OOM,	"oom" },	\
		{ VMADEV_ACTION_ERRNO,	"errno" },	\
		{ VMADEV_ACTION_SHORT,	"short" },	\
		{ VMADEV_ACTION_CORRUPT, "corrupt" })

/* A rule hits; rule: its place among the region's, from 0. */
TRACE_EVENT(vmadev_inject,
	    TP_PROTO(u64 region, unsigned int rule, u32 access, unsigned long pgoff, u32 action),
	    TP_ARGS(region, rule, access, pgoff, action),
	    TP_STRUCT__entry(__field(u64, region)
			     __field(unsigned int, rule)
			     __field(u32, access)
			     __field(unsigned long, pgoff)
			     __field(u32, action)
	    ),
	    TP_fast_assign(__entry->region = region;
			   __entry->rule = rule;
			   __entry->access = access;
			   __entry->pgoff = pgoff;
			   __entry->action = action;
	    ),
	    TP_printk("region=%llu rule=%u access=%s pgoff=%lu action=%s", __entry->region,
		      __entry->rule, vmadev_show_access(__entry->access), __entry->pgoff,
		      vmadev_show_action(__entry->action))
);

/* The first store to a page since it was durable (media), or taken out of the log. */
TRACE_EVENT(vmadev_dirty,
	    TP_PROTO(u64 region, unsigned long pgoff),
	    TP_ARGS(region, pgoff),
	    TP_STRUCT__entry(__field(u64, region)
			     __field(unsigned long, pgoff)
	    ),
	    TP_fast_assign(__entry->region = region;
			   __entry->pgoff = pgoff;
	    ),
	    TP_printk("region=%llu pgoff=%lu", __entry->region, __entry->pgoff)
);

/* So many pages from pgoff to last (that one too) are no longer dirty. */
DECLARE_EVENT_CLASS(vmadev_clean,
		    TP_PROTO(u64 region, pgoff_t pgoff, pgoff_t last, unsigned long nr, int result),
		    TP_ARGS(region, pgoff, last, nr, result),
		    TP_STRUCT__entry(__field(u64, region)
				     __field(unsigned long, pgoff)
				     __field(unsigned long, last)
				     __field(unsigned long, nr_pages)
				     __field(int, result)
		    ),
		    TP_fast_assign(__entry->region = region;
				   __entry->pgoff = pgoff;
				   __entry->last = last;
				   __entry->nr_pages = nr;
				   __entry->result = result;
		    ),
		    TP_printk("region=%llu pgoff=%lu last=%lu pages=%lu result=%d",
			      __entry->region, __entry->pgoff, __entry->last, __entry->nr_pages,
			      __entry->result)
);

/* They became durable: a sync, or WRITEBACK. */
DEFINE_EVENT(vmadev_clean, vmadev_durable,
	     TP_PROTO(u64 region, pgoff_t pgoff, pgoff_t last, unsigned long nr, int result),
	     TP_ARGS(region, pgoff, last, nr, result));

/* They did not, by a rule: a sync that said so, and the next one will not write them. */
DEFINE_EVENT(vmadev_clean, vmadev_lost,
	     TP_PROTO(u64 region, pgoff_t pgoff, pgoff_t last, unsigned long nr, int result),
	     TP_ARGS(region, pgoff, last, nr, result));

/* A crash of region; fork is what it left, or region again; pages: dirty, and kept. */
TRACE_EVENT(vmadev_crash,
	    TP_PROTO(u64 region, u64 fork, u32 mode, u64 seed, unsigned long nr_pages, int result),
	    TP_ARGS(region, fork, mode, seed, nr_pages, result),
	    TP_STRUCT__entry(__field(u64, region)
			     __field(u64, fork)
			     __field(u32, mode)
			     __field(u64, seed)
			     __field(unsigned long, nr_pages)
			     __field(int, result)
	    ),
	    TP_fast_assign(__entry->region = region;
			   __entry->fork = fork;
			   __entry->mode = mode;
			   __entry->seed = seed;
			   __entry->nr_pages = nr_pages;
			   __entry->result = result;
	    ),
	    TP_printk("region=%llu fork=%llu mode=%u seed=%llu pages=%lu result=%d",
		      __entry->region, __entry->fork, __entry->mode, __entry->seed,
		      __entry->nr_pages, __entry->result)
);

/*
 * VMADEV_IOC_DIRTY_GET, VMADEV_IOC_DIRTY_CLEAR of pages from pgoff on; dirty: so many units.
 * cleared: they were taken out of the log.
 */
TRACE_EVENT(vmadev_harvest,
	    TP_PROTO(u64 region, unsigned long pgoff, unsigned long nr_pages, u64 unit, u64 dirty,
		     bool cleared, int result),
	    TP_ARGS(region, pgoff, nr_pages, unit, dirty, cleared, result),
	    TP_STRUCT__entry(__field(u64, region)
			     __field(unsigned long, pgoff)
			     __field(unsigned long, nr_pages)
			     __field(u64, unit)
			     __field(u64, dirty)
			     __field(bool, cleared)
			     __field(int, result)
	    ),
	    TP_fast_assign(__entry->region = region;
			   __entry->pgoff = pgoff;
			   __entry->nr_pages = nr_pages;
			   __entry->unit = unit;
			   __entry->dirty = dirty;
			   __entry->cleared = cleared;
			   __entry->result = result;
	    ),
	    TP_printk("region=%llu pgoff=%lu pages=%lu unit=%llu dirty=%llu cleared=%d result=%d",
		      __entry->region, __entry->pgoff, __entry->nr_pages, __entry->unit,
		      __entry->dirty, __entry->cleared, __entry->result)
);

/* VMADEV_IOC_SNAPSHOT; stopped_pages: so many were copied in stopped_ns, while writers waited. */
TRACE_EVENT(vmadev_snapshot,
	    TP_PROTO(u64 region, u64 copy, unsigned long nr_pages, u64 stopped_pages,
		     u64 stopped_ns, int result),
	    TP_ARGS(region, copy, nr_pages, stopped_pages, stopped_ns, result),
	    TP_STRUCT__entry(__field(u64, region)
			     __field(u64, copy)
			     __field(unsigned long, nr_pages)
			     __field(u64, stopped_pages)
			     __field(u64, stopped_ns)
			     __field(int, result)
	    ),
	    TP_fast_assign(__entry->region = region;
			   __entry->copy = copy;
			   __entry->nr_pages = nr_pages;
			   __entry->stopped_pages = stopped_pages;
			   __entry->stopped_ns = stopped_ns;
			   __entry->result = result;
	    ),
	    TP_printk("region=%llu copy=%llu pages=%lu stopped_pages=%llu stopped_ns=%llu result=%d",
		      __entry->region, __entry->copy, __entry->nr_pages, __entry->stopped_pages,
		      __entry->stopped_ns, __entry->result)
);

#endif /* VMADEV_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
