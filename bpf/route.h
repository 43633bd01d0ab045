/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a translated packet goes: the kernel's own routing table, asked before a byte of the packet is changed.
 *
 * What        One bpf_fib_lookup with the translated addresses and the loopback interface as ingress, or another of the realm
 *             that it goes to (decisions 0004 and 0022): only those need forwarding on, and the leak guard's rules never
 *             match them. A first packet asks too, with source 0 since nobody knows it yet, so that the slow path finds its
 *             next hop in the punt header. A packet larger than the next hop's MTU asks again without its length: to
 *             fragment it, the next hop must be known.
 * Failure     No route and no port end here, also for first packets: the slow path could not send them either. An
 *             unresolved next hop is the slow path's to resolve, and too large a packet is fit()'s to judge (tell.h).
 */
#ifndef CGN_BPF_ROUTE_H
#define CGN_BPF_ROUTE_H

#include "maps.h"

#define FAMILY_INET 2		/* AF_INET; uapi headers do not name it */

/* Kernels before 6.7 answer SUCCESS with a neighbour that never answered; its address is still zero then. */
static __always_inline bool has_neighbour(long answer, const struct bpf_fib_lookup *fib)
{
	const __u8 none[ETH_ALEN] = {};

	return answer == BPF_FIB_LKUP_RET_SUCCESS && !same_mac(fib->dmac, none);
}

/* Global, with numbers alone: judged by the verifier once. */
__noinline __u32 ingress_into(__u32 realm)
{
	struct cgn_realm_info *info = bpf_map_lookup_elem(&realms, &realm);

	return info ? info->ifindex : 0;
}

/* Length 0: whatever the MTU. */
static __always_inline long ask_route(struct xdp_md *ctx, const struct pkt *p, struct bpf_fib_lookup *fib, __u16 length)
{
	*fib = (struct bpf_fib_lookup){
		.family = FAMILY_INET,
		.l4_protocol = p->proto,
		.sport = p->sent.sport,
		.dport = p->sent.dport,
		.tot_len = length,
		.ifindex = ingress_into(p->realm),
		.tos = p->tos,
		.ipv4_src = p->sent.src,
		.ipv4_dst = p->sent.dst,
	};
	return bpf_fib_lookup(ctx, fib, sizeof(*fib), 0);
}

static __always_inline enum cgn_verdict route(struct xdp_md *ctx, struct pkt *p)
{
	struct bpf_fib_lookup fib;
	long answer = ask_route(ctx, p, &fib, p->length);
	if (answer == BPF_FIB_LKUP_RET_FRAG_NEEDED) {
		p->mtu = fib.mtu_result;
		answer = ask_route(ctx, p, &fib, 0);
	}
	if (answer != BPF_FIB_LKUP_RET_SUCCESS && answer != BPF_FIB_LKUP_RET_NO_NEIGH)
		return CGN_VERDICT_NO_ROUTE;
	p->hop.resolved = has_neighbour(answer, &fib);
	/* A gateway of the other family (RFC 5549) cannot be asked for by ARP. */
	if (!p->hop.resolved && fib.family != FAMILY_INET)
		return CGN_VERDICT_NO_ROUTE;
	p->hop.ifindex = fib.ifindex;
	p->hop.addr = fib.ipv4_dst;
	copy_mac(p->hop.dmac, fib.dmac);
	copy_mac(p->hop.smac, fib.smac);
	p->hop.egress = bpf_map_lookup_elem(&egress, &p->hop.ifindex);
	if (!p->hop.egress)
		return CGN_VERDICT_NO_PORT;
	if (!p->hop.resolved && !p->punt)
		p->punt = CGN_PUNT_NEXT_HOP;
	return CGN_VERDICT_CONTINUE;
}

#endif
