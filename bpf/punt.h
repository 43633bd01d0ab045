/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handing a packet to the slow path: police, then put what the kernel learned in front of the untouched frame.
 *
 * What        The header travels as packet bytes (bpf_xdp_adjust_head), because that works in every mode and driver and
 *             XDP metadata does not (decision 0005).
 * Failure     Policed, or SLOW_PATH_AWAY: no socket on this port and queue. The packet is dropped untranslated. What is
 *             punted only to be told, or fragmented, keeps the verdict of why.
 */
#ifndef CGN_BPF_PUNT_H
#define CGN_BPF_PUNT_H

#include "control.h"
#include "tell.h"

/* What must be told, or fragmented: that is traffic, and charged as such. */
static __always_inline bool telling_may(struct xdp_md *ctx, const struct pkt *p)
{
	if (is_told(p))
		return sender_may(p) && errors_may(ctx, p);
	return p->subscriber_mask ? subscriber_may(p) : fragments_may(ctx, p);
}

static __always_inline bool may_be_new(const struct pkt *p)
{
	return p->punt == CGN_PUNT_FIRST_PACKET || p->punt == CGN_PUNT_FRAGMENT;
}

/* An inbound or bypassed packet has no subscriber to charge: without next hop, it takes from the queue's control bucket. */
static __always_inline bool payer_may(struct xdp_md *ctx, const struct pkt *p)
{
	bool fragment = p->punt == CGN_PUNT_FRAGMENT;

	if (p->punt == CGN_PUNT_ALG)
		return alg_may(ctx, p);
	if (p->punt == CGN_PUNT_TUNNEL)
		return tunnels_may(ctx, p);
	if (p->direction == CGN_INBOUND || p->direction == CGN_BYPASS)
		return fragment ? fragments_may(ctx, p) : control_may(ctx, p);
	return fragment ? own_fragments_may(p) : subscriber_may(p);
}

static __always_inline enum cgn_verdict police(struct xdp_md *ctx, const struct pkt *p)
{
	if (is_told(p) || p->punt == CGN_PUNT_TOO_BIG)
		return listening(ctx, p) && telling_may(ctx, p) ? CGN_VERDICT_CONTINUE : verdict_of(p->punt);
	if (!listening(ctx, p))
		return CGN_VERDICT_SLOW_PATH_AWAY;
	if (p->punt == CGN_PUNT_TCP_CONTROL)	/* has paid in control.h already */
		return CGN_VERDICT_CONTINUE;
	if (!payer_may(ctx, p))
		return CGN_VERDICT_POLICED;
	if (p->direction != CGN_INBOUND && may_be_new(p) && is_stranger(p) && !strangers_may(ctx, p))
		return CGN_VERDICT_POLICED_STRANGERS;
	return CGN_VERDICT_CONTINUE;
}

static __always_inline enum cgn_next_hop_state hop_state(const struct pkt *p)
{
	if (!p->hop.ifindex)	/* the packet ends before its route is asked for, or only its first fragment's can be */
		return CGN_NEXT_HOP_NONE;
	return p->hop.resolved ? CGN_NEXT_HOP_KNOWN : CGN_NEXT_HOP_UNRESOLVED;
}

static __always_inline enum cgn_verdict prepend_header(struct xdp_md *ctx, const struct pkt *p)
{
	struct cgn_punt *header;

	if (bpf_xdp_adjust_head(ctx, -(int)sizeof(*header)))
		return CGN_VERDICT_SLOW_PATH_AWAY;
	header = data_of(ctx);
	if ((void *)(header + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	header->magic = CGN_PUNT_MAGIC;
	header->version = CGN_ABI_VERSION;
	header->reason = p->punt;
	header->direction = p->direction;
	header->next_hop_state = hop_state(p);
	header->l3_offset = p->l3;
	header->l4_offset = p->l4;
	header->egress_ifindex = p->hop.ifindex;
	header->next_hop = p->hop.addr;
	copy_mac(header->dmac, p->hop.dmac);
	header->mtu = p->mtu;
	header->view = p->link->view;
	header->pad[0] = header->pad[1] = header->pad[2] = 0;
	header->ingress_ifindex = ctx->ingress_ifindex;
	return CGN_VERDICT_PUNTED;
}

static __always_inline enum cgn_verdict punt(struct xdp_md *ctx, const struct pkt *p)
{
	enum cgn_verdict v = police(ctx, p);

	return v ? v : prepend_header(ctx, p);
}

#endif
