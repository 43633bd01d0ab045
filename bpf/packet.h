/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct pkt: what the stages learned about one packet.
 *
 * What        The only thing that stages hand to each other. Packet pointers are never kept here: helpers that move the
 *             packet invalidate them, so that each stage takes its own from offsets.
 * Life-cycle  Zeroed by cgn_xdp, filled stage by stage, read at last by conclude(); lives on the program's stack.
 * Byte order  As on the wire in __be fields, host order elsewhere.
 */
#ifndef CGN_BPF_PACKET_H
#define CGN_BPF_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>	/* types and sizes only: struct ethhdr is packed, which BPF reads byte by byte */
#include <linux/in.h>
#include <linux/ip.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "cgn/abi.h"

struct ethernet {
	__u8 dst[ETH_ALEN];
	__u8 src[ETH_ALEN];
	__be16 type;
};

/* The four words that a translation may change. ICMP queries: both ports are the query identifier. */
struct ends {
	__be32 src;
	__be32 dst;
	__be16 sport;
	__be16 dport;
};

/* The packet that an ICMP error is about. Offsets fit a byte: 22 + 60 to the message, 8 + 60 + 18 more. */
struct quote {
	struct ends seen;	/* as the teller knows it */
	struct ends sent;	/* as the told one knows it */
	__be16 external_port;	/* of the quoted sender, if it is inside (identification.h) */
	bool is_renumbered;	/* it is, and its identification was moved as the packet left */
	__u8 realm;		/* of whom sends the error; once the ends are found, of whom it is for */
	__u8 message;		/* offset of the ICMP message, its IPv4 header stands 8 further */
	__u8 l4;
	__u8 proto;
	__u8 check;		/* offset of its transport's checksum; 0: beyond the quote, or its sender made none */
};

/* Where a translated packet goes, from route(). */
struct next_hop {
	struct cgn_egress *egress;
	__u32 ifindex;		/* as the route names it */
	__be32 addr;
	__u8 dmac[6];
	__u8 smac[6];
	bool resolved;
};

struct pkt {
	struct cgn_settings *settings;
	struct cgn_link *link;

	/* Link layer. */
	__u16 outer_vid;
	__u16 inner_vid;
	__u8 tag_count;
	__u8 l3;		/* offset of the IPv4 header */

	/* IPv4 and transport. */
	__u8 l4;		/* offset of the transport header */
	__u8 proto;
	__u8 ttl;
	__u8 tos;
	__u8 tcp;		/* the low byte of the flags */
	bool icmp_error;	/* never answered by an error (RFC 1122); a flag, since the verifier believes constants only */
	bool fragment;		/* first or later */
	bool later_fragment;	/* no transport header in it */
	bool dont_fragment;
	bool more_fragments;
	__u16 offset;		/* of a fragment's data, in bytes */
	__u16 length;		/* of the IPv4 packet */
	__u16 payload;		/* bytes after the TCP header */
	__u16 window;		/* of TCP, as on the wire */
	union {
		__u32 sequence;	/* of TCP, host order */
		__be32 spi;	/* of ESP; of GRE the call that it bears (tunnel_header.h), or 0 */
	};
	__u32 ack;
	__u8 tcp_header;	/* its length with options */
	__u8 window_scale;	/* of a SYN: shift + 1 (tcp_options.h) */
	__u8 mss_at;		/* of a SYN: offset of the value in the TCP header, 0 = none */
	__u16 mss;
	struct ends seen;	/* as it came in; an ICMP error has no ports */
	struct quote quote;	/* of an ICMP error; apart from the flags: global functions write it, and what shares eight
				 * bytes of stack with it is unknown to the verifier afterwards */

	/* Classification. */
	__u32 src_class;	/* CGN_CLASS_* */
	__u32 dst_class;
	__be32 subscriber_mask;	/* of the source */
	__u32 bypass_set;	/* of the end that has CGN_CLASS_BYPASS_REMOTE */
	__u8 direction;		/* enum cgn_direction, of packets to translate */
	bool whole;		/* only whole addresses are translated (whole.h) */

	/* Translation. */
	struct cgn_entry *out;	/* entry of the source: outbound and hairpin; neither of a tunnel (tunnel.h) */
	struct cgn_entry *in;	/* entry of the destination: inbound and hairpin */
	struct ends sent;	/* as it goes out */
	__u32 realm;		/* it goes to: of seen.dst first; whoever sets sent.dst sets it, too */
	__u64 now;		/* ns of CLOCK_MONOTONIC_COARSE */
	bool out_session;	/* it stands in `sessions`: of this remote alone */
	bool in_session;
	__u8 punt;		/* enum cgn_punt_reason, 0 = the kernel does it alone */
	__u16 mtu;		/* of the next hop, when the packet is larger; else 0 */
	struct next_hop hop;
};

/*
 * A packet as one of its entries sees it. It holds no pointer, so that it can be handed to a global function: one that the
 * verifier judges once by itself, whatever its callers know, instead of once for each way that leads to it.
 */
struct segment {
	__be32 remote;		/* the other end, as this entry's side calls it */
	__be16 remote_port;
	bool outbound;		/* which direction's entry */
	__u8 proto;
	__u32 now;		/* stamp */
	__u16 length;		/* of the IPv4 packet */
	/* TCP */
	__u16 payload;
	__u32 sequence;
	__u32 ack;
	__u16 window;
	__u8 flags;
	__u8 window_scale;
	bool session;		/* the entry stands in `sessions` */
	__u8 pad[3];
};

CGN_ABI_ASSERT(sizeof(struct segment) == 32);	/* no padding: 6.1 wants every byte of an argument written */

static __always_inline __u32 stamp_of(__u64 now)
{
	return now / (1000000000ull / CGN_TICKS_PER_SECOND);
}

static __always_inline struct segment segment_of(const struct pkt *p, bool outbound)
{
	return (struct segment){
		.remote = outbound ? p->seen.dst : p->sent.src,
		.remote_port = outbound ? p->seen.dport : p->sent.sport,
		.outbound = outbound,
		.proto = p->proto,
		.now = stamp_of(p->now),
		.length = p->length,
		.payload = p->payload,
		.sequence = p->sequence,
		.ack = p->ack,
		.window = p->window,
		.flags = p->tcp,
		.window_scale = p->window_scale,
		.session = outbound ? p->out_session : p->in_session,
	};
}

/* Keeps the compiler from what it sees and the verifier does not: that two pointers are equal, that two numbers are, or
 * that a number could as well be a branch. */
#define OPAQUE(value) asm volatile("" : "+r"(value))

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

static __always_inline void *data_of(struct xdp_md *ctx)
{
	return (void *)(long)ctx->data;
}

static __always_inline void *end_of(struct xdp_md *ctx)
{
	return (void *)(long)ctx->data_end;
}

/* Three words instead of six bytes: an address in a packed or byte-aligned struct would be copied byte by byte. */
static __always_inline void copy_mac(void *to, const void *from)
{
	__u16 *t = to;
	const __u16 *f = from;

	t[0] = f[0];
	t[1] = f[1];
	t[2] = f[2];
}

static __always_inline bool same_mac(const void *a, const void *b)
{
	const __u16 *x = a, *y = b;

	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]));
}

/* The SYN that opens a connection, not the one that answers. */
static __always_inline bool opens(const struct pkt *p)
{
	return (p->tcp & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

#endif
