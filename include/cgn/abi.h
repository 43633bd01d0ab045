/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * Every byte that the kernel program and the daemon share.
 *
 * What        The keys and values of all BPF maps, the header that travels with a punted packet, and the one list of
 *             verdicts. Included by BPF C (clang 14) and by C++ (g++ 12); nothing else is.
 * Life-cycle  Maps are pinned and outlive the daemon. A change of any shape here bumps CGN_ABI_VERSION, and a daemon
 *             that finds pinned maps of another version refuses to adopt them, naming both versions.
 * Ownership   Each struct says who writes it. What the kernel writes per packet stands apart from identity, and each
 *             direction of a flow has an entry of its own, so that two cores never write one cache line.
 * Byte order  __be fields are network order, all others host order.
 */
#ifndef CGN_ABI_H
#define CGN_ABI_H

#include <linux/types.h>

#include "cgn/verdicts.h"

#ifdef __cplusplus
#define CGN_ABI_ASSERT(e) static_assert(e, #e)
#else
#define CGN_ABI_ASSERT(e) _Static_assert(e, #e)
#endif

#define CGN_ABI_VERSION 4u

/* Sizes that both sides must agree on. */
#define CGN_MAX_PORTS 16u	/* physical ports with the program on them */
#define CGN_MAX_QUEUES 64u	/* receive queues of one port */
#define CGN_POLICER_BUCKETS 65536u /* per-subscriber buckets, a power of two */
#define CGN_ERRORS_PER_SENDER 10u /* ICMP errors of ours a second, and at once, that one sender may cause */
#define CGN_ICMP_SUMMED 2048u	/* longest ICMP error whose checksum is verified; a longer one goes on as it is */
#define CGN_TICKS_PER_SECOND 16u /* unit of every stamp: 1/16 s of CLOCK_MONOTONIC_COARSE */

/*
 * Realms: an address is unique only inside one. The two directions of a mapping live in realms of their own: the internal
 * ones are CGN_REALM_DEFAULT to CGN_MAX_REALMS, and there is one external. An entry names both (struct cgn_entry).
 */
#define CGN_MAX_REALMS 64u	/* internal ones, CGN_REALM_DEFAULT among them */
enum cgn_realm { CGN_REALM_DEFAULT = 1, CGN_REALM_EXTERNAL = 128 };
#define CGN_REALM_INTERNAL_MASK 127u
CGN_ABI_ASSERT(CGN_MAX_REALMS <= CGN_REALM_INTERNAL_MASK);

/* Key of an entry: what a packet shows before translation. ICMP queries: port = query identifier. */
struct cgn_key {
	__be32 addr;		/* outbound: internal source; inbound: external destination */
	__be16 port;
	__u8 proto;		/* IPPROTO_* */
	__u8 realm;		/* an internal one, or CGN_REALM_EXTERNAL */
};
CGN_ABI_ASSERT(sizeof(struct cgn_key) == 8);

/* The key as its entry repeats it: beside the realm of its own it always names the internal one of the mapping. */
struct cgn_entry_key {
	__be32 addr;
	__be16 port;
	__u8 proto;
	__u8 realms;		/* outbound: cgn_key.realm; inbound: CGN_REALM_EXTERNAL | realm of the internal endpoint */
};
CGN_ABI_ASSERT(sizeof(struct cgn_entry_key) == sizeof(struct cgn_key));

/*
 * Key of an entry that serves one remote only: map `sessions`, whose values are struct cgn_entry too. Tunnels (ESP, GRE),
 * and TCP of pools that use one external port for several mappings (RFC 7857 section 3). The entry repeats it as `key`
 * (addr, port, proto, realms), remote_addr and remote_port.
 * A call of PPTP has a call id at each end. Outbound GRE bears the remote's; its entry's to_port is the id by which the remote
 * knows ours. Inbound GRE bears that one, and to_port of its entry is the one that our end chose. Both entries hold the ports
 * of the call's control connection in highest_ack: the internal end's in the upper half, the remote's in the lower.
 * No ESP packet has SPI 0 (RFC 4303). The inbound entry that stands there is a mark: an SPI that nobody has yet may be for
 * to_addr, and to_port is 1 (in either byte order not 0) when nobody else of this external address speaks to that remote.
 */
struct cgn_session_key {
	__be32 addr;		/* outbound: internal source; inbound: external destination */
	__be32 remote_addr;
	__be16 port;		/* ports: our end's. Inbound ESP: upper half of the SPI. GRE: the call id it bears (PPTP), or 0 */
	__be16 remote_port;	/* ports: the remote's. Inbound ESP: lower half of the SPI. Else 0 */
	__u8 proto;
	__u8 realm;
	__u8 pad[2];
};
CGN_ABI_ASSERT(sizeof(struct cgn_session_key) == 16);

