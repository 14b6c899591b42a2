// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "../must.h"
#include "codec.h"

void codec_free(struct codec *codec)
{
	free(codec->bytes);
	codec->bytes = NULL;
	codec->room = 0;
}

static void put(struct codec *codec, const void *bytes, size_t size)
{
	if (codec->room - codec->size < size) {
		codec->room = 2 * codec->room + size + 256;
		codec->bytes = must(realloc(codec->bytes, codec->room));
	}
	memcpy(codec->bytes + codec->size, bytes, size);
	codec->size += size;
}

/* The next bytes; NULL: there are not so many. */
static const unsigned char *take(struct codec *codec, size_t size)
{
	const unsigned char *bytes = codec->bytes + codec->at;

	if (codec->damaged || codec->size - codec->at < size) {
		codec->damaged = true;
		return NULL;
	}
	codec->at += size;
	return bytes;
}

/* Seven bits a byte, the low ones first; the last byte is below 128. */
void code_number(struct codec *codec, __u64 *value)
{
	unsigned char bytes[10];
	const unsigned char *byte;
	size_t size = 0;
	__u64 rest = *value;

	if (codec->writing) {
		for (; rest > 127; rest >>= 7)
			bytes[size++] = (unsigned char)(rest | 128);
		bytes[size++] = (unsigned char)rest;
		put(codec, bytes, size);
		return;
	}
	*value = 0;
	for (unsigned int shift = 0; (byte = take(codec, 1)); shift += 7) {
		if (shift < 64)
			*value |= (__u64)(*byte & 127) << shift;
		else
			codec->damaged = true;
		if (*byte < 128)
			return;
	}
	*value = 0;
}

void code_real(struct codec *codec, double *value)
{
	__u64 bits;

	memcpy(&bits, value, sizeof(bits));
	code_number(codec, &bits);
	memcpy(value, &bits, sizeof(bits));
}

void code_text(struct codec *codec, char *room, size_t size)
{
	size_t length = codec->writing ? strlen(room) : 0;
	const unsigned char *bytes;

	CODE(codec, length);
	if (codec->writing) {
		put(codec, room, length);
		return;
	}
	*room = '\0';
	bytes = take(codec, length);
	if (!bytes || length >= size) {
		codec->damaged = true;
		return;
	}
	memcpy(room, bytes, length);
	room[length] = '\0';
}

void code_name(struct codec *codec, const char **name)
{
	bool is_there = *name;
	char room[4096];

	CODE(codec, is_there);
	if (codec->writing && is_there) {
		code_text(codec, (char *)*name, 0);
	} else if (!codec->writing) {
		if (is_there)
			code_text(codec, room, sizeof(room));
		*name = is_there && !codec->damaged ? intern(room) : NULL;
	}
}

static void code_vma(struct codec *codec, struct vma *vma)
{
	__u64 length = vma->end - vma->start;

	CODE(codec, vma->start);
	CODE(codec, length);
	vma->end = vma->start + length;
	CODE(codec, vma->pgoff);
	CODE(codec, vma->anon_pgoff);
	CODE(codec, vma->flags);
	CODE(codec, vma->file);
	CODE(codec, vma->inode);
	CODE(codec, vma->major);
	CODE(codec, vma->minor);
	code_name(codec, &vma->name);
	code_name(codec, &vma->anon_name);
	CODE(codec, vma->anon);
	CODE(codec, vma->policy);
	CODE(codec, vma->uffd);
	CODE(codec, vma->chain);
	CODE(codec, vma->close);
	CODE(codec, vma->anonymous);
}

void code_vmas(struct codec *codec, struct mm *mm)
{
	size_t count = mm->count;
	__u64 last = 0;

	CODE(codec, count);
	for (size_t i = 0; i < count && !codec->damaged; i++) {
		struct vma vma = { 0 };

		if (codec->writing)
			vma = *mm->vma[i];
		code_vma(codec, &vma);
		/* Sorted, and none over another: all else relies on it. */
		codec->damaged |= vma.start < last || vma.end <= vma.start;
		last = vma.end;
		if (!codec->writing && !codec->damaged)
			mm_insert(mm, &vma);
	}
}

void code_mm(struct codec *codec, struct mm *mm)
{
	struct limits *limits = &mm->limits;

	CODE(codec, mm->page);
	codec->damaged |= mm->page < 4096 || mm->page & (mm->page - 1);
	CODE(codec, mm->start_brk);
	CODE(codec, mm->brk);
	CODE(codec, mm->start_stack);
	CODE(codec, limits->vmas);
	CODE(codec, limits->as);
	CODE(codec, limits->data);
	CODE(codec, limits->stack);
	CODE(codec, limits->memlock);
	CODE(codec, limits->guard_gap);
}

static void code_facts(struct codec *codec, struct facts *facts)
{
	size_t count = facts->count;

	CODE(codec, count);
	for (size_t i = 0; i < count && !codec->damaged; i++) {
		struct fact *fact = codec->writing ? &facts->fact[i] :
				    facts_add(facts, FACT_CREATED, WHY_NONE, 0);

		CODE(codec, fact->kind);
		CODE(codec, fact->why);
		CODE(codec, fact->address);
		CODE(codec, fact->until);
		code_vma(codec, &fact->vma);
		code_vma(codec, &fact->other);
		code_name(codec, &fact->by);
		CODE(codec, fact->order);
		codec->damaged |= (unsigned int)fact->kind > FACT_LAST ||
				  (unsigned int)fact->why > WHY_LAST;
	}
}

static void code_frames(struct codec *codec, const char **frame)
{
	size_t count = 0;

	while (codec->writing && frame[count])
		count++;
	CODE(codec, count);
	codec->damaged |= count > MOST_FRAMES;
	for (size_t i = 0; i < count && !codec->damaged; i++)
		code_name(codec, &frame[i]);
}

void code_event(struct codec *codec, struct event *event)
{
	CODE(codec, event->pid);
	CODE(codec, event->tid);
	code_name(codec, &event->name);
	code_text(codec, event->text, sizeof(event->text));
	CODE(codec, event->call.kind);
	for (size_t i = 0; i < ARRAY_SIZE(event->call.args); i++)
		CODE(codec, event->call.args[i]);
	CODE(codec, event->call.result);
	code_vma(codec, &event->call.file);
	code_name(codec, &event->call.name);
	CODE(codec, event->call.policy);
	CODE(codec, event->call.uffd);
	CODE(codec, event->shows_address);
	code_real(codec, &event->time);
	code_real(codec, &event->seconds);
	CODE(codec, event->grown);
	CODE(codec, event->foreseen);
	code_facts(codec, &event->facts);
	code_frames(codec, event->frame);
	codec->damaged |= !event->name || (unsigned int)event->call.kind > CALL_LAST;
}
