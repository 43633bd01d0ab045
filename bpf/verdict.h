/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of every packet: its verdict becomes one XDP action and one counter.
 *
 * What        conclude() is the only place with XDP_* values, so nothing can be dropped without saying why.
 * Failure     A redirect that finds its slot empty (the port or the socket has just left) changes the verdict before it is
 *             counted: the sum of the counters is the number of packets received.
 */
#ifndef CGN_BPF_VERDICT_H
#define CGN_BPF_VERDICT_H

#include "maps.h"

static __always_inline void count(enum cgn_verdict v)
{
	__u32 slot = v;
	__u64 *counter = bpf_map_lookup_elem(&verdicts, &slot);

	if (counter)
		*counter += 1;	/* per CPU, and XDP does not interrupt itself */
}

static __always_inline int send(__u32 port, enum cgn_verdict *v)
{
	int action = bpf_redirect_map(&tx_ports, port, XDP_DROP);

	if (action != XDP_REDIRECT)
		*v = CGN_VERDICT_NO_PORT;
	return action;
}

static __always_inline int hand_over(struct xdp_md *ctx, const struct pkt *p, enum cgn_verdict *v)
{
	__u32 slot = (__u32)p->link->port * CGN_MAX_QUEUES + ctx->rx_queue_index;
	int action = bpf_redirect_map(&xsks, slot, XDP_DROP);

	if (action != XDP_REDIRECT)
		*v = CGN_VERDICT_SLOW_PATH_AWAY;
	return action;
}

static __always_inline int conclude(struct xdp_md *ctx, const struct pkt *p, enum cgn_verdict v)
{
	int action = XDP_DROP;

	switch (v) {
	case CGN_VERDICT_TRANSLATED:
	case CGN_VERDICT_HAIRPINNED:
	case CGN_VERDICT_BYPASSED:
		/* Never without one; but what a global function answers is any number to the verifier. */
		if (p->hop.egress)
			action = send(p->hop.egress->port, &v);
		break;
	case CGN_VERDICT_PUNTED:
		action = hand_over(ctx, p, &v);
		break;
	case CGN_VERDICT_ARP_ANSWERED:
	case CGN_VERDICT_ECHO_ANSWERED:
		/* Not XDP_TX: a veth leaves such frames lying unless its peer has a program, too. */
		action = send(p->link->port, &v);
		break;
	case CGN_VERDICT_NOT_IPV4:
	case CGN_VERDICT_MULTICAST:
	case CGN_VERDICT_LOCAL:
	case CGN_VERDICT_TRANSIT:
		action = XDP_PASS;
		break;
	default:		/* a verdict that nobody listed here drops: the box never leaks by omission */
		break;
	}
	count(v);
	return action;
}

#endif