/*
 * A TCP connection in which an ALG changed what its internal end sends: map `adjustments` (hash), kept by the daemon alone,
 * in the kernel only so that it outlives the daemon. Key: struct cgn_session_key, of the internal end, in its realm.
 * Sequence numbers as the internal end counts them.
 */
struct cgn_adjustment {
	__u32 position;		/* end of the latest change: what begins there or later is moved by `after` */
	__u32 length;		/* of the changed bytes; 0: acknowledged, `before` counts no more */
	__s32 before;		/* what ends where the change begins, or sooner, is moved by this */
	__s32 after;
};
CGN_ABI_ASSERT(sizeof(struct cgn_adjustment) == 16);

/* cgn_entry.features, set by the daemon at installation, constant afterwards. */
enum {
	CGN_FEATURE_DNS = 1u << 0,	/* the first remote port was 53: watch whether any other follows (udp_dns) */
	CGN_FEATURE_ADF = 1u << 1,	/* address-dependent filtering: hears only addresses that it spoke to */
	CGN_FEATURE_APDF = 1u << 2,	/* address- and port-dependent: only endpoints; not with CGN_FEATURE_ADF */
	CGN_FEATURE_REFRESH_BOTH = 1u << 3,	/* UDP, ICMP: inbound packets refresh too */
	CGN_FEATURE_REFRESH_OUTBOUND = 1u << 4,	/* TCP: inbound packets do not refresh an established session */
	CGN_FEATURE_STATIC = 1u << 5,	/* configured: counted and stamped, never judged */
	CGN_FEATURE_WHOLE = 1u << 7,	/* with CGN_FEATURE_STATIC: a whole address; port and proto of the key are 0, ports are kept */
};

/* cgn_entry.seen, only ever set, by the kernel (the daemon may install with bits already set). */
enum {
	CGN_SEEN_SYN = 1u << 0,		/* a SYN without ACK, or SYN with ACK */
	CGN_SEEN_ACK = 1u << 1,		/* an ACK, with or without SYN: this direction has acknowledged the other's SYN */
	CGN_SEEN_FIN = 1u << 2,
	CGN_SEEN_RST = 1u << 3,
	CGN_SEEN_SHARED = 1u << 4,	/* a SYN with another remote: sessions are counted by the slow path */
	CGN_SEEN_NOT_DNS = 1u << 5,	/* CGN_FEATURE_DNS, and a remote port other than 53 followed */
};

/*
 * One direction of a mapping, complete in itself, one cache line (decision 0002).
 * The daemon inserts and deletes, never updates. The kernel writes from `seen` on: stamps only move forward, bits are
 * only set. Stamps are 1/16 s of CLOCK_MONOTONIC_COARSE, 0 = never.
 */
struct cgn_entry {
	struct cgn_entry_key key;	/* compared after the translation was read, because the kernel reuses elements */
	__be32 to_addr;		/* translated address */
	__be16 to_port;		/* translated port or identifier */
	__u8 features;		/* CGN_FEATURE_* */
	__u8 seen;		/* CGN_SEEN_* ; written through the 32-bit word at to_port */
	__be32 remote_addr;	/* first remote endpoint */
	__be16 remote_port;
	__u16 check;		/* cgn_entry_check(): of this key and this translation, and of no others */
	__u32 mapping_id;
	__u32 last_seen;
	__u32 last_data;	/* TCP payload without SYN, FIN, RST; outbound SYN-ACK counts as data (RFC 7857 s.2) */
	__u32 closed_at;	/* latest FIN or accepted RST */
	__u64 packets;
	__u64 bytes;		/* IP total length */
	__u32 highest_ack;	/* TCP: newest acknowledgement number that this direction sent to or from the first remote */
	__u16 window;		/* and the window beside it, as on the wire */
	__u8 window_scale;	/* this direction's, from its SYN: shift + 1, 0 = not seen */
	__u8 acked;		/* 1: highest_ack and window are set */
};
CGN_ABI_ASSERT(sizeof(struct cgn_entry) == 64);
CGN_ABI_ASSERT(__builtin_offsetof(struct cgn_entry, to_port) % 4 == 0);
CGN_ABI_ASSERT(__builtin_offsetof(struct cgn_entry, seen) == 15);
CGN_ABI_ASSERT(__builtin_offsetof(struct cgn_entry, packets) == 40);
CGN_ABI_ASSERT(__builtin_offsetof(struct cgn_entry, highest_ack) == 56);	/* to the end: one word, stored at once */

