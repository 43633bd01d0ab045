/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pings of pool addresses, answered by us if the operator wants it, because no host has those addresses.
 *
 * What        An echo request to a pool address becomes its own reply, in place, and leaves the way it came. The answer
 *             says that the address is in use and nothing of who uses it.
 * Failure     Within the budget of errors; beyond it, and with the option off, a request is as any other packet: it reaches
 *             whoever holds its identifier, or nobody.
 */
#ifndef CGN_BPF_ECHO_H
#define CGN_BPF_ECHO_H

#include "csum.h"
#include "parse.h"
#include "police.h"

#define ECHO_ANSWER_TTL 64

static __always_inline bool asks_pool(struct xdp_md *ctx, const struct pkt *p)
{
	struct icmp_echo *icmp = data_of(ctx) + p->l4;

	if (!(p->settings->switches & CGN_SWITCH_ECHO_ANSWER) || p->proto != IPPROTO_ICMP || p->direction == CGN_OUTBOUND)
		return false;
	if (p->dst_class & CGN_CLASS_WHOLE)	/* a host has that address, and answers for itself */
		return false;
	if (p->fragment)	/* the rest of it would be an answer without a beginning */
		return false;
	if ((void *)(icmp + 1) > end_of(ctx))
		return false;
	return icmp->type == ICMP_ECHO_REQUEST && icmp->code == 0 && errors_may(ctx, p);
}

/* Swapped addresses leave a sum as it is; the type and the TTL do not. */
static __always_inline enum cgn_verdict answer_echo(struct xdp_md *ctx, const struct pkt *p)
{
	struct ethernet *eth = data_of(ctx);
	struct iphdr *ip = data_of(ctx) + p->l3;
	struct icmp_echo *icmp = data_of(ctx) + p->l4;
	__u16 *word, before;

	if ((void *)(eth + 1) > end_of(ctx) || (void *)(ip + 1) > end_of(ctx) || (void *)(icmp + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	copy_mac(eth->dst, eth->src);
	copy_mac(eth->src, p->link->mac);
	ip->saddr = p->seen.dst;
	ip->daddr = p->seen.src;
	word = (__u16 *)&ip->ttl;
	before = *word;
	ip->ttl = ECHO_ANSWER_TTL;
	ip->check = update_sum(ip->check, change16(before, *word));
	word = (__u16 *)&icmp->type;
	before = *word;
	icmp->type = ICMP_ECHO_REPLY;
	icmp->checksum = update_sum(icmp->checksum, change16(before, *word));
	return CGN_VERDICT_ECHO_ANSWERED;
}

#endif
