/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fragments of packets to translate: all of them go to the slow path, which alone remembers datagrams.
 *
 * What        A first fragment shows its ports and is looked up, routed and stamped as a whole packet is; a later one shows
 *             none, so only what holds for every packet of its addresses can be said here: where an outbound one leaves
 *             (its destination stays), and whether an inbound one's destination is lent to anybody at all.
 * Failure     Strangers wake the daemon with later fragments only to an address with a durable block, and only as often as
 *             the bucket of punt.h gives.
 */
#ifndef CGN_BPF_FRAGMENT_H
#define CGN_BPF_FRAGMENT_H

#include "mapping.h"

static __always_inline bool is_lent(__be32 external)
{
	struct cgn_subscriber_key key = { .addr = external, .realm = CGN_REALM_EXTERNAL };

	return bpf_map_lookup_elem(&live_subscribers, &key);
}

/* The part of find_mapping() that a packet without ports can have. */
static __always_inline enum cgn_verdict find_later_fragment(struct pkt *p)
{
	p->sent = p->seen;
	p->sent.src = 0;	/* as of a first packet: nobody knows it yet */
	if (p->direction == CGN_INBOUND && !is_lent(p->seen.dst))
		return CGN_VERDICT_NO_MAPPING;
	return CGN_VERDICT_CONTINUE;
}

/* The next hop is that of the translated destination, which only the slow path can know of a later fragment, and of what
 * knocks at a connection (mapping.h), unless the translation leaves it alone. */
static __always_inline bool has_known_destination(const struct pkt *p)
{
	return p->direction == CGN_OUTBOUND || p->sent.dst != p->seen.dst;
}

#endif
