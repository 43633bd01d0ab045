/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sums over whole ICMP messages and quoted headers.
 *
 * What        A message is summed in pieces of 64 bytes by the kernel's helper, the rest in words: constant sizes, because
 *             the verifier knows a packet's bounds only for those. Where the rest begins is computed before the loop, so
 *             that all ways out of it are one state to the verifier.
 * Failure     False also when the frame ends too soon; parse.h has made sure that it does not.
 * RFC         1071; 5508 REQ-3 (a message with a wrong sum is not translated)
 */
#ifndef CGN_BPF_ICMP_SUM_H
#define CGN_BPF_ICMP_SUM_H

#include "parse.h"

#define SUM_PIECE 64u
#define MOST_WORDS 15u	/* of a piece's rest, and of an IPv4 header */

static __always_inline bool is_right(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/* Adds this many 32-bit words, and `tail` bytes behind them as if zeros followed. */
static __always_inline bool add_rest(struct xdp_md *ctx, __u32 offset, __u32 words, __u32 tail, __u64 *sum)
{
	void *end = end_of(ctx), *at = data_of(ctx) + offset;
	__u32 tail_at = offset + sizeof(__u32) * words;

	OPAQUE(tail_at);
	for (__u32 i = 0; i < MOST_WORDS && i < words; i++) {
		OPAQUE(at);
		if (at + sizeof(__u32) > end)
			return false;
		*sum += *(__u32 *)at;
		at += sizeof(__u32);
	}
	at = data_of(ctx) + tail_at;
	OPAQUE(at);
	if (tail & 2) {
		if (at + sizeof(__u16) > end)
			return false;
		*sum += *(__u16 *)at;
		at += sizeof(__u16);
	}
	if (tail & 1) {
		OPAQUE(at);
		if (at + 1 > end)
			return false;
		*sum += bpf_htons((__u16)(*(__u8 *)at << 8));
	}
	return true;
}

static __always_inline bool header_sum_holds(struct xdp_md *ctx, __u32 offset, __u32 words)
{
	__u64 sum = 0;

	return add_rest(ctx, offset, words, 0, &sum) && is_right(sum);
}

/* Global, so that the verifier walks through its loop once and not once for every way that leads here. */
__noinline bool message_sum_holds(struct xdp_md *ctx, __u32 start, __u32 length)
{
	__u32 pieces = length / SUM_PIECE, rest = length % SUM_PIECE, rest_at = length & (2 * CGN_ICMP_SUMMED - SUM_PIECE);
	__u64 sum = 0;

	start &= 0xff;
	rest_at += start;
	OPAQUE(rest_at);
	for (__u32 i = 0; i < CGN_ICMP_SUMMED / SUM_PIECE && i < pieces; i++) {
		void *piece = data_of(ctx) + start + i * SUM_PIECE;

		OPAQUE(piece);
		if (piece + SUM_PIECE > end_of(ctx))
			return false;
		sum = (__u32)bpf_csum_diff(NULL, 0, piece, SUM_PIECE, (__u32)sum);
	}
	return add_rest(ctx, rest_at, rest / 4, rest % 4, &sum) && is_right(sum);
}

#endif
