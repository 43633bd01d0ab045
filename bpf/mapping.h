/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding the mapping of a packet, in its three directions.
 *
 * What        Outbound by (source, source port), inbound by (destination, destination port), hairpin by both in turn. TCP of
 *             addresses with CGN_CLASS_SESSIONS first by its remote as well: there many connections share a port (RFC 7857
 *             section 3), and what serves all remotes (a static mapping) is found after them. An address that is
 *             translated whole is looked up without port and protocol, and the port stays (whole.h): its class says so
 *             beforehand, so that there is one look-up and not two.
 * Ownership   The daemon inserts and deletes entries; touch.h stamps them.
 * Failure     An outbound miss is a first packet and goes to the slow path. An inbound miss is dropped here: strangers
 *             cannot wake the daemon.
 * RFC         4787 REQ-9 hairpinning; 7857 section 3; 5508 REQ-7 asks hairpinned queries only of a NAT without ports
 */
#ifndef CGN_BPF_MAPPING_H
#define CGN_BPF_MAPPING_H

#include "session.h"
#include "whole.h"

static __always_inline bool shares_ports(const struct pkt *p, __u32 class)
{
	return p->proto == IPPROTO_TCP && class & CGN_CLASS_SESSIONS;
}

static __always_inline bool find_source(struct pkt *p)
{
	__u16 kept = whole_mask(p->src_class);
	union translation to = {};

	if (shares_ports(p, p->src_class))
		p->out = find_connection(p->seen.src, p->seen.sport, p->seen.dst, p->seen.dport, p->link->view, &to);
	p->out_session = p->out;
	if (!p->out)
		p->out = find(p->seen.src, p->seen.sport & ~kept, p->proto & ~kept, p->link->view, &to);
	if (!p->out)
		return false;
	p->sent.src = to.addr;
	p->sent.sport = to.port | (p->seen.sport & kept);
	return true;
}

static __always_inline bool find_destination(struct pkt *p)
{
	__u16 kept = whole_mask(p->dst_class);
	union translation to = {};

	if (shares_ports(p, p->dst_class))
		p->in = find_connection(p->seen.dst, p->seen.dport, p->sent.src, p->sent.sport, CGN_REALM_EXTERNAL, &to);
	p->in_session = p->in;
	if (!p->in)
		p->in = find(p->seen.dst, p->sent.dport & ~kept, p->proto & ~kept, CGN_REALM_EXTERNAL, &to);
	if (!p->in)
		return false;
	p->sent.dst = to.addr;
	p->sent.dport = to.port | (p->sent.dport & kept);
	p->realm = to.realm;
	return true;
}

/* Whom the opening packet of a connection between two subscribers is for can depend on what its sender becomes, which the
 * slow path will say. It leads nowhere, but makes the mapping by which the other's own SYN comes in. */
static __always_inline bool knocks_at_connection(const struct pkt *p)
{
	return shares_ports(p, p->dst_class) && opens(p);
}

/* A hairpinned echo has one identifier, and it is the source's translated one that arrives at the pool address, as if it
 * had gone around outside. So an echo without a mapping of its own can reach nobody but a whole address. */
static __always_inline enum cgn_verdict find_hairpin(struct pkt *p)
{
	bool source = find_source(p);

	if (p->proto == IPPROTO_ICMP) {
		if (!source && !(p->dst_class & CGN_CLASS_WHOLE))
			return CGN_VERDICT_NO_MAPPING;
		p->sent.dport = p->sent.sport;
	}
	if (!find_destination(p) && (source || !knocks_at_connection(p)))
		return CGN_VERDICT_NO_MAPPING;
	if (!source) {
		/* The next hop is the internal destination's; what the source becomes, the slow path will say. */
		p->sent.src = 0;
		p->sent.sport = 0;
		p->punt = CGN_PUNT_FIRST_PACKET;
	}
	return CGN_VERDICT_CONTINUE;
}

/* Fills out, in and sent; sets p->punt for a first packet, whose translated source is unknown and 0. */
static __always_inline enum cgn_verdict find_mapping(struct pkt *p)
{
	p->sent = p->seen;
	switch (p->direction) {
	case CGN_HAIRPIN:
		return find_hairpin(p);
	case CGN_INBOUND:
		return find_destination(p) ? CGN_VERDICT_CONTINUE : CGN_VERDICT_NO_MAPPING;
	}
	if (!find_source(p)) {
		p->sent.src = 0;
		p->sent.sport = 0;
		p->punt = CGN_PUNT_FIRST_PACKET;
	}
	return CGN_VERDICT_CONTINUE;
}

/* Of an opaque packet: its mapping is there from the start, or is not yet in the log. */
static __always_inline enum cgn_verdict find_whole(struct pkt *p)
{
	if (p->direction != CGN_INBOUND && !find_source(p))
		return CGN_VERDICT_NO_MAPPING;
	if (p->direction != CGN_OUTBOUND && !find_destination(p))
		return CGN_VERDICT_NO_MAPPING;
	return CGN_VERDICT_CONTINUE;
}

#endif
