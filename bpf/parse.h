/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From bytes to struct pkt: Ethernet with 0 to 2 tags, IPv4 with options, TCP, UDP, UDP-Lite, DCCP, SCTP, ICMP queries,
 * ESP and GRE.
 *
 * What        Bounded parsers, one per header, in the order that userspace/packet/view.cpp has too: tests/packets judges
 *             both with one table. Every read stands next to its bounds check, because the verifier knows nothing else.
 *             A fragment's data must be where data of a packet can be; only the first has a transport header.
 * Failure     TRUNCATED when a header ends before its length or a length contradicts another; FRAGMENT_TINY when the cut
 *             goes through the transport header, which would hide it from whoever filters by it.
 * RFC         791 (fragments come in units of 8 bytes), 1858, 3128; 3828 (UDP-Lite), 4340 (DCCP), 9260 (SCTP)
 */
#ifndef CGN_BPF_PARSE_H
#define CGN_BPF_PARSE_H

#include <linux/tcp.h>
#include <linux/udp.h>

#include "packet.h"
#include "tunnel_header.h"

struct vlan_tag {
	__be16 tci;
	__be16 type;		/* of what follows */
};

/* Echo and timestamp, requests and replies, RFC 792. (linux/icmp.h wants the C library, which the bpf target has not.) */
struct icmp_echo {
	__u8 type;
	__u8 code;
	__u16 checksum;
	__be16 id;
	__be16 sequence;
};

struct icmp_error {
	__u8 type;
	__u8 code;
	__u16 checksum;
	__u8 pointer;		/* of a parameter problem */
	__u8 quote_words;	/* RFC 4884; 0: the quote is all that follows */
	__be16 mtu;		/* RFC 1191 */
};

#define ICMP_ECHO_REPLY 0
#define ICMP_UNREACHABLE 3
#define ICMP_ECHO_REQUEST 8
#define ICMP_TIME_EXCEEDED 11
#define ICMP_PARAMETER_PROBLEM 12
#define ICMP_TIMESTAMP_REQUEST 13
#define ICMP_TIMESTAMP_REPLY 14

#define VLAN_ID_MASK 0x0fff
#define IP_DONT_FRAGMENT 0x4000
#define IP_MORE_FRAGMENTS 0x2000
#define IP_FRAGMENT_OFFSET 0x1fff
#define IP_LONGEST 65535u

static __always_inline bool is_tag(__be16 type)
{
	return type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD);
}

/* Fills tags and l3; *type is the type after the tags. A third tag is somebody else's tunnel: a foreign type. */
static __always_inline enum cgn_verdict parse_ethernet(struct xdp_md *ctx, struct pkt *p, __be16 *type)
{
	void *data = data_of(ctx), *end = end_of(ctx);
	struct ethernet *eth = data;
	struct vlan_tag *tag = (void *)(eth + 1);

	if ((void *)(eth + 1) > end)
		return CGN_VERDICT_TRUNCATED;
	*type = eth->type;
	p->l3 = sizeof(*eth);
	if (!is_tag(*type))
		return CGN_VERDICT_CONTINUE;

	if ((void *)(tag + 1) > end)
		return CGN_VERDICT_TRUNCATED;
	p->outer_vid = bpf_ntohs(tag->tci) & VLAN_ID_MASK;
	*type = tag->type;
	p->l3 = sizeof(*eth) + sizeof(*tag);
	p->tag_count = 1;
	if (!is_tag(*type))
		return CGN_VERDICT_CONTINUE;

	tag++;
	if ((void *)(tag + 1) > end)
		return CGN_VERDICT_TRUNCATED;
	p->inner_vid = bpf_ntohs(tag->tci) & VLAN_ID_MASK;
	*type = tag->type;
	p->l3 = sizeof(*eth) + 2 * sizeof(*tag);
	p->tag_count = 2;
	return CGN_VERDICT_CONTINUE;
}

static __always_inline enum cgn_verdict parse_ipv4(struct xdp_md *ctx, struct pkt *p)
{
	void *data = data_of(ctx), *end = end_of(ctx);
	struct iphdr *ip = data + p->l3;
	__u32 header;

	if ((void *)(ip + 1) > end)
		return CGN_VERDICT_TRUNCATED;
	header = ip->ihl * 4u;
	p->length = bpf_ntohs(ip->tot_len);
	if (ip->version != 4 || header < sizeof(*ip) || p->length < header)
		return CGN_VERDICT_TRUNCATED;
	/* Longer is fine: Ethernet pads short frames. */
	if ((__u64)(end - data) < (__u64)p->l3 + p->length)
		return CGN_VERDICT_TRUNCATED;

	p->l4 = p->l3 + header;
	p->proto = ip->protocol;
	p->ttl = ip->ttl;
	p->tos = ip->tos;
	p->seen.src = ip->saddr;
	p->seen.dst = ip->daddr;
	p->offset = (bpf_ntohs(ip->frag_off) & IP_FRAGMENT_OFFSET) * 8u;
	p->later_fragment = p->offset;
	p->more_fragments = ip->frag_off & bpf_htons(IP_MORE_FRAGMENTS);
	p->fragment = ip->frag_off & bpf_htons(IP_FRAGMENT_OFFSET | IP_MORE_FRAGMENTS);
	p->dont_fragment = ip->frag_off & bpf_htons(IP_DONT_FRAGMENT);
	return CGN_VERDICT_CONTINUE;
}

