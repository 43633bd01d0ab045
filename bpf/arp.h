/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ARP for pool addresses on a connected subnet (decision 0004): the box holds no such address, so the kernel is silent.
 *
 * What        A request on an external link for an address with CGN_CLASS_ARP becomes its own answer, in place. Probes
 *             (sender 0.0.0.0, RFC 5227) are answered too: the address is taken.
 * Failure     Anything else that is ARP stays the kernel's: NOT_IPV4.
 */
#ifndef CGN_BPF_ARP_H
#define CGN_BPF_ARP_H

#include "classify.h"

/* ARP for IPv4 over Ethernet. Packed words of two bytes, because addresses stand at odd places in it. */
struct arp_ipv4 {
	__be16 hardware;
	__be16 protocol;
	__u8 hardware_size;
	__u8 protocol_size;
	__be16 operation;
	__u8 sender_mac[6];
	__be16 sender[2];
	__u8 target_mac[6];
	__be16 target[2];
};

#define ARP_ETHERNET 1
#define ARP_REQUEST 1
#define ARP_REPLY 2

static __always_inline bool is_request(const struct arp_ipv4 *arp)
{
	return arp->hardware == bpf_htons(ARP_ETHERNET) && arp->protocol == bpf_htons(ETH_P_IP) &&
	       arp->hardware_size == 6 && arp->protocol_size == 4 && arp->operation == bpf_htons(ARP_REQUEST);
}

static __always_inline bool is_ours(__u8 view, const struct arp_ipv4 *arp)
{
	struct cgn_class *target;
	__be32 addr;

	__builtin_memcpy(&addr, arp->target, sizeof(addr));
	target = class_of(view, addr);
	return target && target->flags & CGN_CLASS_ARP;
}

static __always_inline void make_reply(struct ethernet *eth, struct arp_ipv4 *arp, const struct cgn_link *link)
{
	__be16 asked[2] = { arp->target[0], arp->target[1] };

	arp->operation = bpf_htons(ARP_REPLY);
	copy_mac(arp->target_mac, arp->sender_mac);
	__builtin_memcpy(arp->target, arp->sender, sizeof(arp->target));
	copy_mac(arp->sender_mac, link->mac);
	__builtin_memcpy(arp->sender, asked, sizeof(arp->sender));
	copy_mac(eth->dst, eth->src);
	copy_mac(eth->src, link->mac);
}

static __always_inline enum cgn_verdict answer_arp(struct xdp_md *ctx, struct pkt *p)
{
	struct ethernet *eth = data_of(ctx);
	struct arp_ipv4 *arp = data_of(ctx) + p->l3;

	if (find_link(ctx, p) || !(p->link->role & CGN_ROLE_EXTERNAL) || check_station(ctx, p) == CGN_VERDICT_FOREIGN_MAC)
		return CGN_VERDICT_NOT_IPV4;
	if ((void *)(eth + 1) > end_of(ctx) || (void *)(arp + 1) > end_of(ctx))
		return CGN_VERDICT_NOT_IPV4;
	if (!is_request(arp) || !is_ours(p->link->view, arp))
		return CGN_VERDICT_NOT_IPV4;
	make_reply(eth, arp, p->link);
	return CGN_VERDICT_ARP_ANSWERED;
}

#endif
