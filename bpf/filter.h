/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom a mapping hears, and whom it has spoken to, where its pool asks (decision 0001).
 *
 * What        A mapping with endpoint-independent filtering, the default, hears everybody and costs one test of a bit. With
 *             CGN_FEATURE_ADF or _APDF the remote must be in `permissions`. What leaves for a remote that is not there goes
 *             to the slow path, which learns it and sends the packet on: the daemon alone inserts.
 *             A hairpinned packet is judged at both of its ends, as if it had gone around outside: its sender speaks to the
 *             receiver's external endpoint, and the receiver hears the sender's.
 * Failure     FILTERED: the receiver's entry and the permissions are left as they are, so that a stranger keeps nothing
 *             alive. A hairpinned packet whose sender must be translated or permitted first is judged by the slow path.
 * RFC         4787 REQ-8, 5382 REQ-3, 6888 REQ-7, 7857 section 6; 5508 section 3 (an echo's remote has no port: the daemon
 *             gives ICMP mappings CGN_FEATURE_ADF only)
 */
#ifndef CGN_BPF_FILTER_H
#define CGN_BPF_FILTER_H

#include "maps.h"
#include "touch.h"

#define FILTERS (CGN_FEATURE_ADF | CGN_FEATURE_APDF)

/* Both ports: the mapping's external one in the upper half, the remote's in the lower. `refresh` is a stamp, 0 = none.
 * Global, and with numbers alone, so that the verifier judges it once and 6.1 takes the key from this function's stack. */
__noinline int is_permitted(__be32 addr, __be32 remote, __u32 ports, __u32 proto, __u32 refresh)
{
	struct cgn_permission_key key = {
		.addr = addr, .remote_addr = remote, .port = ports >> 16, .remote_port = ports, .proto = proto,
	};
	struct cgn_permission *permission = bpf_map_lookup_elem(&permissions, &key);

	if (!permission)
		return 0;
	if (refresh)
		advance(&permission->last_seen, refresh);
	return 1;
}

static __always_inline __u32 both_ports(__be16 external, __be16 remote, __u8 features)
{
	return (__u32)external << 16 | (features & CGN_FEATURE_APDF ? remote : 0);
}

/* The sender of p->out may go on to where the packet is for. */
static __always_inline bool has_spoken(const struct pkt *p)
{
	__u8 features = p->out->features;
	__u32 ports = both_ports(p->sent.sport, p->seen.dport, features);

	return !(features & FILTERS) || is_permitted(p->sent.src, p->seen.dst, ports, p->proto, stamp_of(p->now));
}

/* The receiver of p->in hears whom the packet is from. A hairpinned echo came to the pool with its sender's external
 * identifier (mapping.h); of an echo no port counts, but the receiver's own. */
static __always_inline bool hears(const struct pkt *p)
{
	__u8 features = p->in->features;
	__be16 port = p->proto == IPPROTO_ICMP && p->out ? p->sent.sport : p->seen.dport;
	__u32 ports = both_ports(port, p->sent.sport, features);
	__u32 refresh = features & CGN_FEATURE_REFRESH_BOTH ? stamp_of(p->now) : 0;

	return !(features & FILTERS) || is_permitted(p->seen.dst, p->sent.src, ports, p->proto, refresh);
}

static __always_inline enum cgn_verdict filter(struct pkt *p)
{
	if (p->out && !has_spoken(p))
		p->punt = CGN_PUNT_PERMISSION;
	if (!p->in || hears(p))
		return CGN_VERDICT_CONTINUE;
	if (!p->punt)
		return CGN_VERDICT_FILTERED;
	p->in = NULL;	/* the slow path will judge: nothing of the receiver is touched yet */
	return CGN_VERDICT_CONTINUE;
}

#endif
