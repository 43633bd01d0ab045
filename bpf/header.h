/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IPv4 header's own truth: its checksum, and its options.
 *
 * What        Asked of every packet that is to be translated or routed on (transit), in the order that
 *             userspace/packet/header.cpp has too: checksum, then the length of each option as it comes, then its kind.
 *             Packets to the box are the kernel's to judge. All options but the source routes pass untouched.
 * Failure     HEADER_CHECKSUM, IP_OPTIONS, SOURCE_ROUTE.
 * RFC         1812 section 5.2.2 (a router checks the sum), 7126 sections 4.3 and 4.4 (source routes: drop), 791
 */
#ifndef CGN_BPF_HEADER_H
#define CGN_BPF_HEADER_H

#include "packet.h"

#define IP_OPTION_END 0
#define IP_OPTION_NOTHING 1
#define IP_OPTION_LOOSE_ROUTE 131
#define IP_OPTION_STRICT_ROUTE 137
#define IP_OPTIONS_MAX 40u

/* A header, its checksum included, sums to all ones. At most 15 words of 32 bits were added. */
static __always_inline bool is_all_ones(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/* The options stand at `at`, `size` bytes; `sum` is that of the 20 bytes before them. A global function, because the
 * verifier then judges it once by itself, and not again in every state in which a packet may come here. */
__noinline int check_options(struct xdp_md *ctx, __u32 at, __u32 size, __u64 sum)
{
	void *data = data_of(ctx), *end = end_of(ctx);
	__u32 offset = 0;

	if (at > 64 || size > IP_OPTIONS_MAX)	/* for the verifier, which knows nothing of the caller */
		return CGN_VERDICT_IP_OPTIONS;
	for (__u32 i = 0; i < IP_OPTIONS_MAX / 4 && 4 * i < size; i++) {
		__u32 *word = data + at + 4 * i;

		if ((void *)(word + 1) > end)	/* never: parse_ipv4 saw the whole header */
			return CGN_VERDICT_IP_OPTIONS;
		sum += *word;
	}
	if (!is_all_ones(sum))
		return CGN_VERDICT_HEADER_CHECKSUM;

	for (__u32 i = 0; i < IP_OPTIONS_MAX && offset < size; i++) {
		__u8 *option, length = 1;

		/* The verifier forgets that offset < size < 41 (6.1), and clang, which knows, would drop a plain mask. */
		asm volatile("%0 &= 63" : "+r"(offset));
		option = data + at + offset;
		if ((void *)(option + 1) > end)
			return CGN_VERDICT_IP_OPTIONS;
		if (*option == IP_OPTION_END)
			break;
		if (*option != IP_OPTION_NOTHING) {
			if (offset + 2 > size || (void *)(option + 2) > end)
				return CGN_VERDICT_IP_OPTIONS;
			length = option[1];
			if (length < 2 || offset + length > size)
				return CGN_VERDICT_IP_OPTIONS;
			if (*option == IP_OPTION_LOOSE_ROUTE || *option == IP_OPTION_STRICT_ROUTE)
				return CGN_VERDICT_SOURCE_ROUTE;
		}
		offset += length;
	}
	return CGN_VERDICT_CONTINUE;
}

static __always_inline enum cgn_verdict check_header(struct xdp_md *ctx, const struct pkt *p)
{
	__u32 *word = data_of(ctx) + p->l3;
	__u32 size = p->l4 - p->l3 - sizeof(struct iphdr);
	__u64 sum;

	if ((void *)(word + 5) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	sum = (__u64)word[0] + word[1] + word[2] + word[3] + word[4];
	if (!size)
		return is_all_ones(sum) ? CGN_VERDICT_CONTINUE : CGN_VERDICT_HEADER_CHECKSUM;
	/* What a global function answers can be anything to the verifier: only these verdicts go on from here. */
	switch (check_options(ctx, p->l3 + sizeof(struct iphdr), size, sum)) {
	case CGN_VERDICT_CONTINUE:
		return CGN_VERDICT_CONTINUE;
	case CGN_VERDICT_SOURCE_ROUTE:
		return CGN_VERDICT_SOURCE_ROUTE;
	case CGN_VERDICT_IP_OPTIONS:
		return CGN_VERDICT_IP_OPTIONS;
	}
	return CGN_VERDICT_HEADER_CHECKSUM;
}

#endif