/*
 * cgn_entry.check from the words at `key` and at `to_addr`, the latter with `seen` zero. A reader that sees the key of one
 * life of an element and the translation of another is told by it, in all but one of 65536 cases (mapping.h).
 */
static inline __u16 cgn_entry_check(__u64 key, __u64 translation)
{
	return (__u16)(((key ^ (translation << 32 | translation >> 32)) * 0x9e3779b97f4a7c15ull) >> 48);
}

/* The key that an entry stands under. */
static inline struct cgn_key cgn_key_of(const struct cgn_entry *entry)
{
	struct cgn_key key;

	__builtin_memcpy(&key, &entry->key, sizeof(key));
	if (key.realm & CGN_REALM_EXTERNAL)
		key.realm = CGN_REALM_EXTERNAL;
	return key;
}

/* What every entry needs last before it is inserted: an entry without it is a miss. */
static inline void cgn_entry_seal(struct cgn_entry *entry)
{
	__u64 key, translation;
	__u8 seen = entry->seen;

	entry->seen = 0;
	__builtin_memcpy(&key, &entry->key, sizeof(key));
	__builtin_memcpy(&translation, &entry->to_addr, sizeof(translation));
	entry->seen = seen;
	entry->check = cgn_entry_check(key, translation);
}

/*
 * A remote that a mapping with CGN_FEATURE_ADF or _APDF has spoken to and therefore hears: map `permissions` (hash). The
 * daemon inserts and deletes; the kernel stamps. Named by the mapping's external endpoint, which is one mapping's only as
 * long as it lives, and the same after a restart of the daemon.
 */
struct cgn_permission_key {
	__be32 addr;		/* external endpoint */
	__be32 remote_addr;
	__be16 port;
	__be16 remote_port;	/* 0 with CGN_FEATURE_ADF: whatever its port */
	__u8 proto;
	__u8 pad[3];
};
CGN_ABI_ASSERT(sizeof(struct cgn_permission_key) == 16);

struct cgn_permission {
	__u32 last_seen;	/* stamp of the latest packet that refreshes it */
};
CGN_ABI_ASSERT(sizeof(struct cgn_permission) == 4);

/* Classes of an IPv4 address: map `classes`, longest prefix match. The daemon writes, flattening: a longer prefix
 * carries the flags of every prefix around it. */
enum {
	CGN_CLASS_SUBSCRIBER = 1u << 0,
	CGN_CLASS_POOL = 1u << 1,
	CGN_CLASS_LOCAL = 1u << 2,	/* an address of the box */
	CGN_CLASS_TRANSIT = 1u << 3,	/* connected to an internal port, or configured: may be a source there */
	CGN_CLASS_MARTIAN_SOURCE = 1u << 4,
	CGN_CLASS_MARTIAN_DESTINATION = 1u << 5,
	CGN_CLASS_ARP = 1u << 6,	/* a pool address for which ARP is answered */
	CGN_CLASS_BROADCAST = 1u << 7,	/* directed broadcast of a connected subnet */
	CGN_CLASS_BYPASS_INTERNAL = 1u << 8,	/* internal hosts that are never translated */
	CGN_CLASS_BYPASS_REMOTE = 1u << 9,	/* remotes that subscribers speak to untranslated */
	CGN_CLASS_WHOLE = 1u << 10,	/* internal or external address of a 1:1 mapping: looked up without port and proto */
	CGN_CLASS_SESSIONS = 1u << 11,	/* its TCP is looked up in `sessions`, remote included, before `entries` */
	CGN_CLASS_FOREIGN = 1u << 12,	/* a subscriber's in another realm than the one that asks: neither sends nor is reached */
};

/* Who asks, a link's `view`, stands in front of the address and is never left out: an address is something else to the hosts
 * of each realm. */
#define CGN_VIEW_BITS 32u
struct cgn_prefix_key {		/* BPF_MAP_TYPE_LPM_TRIE */
	__u32 length;		/* CGN_VIEW_BITS more than the prefix's */
	__u32 view;
	__be32 addr;
};
CGN_ABI_ASSERT(sizeof(struct cgn_prefix_key) == 12);

struct cgn_class {
	__u32 flags;		/* CGN_CLASS_* */
	__be32 subscriber_mask;	/* of CGN_CLASS_SUBSCRIBER: address & mask is the subscriber (a /32 as a rule) */
	__u32 bypass_set;	/* of CGN_CLASS_BYPASS_REMOTE: which ports, cgn_bypass_port.set; 0 = all of every protocol */
	__u32 realm;		/* of internal hosts that a bypass rule shows to the outside: where they are; else CGN_REALM_EXTERNAL */
};
CGN_ABI_ASSERT(sizeof(struct cgn_class) == 16);

