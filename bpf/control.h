/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP control: which SYN, FIN and RST the slow path must see (decision 0001).
 *
 * What        A mapping serves any number of remotes, but its entries can hold the end of one session only. A SYN of
 *             another remote makes it *shared*; on a shared mapping SYN, FIN and RST go to the slow path, which keeps the
 *             sessions exactly. An outbound SYN on a mapping that has begun to end goes there too: it begins anew.
 * Failure     Daemon away, or more control than its bucket gives: the packet is translated here, without closing stamps
 *             (touch.h), so that the mapping keeps its long timer and no idle connection is lost.
 * RFC         5382 REQ-5, 7857 section 2
 */
#ifndef CGN_BPF_CONTROL_H
#define CGN_BPF_CONTROL_H

#include "mapping.h"
#include "police.h"
#include "touch.h"

/* The socket of this port and queue. */
static __always_inline bool listening(struct xdp_md *ctx, const struct pkt *p)
{
	__u32 slot = (__u32)p->link->port * CGN_MAX_QUEUES + ctx->rx_queue_index;

	return ctx->rx_queue_index < CGN_MAX_QUEUES && bpf_map_lookup_elem(&xsks, &slot);
}

/* The other direction's entry of the same mapping. */
static __always_inline struct cgn_entry *twin_of(const struct cgn_entry *entry, __u8 proto, bool outbound)
{
	union translation ignored;

	return find(entry->to_addr, entry->to_port, proto, outbound ? CGN_REALM_EXTERNAL : CGN_REALM_INTERNAL, &ignored);
}

static __always_inline __u32 later(__u32 a, __u32 b)
{
	return a > b ? a : b;
}

/* Closing: both FINs or any RST, and no data since. */
static __always_inline bool is_closing(const struct cgn_entry *entry, const struct cgn_entry *twin)
{
	bool ended = (entry->seen | twin->seen) & CGN_SEEN_RST || entry->seen & twin->seen & CGN_SEEN_FIN;

	return ended && later(entry->last_data, twin->last_data) <= later(entry->closed_at, twin->closed_at);
}

/* A SYN without ACK meets an unshared entry. */
static __always_inline bool opening_needs_control(const struct pkt *p, struct cgn_entry *entry, bool outbound)
{
	struct cgn_entry *twin = twin_of(entry, p->proto, outbound);
	__be32 remote = outbound ? p->seen.dst : p->sent.src;
	__be16 port = outbound ? p->seen.dport : p->sent.sport;

	if (outbound && (entry->seen | (twin ? twin->seen : 0)) & (CGN_SEEN_FIN | CGN_SEEN_RST))
		return true;
	if (entry->remote_addr == remote && entry->remote_port == port)
		return false;
	/* From outside, a SYN on a closing mapping passes and revives nothing: the SYN-ACK from inside would. */
	if (!outbound && twin && is_closing(entry, twin))
		return false;
	set_seen(entry, CGN_SEEN_SHARED);
	if (twin)
		set_seen(twin, CGN_SEEN_SHARED);
	return true;
}

static __always_inline bool needs_control(const struct pkt *p, struct cgn_entry *entry, bool outbound)
{
	if (entry->seen & CGN_SEEN_SHARED)
		return true;
	return opens(p) && opening_needs_control(p, entry, outbound);
}

/* Sets p->punt where the slow path must see the packet and can. Both halves of a hairpin are asked, for each may have to
 * become shared. */
static __always_inline void find_control(struct xdp_md *ctx, struct pkt *p)
{
	bool source, destination;

	if (p->punt || p->proto != IPPROTO_TCP || !(p->tcp & (TCP_SYN | TCP_FIN | TCP_RST)))
		return;
	source = p->out && needs_control(p, p->out, true);
	destination = p->in && needs_control(p, p->in, false);
	if ((source || destination) && listening(ctx, p) && control_may(ctx, p))
		p->punt = CGN_PUNT_TCP_CONTROL;
}

#endif
