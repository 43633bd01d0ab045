/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that end here and whose sender must be told: the daemon writes the ICMP error, this program only chooses.
 *
 * What        tell() gives the packet its reason to be punted, or, where RFC 1122 section 3.2.2 forbids an error (about ICMP
 *             errors and later fragments), its verdict. Which other senders may not be answered, packet::may_answer knows.
 * Failure     police.h's errors_may() guards them all: a packet past the limits ends with the verdict that it would have
 *             had anyway, only nobody is told.
 * RFC         792, 1122 section 3.2.2, 1812 section 4.3.2, 1191, 4787 REQ-13, 5508 REQ-10
 */
#ifndef CGN_BPF_TELL_H
#define CGN_BPF_TELL_H

#include "parse.h"

/* The packet is no more than a question to its sender: answered by an error, never forwarded. */
static __always_inline bool is_told(const struct pkt *p)
{
	return p->punt == CGN_PUNT_TTL_EXCEEDED || p->punt == CGN_PUNT_PROTOCOL ||
	       (p->punt == CGN_PUNT_TOO_BIG && p->dont_fragment);
}

/* How it ends when nobody is told. */
static __always_inline enum cgn_verdict verdict_of(__u8 reason)
{
	switch (reason) {
	case CGN_PUNT_TTL_EXCEEDED:
		return CGN_VERDICT_TTL_EXCEEDED;
	case CGN_PUNT_PROTOCOL:
		return CGN_VERDICT_PROTOCOL;
	}
	return CGN_VERDICT_TOO_BIG;
}

static __always_inline enum cgn_verdict tell(struct pkt *p, enum cgn_punt_reason reason)
{
	if (p->later_fragment || p->icmp_error)
		return verdict_of(reason);
	p->punt = reason;
	return CGN_VERDICT_CONTINUE;
}

/* What parse_transport() refused. A router looks at the TTL before it looks at the protocol; the sender outside is told
 * nothing, for no mapping says that anybody here speaks it. */
static __always_inline enum cgn_verdict tell_refused(struct pkt *p, enum cgn_verdict v)
{
	if (v != CGN_VERDICT_PROTOCOL || p->direction == CGN_INBOUND)
		return v;
	if (p->ttl <= 1)
		return tell(p, CGN_PUNT_TTL_EXCEEDED);
	if (p->settings->switches & CGN_SWITCH_SILENT)
		return v;
	return tell(p, CGN_PUNT_PROTOCOL);
}

/* After route(): larger than the next hop takes. What may be fragmented goes on by the slow path, for whatever other
 * reason it may have to go there; what may not be makes no mapping. */
static __always_inline enum cgn_verdict fit(struct pkt *p)
{
	if (!p->mtu)
		return CGN_VERDICT_CONTINUE;
	if (p->dont_fragment)
		return tell(p, CGN_PUNT_TOO_BIG);
	if (!p->punt)
		p->punt = CGN_PUNT_TOO_BIG;
	return CGN_VERDICT_CONTINUE;
}

#endif