/* Bytes of the IPv4 packet after its header. */
static __always_inline __u32 transport_length(const struct pkt *p)
{
	return p->length - (p->l4 - p->l3);
}

static __always_inline enum cgn_verdict parse_tcp(struct xdp_md *ctx, struct pkt *p)
{
	struct tcphdr *tcp = data_of(ctx) + p->l4;
	__u32 header;

	if ((void *)(tcp + 1) > end_of(ctx) || transport_length(p) < sizeof(*tcp))
		return CGN_VERDICT_TRUNCATED;
	header = tcp->doff * 4u;
	if (header < sizeof(*tcp) || transport_length(p) < header)
		return CGN_VERDICT_TRUNCATED;
	p->seen.sport = tcp->source;
	p->seen.dport = tcp->dest;
	p->tcp = ((__u8 *)tcp)[13];
	p->sequence = bpf_ntohl(tcp->seq);
	p->ack = bpf_ntohl(tcp->ack_seq);
	p->window = bpf_ntohs(tcp->window);
	p->tcp_header = header;
	p->payload = transport_length(p) - header;
	return CGN_VERDICT_CONTINUE;
}

static __always_inline enum cgn_verdict parse_udp(struct xdp_md *ctx, struct pkt *p)
{
	struct udphdr *udp = data_of(ctx) + p->l4;
	__u32 length;

	if ((void *)(udp + 1) > end_of(ctx) || transport_length(p) < sizeof(*udp))
		return CGN_VERDICT_TRUNCATED;
	length = bpf_ntohs(udp->len);
	/* Shorter than the packet is the receiver's business. A fragment's length is that of the whole datagram. */
	if (length < sizeof(*udp) || (!p->fragment && length > transport_length(p)))
		return CGN_VERDICT_TRUNCATED;
	p->seen.sport = udp->source;
	p->seen.dport = udp->dest;
	return CGN_VERDICT_CONTINUE;
}

/* What UDP-Lite, DCCP and SCTP begin with. */
struct ports {
	__be16 source;
	__be16 dest;
};

#define DCCP_LEAST 12u		/* bytes of a header with short sequence numbers; with long ones four more */
#define DCCP_LONG_NUMBERS 1	/* the last bit of byte 8 */
#define SCTP_LEAST 12u

/* Like UDP's, with how many bytes its checksum covers in place of a length that IPv4 knows: none says all of them. */
static __always_inline bool udplite_fits(const __u8 *at, __u32 length, bool fragment)
{
	__u32 covered = bpf_ntohs(*(__be16 *)(at + 4));

	return !covered || (covered >= sizeof(struct udphdr) && (fragment || covered <= length));
}

static __always_inline bool dccp_fits(const __u8 *at, __u32 length)
{
	__u32 header = at[4] * 4u, least = DCCP_LEAST;

	if (at[8] & DCCP_LONG_NUMBERS)
		least += 4;
	return header >= least && header <= length;
}

/* What a header of this transport has at least; 0: none of the three. Global, as below: what the verifier learned of the
 * number here would else be a way of its own through the whole program for each of them. */
__noinline int least_of_other(__u32 proto)
{
	switch (proto) {
	case IPPROTO_UDPLITE:
		return sizeof(struct udphdr);
	case IPPROTO_DCCP:
		return DCCP_LEAST;
	case IPPROTO_SCTP:
		return SCTP_LEAST;
	}
	return 0;
}

/* Whether the header at `at` is whole, `length` being the bytes after IPv4's. */
__noinline int other_fits(struct xdp_md *ctx, __u32 at, __u32 length, __u32 proto_and_fragment)
{
	__u8 *header = data_of(ctx) + (at & 0xff);
	__u32 proto = proto_and_fragment & 0xff;

	if ((void *)(header + sizeof(struct udphdr)) > end_of(ctx) || length < sizeof(struct udphdr))
		return 0;
	if (proto == IPPROTO_UDPLITE)
		return udplite_fits(header, length, proto_and_fragment >> 8);
	if ((void *)(header + DCCP_LEAST) > end_of(ctx) || length < DCCP_LEAST)	/* SCTP's as well */
		return 0;
	return proto == IPPROTO_SCTP || dccp_fits(header, length);
}

static __always_inline enum cgn_verdict parse_other(struct xdp_md *ctx, struct pkt *p)
{
	struct ports *ports;

	if (!least_of_other(p->proto))
		return CGN_VERDICT_PROTOCOL;
	if (!other_fits(ctx, p->l4, transport_length(p), p->proto | (__u32)p->fragment << 8))
		return CGN_VERDICT_TRUNCATED;
	ports = data_of(ctx) + p->l4;
	if ((void *)(ports + 1) > end_of(ctx))	/* never; the verifier forgets what was asked elsewhere */
		return CGN_VERDICT_TRUNCATED;
	p->seen.sport = ports->source;
	p->seen.dport = ports->dest;
	return CGN_VERDICT_CONTINUE;
}

