// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <sound/asound.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "open.h"

/* Where <sound/asound.h> has two, of which a 64-bit program knows both. */
#define STATUS_OFFSET	0x82000000
#define CONTROL_OFFSET	0x83000000

static struct snd_interval *interval(struct snd_pcm_hw_params *params, int name)
{
	return &params->intervals[name - SNDRV_PCM_HW_PARAM_FIRST_INTERVAL];
}

static void want(struct snd_pcm_hw_params *params, int name, unsigned int least, unsigned int most)
{
	struct snd_interval *wanted = interval(params, name);

	wanted->min = least;
	wanted->max = most;
	params->rmask |= 1u << name;
}

static void want_only(struct snd_pcm_hw_params *params, int name, unsigned int bit)
{
	struct snd_mask *mask = &params->masks[name - SNDRV_PCM_HW_PARAM_FIRST_MASK];

	memset(mask, 0, sizeof(*mask));
	mask->bits[bit / 32] = 1u << bit % 32;
}

/* Everything is allowed but for what a mapping needs; the driver chooses the rest. */
static bool set_up(int fd, size_t length, size_t *bytes)
{
	struct snd_pcm_hw_params params = { .rmask = ~0u, .info = ~0u };

	memset(params.masks, 0xff, sizeof(params.masks));
	for (size_t i = 0; i < ARRAY_SIZE(params.intervals); i++)
		params.intervals[i].max = ~0u;
	want_only(&params, SNDRV_PCM_HW_PARAM_ACCESS, SNDRV_PCM_ACCESS_MMAP_INTERLEAVED);
	want_only(&params, SNDRV_PCM_HW_PARAM_FORMAT, SNDRV_PCM_FORMAT_S16_LE);
	want(&params, SNDRV_PCM_HW_PARAM_CHANNELS, 2, 2);
	want(&params, SNDRV_PCM_HW_PARAM_RATE, 48000, 48000);
	want(&params, SNDRV_PCM_HW_PARAM_BUFFER_BYTES, (unsigned int)length / 2,
	     (unsigned int)length);
	if (ioctl(fd, SNDRV_PCM_IOCTL_HW_PARAMS, &params))
		return false;
	*bytes = interval(&params, SNDRV_PCM_HW_PARAM_BUFFER_BYTES)->min;
	return true;
}

/* Nothing is played: the stream is not even prepared. */
static const char *open_alsa_pcm(struct subject *subject, char *const *options)
{
	const char *card = option_value(options, "card"), *part = option_value(options, "part");
	char link[64], target[64] = "card*", pattern[128], path[128];
	size_t bytes;

	if (card) {
		ssize_t length;

		snprintf(link, sizeof(link), "/proc/asound/%s", card);
		length = readlink(link, target, sizeof(target) - 1);
		if (length < 0)
			return no_node(link, "a sound driver: snd-dummy, snd-aloop");
		target[length] = '\0';
	}
	snprintf(pattern, sizeof(pattern), "/dev/snd/pcmC%sD*p", target + strlen("card"));
	if (!first_path(path, sizeof(path), pattern))
		return "no device that plays; it comes with a sound driver: snd-dummy, snd-aloop";
	subject->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (subject->fd < 0)
		return failed(path);
	if (!set_up(subject->fd, subject->length, &bytes))
		return failed("SNDRV_PCM_IOCTL_HW_PARAMS");
	subject->traits |= TRAIT_SIZED | TRAIT_OTHERS;
	if (!part || !strcmp(part, "data")) {
		subject->length = whole_pages(bytes);
		return NULL;
	}
	subject->length = page_size();
	subject->traits |= TRAIT_RING | TRAIT_EXACT;
	subject->offset = !strcmp(part, "status") ? STATUS_OFFSET : CONTROL_OFFSET;
	return !strcmp(part, "status") || !strcmp(part, "control") ? NULL :
	       "part is data, status or control";
}

const struct opener opener_alsa_pcm = {
	.name = "alsa-pcm",
	.about = "the samples that a sound card is to play",
	.options = "card=ID,part=data|status|control",
	.open = open_alsa_pcm,
};
