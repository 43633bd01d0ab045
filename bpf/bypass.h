/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic that bypass rules leave untranslated: forwarded by us, byte for byte but for the TTL.
 *
 * What        A rule names internal hosts (business lines with public addresses), or remotes, perhaps with ports, that
 *             every subscriber reaches under its own address. We forward such packets ourselves, so that the leak guard
 *             need not know of them and the kernel need not forward: without the program nothing passes.
 * Failure     A fragment names its ports only once, so that a rule with ports does not apply to a datagram in fragments:
 *             it is translated as if there were no rule, whole.
 * RFC         6888 REQ-6
 */
#ifndef CGN_BPF_BYPASS_H
#define CGN_BPF_BYPASS_H

#include "maps.h"
#include "parse.h"

/* The remote's port is among those of its rule. */
static __always_inline bool bypasses_port(struct xdp_md *ctx, const struct pkt *p, bool outward)
{
	struct cgn_bypass_port key = { .set = p->bypass_set, .proto = p->proto };
	__be16 *ports = data_of(ctx) + p->l4;	/* source, destination: alike in TCP and UDP */

	if (!p->bypass_set)
		return true;
	if (p->fragment || (p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP))
		return false;
	if ((void *)(ports + 2) > end_of(ctx) || transport_length(p) < 2 * sizeof(*ports))
		return false;
	key.port = outward ? ports[1] : ports[0];
	return bpf_map_lookup_elem(&bypass_ports, &key);
}

#endif
