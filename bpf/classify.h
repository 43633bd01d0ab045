/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which way a packet goes, in the order of decision 0003; each way that ends here has its verdict.
 *
 *   link    (port, tags) -> link                      UNKNOWN_LINK
 *   (b)     multicast MAC, multicast or broadcast IP  MULTICAST       DHCP's 0.0.0.0 -> 255.255.255.255 ends here,
 *           another station's MAC                     FOREIGN_MAC     before its source can offend
 *   source and destination alike                      LAND
 *   martian source, then destination                  MARTIAN_*       before (c): what spoofs one of our own addresses
 *   (c)     to an address of the box                  LOCAL, HOST_SERVICE_REFUSED         never reaches the stack
 *   (d)     subscriber on an internal link            outbound, hairpin, INTERNAL_TO_INTERNAL
 *   (f)     subscriber's source on an external link   SPOOFED_SUBSCRIBER     before (e), or endpoint-independent filtering
 *           or on a link of another realm                                    would carry the spoofed source inside
 *   (e)     to a pool address, on any port            inbound
 *   (g)     the rest                                  TRANSIT, UNKNOWN_SOURCE
 *           an access router's ICMP error that quotes a subscriber's packet: outbound, hairpin, never untranslated
 *
 * A one-armed link has both roles: internal in (c) and (d), external in (g).
 */
#ifndef CGN_BPF_CLASSIFY_H
#define CGN_BPF_CLASSIFY_H

#include "bypass.h"
#include "maps.h"
#include "parse.h"
#include "whole.h"

/* To the hosts of a link with this view. */
static __always_inline struct cgn_class *class_of(__u8 view, __be32 addr)
{
	struct cgn_prefix_key key = { .length = CGN_VIEW_BITS + 32, .view = view, .addr = addr };

	return bpf_map_lookup_elem(&classes, &key);
}

static __always_inline __u32 flags_of(__u8 view, __be32 addr)
{
	struct cgn_class *class = class_of(view, addr);

	return class ? class->flags : 0;
}

static __always_inline enum cgn_verdict find_link(struct xdp_md *ctx, struct pkt *p)
{
	struct cgn_link_key key = {
		.ifindex = ctx->ingress_ifindex,
		.outer_vid = p->outer_vid,
		.inner_vid = p->inner_vid,
	};

	p->link = bpf_map_lookup_elem(&links, &key);
	p->realm = CGN_REALM_EXTERNAL;
	return p->link ? CGN_VERDICT_CONTINUE : CGN_VERDICT_UNKNOWN_LINK;
}

