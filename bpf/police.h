/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many packets may wake the daemon (decision 0006).
 *
 * What        Token buckets as GCRA (one 64-bit theoretical arrival time each): per subscriber by seeded hash, per sender
 *             of what only an ICMP error can answer, and per queue one of each kind (enum cgn_queue_bucket). Fragments have
 *             buckets of their own, so that a tunnel in pieces leaves its subscriber the first packets of other flows.
 * Ownership   Only this program writes buckets. One bucket serves all CPUs, so it moves by compare-and-swap; a bare store
 *             would let every core spend the same token.
 * Failure     A rate of 0 = unlimited. Whoever loses the swap four times is refused: that bucket is being hammered by
 *             several cores at this instant, which is what it is there to stop.
 * Clock       The coarse clock stands still for up to a tick (4 ms at HZ=250): at most `burst` packets pass in one, so
 *             that a burst below rate/250 is the tighter limit.
 */
#ifndef CGN_BPF_POLICE_H
#define CGN_BPF_POLICE_H

#include "maps.h"
#include "mix.h"

#define NS_PER_SECOND 1000000000ull

struct allowance {
	__u32 rate;		/* packets per second */
	__u32 burst;
};

/* Global, so that the verifier judges it once: six places take tokens, on every way that leads to the slow path, and four
 * tries each would be a fifth of its work. */
__noinline int take(struct cgn_bucket *bucket, __u64 interval, __u64 slack, __u64 now)
{
	if (!bucket)
		return false;
#pragma unroll
	for (int i = 0; i < 4; i++) {
		__u64 arrival = *(volatile __u64 *)&bucket->arrival;
		__u64 start = arrival > now ? arrival : now;

		if (start - now > slack)
			return false;
		if (__sync_val_compare_and_swap(&bucket->arrival, arrival, start + interval) == arrival)
			return true;
	}
	return false;
}

static __always_inline bool take_token(struct cgn_bucket *bucket, struct allowance a, __u64 now)
{
	__u64 interval;

	if (!a.rate)
		return true;
	interval = NS_PER_SECOND / a.rate;
	return take(bucket, interval, a.burst ? (a.burst - 1) * interval : 0, now);
}

/* Seeded, so that nobody outside can choose addresses that share a victim's bucket. */
static __always_inline __u32 bucket_of(const struct pkt *p, __be32 sender, __u64 seed)
{
	return mix(((__u64)p->link->view << 32 | sender) ^ seed) & (CGN_POLICER_BUCKETS - 1);
}

static __always_inline bool subscriber_may(const struct pkt *p)
{
	__u32 slot = bucket_of(p, p->seen.src & p->subscriber_mask, p->settings->seed);
	struct cgn_bucket *bucket = bpf_map_lookup_elem(&buckets, &slot);
	struct allowance a = { p->settings->subscriber_punts_per_second, p->settings->subscriber_punt_burst };

	return bucket && take_token(bucket, a, p->now);
}

static __always_inline bool is_stranger(const struct pkt *p)
{
	struct cgn_subscriber_key key = { .addr = p->seen.src & p->subscriber_mask, .realm = p->link->view };

	return !bpf_map_lookup_elem(&live_subscribers, &key);
}

/* The buckets of this queue, one of each kind. */
static __always_inline bool queue_may(struct xdp_md *ctx, const struct pkt *p, enum cgn_queue_bucket kind,
				      struct allowance a)
{
	__u32 slot = ctx->rx_queue_index;
	struct cgn_bucket *bucket;

	if (slot >= CGN_MAX_QUEUES)
		return false;
	slot += kind * CGN_MAX_QUEUES;
	bucket = bpf_map_lookup_elem(&queue_buckets, &slot);
	return bucket && take_token(bucket, a, p->now);
}

static __always_inline bool strangers_may(struct xdp_md *ctx, const struct pkt *p)
{
	struct allowance a = { p->settings->stranger_punts_per_second, p->settings->stranger_punt_burst };

	return queue_may(ctx, p, CGN_BUCKET_STRANGERS, a);
}

