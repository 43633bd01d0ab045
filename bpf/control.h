/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP control: which SYN, FIN and RST the slow path must see (decision 0001).
 *
 * What        A mapping serves any number of remotes, but its entries can hold the end of one session only. A SYN of
 *             another remote makes it *shared*; on a shared mapping SYN, FIN and RST go to the slow path, which keeps the
 *             sessions exactly. An outbound SYN on a mapping that has begun to end goes there too: it begins anew.
 *             A static mapping never ends: nothing on it is control.
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
static __always_inline bool opening_needs_control(const struct segment *s, struct cgn_entry *entry,
						  struct cgn_entry *twin)
{
	if (s->outbound && (entry->seen | (twin ? twin->seen : 0)) & (CGN_SEEN_FIN | CGN_SEEN_RST))
		return true;
	if (is_first_remote(s, entry))
		return false;
	/* From outside, a SYN on a closing mapping passes and revives nothing: the SYN-ACK from inside would. */
	if (!s->outbound && twin && is_closing(entry, twin))
		return false;
	set_seen(entry, CGN_SEEN_SHARED);
	if (twin)
		set_seen(twin, CGN_SEEN_SHARED);
	return true;
}

/* Of SYN, FIN and RST. What ends nothing, the slow path need not see either. Global: judged by the verifier once. */
__noinline int needs_control(struct cgn_entry *entry, const struct segment *s)
{
	struct cgn_entry *twin;

	if (!entry || !s || entry->features & CGN_FEATURE_STATIC)
		return 0;
	twin = twin_of(entry, s);
	if (entry->seen & CGN_SEEN_SHARED)
		return !is_stray_end(s, entry, twin);
	return (s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && opening_needs_control(s, entry, twin);
}

/* Sets p->punt where the slow path must see the packet and can. Both halves of a hairpin are asked, for each may have to
 * become shared. */
static __always_inline void find_control(struct xdp_md *ctx, struct pkt *p)
{
	int needed = 0;
	struct segment s;

	/* A new permission is learned by whatever the slow path sends on. */
	if ((p->punt && p->punt != CGN_PUNT_PERMISSION) || p->proto != IPPROTO_TCP || !(p->tcp & (TCP_SYN | TCP_FIN | TCP_RST)))
		return;
	if (p->out) {
		s = segment_of(p, true);
		needed |= needs_control(p->out, &s);
	}
	if (p->in) {
		s = segment_of(p, false);
		needed |= needs_control(p->in, &s);
	}
	if (needed && listening(ctx, p) && control_may(ctx, p))
		p->punt = CGN_PUNT_TCP_CONTROL;
}

#endif
