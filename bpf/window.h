/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far each side of a TCP session has acknowledged, and what it would take next: who may end the session is judged by it.
 *
 * What        The newest acknowledgement of a direction, the window beside it and that side's window scale lie in one word
 *             of its entry, written at once. A FIN or RST counts only if it lies in what its receiver last said it would
 *             take; whoever can merely forge addresses would have to guess that. What does not count is translated all the
 *             same, marks nothing and keeps nothing alive.
 * Life-cycle  A SYN begins the word anew; each later acknowledgement moves it forward, never further than that side's own
 *             window: nobody can have sent more than that, so that a forged one cannot run away with it.
 * Ownership   Only packets of the entry's first remote count. Sessions with other remotes, which make the mapping shared,
 *             are told apart by the slow path.
 *             Ends of what the internal side of an FTP control connection sends are believed (is_moved).
 * Failure     Nothing known yet (no acknowledgement seen, or one half of the mapping missing): the end is believed. Scale
 *             unknown (the SYN went another way): the widest, so that no true end is missed.
 * RFC         7857 section 2.2, 5961 section 3, 7323 section 2 (a SYN's own window is never scaled, 14 is the most)
 */
#ifndef CGN_BPF_WINDOW_H
#define CGN_BPF_WINDOW_H

#include "alg.h"
#include "mapping.h"

#define WIDEST_SCALE 14
/* A probe of a closed window may carry a byte or so too many, and be acknowledged. */
#define ACK_SLACK 0x10000u

/* The word at cgn_entry.highest_ack. */
union progress {
	__u64 word;
	struct {
		__u32 ack;
		__u16 window;
		__u8 scale;	/* shift + 1, 0 = not seen */
		__u8 acked;
	};
};

static __always_inline union progress progress_of(const struct cgn_entry *entry)
{
	return (union progress){ .word = *(volatile __u64 *)&entry->highest_ack };
}

static __always_inline __u32 shift_of(__u8 scale)
{
	return (scale ? scale - 1 : WIDEST_SCALE) & 15;
}

/* Bytes beyond its acknowledgement that this side would take. */
static __always_inline __u32 room_of(union progress p)
{
	return (__u32)p.window << shift_of(p.scale);
}

/* Where the end stands in the sequence: a RST at its own number, a FIN behind the payload. */
static __always_inline __u32 end_sequence(const struct segment *s)
{
	return s->sequence + (s->flags & TCP_RST ? 0 : s->payload);
}

/* The difference of sequence numbers wraps as they do. */
static __always_inline bool would_take(union progress receiver, __u32 sequence)
{
	return !receiver.acked || sequence - receiver.ack <= room_of(receiver);
}

static __always_inline bool is_first_remote(const struct segment *s, const struct cgn_entry *entry)
{
	return entry->remote_addr == s->remote && entry->remote_port == s->remote_port;
}

/* The other direction's entry of the same mapping. */
static __always_inline struct cgn_entry *twin_of(const struct cgn_entry *entry, const struct segment *s)
{
	__u8 realm = s->outbound ? CGN_REALM_EXTERNAL : entry->key.realms & CGN_REALM_INTERNAL_MASK;
	union translation ignored;

	if (s->session)
		return find_connection(entry->to_addr, entry->to_port, s->remote, s->remote_port, realm, &ignored);
	return find(entry->to_addr, entry->to_port, s->proto, realm, &ignored);
}

/* Where an ALG is on, the two ends of a control connection may count what the internal one sends by different numbers, so
 * that its FIN cannot be held against what the remote has acknowledged. */
static __always_inline bool is_moved(const struct segment *s, const struct cgn_entry *entry)
{
	__be16 ftp = bpf_htons(FTP_CONTROL);

	return s->outbound && (s->remote_port == ftp || entry->key.port == ftp || entry->to_port == ftp);
}

/* A FIN or RST that ends nothing. Of another remote of a shared mapping it may well end something: the slow path knows. */
static __always_inline bool is_stray_end(const struct segment *s, const struct cgn_entry *entry,
					 const struct cgn_entry *twin)
{
	if (!(s->flags & (TCP_FIN | TCP_RST)))
		return false;
	if (!is_first_remote(s, entry))
		return !(entry->seen & CGN_SEEN_SHARED);
	if (is_moved(s, entry))
		return false;
	return twin && !would_take(progress_of(twin), end_sequence(s));
}

/* RFC 7323 section 2.2: the window of a SYN-ACK is not scaled; kept as if it were, rounded up. */
static __always_inline __u16 window_of(const struct segment *s, __u8 scale)
{
	__u32 shift = shift_of(scale);

	return s->flags & TCP_SYN ? (s->window + (1u << shift) - 1) >> shift : s->window;
}

/*
 * Outbound SYNs begin both directions anew, because only the subscriber can send them. An inbound one may be forged: it
 * begins its direction only where nothing was acknowledged yet, and else can but widen the scale.
 */
static __always_inline void note_syn(const struct segment *s, union progress *now, struct cgn_entry *twin)
{
	if (s->outbound || !now->acked)
		*now = (union progress){ .scale = s->window_scale };
	else if (now->scale && now->scale < s->window_scale)
		now->scale = s->window_scale;
	if (s->outbound && twin)
		*(volatile __u8 *)&twin->acked = 0;
}

static __always_inline void note_progress(const struct segment *s, struct cgn_entry *entry, struct cgn_entry *twin)
{
	union progress before, now;

	if (s->flags & TCP_RST || !is_first_remote(s, entry))
		return;
	before = now = progress_of(entry);
	if (s->flags & TCP_SYN)
		note_syn(s, &now, twin);
	if (s->flags & TCP_ACK && (!now.acked || s->ack - now.ack <= room_of(now) + ACK_SLACK)) {
		now.ack = s->ack;
		now.window = window_of(s, now.scale);
		now.acked = 1;
	}
	if (now.word != before.word)
		*(volatile __u64 *)&entry->highest_ack = now.word;
}

#endif
