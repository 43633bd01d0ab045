/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The headers of ESP and GRE, which have no ports: the part of parse.h for them.
 *
 * What        Whether a header is whole and means something, in the order that userspace/packet/view.cpp has too; and which
 *             call of PPTP it bears.
 * Failure     TRUNCATED when it ends before its length; PROTOCOL for what no host sends, and nobody could answer.
 * RFC         4303 (ESP), 2784 (GRE), 2637 (PPTP's)
 */
#ifndef CGN_BPF_TUNNEL_HEADER_H
#define CGN_BPF_TUNNEL_HEADER_H

#include "packet.h"

struct esp {
	__be32 spi;
	__be32 sequence;
};

struct gre {
	__u8 flags;
	__u8 version;		/* in the lower three bits */
	__be16 type;
};

#define GRE_VERSION 7
#define GRE_PPTP 1		/* the version that PPTP made its own: key and call id are always there */
#define GRE_PPTP_HEADER 8u
#define GRE_TYPE_PPP 0x880b

struct pptp_gre {
	struct gre gre;
	__be16 length;
	__be16 call;
};
CGN_ABI_ASSERT(sizeof(struct pptp_gre) == GRE_PPTP_HEADER);

static __always_inline bool is_tunnel(__u8 proto)
{
	return proto == IPPROTO_ESP || proto == IPPROTO_GRE;
}

/* RFC 4303: 0 is no SPI that goes over a wire. */
static __always_inline enum cgn_verdict judge_esp(const struct esp *esp, const void *end, __u32 length)
{
	if ((void *)(esp + 1) > end || length < sizeof(*esp))
		return CGN_VERDICT_TRUNCATED;
	return esp->spi ? CGN_VERDICT_CONTINUE : CGN_VERDICT_PROTOCOL;
}

/* RFC 2784, 2637. Nothing in it tells two tunnels between the same ends apart that both ends would know. */
static __always_inline enum cgn_verdict judge_gre(const struct gre *gre, const void *end, __u32 length)
{
	__u8 version;

	if ((void *)(gre + 1) > end || length < sizeof(*gre))
		return CGN_VERDICT_TRUNCATED;
	version = gre->version & GRE_VERSION;
	if (version > GRE_PPTP)
		return CGN_VERDICT_PROTOCOL;
	return version == GRE_PPTP && length < GRE_PPTP_HEADER ? CGN_VERDICT_TRUNCATED : CGN_VERDICT_CONTINUE;
}

/* The header at `at`, `length` being the bytes after IPv4's. Global, as other_fits() is. */
__noinline int judge_tunnel(struct xdp_md *ctx, __u32 at, __u32 length, __u32 proto)
{
	void *header = data_of(ctx) + (at & 0xff);

	return proto == IPPROTO_ESP ? judge_esp(header, end_of(ctx), length) : judge_gre(header, end_of(ctx), length);
}

/* RFC 2637 section 4.1: the call that GRE bears, where struct cgn_session_key would have an SPI; 0 = none. */
static __always_inline __u32 call_of(const struct pptp_gre *header)
{
	__be16 call[2] = {};
	__u32 spi;

	if ((header->gre.version & GRE_VERSION) != GRE_PPTP || header->gre.type != bpf_htons(GRE_TYPE_PPP))
		return 0;
	call[0] = header->call;
	__builtin_memcpy(&spi, call, sizeof(spi));
	return spi;
}

/* What the header shows of whose it is, 0 = nothing: ESP's SPI; of GRE, where CGN_SWITCH_ALG_PPTP is on, the call. After
 * judge_tunnel(), and global as that is. */
__noinline __u32 spi_of(struct xdp_md *ctx, __u32 at, __u32 proto, __u32 switches)
{
	void *header = data_of(ctx) + (at & 0xff);

	if (header + sizeof(struct esp) > end_of(ctx))
		return 0;
	if (proto == IPPROTO_ESP)
		return ((struct esp *)header)->spi;
	return switches & CGN_SWITCH_ALG_PPTP ? call_of(header) : 0;
}

/* `call` 0: it stays as it is. */
__noinline int put_call(struct xdp_md *ctx, __u32 at, __u32 call)
{
	struct pptp_gre *header = data_of(ctx) + (at & 0xff);

	if (!call)
		return CGN_VERDICT_CONTINUE;
	if ((void *)(header + 1) > end_of(ctx))
		return CGN_VERDICT_TRUNCATED;
	header->call = call;
	return CGN_VERDICT_CONTINUE;
}

#endif
