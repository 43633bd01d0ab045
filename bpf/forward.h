/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The link header of the next hop: MACs, and the tags that the egress interface has (0 to 2, whatever came in).
 *
 * Failure     NO_PORT when the frame has no headroom for a tag more; XDP guarantees 256 bytes, so it has.
 */
#ifndef CGN_BPF_FORWARD_H
#define CGN_BPF_FORWARD_H

#include "parse.h"

static __always_inline enum cgn_verdict write_tags(void *at, void *end, const struct cgn_egress *egress)
{
	struct vlan_tag *tag = at;

	if ((void *)(tag + 1) > end)
		return CGN_VERDICT_TRUNCATED;
	tag->tci = bpf_htons(egress->outer_vid);
	tag->type = bpf_htons(ETH_P_IP);
	if (egress->tag_count < 2)
		return CGN_VERDICT_CONTINUE;

	tag->type = bpf_htons(ETH_P_8021Q);
	tag++;
	if ((void *)(tag + 1) > end)
		return CGN_VERDICT_TRUNCATED;
	tag->tci = bpf_htons(egress->inner_vid);
	tag->type = bpf_htons(ETH_P_IP);
	return CGN_VERDICT_CONTINUE;
}

static __always_inline enum cgn_verdict write_link_header(struct xdp_md *ctx, const struct pkt *p)
{
	const struct next_hop *hop = &p->hop;
	struct ethernet *eth = data_of(ctx);

	if ((void *)(eth + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	copy_mac(eth->dst, hop->dmac);
	copy_mac(eth->src, hop->smac);
	eth->type = bpf_htons(ETH_P_IP);
	if (!hop->egress->tag_count)
		return CGN_VERDICT_CONTINUE;
	eth->type = hop->egress->outer_tpid;
	return write_tags(eth + 1, end_of(ctx), hop->egress);
}

static __always_inline enum cgn_verdict forward(struct xdp_md *ctx, const struct pkt *p)
{
	int shift = 4 * ((int)p->tag_count - (int)p->hop.egress->tag_count);
	enum cgn_verdict v;

	if (shift && bpf_xdp_adjust_head(ctx, shift))
		return CGN_VERDICT_NO_PORT;
	v = write_link_header(ctx, p);
	if (v)
		return v;
	switch (p->direction) {
	case CGN_HAIRPIN:
		return CGN_VERDICT_HAIRPINNED;
	case CGN_BYPASS:
		return CGN_VERDICT_BYPASSED;
	}
	return CGN_VERDICT_TRANSLATED;
}

#endif