/* The map `bypass_ports` (hash): ports of a remote that subscribers reach untranslated -> 1 (__u8). */
struct cgn_bypass_port {
	__u32 set;
	__be16 port;
	__u8 proto;		/* IPPROTO_TCP or _UDP */
	__u8 pad;
};
CGN_ABI_ASSERT(sizeof(struct cgn_bypass_port) == 8);

/* An interface as packets show it on the wire: physical port and 0 to 2 tags. Map `links`, written by the daemon. */
struct cgn_link_key {
	__u32 ifindex;		/* of the physical port */
	__u16 outer_vid;	/* host order; 0 = no tag */
	__u16 inner_vid;
};
CGN_ABI_ASSERT(sizeof(struct cgn_link_key) == 8);

enum { CGN_ROLE_INTERNAL = 1u << 0, CGN_ROLE_EXTERNAL = 1u << 1 };

struct cgn_link {
	__u8 mac[6];
	__u8 role;		/* CGN_ROLE_*, both bits: one-armed */
	__u8 port;		/* index of the port, 0 .. CGN_MAX_PORTS-1 */
	__u8 view;		/* the realm of its hosts; CGN_REALM_EXTERNAL on a link that has no internal role */
	__u8 pad[3];
};
CGN_ABI_ASSERT(sizeof(struct cgn_link) == 12);

/*
 * A realm: map `realms` (array), CGN_REALM_EXTERNAL + 1 elements, key = the realm. The name is the daemon's, in the kernel
 * only so that it outlives the daemon: a realm keeps its number as long as the maps are there, whatever the file's order.
 */
#define CGN_REALM_NAME_SIZE 28u
struct cgn_realm_info {
	__u32 ifindex;		/* ingress of the route look-ups for what goes into it (decision 0004); 0 = nothing does */
	char name[CGN_REALM_NAME_SIZE];	/* ends with a zero; empty: nobody's number */
};
CGN_ABI_ASSERT(sizeof(struct cgn_realm_info) == 32);

/* Where a next hop's interface leads: map `egress`, key = ifindex the route names, written by the daemon. */
struct cgn_egress {
	__u32 ifindex;		/* physical port, for the slow path */
	__u8 port;		/* key in the devmap `tx_ports` */
	__u8 tag_count;		/* 0 .. 2 */
	__be16 outer_tpid;	/* 0x8100 or 0x88a8 */
	__u16 outer_vid;	/* host order */
	__u16 inner_vid;
};
CGN_ABI_ASSERT(sizeof(struct cgn_egress) == 12);

/* Run-time switches: map `settings`, one element, replaced as one value by the daemon. */
enum {
	CGN_HOST_ICMP = 1u << 0,	/* services of the box that subscribers may reach */
	CGN_HOST_DNS = 1u << 1,		/* TCP and UDP 53 */
	CGN_HOST_NTP = 1u << 2,		/* UDP 123 */
	CGN_HOST_SSH = 1u << 3,		/* TCP 22 */
	CGN_HOST_ALL = 1u << 31,
};

enum {
	CGN_SWITCH_ECHO_ANSWER = 1u << 0,	/* answer echo requests to pool addresses */
	CGN_SWITCH_SILENT = 1u << 1,	/* refusals are not told: punt nothing that could only be answered by an error */
	CGN_SWITCH_ALG_FTP = 1u << 2,	/* TCP with port 21 at either end goes to the slow path, in both directions */
	CGN_SWITCH_ESP = 1u << 3,	/* translate ESP */
	CGN_SWITCH_GRE = 1u << 4,	/* translate GRE */
	CGN_SWITCH_ALG_PPTP = 1u << 5,	/* the same with port 1723; GRE of version 1 is looked up by its call id, too */
};

struct cgn_settings {
	__u32 host_services;	/* CGN_HOST_* */
	__u32 pad;
	__u32 subscriber_punts_per_second;	/* a subscriber's bucket */
	__u32 subscriber_punt_burst;
	__u32 stranger_punts_per_second;	/* all subscribers without a block together, per queue */
	__u32 stranger_punt_burst;
	__u32 control_punts_per_second;	/* TCP control of shared mappings, per queue */
	__u32 control_punt_burst;
	__u32 error_punts_per_second;	/* packets that only an ICMP error of ours can answer, per queue */
	__u32 error_punt_burst;
	__u32 fragment_punts_per_second;	/* inbound fragments, per queue; a source has a quarter, a destination half */
	__u32 fragment_punt_burst;
	__u32 alg_punts_per_second;	/* control connections of ALGs, both directions, per queue */
	__u32 alg_punt_burst;
	__u32 tunnel_punts_per_second;	/* inbound ESP that a subscriber may be waiting for, per queue */
	__u32 tunnel_punt_burst;
	__u32 switches;		/* CGN_SWITCH_* */
	__u32 mss_clamp;	/* largest TCP MSS that a SYN may carry on; 0 = as it came */
	__u64 seed;		/* of the bucket hash and of identification.h */
};
CGN_ABI_ASSERT(sizeof(struct cgn_settings) == 80);

