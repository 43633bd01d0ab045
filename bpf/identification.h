/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The identification of packets that somebody downstream may cut (DF clear, no fragment): moved by a constant of the
 * mapping, so that two subscribers behind one address who count alike do not collide (RFC 6864 section 5.3.1).
 *
 * What        offset = 16 bits mixed of external address, external port (ICMP: identifier), protocol and a seed; docs/
 *             packet-flow.md has the formula. Addition is a bijection: what the sender kept unique stays so. No state.
 *             Packets with DF set are atomic: nobody looks at their identification, and it is left alone.
 * Back        An ICMP error that quotes such a packet shows the moved number: restore_identification() undoes it.
 * Twin        userspace/packet/identification.hpp. The offset shows on the wire, so it is made of the half of the seed that
 *             the policer's buckets do not depend on alone.
 */
#ifndef CGN_BPF_IDENTIFICATION_H
#define CGN_BPF_IDENTIFICATION_H

#include "csum.h"
#include "mix.h"

#define IP_FRAGMENT_WORD 0x7fff	/* DF, MF and offset */

static __always_inline bool is_numbered(const struct iphdr *ip)
{
	return !(ip->frag_off & bpf_htons(IP_FRAGMENT_WORD));
}

static __always_inline __u16 identification_offset(__be32 addr, __be16 port, __u8 proto, __u64 seed)
{
	__u64 who = (__u64)bpf_ntohl(addr) << 24 | (__u32)bpf_ntohs(port) << 8 | proto;

	return mix(who ^ (seed & 0xffffffff00000000ull)) >> 48;
}

/* Adds to the number and answers what that changes in the sum of its header. */
static __always_inline __u32 move_identification(struct iphdr *ip, __u16 by)
{
	__be16 before = ip->id;

	ip->id = bpf_htons(bpf_ntohs(before) + by);
	return change16(before, ip->id);
}

/* Of a quoted header whose source is still the external end (addr, port). Answers the change of the quote's own sum. (Once
 * that is brought up to date, the sum over the whole quote, and so the ICMP checksum, is what it was.) */
static __always_inline __u32 restore_identification(struct iphdr *quote, __be32 addr, __be16 port, __u64 seed)
{
	if (!is_numbered(quote))
		return 0;
	return move_identification(quote, -identification_offset(addr, port, quote->protocol, seed));
}

#endif
