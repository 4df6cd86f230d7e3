/* Whether this system tells a socket that what it sent was refused (IP_RECVERR): some emulators of other processors do
 * not. */
#ifndef ICMP_H
#define ICMP_H

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ICMP_PATIENCE_MS = 1000, ICMP_CONTROL = 512 };

static inline bool icmp_is_told(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int closed = socket(AF_INET, SOCK_DGRAM, 0), fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
	char control[ICMP_CONTROL];
	struct msghdr message = {.msg_control = control, .msg_controllen = sizeof(control)};
	bool told = bind(closed, (struct sockaddr *)&at, len) == 0 &&
		    getsockname(closed, (struct sockaddr *)&at, &len) == 0;

	close(closed);
	told = told && setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)) == 0 &&
	       sendto(fd, "x", 1, 0, (struct sockaddr *)&at, len) == 1 &&
	       poll(&(struct pollfd){.fd = fd}, 1, ICMP_PATIENCE_MS) == 1 && recvmsg(fd, &message, MSG_ERRQUEUE) >= 0 &&
	       CMSG_FIRSTHDR(&message) && CMSG_FIRSTHDR(&message)->cmsg_type == IP_RECVERR;
	close(fd);
	return told;
}

#endif
