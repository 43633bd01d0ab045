/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two TCP options of a SYN that concern a translator: window scale and maximum segment size.
 *
 * What        A walk over at most 40 bytes of options, only of packets with SYN. As with the hosts that will read them, of
 *             an option that stands twice the last counts, and a fault ends the walk but not what was read before it.
 *             userspace/packet/tcp_options.cpp is the twin.
 * Kernel      bpf_loop (5.17), because the verifier then looks at one step instead of forty in all their combinations.
 * RFC         9293 section 3.2 (MSS), 7323 section 2.2 (window scale)
 */
#ifndef CGN_BPF_TCP_OPTIONS_H
#define CGN_BPF_TCP_OPTIONS_H

#include "csum.h"

#define TCP_OPTION_END 0
#define TCP_OPTION_NOP 1
#define TCP_OPTION_MSS 2
#define TCP_OPTION_WINDOW 3
#define TCP_OPTION_MSS_SIZE 4
#define TCP_OPTION_WINDOW_SIZE 3
#define TCP_HEADER_SIZE 20
#define TCP_MOST_OPTIONS 40

struct option_walk {
	struct xdp_md *ctx;
	__u32 l4;		/* offset of the TCP header in the frame */
	__u32 at, end;		/* in the TCP header */
	__u32 mss_at;		/* 0 = none */
	__u32 mss;
	__u32 scale;
};

/* bpf_loop's step: 0 goes on, 1 stops. The masks tell the verifier what the comparisons told us. */
static long option_step(__u32 index __attribute__((unused)), void *context)
{
	struct option_walk *walk = context;
	__u32 at = walk->at & 63, l4 = walk->l4 & 255, length;
	__u8 *option = data_of(walk->ctx) + l4 + at;

	if (at >= walk->end || (void *)(option + 1) > end_of(walk->ctx) || option[0] == TCP_OPTION_END)
		return 1;
	if (option[0] == TCP_OPTION_NOP) {
		walk->at = at + 1;
		return 0;
	}
	if ((void *)(option + 2) > end_of(walk->ctx))
		return 1;
	length = option[1];
	if (at + 2 > walk->end || length < 2 || at + length > walk->end)
		return 1;
	walk->at = at + length;
	if (option[0] == TCP_OPTION_WINDOW && length == TCP_OPTION_WINDOW_SIZE &&
	    (void *)(option + TCP_OPTION_WINDOW_SIZE) <= end_of(walk->ctx))
		walk->scale = option[2];
	if (option[0] == TCP_OPTION_MSS && length == TCP_OPTION_MSS_SIZE &&
	    (void *)(option + TCP_OPTION_MSS_SIZE) <= end_of(walk->ctx)) {
		walk->mss = (__u32)option[2] << 8 | option[3];
		walk->mss_at = at + 2;
	}
	return 0;
}

/* What the options say, in one word: scale + 1, offset of the MSS (0 = none), MSS. */
union option_news {
	__u64 word;
	struct {
		__u8 scale;
		__u8 mss_at;
		__u16 mss;
	};
};

/* Global: judged by the verifier once. */
__noinline __u64 walk_tcp_options(struct xdp_md *ctx, __u32 l4, __u32 header)
{
	struct option_walk walk = { .ctx = ctx, .l4 = l4, .at = TCP_HEADER_SIZE, .end = header };
	union option_news news = {};

	bpf_loop(TCP_MOST_OPTIONS, option_step, &walk, 0);
	news.scale = 1 + (walk.scale < 14 ? walk.scale : 14);
	news.mss_at = walk.mss_at;
	news.mss = walk.mss;
	return news.word;
}

/* Fills window_scale, mss and mss_at of a packet with SYN; of others they are never asked. */
static __always_inline void read_tcp_options(struct xdp_md *ctx, struct pkt *p)
{
	union option_news news;

	if (p->proto != IPPROTO_TCP || !(p->tcp & TCP_SYN))
		return;
	news.word = walk_tcp_options(ctx, p->l4, p->tcp_header);
	p->window_scale = news.scale;
	p->mss = news.mss;
	p->mss_at = news.mss_at;
}

/* Lowers the MSS to what the operator set, and never adds or raises one. Returns what that adds to the checksum: the sum
 * runs over words from the header's beginning on, so a value at an odd place counts with its bytes exchanged. */
static __always_inline __u32 clamp_mss(struct xdp_md *ctx, const struct pkt *p)
{
	__u16 most = p->settings->mss_clamp;
	__u16 before = bpf_htons(p->mss), after = bpf_htons(most);
	__u8 *mss = data_of(ctx) + p->l4 + (p->mss_at & 63);

	if (!p->mss_at || !most || p->mss <= most || (void *)(mss + 2) > end_of(ctx))
		return 0;
	mss[0] = most >> 8;
	mss[1] = most;
	if (p->mss_at & 1)
		return change16(__builtin_bswap16(before), __builtin_bswap16(after));
	return change16(before, after);
}

#endif
