/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A second process, in step with this one. */
#ifndef TOUR_PEER_H
#define TOUR_PEER_H

#include <sys/types.h>

#define PEER_FD 3	/* where an executed peer finds its end of the socket */

struct peer {
	pid_t pid;
	int socket;
};

/* As fork: 0 in the child. Each side holds one end of a socket. */
pid_t peer_fork(struct peer *peer);
/* Start another program; its socket is PEER_FD. If it cannot, the socket is closed. */
void peer_exec(struct peer *peer, const char *path, char *const argv[]);
/* A word to the other side; wait for its word. Both end the program if it is gone. */
void peer_tell(struct peer *peer);
void peer_wait(struct peer *peer);
/* A descriptor over the socket. */
void peer_send_fd(struct peer *peer, int fd);
int peer_receive_fd(struct peer *peer);
/* Wait for its end: the exit status, or 128 + the signal. */
int peer_join(struct peer *peer);

#endif
