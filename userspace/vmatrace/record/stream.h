/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of a recorded trace: entries in a zstd stream, behind a frame that names it. */
#ifndef VMATRACE_STREAM_H
#define VMATRACE_STREAM_H

#include "codec.h"

/* Another number for whatever older readers would misunderstand. */
#define STREAM_VERSION 2

enum stream_state {
	STREAM_ENTRY,		/* one was read */
	STREAM_END,
	STREAM_CUT,		/* the file ends in the middle */
	STREAM_DAMAGED,
};

struct stream;

/* stream_create - NULL: errno tells why */
struct stream *stream_create(const char *path);
/* stream_write - false: errno tells why */
bool stream_write(struct stream *stream, const struct codec *entry);
/* stream_flush - have all of it in the file, for who reads it after a crash */
bool stream_flush(struct stream *stream);

/* stream_is - is this file one? */
bool stream_is(const char *path);
/* stream_open - to read one; or it dies */
struct stream *stream_open(const char *path);
enum stream_state stream_read(struct stream *stream, struct codec *entry);

/* stream_close - false: not all could be written, errno tells why */
bool stream_close(struct stream *stream);

#endif