/* Offset of the quoted IPv4 header. */
static __always_inline __u32 quoted_header(const struct quote *q)
{
	return q->message + sizeof(struct icmp_error);
}

static __always_inline bool is_icmp_query(__u8 type)
{
	return type == ICMP_ECHO_REQUEST || type == ICMP_ECHO_REPLY || type == ICMP_TIMESTAMP_REQUEST ||
	       type == ICMP_TIMESTAMP_REPLY;
}

static __always_inline bool is_icmp_error(__u8 type)
{
	return type == ICMP_UNREACHABLE || type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER_PROBLEM;
}

/* RFC 5508 section 3: a query's identifier does what a port does, for the end that asks and for the one that answers.
 * Of an error only its place is noted, and who must have sent what it quotes: icmp.h goes on there. */
static __always_inline enum cgn_verdict parse_icmp(struct xdp_md *ctx, struct pkt *p)
{
	struct icmp_echo *icmp = data_of(ctx) + p->l4;

	if ((void *)(icmp + 1) > end_of(ctx) || transport_length(p) < sizeof(*icmp))
		return CGN_VERDICT_TRUNCATED;
	if (is_icmp_error(icmp->type)) {
		p->icmp_error = true;
		p->quote.message = p->l4;
		p->quote.seen.src = p->seen.dst;	/* an error goes to the sender of what it quotes */
		return CGN_VERDICT_CONTINUE;
	}
	if (!is_icmp_query(icmp->type))
		return CGN_VERDICT_ICMP_TYPE;
	p->seen.sport = icmp->id;
	p->seen.dport = icmp->id;
	return CGN_VERDICT_CONTINUE;
}

static __always_inline bool is_wanted_tunnel(const struct pkt *p)
{
	__u32 wanted = p->proto == IPPROTO_ESP ? CGN_SWITCH_ESP : CGN_SWITCH_GRE;

	return is_tunnel(p->proto) && p->settings->switches & wanted;
}

/* If the config wants it. A first fragment has a unit of 8 bytes at least, so that none cuts through these headers. */
static __always_inline enum cgn_verdict parse_tunnel(struct xdp_md *ctx, struct pkt *p)
{
	enum cgn_verdict v;

	if (!is_wanted_tunnel(p))
		return CGN_VERDICT_PROTOCOL;
	if ((v = judge_tunnel(ctx, p->l4, transport_length(p), p->proto)))
		return v;
	p->spi = spi_of(ctx, p->l4, p->proto, p->settings->switches);
	return CGN_VERDICT_CONTINUE;
}

static __always_inline enum cgn_verdict parse_header(struct xdp_md *ctx, struct pkt *p)
{
	switch (p->proto) {
	case IPPROTO_TCP:
		return parse_tcp(ctx, p);
	case IPPROTO_UDP:
		return parse_udp(ctx, p);
	case IPPROTO_ICMP:
		return parse_icmp(ctx, p);
	case IPPROTO_ESP:
	case IPPROTO_GRE:
		return parse_tunnel(ctx, p);
	}
	return parse_other(ctx, p);
}

/* All but the last fragment end on a unit of 8 bytes, and none ends behind the longest packet. */
static __always_inline bool fragment_fits(const struct pkt *p)
{
	__u32 data = transport_length(p);

	if (!data || (p->more_fragments && data & 7))
		return false;
	return (__u32)(p->l4 - p->l3) + p->offset + data <= IP_LONGEST;
}

/* A header of 8 bytes is one unit of them: only longer ones can be reached from behind. */
static __always_inline enum cgn_verdict check_later_fragment(const struct pkt *p)
{
	__u32 header = sizeof(struct tcphdr);

	if (p->proto == IPPROTO_UDP || p->proto == IPPROTO_ICMP || is_wanted_tunnel(p))
		return CGN_VERDICT_CONTINUE;
	if (p->proto != IPPROTO_TCP)
		header = least_of_other(p->proto);
	if (!header)
		return CGN_VERDICT_PROTOCOL;
	return p->offset < header ? CGN_VERDICT_FRAGMENT_TINY : CGN_VERDICT_CONTINUE;
}

/* Only for packets to translate: what the box itself or the kernel's routing gets need not be complete. */
static __always_inline enum cgn_verdict parse_transport(struct xdp_md *ctx, struct pkt *p)
{
	enum cgn_verdict v;

	if (p->fragment && !fragment_fits(p))
		return CGN_VERDICT_TRUNCATED;
	if (p->later_fragment)
		return check_later_fragment(p);
	v = parse_header(ctx, p);
	return v == CGN_VERDICT_TRUNCATED && p->fragment ? CGN_VERDICT_FRAGMENT_TINY : v;
}

#endif
