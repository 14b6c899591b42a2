// SPDX-License-Identifier: GPL-2.0-or-later
/* A video buffer as a dma-buf, mapped from its third page on: which one is seen? Takes a node. */
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	struct v4l2_requestbuffers request = {
		.count = 1, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP };
	struct v4l2_exportbuffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .flags = O_RDWR };
	int node = open(argc > 1 ? argv[1] : "/dev/video0", O_RDWR);
	char *whole, *third;

	if (ioctl(node, VIDIOC_REQBUFS, &request) || ioctl(node, VIDIOC_EXPBUF, &buffer))
		return perror("no node with buffers that can be exported"), 2;
	whole = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_SHARED, buffer.fd, 0);
	third = mmap(NULL, 4096, PROT_READ, MAP_SHARED, buffer.fd, 8192);
	if (whole == MAP_FAILED || third == MAP_FAILED)
		return perror("mmap of a dma-buf"), 2;
	for (int i = 0; i < 3; i++)
		whole[i * 4096] = '0' + i;
	printf("page 2 begins with %c; mapped alone, with %c\n", whole[8192], third[0]);
	return whole[8192] != third[0];
}
