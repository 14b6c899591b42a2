// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Held regions. A holder listens on the socket FOLDER/NAME and sends its
 * handle to whoever connects; FOLDER is $XDG_RUNTIME_DIR/vmadev, or
 * /run/vmadev where that is not set.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "vmactl.h"

static const char *held_folder(char *folder, size_t room)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	snprintf(folder, room, "%s/vmadev", runtime && *runtime ? runtime : "/run");
	return folder;
}

static struct sockaddr_un held_address(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char folder[sizeof(address.sun_path)];
	int length;

	if (!*name || *name == '.' || strchr(name, '/'))
		usage_error("'%s' cannot name a region: no slash, no dot in front", name);
	length = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s",
			  held_folder(folder, sizeof(folder)), name);
	if ((size_t)length >= sizeof(address.sun_path))
		usage_error("the name '%s' is too long for a socket in %s", name, folder);
	return address;
}

static int held_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket: %s", strerror(errno));
	return fd;
}

static int held_connect(const struct sockaddr_un *address)
{
	int fd = held_socket();
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
	struct sockaddr_un address = held_address(name);
	char folder[sizeof(address.sun_path)];
	int fd = held_socket();
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

int held_ask(const char *name, int *holder)
{
	struct sockaddr_un address = held_address(name);
	int socket = held_connect(&address);
	int fd;

	if (socket < 0 && (errno == ENOENT || errno == ECONNREFUSED))
		die("no region '%s'; 'vmactl create %s' makes one, 'vmactl info' lists them",
		    name, name);
	if (socket < 0)
		die("%s: %s", address.sun_path, strerror(errno));
	*holder = holder_of(socket);
	fd = vmadev_receive(socket);
	close(socket);
	return fd;
}

void held_each(void (*visit)(int fd, int holder, void *data), void *data)
{
	char folder[256];
	struct dirent **entries;
	int count = scandir(held_folder(folder, sizeof(folder)), &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		int holder, fd = -1;

		if (*name != '.') {
			struct sockaddr_un address = held_address(name);

			if (!is_stale(&address))
				fd = held_ask(name, &holder);
		}
		if (fd >= 0) {
			visit(fd, holder, data);
			close(fd);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}
