/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole addresses: one host inside, one address outside, whatever the transport and its ports (static 1:1 mappings).
 *
 * What        The class of an address says that it is translated whole; its entry is then found without port and protocol,
 *             and the port stays. What has a transport that parse.h reads goes the way of all packets. Where every end that
 *             is translated is whole, ports do not matter: other transports (ESP, GRE) and later fragments are
 *             *opaque*, only their addresses change, and no fragment needs the slow path.
 * Ownership   The daemon writes class and entries; nothing but counters and the stamp of an entry changes here.
 * Failure     NO_MAPPING as long as its row is not in the log. An opaque packet to or from an address that is not whole is
 *             refused like any other of its transport. Of a first fragment the transport must be readable (parse.h); an
 *             ICMP error in fragments is refused there, since what it quotes would show an internal address.
 * RFC         3022 section 4.1; 1858, 3128
 */
#ifndef CGN_BPF_WHOLE_H
#define CGN_BPF_WHOLE_H

#include "parse.h"

#define WHOLE_SHIFT 10
CGN_ABI_ASSERT(CGN_CLASS_WHOLE == 1u << WHOLE_SHIFT);

/* All ones, or none: arithmetic instead of a branch, both ways of which the verifier would follow to the program's end. */
static __always_inline __u16 whole_mask(__u32 flags)
{
	__u32 bit = (flags >> WHOLE_SHIFT) & 1;

	OPAQUE(bit);
	return -bit;
}

/* To translate in this direction. Of the ends that are translated then: are they whole? */
static __always_inline void go(struct pkt *p, enum cgn_direction direction)
{
	__u32 flags = ~0u;

	if (direction != CGN_INBOUND)
		flags &= p->src_class;
	if (direction != CGN_OUTBOUND)
		flags &= p->dst_class;
	p->direction = direction;
	p->whole = whole_mask(flags);
}

static __always_inline bool is_opaque(const struct pkt *p)
{
	if (!p->whole)
		return false;
	if (p->later_fragment)
		return true;
	return p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP && p->proto != IPPROTO_ICMP && !least_of_other(p->proto);
}

static __always_inline enum cgn_verdict check_opaque(const struct pkt *p)
{
	enum cgn_verdict v;

	if (p->fragment && !fragment_fits(p))
		return CGN_VERDICT_TRUNCATED;
	v = p->later_fragment ? check_later_fragment(p) : CGN_VERDICT_CONTINUE;
	return v == CGN_VERDICT_PROTOCOL ? CGN_VERDICT_CONTINUE : v;
}

#endif
