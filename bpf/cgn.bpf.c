/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast path: one program on every port.
 *
 * What        parse -> classify -> find mapping -> route -> rewrite -> forward -> conclude. A stage returns CONTINUE (0) or
 *             the packet's verdict, and the first verdict ends its visit.
 * Life-cycle  Loaded and pinned by userspace/io/program, replaced by link update; translates on while no daemon runs.
 * Ownership   Reads what the daemon writes (maps.h); writes stamps, policer buckets and counters.
 * Failure     Every packet ends in exactly one verdict, and conclude() counts it. Nothing untranslated ever leaves.
 * Kernel      6.1 and later: no helper, no map type and no verifier leniency that is newer. No CO-RE.
 */
#include "alg.h"
#include "arp.h"
#include "classify.h"
#include "control.h"
#include "echo.h"
#include "filter.h"
#include "forward.h"
#include "fragment.h"
#include "header.h"
#include "icmp.h"
#include "identification.h"
#include "mapping.h"
#include "packet.h"
#include "parse.h"
#include "punt.h"
#include "rewrite.h"
#include "route.h"
#include "session.h"
#include "tcp_options.h"
#include "tell.h"
#include "touch.h"
#include "tunnel.h"
#include "verdict.h"
#include "whole.h"

/* Which way; CONTINUE only for packets that we forward. */
static __always_inline enum cgn_verdict classify(struct xdp_md *ctx, struct pkt *p)
{
	enum cgn_verdict v, fault;
	__be16 type;

	if ((v = parse_ethernet(ctx, p, &type)))
		return v;
	if (type == bpf_htons(ETH_P_ARP))
		return answer_arp(ctx, p);
	if (type != bpf_htons(ETH_P_IP))
		return CGN_VERDICT_NOT_IPV4;
	if ((v = find_link(ctx, p)) || (v = check_station(ctx, p)))
		return v;
	if ((v = parse_ipv4(ctx, p)) || (v = check_addresses(p)))
		return v;
	v = choose_way(ctx, p);
	if (v && v != CGN_VERDICT_TRANSIT)
		return v;
	fault = check_header(ctx, p);
	return fault ? fault : v;
}

/* Fills out, in and sent, as far as they are known. */
static __always_inline enum cgn_verdict find_translation(struct pkt *p)
{
	bool tunnel = is_tunnel(p->proto);
	enum cgn_verdict v;

	if (p->icmp_error)
		return find_quoted_mapping(p);
	if (tunnel && p->direction == CGN_HAIRPIN)	/* nobody else's tunnel ends at one of our addresses */
		return CGN_VERDICT_NO_MAPPING;
	if (p->later_fragment)
		return find_later_fragment(p);
	if (tunnel)
		return find_tunnel(p);
	v = find_mapping(p);
	return v ? v : filter(p);
}

/* CONTINUE: p->punt says whether the slow path must see it; if not, mapping and next hop are found. */
static __always_inline enum cgn_verdict find_way(struct xdp_md *ctx, struct pkt *p)
{
	enum cgn_verdict v = parse_transport(ctx, p);

	/* Between two readers of the packet: without a call there clang 14 shares their bounds in 32 bits, which no verifier
	 * takes for a packet's. */
	p->now = bpf_ktime_get_coarse_ns();
	if (v)
		return tell_refused(p, v);
	if (p->icmp_error) {
		if (p->fragment)	/* the sum over an error in pieces cannot be judged, and no router sends one */
			return CGN_VERDICT_ICMP_UNMATCHED;
		if ((v = parse_quote(ctx, &p->quote, transport_length(p))))
			return v;
	} else if (asks_pool(ctx, p)) {
		return answer_echo(ctx, p);
	}
	/* From inside before a mapping is looked up, let alone made; outside, only who reaches somebody is told. */
	if (p->ttl <= 1 && p->direction != CGN_INBOUND)
		return tell(p, CGN_PUNT_TTL_EXCEEDED);
	if ((v = find_translation(p)))
		return v;
	if (p->ttl <= 1)
		return tell(p, CGN_PUNT_TTL_EXCEEDED);
	find_control(ctx, p);
	find_alg(p);
	if (p->fragment) {
		if (p->whole && p->punt)	/* its row is not in the log yet, and its other fragments are not held */
			return CGN_VERDICT_NO_MAPPING;
		if (!p->whole)
			p->punt = CGN_PUNT_FRAGMENT;
	}
	if (!has_known_destination(p))
		return CGN_VERDICT_CONTINUE;
	if ((v = route(ctx, p)))
		return v;
	return fit(p);
}

/* The same for what goes without a look at its transport. */
static __always_inline enum cgn_verdict find_hop(struct xdp_md *ctx, struct pkt *p)
{
	enum cgn_verdict v;

	if (p->ttl <= 1)
		return tell(p, CGN_PUNT_TTL_EXCEEDED);
	if ((v = route(ctx, p)))
		return v;
	return fit(p);
}

/* What a bypass rule leaves as it is, and what has addresses to be translated and nothing else (whole.h). */
static __always_inline enum cgn_verdict carry(struct xdp_md *ctx, struct pkt *p)
{
	enum cgn_verdict v;

	p->now = bpf_ktime_get_coarse_ns();
	p->sent = p->seen;
	if (p->direction != CGN_BYPASS && ((v = check_opaque(p)) || (v = find_whole(p))))
		return v;
	if ((v = find_hop(ctx, p)))
		return v;
	if (!is_told(p)) {
		if (p->out)
			count_use(p->out, p->length, stamp_of(p->now));
		if (p->in)
			count_use(p->in, p->length, stamp_of(p->now));
	}
	if (p->punt)
		return punt(ctx, p);
	if ((v = rewrite_addresses(ctx, p)))
		return v;
	return forward(ctx, p);
}

static __always_inline enum cgn_verdict translate(struct xdp_md *ctx, struct pkt *p)
{
	enum cgn_verdict v;

	if ((v = find_way(ctx, p)))
		return v;
	if (!is_told(p) && proves_use(p)) {	/* what is told goes nowhere */
		read_tcp_options(ctx, p);
		touch(p);
	}
	if (p->punt || !p->hop.egress)	/* none without the other; the verifier (6.1 and later) does not see it */
		return punt(ctx, p);
	if ((v = rewrite(ctx, p)))
		return v;
	return forward(ctx, p);
}

SEC("xdp")
int cgn_xdp(struct xdp_md *ctx)
{
	struct pkt p = {};
	__u32 zero = 0;
	enum cgn_verdict v;

	p.settings = bpf_map_lookup_elem(&settings, &zero);
	if (!p.settings)	/* an array of one never misses; the verifier does not know */
		return conclude(ctx, &p, CGN_VERDICT_NO_ROUTE);
	v = classify(ctx, &p);
	if (!v)
		v = p.direction == CGN_BYPASS || is_opaque(&p) ? carry(ctx, &p) : translate(ctx, &p);
	return conclude(ctx, &p, v);
}

char _license[] SEC("license") = "GPL";
