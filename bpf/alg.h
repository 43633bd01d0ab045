/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control connections of application level gateways: whatever belongs to one goes to the slow path, in both directions.
 *
 * What        With CGN_SWITCH_ALG_FTP a TCP packet of a live mapping that shows port 21 at either end, before or after its
 *             translation, is a control packet: a client inside, a server inside, a server behind a port forward, and both
 *             halves of a hairpin. The data connections that they agree on are ordinary, and fast. With CGN_SWITCH_ALG_PPTP
 *             the same of port 1723; the calls' GRE is tunnel.h's.
 * Failure     Daemon away, or more of them than their bucket gives: SLOW_PATH_AWAY, POLICED. Never translated here: the
 *             numbers of a connection that was changed once differ at its two ends for all of its life.
 * RFC         959, 2428, 2637; 3022 section 4.4
 */
#ifndef CGN_BPF_ALG_H
#define CGN_BPF_ALG_H

#include "packet.h"

#define FTP_CONTROL 21
#define PPTP_CONTROL 1723
#define CGN_SWITCH_ALGS (CGN_SWITCH_ALG_FTP | CGN_SWITCH_ALG_PPTP)

/* `ports`: two of them, side by side. Global, with numbers alone: judged by the verifier once. */
__noinline int shows_control(__u32 ports, __u32 switches)
{
	__be16 one = ports, other = ports >> 16;
	__be16 ftp = bpf_htons(FTP_CONTROL), pptp = bpf_htons(PPTP_CONTROL);

	if (switches & CGN_SWITCH_ALG_FTP && (one == ftp || other == ftp))
		return 1;
	return switches & CGN_SWITCH_ALG_PPTP && (one == pptp || other == pptp);
}

static __always_inline __u32 ports_of(const struct ends *e)
{
	return e->sport | (__u32)e->dport << 16;
}

static __always_inline bool is_control(const struct pkt *p)
{
	__u32 on = p->settings->switches;

	return p->proto == IPPROTO_TCP && (shows_control(ports_of(&p->seen), on) || shows_control(ports_of(&p->sent), on));
}

/* After find_control(): SYN, FIN and RST that the sessions of a shared mapping are counted by go as such, and are changed
 * there all the same. A remote that filtering must learn is learned of whatever the slow path sends on. */
static __always_inline void find_alg(struct pkt *p)
{
	if (!(p->settings->switches & CGN_SWITCH_ALGS) || p->fragment)
		return;
	if ((!p->punt || p->punt == CGN_PUNT_PERMISSION) && is_control(p))
		p->punt = CGN_PUNT_ALG;
}

#endif