/* Buckets per queue: map `queue_buckets`, kind * CGN_MAX_QUEUES + queue. */
enum cgn_queue_bucket {
	CGN_BUCKET_STRANGERS,
	CGN_BUCKET_CONTROL,
	CGN_BUCKET_ERRORS,
	CGN_BUCKET_FRAGMENTS,
	CGN_BUCKET_ALG,
	CGN_BUCKET_TUNNELS,
	CGN_BUCKET_COUNT
};

/* A policer bucket: theoretical arrival time (GCRA), ns of CLOCK_MONOTONIC_COARSE. Only the kernel writes. */
struct cgn_bucket {
	__u64 arrival;
};

/* The map `live_subscribers` (hash): masked internal address and its realm -> 1 (__u8) while a durable block is held; in the
 * external realm an external address on which any durable block is lent. */
struct cgn_subscriber_key {
	__be32 addr;
	__u32 realm;
};
CGN_ABI_ASSERT(sizeof(struct cgn_subscriber_key) == 8);

/*
 * The header in front of a punted frame: what the kernel learned. The slow path trusts the verdicts of its classes and
 * bounds-checks every offset. Offsets count from the first byte of the Ethernet header, which follows this one.
 */
#define CGN_PUNT_MAGIC 0x6e67

enum cgn_punt_reason {
	CGN_PUNT_FIRST_PACKET = 1,	/* no outbound mapping, or no outbound entry of a tunnel */
	CGN_PUNT_NEXT_HOP = 2,		/* mapping known, next hop unresolved: hold, probe, translate, send */
	CGN_PUNT_TCP_CONTROL = 3,	/* SYN, FIN or RST of a shared or closing mapping */
	CGN_PUNT_FRAGMENT = 4,		/* any fragment of a packet to translate; l4_offset is where its data begin */
	CGN_PUNT_TTL_EXCEEDED = 5,	/* the sender must be told; translation and next hop may be unknown */
	CGN_PUNT_TOO_BIG = 6,		/* larger than `mtu`: fragment, or tell the sender */
	CGN_PUNT_PROTOCOL = 7,		/* a transport that is not translated; its sender must be told */
	CGN_PUNT_PERMISSION = 8,	/* mapping known, but with dependent filtering, and its remote is new to it */
	CGN_PUNT_ALG = 9,		/* of a control connection, either direction: mapping and next hop known */
	CGN_PUNT_TUNNEL = 10,		/* inbound ESP with an unknown SPI, from a remote that somebody waits for */
};

enum cgn_direction { CGN_OUTBOUND = 1, CGN_INBOUND = 2, CGN_HAIRPIN = 3, CGN_BYPASS = 4 };

enum cgn_next_hop_state {
	CGN_NEXT_HOP_KNOWN = 1,		/* MACs are good */
	CGN_NEXT_HOP_UNRESOLVED = 2,	/* ifindex and next_hop are good; ask ARP */
	CGN_NEXT_HOP_NONE = 3,		/* not asked for; of a fragment, the first of its datagram knows. Else: no route */
};

struct cgn_punt {
	__u16 magic;		/* CGN_PUNT_MAGIC */
	__u8 version;		/* CGN_ABI_VERSION */
	__u8 reason;		/* enum cgn_punt_reason */
	__u8 direction;		/* enum cgn_direction */
	__u8 next_hop_state;	/* enum cgn_next_hop_state */
	__u8 l3_offset;		/* IPv4 header */
	__u8 l4_offset;		/* transport header */
	__u32 egress_ifindex;	/* as the route names it (a VLAN device, perhaps); key of `egress` */
	__be32 next_hop;	/* IPv4 address of the next hop */
	__u8 dmac[6];
	__u16 mtu;		/* of the next hop, when the packet is larger, whatever the reason; else 0 */
	__u8 view;		/* of the link it came in by: from inside, the sender's realm */
	__u8 pad[3];
	__u32 ingress_ifindex;	/* physical port it came in by */
};
CGN_ABI_ASSERT(sizeof(struct cgn_punt) == 32);

#endif
