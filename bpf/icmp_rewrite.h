/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The translation of what an ICMP error quotes, and the sums over it.
 *
 * What        The difference of p->quote.seen and p->quote.sent: addresses, ports or identifier, the quoted header's sum,
 *             the quoted transport's sum if it lies in the quote, and the message's own, which covers all of these.
 *             The error's own IPv4 header is rewrite.h's. Extensions behind the quote are not touched.
 * Failure     TRUNCATED only where the verifier wants a bounds check again; icmp.h has made each of them.
 * RFC         5508 REQ-4 and REQ-5; 1624; 768 (no checksum stays none, a computed zero was sent as all ones)
 */
#ifndef CGN_BPF_ICMP_REWRITE_H
#define CGN_BPF_ICMP_REWRITE_H

#include "csum.h"
#include "identification.h"
#include "parse.h"
#include "whole.h"

/* Adds to *message what the edit changes in the message's sum; so do the two below. */
static __always_inline enum cgn_verdict rewrite_quoted_ipv4(struct xdp_md *ctx, const struct quote *q, __u32 addresses,
							    __u64 seed, __u32 *message)
{
	struct iphdr *ip = data_of(ctx) + quoted_header(q);
	__u32 change = addresses;
	__u16 check;

	if ((void *)(ip + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	if (q->is_renumbered)
		change += restore_identification(ip, q->seen.src, q->external_port, seed);
	check = update_sum(ip->check, change);
	*message += change + change16(ip->check, check);
	ip->check = check;
	ip->saddr = q->sent.src;
	ip->daddr = q->sent.dst;
	return CGN_VERDICT_CONTINUE;
}

static __always_inline enum cgn_verdict rewrite_quoted_ends(struct xdp_md *ctx, const struct quote *q, __u32 *message)
{
	struct udphdr *udp = data_of(ctx) + q->l4;	/* eight bytes; TCP begins alike */
	struct icmp_echo *icmp = (void *)udp;

	if (is_tunnel(q->proto))	/* without ports */
		return CGN_VERDICT_CONTINUE;
	if ((void *)(udp + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	*message += change16(q->seen.sport, q->sent.sport);
	if (q->proto == IPPROTO_ICMP) {
		icmp->id = q->sent.sport;
		return CGN_VERDICT_CONTINUE;
	}
	*message += change16(q->seen.dport, q->sent.dport);
	udp->source = q->sent.sport;
	udp->dest = q->sent.dport;
	return CGN_VERDICT_CONTINUE;
}

static __always_inline enum cgn_verdict rewrite_quoted_check(struct xdp_md *ctx, const struct quote *q, __u32 change,
							     __u32 *message)
{
	__u16 *check = data_of(ctx) + q->check, after;

	if (!q->check)
		return CGN_VERDICT_CONTINUE;
	if ((void *)(check + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	after = update_sum(*check, change);
	if (!after && (q->proto == IPPROTO_UDP || q->proto == IPPROTO_UDPLITE))
		after = 0xffff;
	*message += change16(*check, after);
	*check = after;
	return CGN_VERDICT_CONTINUE;
}

/* Global for the verifier's sake, as in icmp_sum.h; it wants the pointer checked. */
__noinline int rewrite_quote(struct xdp_md *ctx, const struct quote *q, __u64 seed)
{
	__u32 addresses, ports, message = 0;
	struct icmp_error *icmp;
	enum cgn_verdict v;

	if (!q)
		return CGN_VERDICT_TRUNCATED;
	addresses = change32(q->seen.src, q->sent.src) + change32(q->seen.dst, q->sent.dst);
	if ((v = rewrite_quoted_ends(ctx, q, &message)))
		return v;
	ports = message;
	if (q->proto != IPPROTO_ICMP)
		ports += addresses;	/* of the pseudo-header */
	if ((v = rewrite_quoted_check(ctx, q, ports, &message)) ||
	    (v = rewrite_quoted_ipv4(ctx, q, addresses, seed, &message)))
		return v;
	icmp = data_of(ctx) + q->message;
	if ((void *)(icmp + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	icmp->checksum = update_sum(icmp->checksum, message);
	return CGN_VERDICT_CONTINUE;
}

#endif