/* (b), the station. */
static __always_inline enum cgn_verdict check_station(struct xdp_md *ctx, const struct pkt *p)
{
	struct ethernet *eth = data_of(ctx);

	if ((void *)(eth + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	if (eth->dst[0] & 1)
		return CGN_VERDICT_MULTICAST;
	return same_mac(eth->dst, p->link->mac) ? CGN_VERDICT_CONTINUE : CGN_VERDICT_FOREIGN_MAC;
}

/* Martians, and what is ours: addresses of the box, of the pools (nobody outside or inside has one), and broadcasts. */
#define NEVER_A_SOURCE (CGN_CLASS_MARTIAN_SOURCE | CGN_CLASS_LOCAL | CGN_CLASS_POOL | CGN_CLASS_BROADCAST)

/* (b), the addresses; then land and the martians. */
static __always_inline enum cgn_verdict check_addresses(struct pkt *p)
{
	struct cgn_class *dst = class_of(p->link->view, p->seen.dst);
	struct cgn_class *src = class_of(p->link->view, p->seen.src);

	if (dst) {
		p->dst_class = dst->flags;
		p->bypass_set = dst->bypass_set;
		p->realm = dst->realm;
	}
	if (src) {
		p->src_class = src->flags;
		p->subscriber_mask = src->subscriber_mask;
		if (p->src_class & CGN_CLASS_BYPASS_REMOTE)
			p->bypass_set = src->bypass_set;
	}
	if ((p->seen.dst & bpf_htonl(0xf0000000)) == bpf_htonl(0xe0000000) || p->seen.dst == bpf_htonl(0xffffffff) ||
	    p->dst_class & CGN_CLASS_BROADCAST)
		return CGN_VERDICT_MULTICAST;
	if (p->seen.src == p->seen.dst)
		return CGN_VERDICT_LAND;
	if (p->src_class & NEVER_A_SOURCE)
		return CGN_VERDICT_MARTIAN_SOURCE;
	if (p->dst_class & CGN_CLASS_MARTIAN_DESTINATION)
		return CGN_VERDICT_MARTIAN_DESTINATION;
	return CGN_VERDICT_CONTINUE;
}

/* The services that a packet to the box may be for, as CGN_HOST_* bits. */
static __always_inline __u32 services_of(struct xdp_md *ctx, const struct pkt *p)
{
	__be16 *ports = data_of(ctx) + p->l4;	/* source, destination: alike in TCP and UDP */
	bool tcp = p->proto == IPPROTO_TCP, udp = p->proto == IPPROTO_UDP;

	if (p->proto == IPPROTO_ICMP)
		return CGN_HOST_ICMP;
	if (!tcp && !udp)
		return 0;
	/* A later fragment names no port; the stack needs it to put an allowed datagram together. */
	if (p->later_fragment)
		return CGN_HOST_DNS | (tcp ? CGN_HOST_SSH : CGN_HOST_NTP);
	if ((void *)(ports + 2) > end_of(ctx) || transport_length(p) < 2 * sizeof(*ports))
		return 0;
	if (ports[1] == bpf_htons(53))
		return CGN_HOST_DNS;
	if (udp && ports[1] == bpf_htons(123))
		return CGN_HOST_NTP;
	if (tcp && ports[1] == bpf_htons(22))
		return CGN_HOST_SSH;
	return 0;
}

/* (c) */
static __always_inline enum cgn_verdict to_the_box(struct xdp_md *ctx, const struct pkt *p)
{
	if (!(p->src_class & CGN_CLASS_SUBSCRIBER) || !(p->link->role & CGN_ROLE_INTERNAL))
		return CGN_VERDICT_LOCAL;
	if (p->settings->host_services & (services_of(ctx, p) | CGN_HOST_ALL))
		return CGN_VERDICT_LOCAL;
	return CGN_VERDICT_HOST_SERVICE_REFUSED;
}

/* (d) and (e), the bypass: out of an internal link, or back into it. */
static __always_inline bool is_bypassed(struct xdp_md *ctx, const struct pkt *p)
{
	const __u32 internal = CGN_CLASS_SUBSCRIBER | CGN_CLASS_BYPASS_INTERNAL;
	bool outward = p->link->role & CGN_ROLE_INTERNAL && p->src_class & internal;
	__u32 here = outward ? p->src_class : p->dst_class;
	__u32 there = outward ? p->dst_class : p->src_class;

	if (!(here & internal) || there & (internal | CGN_CLASS_POOL | CGN_CLASS_FOREIGN))
		return false;
	if (!outward && (!(p->link->role & CGN_ROLE_EXTERNAL) || p->realm == CGN_REALM_EXTERNAL))
		return false;
	if (here & CGN_CLASS_BYPASS_INTERNAL)
		return true;
	return there & CGN_CLASS_BYPASS_REMOTE && bypasses_port(ctx, p, outward);
}

static __always_inline bool is_subscriber(__u8 view, __be32 addr)
{
	return flags_of(view, addr) & CGN_CLASS_SUBSCRIBER;
}

/* Global for the verifier's sake, as in icmp_sum.h. `at` is the offset of the message. */
__noinline bool quotes_subscriber(struct xdp_md *ctx, __u32 at, __u32 length, __u32 view)
{
	struct icmp_error *icmp = data_of(ctx) + (at & 0xff);
	struct iphdr *quoted = (void *)(icmp + 1);
	__be32 src, dst;

	if ((void *)(quoted + 1) > end_of(ctx) || length < sizeof(*icmp) + sizeof(*quoted) || !is_icmp_error(icmp->type))
		return false;
	src = quoted->saddr;
	dst = quoted->daddr;
	return is_subscriber(view, src) || is_subscriber(view, dst);
}

/* An ICMP error of an access router of ours, about a packet of which one end is a subscriber: routed as it is, it would
 * show an internal address to the world, and mean nothing to whom it is for. (A bypass remote knows those addresses.) */
static __always_inline bool tells_of_subscriber(struct xdp_md *ctx, const struct pkt *p)
{
	if (p->proto != IPPROTO_ICMP || p->later_fragment || !(p->src_class & CGN_CLASS_TRANSIT) ||
	    p->dst_class & (CGN_CLASS_SUBSCRIBER | CGN_CLASS_BYPASS_REMOTE))
		return false;
	return p->link->role & CGN_ROLE_INTERNAL && quotes_subscriber(ctx, p->l4, transport_length(p), p->link->view);
}

/* (c) to (g). CONTINUE: to be forwarded in p->direction. */
static __always_inline enum cgn_verdict choose_way(struct xdp_md *ctx, struct pkt *p)
{
	bool subscriber = p->src_class & CGN_CLASS_SUBSCRIBER;
	bool told, ours = p->src_class & (CGN_CLASS_SUBSCRIBER | CGN_CLASS_BYPASS_INTERNAL);

	if (p->dst_class & CGN_CLASS_LOCAL)
		return to_the_box(ctx, p);
	if (is_bypassed(ctx, p)) {
		p->direction = CGN_BYPASS;
		return CGN_VERDICT_CONTINUE;
	}
	if (subscriber && p->link->role & CGN_ROLE_INTERNAL) {
		if (p->dst_class & CGN_CLASS_POOL)
			go(p, CGN_HAIRPIN);
		else if (p->dst_class & (CGN_CLASS_SUBSCRIBER | CGN_CLASS_FOREIGN))
			return CGN_VERDICT_INTERNAL_TO_INTERNAL;
		else
			go(p, CGN_OUTBOUND);
		return CGN_VERDICT_CONTINUE;
	}
	if (p->src_class & CGN_CLASS_FOREIGN || (ours && !(p->link->role & CGN_ROLE_INTERNAL)))
		return CGN_VERDICT_SPOOFED_SUBSCRIBER;
	told = tells_of_subscriber(ctx, p);
	if (p->dst_class & CGN_CLASS_POOL) {
		if (told)
			go(p, CGN_HAIRPIN);
		else
			go(p, CGN_INBOUND);
		return CGN_VERDICT_CONTINUE;
	}
	if (told) {
		go(p, CGN_OUTBOUND);
		return CGN_VERDICT_CONTINUE;
	}
	if (ours)
		return CGN_VERDICT_INTERNAL_TO_INTERNAL;
	if (p->link->role & CGN_ROLE_EXTERNAL || p->src_class & CGN_CLASS_TRANSIT)
		return CGN_VERDICT_TRANSIT;
	return CGN_VERDICT_UNKNOWN_SOURCE;
}

#endif
