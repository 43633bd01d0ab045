/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tunnels: ESP and GRE, which have no ports, mapped per (subscriber's address, remote).
 *
 * What        Outbound by (source, destination). Inbound GRE by (destination, source); inbound ESP by these and the SPI,
 *             which its receiver chose and nobody here has seen before: an unknown one from a remote that has a mark
 *             (struct cgn_session_key) goes to the slow path, which knows whose it can be. Addresses alone are rewritten:
 *             neither's own sums cover the IPv4 header. GRE that bears a call of PPTP whose gateway knows it (alg.h) is found
 *             by that, and inbound the call id is rewritten, too: no sum covers it. A call that nobody knows is GRE like any.
 * Ownership   As sessions. A tunnel's entry is stamped as it is looked up, not when the packet is on its way: a pointer to
 *             it, beside those to mappings, would have the verifier walk everything behind twice.
 * Failure     An outbound miss is a first packet. An inbound one without a mark is dropped here: strangers cannot wake the
 *             daemon. From subscriber to pool address there is nobody to reach.
 * RFC         4303 (ESP), 2784 and 2637 (GRE); 3715 on ESP and NAT
 */
#ifndef CGN_BPF_TUNNEL_H
#define CGN_BPF_TUNNEL_H

#include "session.h"
#include "touch.h"

/* The lower byte of `kind`: the protocol; the next: the realm. */
static __always_inline __u32 tunnel_kind(__u8 proto, __u8 realm)
{
	return proto | (__u32)realm << 8;
}

static __always_inline struct cgn_session_key tunnel_key(__be32 addr, __be32 remote, __be32 spi, __u32 kind)
{
	struct cgn_session_key key = { .addr = addr, .remote_addr = remote, .proto = kind, .realm = kind >> 8 };

	__builtin_memcpy(&key.port, &spi, sizeof(spi));	/* both halves stand side by side */
	return key;
}

/*
 * The translation's word, 0 = none; what is found is stamped. Nobody knows the SPI of ESP that leaves; GRE of a call that
 * nobody knows is GRE like any. `when`: the stamp in the upper half, the packet's length in the lower; 0 leaves it as it
 * is. Global, with numbers alone, so that the verifier judges it once.
 */
__noinline __u64 tunnel_end(__be32 addr, __be32 remote, __be32 spi, __u32 kind, __u64 when)
{
	struct cgn_session_key key = tunnel_key(addr, remote, spi, kind);
	union translation to;
	struct cgn_entry *entry;

	if (key.proto == IPPROTO_ESP && key.realm != CGN_REALM_EXTERNAL)
		key.port = key.remote_port = 0;
	entry = find_session(&key, &to);
	if (!entry && key.port && key.proto == IPPROTO_GRE) {
		key.port = 0;
		entry = find_session(&key, &to);
	}
	if (!entry)
		return 0;
	if (when)
		count_use(entry, when, when >> 32);
	return to.word;
}

static __always_inline enum cgn_verdict find_tunnel_receiver(struct pkt *p, __u64 when)
{
	__u32 kind = tunnel_kind(p->proto, CGN_REALM_EXTERNAL);
	union translation to = { .word = tunnel_end(p->seen.dst, p->seen.src, p->spi, kind, when) };

	if (!to.word && p->proto == IPPROTO_ESP) {
		to.word = tunnel_end(p->seen.dst, p->seen.src, 0, kind, 0);
		p->punt = CGN_PUNT_TUNNEL;
	}
	p->sent.dst = to.addr;
	p->sent.dport = to.port;	/* of GRE: the call's own id, or 0 */
	p->realm = to.realm;
	return to.word ? CGN_VERDICT_CONTINUE : CGN_VERDICT_NO_MAPPING;
}

/* The part of find_mapping() for tunnels. */
static __always_inline enum cgn_verdict find_tunnel(struct pkt *p)
{
	__u64 when = (__u64)stamp_of(p->now) << 32 | p->length;
	union translation to;

	p->sent = p->seen;
	if (p->direction == CGN_INBOUND)
		return find_tunnel_receiver(p, when);
	to.word = tunnel_end(p->seen.src, p->seen.dst, p->spi, tunnel_kind(p->proto, p->link->view), when);
	p->sent.src = to.addr;
	if (!to.word)
		p->punt = CGN_PUNT_FIRST_PACKET;
	return CGN_VERDICT_CONTINUE;
}

#endif
