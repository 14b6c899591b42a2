// SPDX-License-Identifier: GPL-2.0-or-later
/* Is all that is told of a mount's names so? */
#include <errno.h>
#include <stdio.h>

#include "model.h"

/* A walk over both; which number is told of a change is not known before. */
struct walk {
	const struct told *told;
	unsigned int at, changed;
	unsigned long long number[MOST_NAMES];	/* of the model's changes */
	const char *wrong;
};

static bool is_id(struct object *file, unsigned long long told)
{
	if (file && !file->id)
		file->id = told;
	return told == (file ? file->id : 0);
}

static unsigned int links_of(const struct folder *folder)
{
	unsigned int links = 2;

	for (unsigned int i = 0; i < NAMES; i++)
		links += folder->name[i].folder ? 1 : 0;
	return links;
}

static const char *look(const struct name *name, const struct told_name *told)
{
	if (name->folder)
		return told->kind != TOLD_FOLDER ? "is no directory" :
		       told->links != links_of(name->folder) ? "has other links" : NULL;
	if (!name->file)
		return told->kind != TOLD_NONE ? "is there" : NULL;
	if (told->kind != TOLD_FILE)
		return "is no file";
	if (!is_id(name->file, told->inode))
		return "is another file";
	if (told->links != object_links(name->file))
		return "has other links";
	return told->bytes != object_size(name->file) ? "has another size" : NULL;
}

/* Two names have one number if they are of one change, and only then. */
static bool is_number(struct walk *walk, const struct name *name, unsigned long long told)
{
	unsigned long long *number = &walk->number[name->change % MOST_NAMES];

	for (unsigned int i = 0; i < MOST_NAMES && !*number; i++)
		if (walk->number[i] == told)
			return false;
	if (!*number)
		*number = told;
	return told && *number == told;
}

static const char *ask(struct walk *walk, const struct name *name, const struct told_name *told)
{
	if (told->is_changed != !!name->change)
		return name->change ? "is told to be durable" : "is told not to be durable";
	if (!name->change)
		return NULL;
	walk->changed++;
	if (!is_id(name->durable, told->durable) || !is_id(name->file, told->live))
		return "is told to be of other files";
	if (told->durable_bytes != (name->durable ? object_size(name->durable) : 0))
		return "is told to have another size";
	return is_number(walk, name, told->change) ? NULL : "is told to be of another change";
}

static void walk(struct walk *w, const struct folder *folder)
{
	static char text[96];

	for (unsigned int i = 0; i < NAMES && !w->wrong; i++) {
		const struct told_name *told = &w->told->name[w->at++];
		const char *wrong = look(&folder->name[i], told);

		if (!wrong)
			wrong = ask(w, &folder->name[i], told);
		if (!wrong)
			continue;
		snprintf(text, sizeof(text), "name %u of the walk (\"%c\") %s", w->at - 1,
			 "abcxy"[i], wrong);
		w->wrong = text;
	}
	for (unsigned int i = 0; i < NAMES && !w->wrong; i++)
		if (folder->name[i].folder)
			walk(w, folder->name[i].folder);
}

/* The result is how many names are not durable. */
long names_expect(struct model *m, const struct desk *desk, const char **wrong)
{
	struct walk w = { .told = &desk->told };

	if (desk->ret < 0)
		return 0;
	walk(&w, &m->mount->root);
	*wrong = w.wrong;
	if (!*wrong && w.at != desk->told.names)
		*wrong = "there are more directories";
	return *wrong ? desk->ret : (long)w.changed;
}
