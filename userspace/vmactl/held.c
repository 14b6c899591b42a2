// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Held regions. A holder listens on the socket FOLDER/NAME and sends its
 * handle to whoever connects; FOLDER is $XDG_RUNTIME_DIR/vmadev, or
 * /run/vmadev where that is not set.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "vmactl.h"

#define PATIENCE 5000	/* milliseconds that a holder has to answer */

static const char *held_folder(char *folder, size_t room)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	snprintf(folder, room, "%s/vmadev", runtime && *runtime ? runtime : "/run");
	return folder;
}

/* Returns NULL, or why @name cannot be that of a region. */
static const char *held_address(const char *name, struct sockaddr_un *address)
{
	char folder[sizeof(address->sun_path)];
	int length;

	if (!*name || *name == '.' || strchr(name, '/'))
		return "cannot name a region: no slash, no dot in front";
	address->sun_family = AF_UNIX;
	length = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s",
			  held_folder(folder, sizeof(folder)), name);
	return (size_t)length < sizeof(address->sun_path) ? NULL
		: "is too long for the name of a socket there";
}

static struct sockaddr_un address_of(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *why = held_address(name, &address);

	if (why)
		usage_error("'%s' %s", name, why);
	return address;
}

static int held_socket(int flags)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	if (fd < 0)
		die("socket: %s", strerror(errno));
	return fd;
}

/* Does not wait, neither now nor when it is read from. */
static int held_connect(const struct sockaddr_un *address)
{
	int fd = held_socket(SOCK_NONBLOCK);
	int error;

	if (!connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* A socket whose holder died refuses connections and may be replaced. */
static bool is_stale(const struct sockaddr_un *address)
{
	int fd = held_connect(address);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == ECONNREFUSED;
}

int held_listen(const char *name, unsigned int mode, char *path, size_t room)
{
	struct sockaddr_un address = address_of(name);
	char folder[sizeof(address.sun_path)];
	int fd = held_socket(0);
	mode_t mask;

	held_folder(folder, sizeof(folder));
	if (mkdir(folder, 0755) && errno != EEXIST)
		die("%s: %s; set XDG_RUNTIME_DIR to a folder of yours", folder, strerror(errno));
	if (is_stale(&address))
		unlink(address.sun_path);
	mask = umask(0177);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die("%s: %s", address.sun_path,
		    errno == EADDRINUSE ? "a region is held under this name already"
					: strerror(errno));
	umask(mask);
	if (chmod(address.sun_path, mode) || listen(fd, SOMAXCONN))
		die("%s: %s", address.sun_path, strerror(errno));
	snprintf(path, room, "%s", address.sun_path);
	return fd;
}

static int holder_of(int socket)
{
	struct ucred peer = { .pid = 0 };
	socklen_t size = sizeof(peer);

	getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	return peer.pid;
}

/*
 * Takes the region from the holder at the other end of @socket, which is closed.
 * Returns it, or -1 and in *@why the reason.
 */
static int take(int socket, long long deadline, int *holder, const char **why)
{
	static char text[64];
	struct pollfd wait = { .fd = socket, .events = POLLIN };
	const long long left = deadline - now();
	int fd = -1;

	*holder = holder_of(socket);
	if (poll(&wait, 1, left > 0 ? (int)left : 0) > 0) {
		fd = vmadev_receive(socket);
		*why = vmadev_error();
	} else {
		snprintf(text, sizeof(text), "its holder, process %d, does not answer", *holder);
		*why = text;
	}
	close(socket);
	return fd;
}

/* Why connect() failed. */
static const char *refusal(void)
{
	if (errno == EACCES)
		return "Permission denied: its holder says who may ask, by --mode";
	if (errno == EAGAIN)
		return "its holder does not answer";
	return strerror(errno);
}

int held_ask(const char *name, int *holder)
{
	struct sockaddr_un address = address_of(name);
	int socket = held_connect(&address);
	const char *why;
	int fd;

	if (socket < 0 && (errno == ENOENT || errno == ECONNREFUSED))
		die("no region '%s'; 'vmactl create %s' makes one, 'vmactl info' lists them",
		    name, name);
	if (socket < 0)
		die("%s: %s", address.sun_path, refusal());
	fd = take(socket, now() + PATIENCE, holder, &why);
	if (fd < 0)
		die("%s: %s", address.sun_path, why);
	return fd;
}

/* Sockets, and what may be one: not every file system tells. */
static int may_be_held(const struct dirent *entry)
{
	return *entry->d_name != '.' && (entry->d_type == DT_SOCK || entry->d_type == DT_UNKNOWN);
}

/* A socket, or -1 after a warning unless there is nothing behind that name. */
static int connect_or_warn(const char *name)
{
	struct sockaddr_un address;
	const char *why = held_address(name, &address);
	int fd = why ? -1 : held_connect(&address);

	if (why)
		warn("'%s' %s", name, why);
	else if (fd < 0 && errno != ENOENT && errno != ECONNREFUSED)
		warn("%s: %s", address.sun_path, refusal());
	return fd;
}

int held_each(void (*visit)(int fd, int holder, void *data), void *data)
{
	char folder[256];
	struct dirent **entries;
	long long deadline;
	int count, visited = 0;
	int *sockets;

	count = scandir(held_folder(folder, sizeof(folder)), &entries, may_be_held, alphasort);
	if (count < 0) {
		if (errno != ENOENT)
			warn("%s: %s", folder, strerror(errno));
		return 0;
	}
	/* All are asked before the first is waited for: one deadline is enough for all. */
	sockets = calloc((size_t)count + 1, sizeof(*sockets));
	if (!sockets)
		die("no memory for %d regions", count);
	for (int i = 0; i < count; i++)
		sockets[i] = connect_or_warn(entries[i]->d_name);
	deadline = now() + PATIENCE;
	for (int i = 0; i < count; i++) {
		const char *why;
		int holder, fd;

		if (sockets[i] < 0)
			continue;
		fd = take(sockets[i], deadline, &holder, &why);
		if (fd < 0) {
			warn("%s/%s: %s", folder, entries[i]->d_name, why);
			continue;
		}
		visit(fd, holder, data);
		visited++;
		close(fd);
	}
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	free(sockets);
	return visited;
}
