// SPDX-License-Identifier: GPL-2.0-or-later
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "../must.h"
#include "stream.h"

/* A frame that decompressors skip; so the file is zstd's for whoever looks at it. */
#define SKIPPED 0x184d2a5d
#define NAME "vmatrace"

struct head {
	__le32 skipped, size;
	char name[8];
	__le32 version;
};

/* Nothing that was written is larger. */
#define MOST_BYTES (1U << 30)

struct stream {
	const char *path;
	FILE *file;
	ZSTD_CCtx *writer;
	ZSTD_DCtx *reader;
	char *bytes;
	size_t room;
	ZSTD_inBuffer in;
	size_t left;		/* of a frame that is being read; 0: it is complete */
};

static struct stream *stream_new(const char *path, FILE *file, bool writes)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	must(stream);
	stream->path = path;
	stream->file = file;
	if (writes)
		stream->writer = ZSTD_createCCtx();
	else
		stream->reader = ZSTD_createDCtx();
	stream->room = writes ? ZSTD_CStreamOutSize() : ZSTD_DStreamInSize();
	stream->bytes = malloc(stream->room);
	if (!stream->bytes || !(stream->writer || stream->reader))
		err(1, "no memory");
	return stream;
}

struct stream *stream_create(const char *path)
{
	struct head head = {
		.skipped = htole32(SKIPPED), .size = htole32(sizeof(head) - 8),
		.name = NAME, .version = htole32(STREAM_VERSION),
	};
	FILE *file = fopen(path, "we");
	struct stream *stream;

	if (!file)
		return NULL;
	stream = stream_new(path, file, true);
	ZSTD_CCtx_setParameter(stream->writer, ZSTD_c_compressionLevel, 1);
	ZSTD_CCtx_setParameter(stream->writer, ZSTD_c_checksumFlag, 1);
	if (fwrite(&head, sizeof(head), 1, file) != 1)
		err(1, "%s", path);
	return stream;
}

static bool compress(struct stream *stream, const void *bytes, size_t size, ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = { bytes, size, 0 };
	size_t left;

	do {
		ZSTD_outBuffer out = { stream->bytes, stream->room, 0 };

		left = ZSTD_compressStream2(stream->writer, &out, &in, how);
		if (ZSTD_isError(left))
			errx(1, "%s: %s", stream->path, ZSTD_getErrorName(left));
		if (fwrite(out.dst, 1, out.pos, stream->file) != out.pos)
			return false;
	} while (how == ZSTD_e_continue ? in.pos < in.size : left);
	return true;
}

bool stream_write(struct stream *stream, const struct codec *entry)
{
	__le32 size = htole32((__u32)entry->size);

	return compress(stream, &size, sizeof(size), ZSTD_e_continue) &&
	       compress(stream, entry->bytes, entry->size, ZSTD_e_continue);
}

bool stream_flush(struct stream *stream)
{
	return compress(stream, NULL, 0, ZSTD_e_flush) && !fflush(stream->file);
}

static FILE *open_head(const char *path, struct head *head)
{
	FILE *file = fopen(path, "re");

	memset(head, 0, sizeof(*head));
	if (file && fread(head, sizeof(*head), 1, file) != 1)
		clearerr(file);
	return file;
}

static bool is_head(const struct head *head)
{
	return le32toh(head->skipped) == SKIPPED && !memcmp(head->name, NAME, sizeof(head->name));
}

bool stream_is(const char *path)
{
	struct head head;
	FILE *file = open_head(path, &head);

	if (file)
		fclose(file);
	return file && is_head(&head);
}

struct stream *stream_open(const char *path)
{
	struct head head;
	FILE *file = open_head(path, &head);

	if (!file)
		err(1, "%s", path);
	if (!is_head(&head))
		errx(1, "%s: vmatrace has not recorded this; --record FILE does", path);
	if (le32toh(head.version) != STREAM_VERSION)
		errx(1, "%s: recorded in version %u, this vmatrace reads %u", path,
		     le32toh(head.version), STREAM_VERSION);
	return stream_new(path, file, false);
}

/* So many bytes, decompressed. */
static enum stream_state fill(struct stream *stream, void *bytes, size_t size)
{
	ZSTD_outBuffer out = { bytes, size, 0 };

	while (out.pos < size) {
		size_t before = out.pos;

		if (stream->in.pos == stream->in.size) {
			size_t got = fread(stream->bytes, 1, stream->room, stream->file);

			if (ferror(stream->file))
				err(1, "%s", stream->path);
			stream->in = (ZSTD_inBuffer){ stream->bytes, got, 0 };
			if (!got && !stream->left)
				return out.pos ? STREAM_CUT : STREAM_END;
		}
		stream->left = ZSTD_decompressStream(stream->reader, &out, &stream->in);
		if (ZSTD_isError(stream->left))
			return STREAM_DAMAGED;
		if (!stream->in.size && out.pos == before)
			return STREAM_CUT;
	}
	return STREAM_ENTRY;
}

enum stream_state stream_read(struct stream *stream, struct codec *entry)
{
	enum stream_state state;
	__le32 size;

	state = fill(stream, &size, sizeof(size));
	if (state != STREAM_ENTRY)
		return state;
	entry->size = le32toh(size);
	if (entry->size > MOST_BYTES)
		return STREAM_DAMAGED;
	if (entry->room < entry->size) {
		entry->room = entry->size;
		entry->bytes = must(realloc(entry->bytes, entry->room));
	}
	entry->writing = false;
	entry->damaged = false;
	entry->at = 0;
	state = fill(stream, entry->bytes, entry->size);
	return state == STREAM_END ? STREAM_CUT : state;
}

bool stream_close(struct stream *stream)
{
	bool kept = !stream->writer || compress(stream, NULL, 0, ZSTD_e_end);
	int error = errno;

	if (fclose(stream->file)) {
		error = kept ? errno : error;
		kept = false;
	}
	ZSTD_freeCCtx(stream->writer);
	ZSTD_freeDCtx(stream->reader);
	free(stream->bytes);
	free(stream);
	errno = error;
	return kept;
}
