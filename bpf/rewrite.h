/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The translation itself: addresses, ports or identifier, TTL, identification, and the sums over them.
 *
 * What        One path for all directions: what changed is the difference of p->seen and p->sent. A SYN's MSS may be
 *             lowered on the way (tcp_options.h). What an ICMP error quotes is icmp_rewrite.h's.
 * Failure     TRUNCATED only where the verifier wants a bounds check again; parse.h has made each of them.
 *             SCTP's checksum covers its ports and no address: the daemon maps each port to itself, and nothing of the
 *             transport is written.
 * RFC         3022 section 4, 1624, 768 (a UDP checksum of zero says: none; a computed zero is sent as all ones), 3828
 *             (the same of UDP-Lite, but that none is a fault: it stays one), 4340 (DCCP: zero is a sum like others)
 */
#ifndef CGN_BPF_REWRITE_H
#define CGN_BPF_REWRITE_H

#include "csum.h"
#include "icmp_rewrite.h"
#include "identification.h"
#include "parse.h"
#include "tcp_options.h"

static __always_inline enum cgn_verdict rewrite_tcp(struct xdp_md *ctx, const struct pkt *p, __u32 change)
{
	struct tcphdr *tcp = data_of(ctx) + p->l4;

	if ((void *)(tcp + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	tcp->source = p->sent.sport;
	tcp->dest = p->sent.dport;
	if (p->tcp & TCP_SYN)
		change += clamp_mss(ctx, p);
	tcp->check = update_sum(tcp->check, change);
	return CGN_VERDICT_CONTINUE;
}

static __always_inline enum cgn_verdict rewrite_udp(struct xdp_md *ctx, const struct pkt *p, __u32 change)
{
	struct udphdr *udp = data_of(ctx) + p->l4;

	if ((void *)(udp + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	udp->source = p->sent.sport;
	udp->dest = p->sent.dport;
	if (!udp->check)
		return CGN_VERDICT_CONTINUE;
	udp->check = update_sum(udp->check, change);
	if (!udp->check)
		udp->check = 0xffff;
	return CGN_VERDICT_CONTINUE;
}

/* All of DCCP's that a translation changes stands where UDP has it. */
static __always_inline enum cgn_verdict rewrite_dccp(struct xdp_md *ctx, const struct pkt *p, __u32 change)
{
	struct udphdr *dccp = data_of(ctx) + p->l4;

	if ((void *)(dccp + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	dccp->source = p->sent.sport;
	dccp->dest = p->sent.dport;
	dccp->check = update_sum(dccp->check, change);
	return CGN_VERDICT_CONTINUE;
}

/* ICMP has no pseudo-header: only the identifier is summed. The receiver's identifier is the one that stays. */
static __always_inline enum cgn_verdict rewrite_icmp(struct xdp_md *ctx, const struct pkt *p)
{
	struct icmp_echo *icmp = data_of(ctx) + p->l4;
	__be16 id = p->direction != CGN_OUTBOUND ? p->sent.dport : p->sent.sport;

	if ((void *)(icmp + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	icmp->checksum = update_sum(icmp->checksum, change16(icmp->id, id));
	icmp->id = id;
	return CGN_VERDICT_CONTINUE;
}

/* `addresses`: what their change adds to a sum. */
static __always_inline enum cgn_verdict rewrite_ipv4(struct xdp_md *ctx, const struct pkt *p, __u32 addresses)
{
	struct iphdr *ip = data_of(ctx) + p->l3;
	__u16 *ttl_word, before;

	if ((void *)(ip + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	ttl_word = (__u16 *)&ip->ttl;	/* with the protocol: the sum runs over whole words */
	before = *ttl_word;
	ip->ttl = p->ttl - 1;
	ip->saddr = p->sent.src;
	ip->daddr = p->sent.dst;
	ip->check = update_sum(ip->check, addresses + change16(before, *ttl_word));
	return CGN_VERDICT_CONTINUE;
}

/* An error has no identification of ours: what it quotes has. */
static __always_inline bool leaves(const struct pkt *p)
{
	return p->direction != CGN_INBOUND && !p->icmp_error;
}

/* Outbound and hairpin: p->sent's source is the external end. */
static __always_inline enum cgn_verdict rewrite_identification(struct xdp_md *ctx, const struct pkt *p)
{
	struct iphdr *ip = data_of(ctx) + p->l3;
	__u16 by;

	if ((void *)(ip + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	if (!is_numbered(ip))
		return CGN_VERDICT_CONTINUE;
	by = identification_offset(p->sent.src, p->sent.sport, p->proto, p->settings->seed);
	by &= ~whole_mask(p->src_class);	/* behind a whole address is one host, whose numbers collide with nobody's */
	ip->check = update_sum(ip->check, move_identification(ip, by));
	return CGN_VERDICT_CONTINUE;
}

/* Of what carry() takes: nothing of its transport. */
static __always_inline enum cgn_verdict rewrite_addresses(struct xdp_md *ctx, const struct pkt *p)
{
	return rewrite_ipv4(ctx, p, change32(p->seen.src, p->sent.src) + change32(p->seen.dst, p->sent.dst));
}

static __always_inline enum cgn_verdict rewrite(struct xdp_md *ctx, const struct pkt *p)
{
	__u32 addresses = change32(p->seen.src, p->sent.src) + change32(p->seen.dst, p->sent.dst);
	__u32 ports = change16(p->seen.sport, p->sent.sport) + change16(p->seen.dport, p->sent.dport);
	enum cgn_verdict v = rewrite_ipv4(ctx, p, addresses);

	/* By the direction, not by p->out: nothing behind touch() reads an entry, and so the verifier judges what is here once
	 * for all tables that one can come from. */
	if (v || (leaves(p) && (v = rewrite_identification(ctx, p))))
		return v;
	switch (p->proto) {
	case IPPROTO_TCP:
		return rewrite_tcp(ctx, p, addresses + ports);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return rewrite_udp(ctx, p, addresses + ports);
	case IPPROTO_DCCP:
		return rewrite_dccp(ctx, p, addresses + ports);
	case IPPROTO_GRE:
		return put_call(ctx, p->l4, p->sent.dport);	/* no sum covers it */
	case IPPROTO_SCTP:
	case IPPROTO_ESP:
		return CGN_VERDICT_CONTINUE;
	}
	return p->icmp_error ? rewrite_quote(ctx, &p->quote, p->settings->seed) : rewrite_icmp(ctx, p);
}

#endif
