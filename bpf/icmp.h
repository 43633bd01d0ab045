/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ICMP errors: whose packet is quoted, and who may say so.
 *
 * What        An error is about a packet that went the other way, so the quote is what is looked up: its source is the
 *             external end of a mapping when the error comes in, its destination the internal end when it goes out, both
 *             when it is hairpinned. Any router may tell; what it tells must be addressed to the quoted sender.
 *             All of it happens here, because strangers send errors and must not wake the daemon.
 * Ownership   Errors leave no trace in an entry: they neither refresh a mapping nor end it (RFC 5508 REQ-6).
 * Failure     ICMP_CHECKSUM for a wrong sum of the message or of the quoted header (the quoted transport's sum is never
 *             verified: the quote may be cut), TRUNCATED for a quote without eight bytes of transport, ICMP_UNMATCHED for
 *             what no mapping explains. A message longer than CGN_ICMP_SUMMED goes on unverified: its sum is only ever
 *             updated, so a wrong one stays wrong for its receiver, and the quoted header's sum still guards the ends.
 *             A quoted TCP packet names both of its ends, so that connections that share a port are told apart.
 * RFC         5508 REQ-3 to REQ-7; 4884 (the quote's length, extensions behind it); 1191 and 5927 (path MTU)
 */
#ifndef CGN_BPF_ICMP_H
#define CGN_BPF_ICMP_H

#include "classify.h"
#include "filter.h"
#include "icmp_sum.h"
#include "mapping.h"
#include "tunnel.h"

#define ICMP_FRAGMENTATION_NEEDED 4
#define SMALLEST_PATH_MTU 576
#define QUOTED_TRANSPORT 8u	/* bytes, RFC 792 */

/* RFC 1191 section 3 would have 68 bytes; what asks for less than the 576 that every host must take is an attack on the
 * connection. An old router that names no MTU says 0. */
static __always_inline bool names_hostile_mtu(const struct icmp_error *icmp)
{
	return icmp->type == ICMP_UNREACHABLE && icmp->code == ICMP_FRAGMENTATION_NEEDED && icmp->mtu &&
	       bpf_ntohs(icmp->mtu) < SMALLEST_PATH_MTU;
}

/* *size: bytes of the quote: in, up to the end of the message out, as many words as RFC 4884 says if it does. */
static __always_inline enum cgn_verdict check_message(struct xdp_md *ctx, const struct quote *q, __u32 *size)
{
	struct icmp_error *icmp = data_of(ctx) + q->message;
	__u32 told;

	OPAQUE(icmp);
	if ((void *)(icmp + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	told = icmp->quote_words * 4u;
	if (told > *size)
		return CGN_VERDICT_TRUNCATED;
	if (told)
		*size = told;
	return names_hostile_mtu(icmp) ? CGN_VERDICT_ICMP_UNMATCHED : CGN_VERDICT_CONTINUE;
}

/* *size: in, bytes of the quote; out, of its transport. */
static __always_inline enum cgn_verdict parse_quoted_ipv4(struct xdp_md *ctx, struct quote *q, __u32 *size)
{
	struct iphdr *ip = data_of(ctx) + quoted_header(q);
	__u32 header;

	if ((void *)(ip + 1) > end_of(ctx) || *size < sizeof(*ip))
		return CGN_VERDICT_TRUNCATED;
	header = ip->ihl * 4u;
	if (ip->version != 4 || header < sizeof(*ip) || *size < header)
		return CGN_VERDICT_TRUNCATED;
	if (!header_sum_holds(ctx, quoted_header(q), ip->ihl))
		return CGN_VERDICT_ICMP_CHECKSUM;
	/* An error goes to the sender of what it quotes; and a later fragment names no port. */
	if (ip->saddr != q->seen.src || ip->frag_off & bpf_htons(IP_FRAGMENT_OFFSET))
		return CGN_VERDICT_ICMP_UNMATCHED;
	if (*size < header + QUOTED_TRANSPORT)
		return CGN_VERDICT_TRUNCATED;
	*size -= header;
	q->l4 = quoted_header(q) + header;
	q->proto = ip->protocol;
	q->seen.dst = ip->daddr;
	return CGN_VERDICT_CONTINUE;
}

static __always_inline enum cgn_verdict parse_quoted_ends(struct xdp_md *ctx, struct quote *q, __u32 size)
{
	struct udphdr *udp = data_of(ctx) + q->l4;	/* eight bytes; all with ports begin alike */
	struct icmp_echo *icmp = (void *)udp;

	if ((void *)(udp + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	q->seen.sport = udp->source;
	q->seen.dport = udp->dest;
	switch (q->proto) {
	case IPPROTO_TCP:
		if (size >= offsetof(struct tcphdr, check) + sizeof(__u16))
			q->check = q->l4 + offsetof(struct tcphdr, check);
		return CGN_VERDICT_CONTINUE;
	case IPPROTO_DCCP:
		q->check = q->l4 + offsetof(struct udphdr, check);
		return CGN_VERDICT_CONTINUE;
	case IPPROTO_SCTP:	/* a sum that no translation changes */
		return CGN_VERDICT_CONTINUE;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		if (udp->check)
			q->check = q->l4 + offsetof(struct udphdr, check);
		return CGN_VERDICT_CONTINUE;
	case IPPROTO_ESP:
	case IPPROTO_GRE:
		q->seen.sport = q->seen.dport = 0;
		return CGN_VERDICT_CONTINUE;
	case IPPROTO_ICMP:
		if (!is_icmp_query(icmp->type))
			return CGN_VERDICT_ICMP_UNMATCHED;
		q->seen.sport = q->seen.dport = icmp->id;
		q->check = q->l4 + offsetof(struct icmp_echo, checksum);
		return CGN_VERDICT_CONTINUE;
	}
	/* Only an address that is translated whole can have sent or received it, and only its mapping will be found. */
	return CGN_VERDICT_CONTINUE;
}

/* Fills *q, whose place and expected sender parse.h has set; `message` is its length. In the order that
 * userspace/packet/quote.cpp has too. Global for the verifier's sake, as in icmp_sum.h. */
__noinline int parse_quote(struct xdp_md *ctx, struct quote *q, __u32 message)
{
	__u32 size = message - sizeof(struct icmp_error);
	enum cgn_verdict v;

	if (!q || message < sizeof(struct icmp_error))
		return CGN_VERDICT_TRUNCATED;
	if (message <= CGN_ICMP_SUMMED && !message_sum_holds(ctx, q->message, message))
		return CGN_VERDICT_ICMP_CHECKSUM;
	if ((v = check_message(ctx, q, &size)) || (v = parse_quoted_ipv4(ctx, q, &size)))
		return v;
	return parse_quoted_ends(ctx, q, size);
}

/* Both ends of a tunnel's packet name its entries, but for the SPI that an ESP one went in by: who is told of one that went
 * out is known where one subscriber alone speaks to that remote (the mark says so). */
static __always_inline bool find_tunnel_end(struct quote *q, bool sender)
{
	__u32 kind = tunnel_kind(q->proto, sender ? CGN_REALM_EXTERNAL : q->realm);
	__be32 here = sender ? q->seen.src : q->seen.dst, there = sender ? q->seen.dst : q->seen.src;
	union translation to = { .word = tunnel_end(here, there, 0, kind, 0) };

	if (!to.word || (sender && q->proto == IPPROTO_ESP && !to.port))
		return false;
	if (sender) {
		q->is_renumbered = true;
		q->sent.src = to.addr;
		q->realm = to.realm;
	} else {
		q->sent.dst = to.addr;
	}
	return true;
}

/* Whom the quoted packet was for: inside. */
static __always_inline bool find_quoted_receiver(struct quote *q)
{
	__u16 kept = whole_mask(flags_of(q->realm, q->seen.dst));
	struct cgn_entry *receiver = NULL;
	union translation to = {};

	if (!kept && is_tunnel(q->proto))
		return find_tunnel_end(q, false);
	if (q->proto == IPPROTO_TCP)
		receiver = find_connection(q->seen.dst, q->seen.dport, q->seen.src, q->seen.sport, q->realm, &to);
	if (!receiver && !find(q->seen.dst, q->seen.dport & ~kept, q->proto & ~kept, q->realm, &to))
		return false;
	q->sent.dst = to.addr;
	q->sent.dport = to.port | (q->seen.dport & kept);
	if (q->proto == IPPROTO_ICMP)
		q->sent.sport = q->sent.dport;
	return true;
}

/* Where the sender's mapping filters, it hears what is said of packets to remotes that it spoke to, by whatever router. */
static __always_inline bool is_heard_of(const struct quote *q, const struct cgn_entry *sender)
{
	__u32 ports = both_ports(q->sent.sport, q->sent.dport, sender->features);

	return !(sender->features & FILTERS) || is_permitted(q->seen.src, q->sent.dst, ports, q->proto, 0);
}

/* Who sent the quoted packet: inside. After the receiver, because a hairpinned query has one identifier, and it was the
 * sender's external one when it turned around (mapping.h). */
static __always_inline bool find_quoted_sender(struct quote *q)
{
	__u16 kept = whole_mask(flags_of(q->realm, q->seen.src));
	struct cgn_entry *sender = NULL;
	union translation to = {};

	if (!kept && is_tunnel(q->proto))
		return find_tunnel_end(q, true);
	if (q->proto == IPPROTO_TCP)
		sender = find_connection(q->seen.src, q->seen.sport, q->sent.dst, q->sent.dport, CGN_REALM_EXTERNAL, &to);
	if (!sender)
		sender = find(q->seen.src, q->sent.sport & ~kept, q->proto & ~kept, CGN_REALM_EXTERNAL, &to);
	if (!sender || !is_heard_of(q, sender))
		return false;
	q->external_port = q->sent.sport;
	q->is_renumbered = !kept;
	q->sent.src = to.addr;
	q->sent.sport = to.port | (q->sent.sport & kept);
	q->realm = to.realm;
	if (q->proto == IPPROTO_ICMP)
		q->sent.dport = q->sent.sport;
	return true;
}

/* Fills q->sent. Global for the verifier's sake. */
__noinline bool find_quoted_ends(struct quote *q, __u32 direction)
{
	if (!q)
		return false;
	q->sent = q->seen;
	if (direction != CGN_INBOUND && !find_quoted_receiver(q))
		return false;
	return direction == CGN_OUTBOUND || find_quoted_sender(q);
}

/* The error's own addresses follow from those of its quote: it comes from the quoted receiver and goes to the quoted
 * sender, but from outside any router may tell. A subscriber speaks for itself only; a source inside that is none has
 * come here as an access router of ours (classify.h). */
static __always_inline enum cgn_verdict find_quoted_mapping(struct pkt *p)
{
	bool inbound = p->direction == CGN_INBOUND;

	if (!inbound && p->src_class & CGN_CLASS_SUBSCRIBER &&
	    (p->seen.src ^ p->quote.seen.dst) & p->subscriber_mask)
		return CGN_VERDICT_ICMP_UNMATCHED;
	p->quote.realm = p->link->view;
	if (!find_quoted_ends(&p->quote, p->direction))
		return CGN_VERDICT_ICMP_UNMATCHED;
	p->sent = p->seen;
	p->sent.dst = p->quote.sent.src;
	if (p->direction != CGN_OUTBOUND)
		p->realm = p->quote.realm;
	if (!inbound)
		p->sent.src = p->quote.sent.dst;
	return CGN_VERDICT_CONTINUE;
}

#endif
