/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a packet leaves in its entry: that it was seen, and what TCP said.
 *
 * What        Stamps only move forward, bits are only set, both atomically and only when new: several cores may hit one
 *             entry, and an entry that nothing new happens to is not written but for its counters. The two directions of
 *             a mapping have entries of their own.
 * Ownership   The kernel writes, the daemon joins the two entries when it asks about lifetime.
 *             A static mapping has no life to judge: it is counted, and nothing of TCP is kept.
 * Failure     A FIN or RST that cannot end the session (window.h) is counted and leaves nothing else: a stranger's guess
 *             neither closes a mapping nor keeps it alive.
 * RFC         7857 section 2 (data revives, a bare ACK, FIN or RST does not), 5382 REQ-5
 */
#ifndef CGN_BPF_TOUCH_H
#define CGN_BPF_TOUCH_H

#include "window.h"

/* A lost swap means that another core wrote the same moment. */
static __always_inline void advance(__u32 *stamp, __u32 now)
{
	__u32 before = *(volatile __u32 *)stamp;

	if (before < now)
		__sync_val_compare_and_swap(stamp, before, now);
}

/* `seen` is the last byte of the 32-bit word at to_port, because BPF has no atomic instruction for a byte. */
static __always_inline void set_seen(struct cgn_entry *entry, __u8 bits)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	__u32 word = (__u32)bits << 24;
#else
	__u32 word = bits;
#endif

	if ((*(volatile __u8 *)&entry->seen & bits) != bits)
		__sync_fetch_and_or((__u32 *)&entry->to_port, word);
}

static __always_inline __u8 tcp_bits(const struct segment *s)
{
	__u8 bits = 0;

	if (s->flags & TCP_SYN)
		bits |= CGN_SEEN_SYN;
	if (s->flags & TCP_ACK && !(s->flags & TCP_RST))
		bits |= CGN_SEEN_ACK;
	if (s->flags & TCP_FIN)
		bits |= CGN_SEEN_FIN;
	if (s->flags & TCP_RST)
		bits |= CGN_SEEN_RST;
	return bits;
}

/* On a shared mapping a FIN ends one session, not the mapping: only the slow path can tell when it was the last. */
static __always_inline void touch_tcp(const struct segment *s, struct cgn_entry *entry)
{
	bool answers = (s->flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)) == (TCP_SYN | TCP_ACK);
	bool ends = s->flags & (TCP_FIN | TCP_RST);
	__u8 bits = tcp_bits(s);

	if (ends && entry->seen & CGN_SEEN_SHARED) {
		bits &= ~(CGN_SEEN_FIN | CGN_SEEN_RST);
		ends = false;
	}
	if (bits)
		set_seen(entry, bits);
	if (ends)
		advance(&entry->closed_at, s->now);
	else if ((s->payload && !(s->flags & (TCP_SYN | TCP_FIN | TCP_RST))) || (s->outbound && answers))
		advance(&entry->last_data, s->now);
}

/* All that a static mapping shows of itself. Global, as the one below. */
__noinline int count_use(struct cgn_entry *entry, __u32 length, __u32 now)
{
	if (!entry)
		return 0;
	__sync_fetch_and_add(&entry->packets, 1);
	__sync_fetch_and_add(&entry->bytes, length);
	advance(&entry->last_seen, now);
	return 0;
}

/* Global: judged by the verifier once (struct segment). */
__noinline int touch_entry(struct cgn_entry *entry, const struct segment *s)
{
	struct cgn_entry *twin = NULL;

	if (!entry || !s)
		return 0;
	if (entry->features & CGN_FEATURE_STATIC)
		return count_use(entry, s->length, s->now);
	__sync_fetch_and_add(&entry->packets, 1);
	__sync_fetch_and_add(&entry->bytes, s->length);
	if (s->flags & (TCP_SYN | TCP_FIN | TCP_RST))
		twin = twin_of(entry, s);
	if (is_stray_end(s, entry, twin))
		return 0;
	/* What answers a scan keeps no mapping alive (RFC 7857 section 7.1). */
	if (!(s->flags & TCP_RST))
		advance(&entry->last_seen, s->now);
	if (s->proto == IPPROTO_TCP) {
		touch_tcp(s, entry);
		note_progress(s, entry, twin);
	} else if (s->outbound && entry->features & CGN_FEATURE_DNS && s->remote_port != bpf_htons(53)) {
		set_seen(entry, CGN_SEEN_NOT_DNS);
	}
	return 0;
}

/* A first packet may yet be refused: it proves no use of its receiver. */
static __always_inline bool proves_use(const struct pkt *p)
{
	return p->out || p->direction == CGN_INBOUND;
}

static __always_inline void touch(const struct pkt *p)
{
	struct segment s;

	if (p->out) {
		s = segment_of(p, true);
		touch_entry(p->out, &s);
	}
	if (p->in) {
		s = segment_of(p, false);
		touch_entry(p->in, &s);
	}
}

#endif