static __always_inline bool control_may(struct xdp_md *ctx, const struct pkt *p)
{
	struct allowance a = { p->settings->control_punts_per_second, p->settings->control_punt_burst };

	return queue_may(ctx, p, CGN_BUCKET_CONTROL, a);
}

static __always_inline bool tunnels_may(struct xdp_md *ctx, const struct pkt *p)
{
	struct allowance a = { p->settings->tunnel_punts_per_second, p->settings->tunnel_punt_burst };

	return queue_may(ctx, p, CGN_BUCKET_TUNNELS, a);
}

/* A sender's small fair share of the errors, so that one scanner does not silence the traceroutes of all others. */
static __always_inline bool sender_may(const struct pkt *p)
{
	__be32 sender = p->subscriber_mask ? p->seen.src & p->subscriber_mask : p->seen.src;
	__u32 slot = bucket_of(p, sender, p->settings->seed);
	struct cgn_bucket *bucket = bpf_map_lookup_elem(&error_buckets, &slot);
	struct allowance share = { CGN_ERRORS_PER_SENDER, CGN_ERRORS_PER_SENDER };

	if (!p->settings->error_punts_per_second)
		return true;
	return bucket && take_token(bucket, share, p->now);
}

/* Senders outside can be invented at will, so they never have more than half of the burst: what is left is the
 * subscribers'. */
static __always_inline bool errors_may(struct xdp_md *ctx, const struct pkt *p)
{
	struct allowance a = { p->settings->error_punts_per_second, p->settings->error_punt_burst };

	if (!(p->link->role & CGN_ROLE_INTERNAL))
		a.burst /= 2;
	return queue_may(ctx, p, CGN_BUCKET_ERRORS, a);
}

/* One address's share of what a queue's bucket gives. Global, and with numbers alone: judged by the verifier once. */
__noinline int share_of(__u32 slot, __u32 rate, __u32 burst, __u64 now)
{
	struct cgn_bucket *bucket = bpf_map_lookup_elem(&buckets, &slot);
	struct allowance a = { rate, burst };

	return !rate || (bucket && take_token(bucket, a, now));
}

static __always_inline bool share_of_fragments(const struct pkt *p, __be32 addr, __u32 divisor)
{
	const struct cgn_settings *s = p->settings;

	return share_of(bucket_of(p, addr, ~s->seed), s->fragment_punts_per_second / divisor, s->fragment_punt_burst / divisor,
			p->now);
}

static __always_inline bool own_fragments_may(const struct pkt *p)
{
	return share_of_fragments(p, p->seen.src & p->subscriber_mask, 4);
}

/* Inbound. A source can be forged, a destination cannot: one stranger's flood leaves room for other strangers, everybody's
 * flood of one external address leaves room for the other addresses. */
static __always_inline bool fragments_may(struct xdp_md *ctx, const struct pkt *p)
{
	struct allowance a = { p->settings->fragment_punts_per_second, p->settings->fragment_punt_burst };

	return share_of_fragments(p, p->seen.src, 4) && share_of_fragments(p, p->seen.dst, 2) &&
	       queue_may(ctx, p, CGN_BUCKET_FRAGMENTS, a);
}

/* Control connections of ALGs: a subscriber has a quarter, and so has a sender outside; all that is for one external
 * address, half. */
static __always_inline bool share_of_alg(const struct pkt *p, __be32 addr, __u32 divisor)
{
	const struct cgn_settings *s = p->settings;

	return share_of(bucket_of(p, addr, s->seed + 1), s->alg_punts_per_second / divisor, s->alg_punt_burst / divisor, p->now);
}

static __always_inline bool alg_may(struct xdp_md *ctx, const struct pkt *p)
{
	struct allowance a = { p->settings->alg_punts_per_second, p->settings->alg_punt_burst };

	if (p->direction == CGN_INBOUND && !share_of_alg(p, p->seen.dst, 2))
		return false;
	return share_of_alg(p, p->subscriber_mask ? p->seen.src & p->subscriber_mask : p->seen.src, 4) &&
	       queue_may(ctx, p, CGN_BUCKET_ALG, a);
}

#endif
