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

#ifdef __cplusplus
#define CGN_ABI_ASSERT(e) static_assert(e, #e)
#else
#define CGN_ABI_ASSERT(e) _Static_assert(e, #e)
#endif

#define CGN_ABI_VERSION 3u

/* Sizes that both sides must agree on. */
#define CGN_MAX_PORTS 16u	/* physical ports with the program on them */
#define CGN_MAX_QUEUES 64u	/* receive queues of one port */
#define CGN_POLICER_BUCKETS 65536u /* per-subscriber buckets, a power of two */
#define CGN_ERRORS_PER_SENDER 10u /* ICMP errors of ours a second, and at once, that one sender may cause */
#define CGN_ICMP_SUMMED 2048u	/* longest ICMP error whose checksum is verified; a longer one goes on as it is */
#define CGN_TICKS_PER_SECOND 16u /* unit of every stamp: 1/16 s of CLOCK_MONOTONIC_COARSE */

/*
 * The verdicts: X(NAME, "word", side, end, "what it means", "what to do about it").
 * side: K = only the kernel program ends a packet so, S = only the slow path (a packet that the kernel counted as
 * punted), B = both. Sum over K and B counted by the kernel = packets the program received; sum over S and B counted by
 * the slow path = packets taken from AF_XDP.
 * end: SENT = left by a port of ours, as it was, translated or as its own answer; PASSED = given to the kernel; WAITS = not
 * ended yet, another verdict follows; REFUSED = dropped.
 */
#define CGN_VERDICTS(X) \
	X(CONTINUE, "continue", K, WAITS, "not a verdict yet: go on to the next stage (never counted)", "report a bug if it is not 0") \
	X(TRANSLATED, "translated", B, SENT, "rewritten by a live mapping and forwarded", "-") \
	X(HAIRPINNED, "hairpinned", B, SENT, "one subscriber to another's (or its own) external endpoint, both translations done", "-") \
	X(PUNTED, "punted", K, WAITS, "handed to the slow path: first packet of a flow, a fragment, a next hop to resolve, or TCP control of a shared mapping", "-") \
	X(NOT_IPV4, "not_ipv4", K, PASSED, "ARP, IPv6, LLDP, LACP, PPPoE, MPLS and the like: to the kernel", "-") \
	X(ARP_ANSWERED, "arp_answered", K, SENT, "ARP request for a pool address on a connected subnet, answered with our MAC", "-") \
	X(MULTICAST, "multicast", K, PASSED, "IPv4 multicast or broadcast: to the kernel, never translated", "-") \
	X(LOCAL, "local", K, PASSED, "to an address of this box: to the kernel (BGP, SSH, a resolver)", "-") \
	X(TRANSIT, "transit", K, PASSED, "neither subscriber nor pool: routed by the kernel", "-") \
	X(BYPASSED, "bypassed", B, SENT, "forwarded untranslated, because a bypass rule says so", "-") \
	X(ECHO_ANSWERED, "echo_answered", K, SENT, "echo request to a pool address, answered by us", "-") \
	X(FOREIGN_MAC, "foreign_mac", K, REFUSED, "unicast frame for another station", "check the switch: it floods, or the port is mirrored") \
	X(UNKNOWN_LINK, "unknown_link", K, REFUSED, "VLAN tags that no configured interface has", "add the VLAN sub-interface to [interfaces]") \
	X(TRUNCATED, "truncated", K, REFUSED, "a header ended before its length, or a length contradicts another", "look for a broken device upstream") \
	X(HEADER_CHECKSUM, "header_checksum", K, REFUSED, "wrong IPv4 header checksum", "look for a broken device or cable upstream") \
	X(IP_OPTIONS, "ip_options", K, REFUSED, "IPv4 options whose lengths contradict the header", "look for a broken or hostile sender") \
	X(SOURCE_ROUTE, "source_route", K, REFUSED, "a strict or loose source route (RFC 7126)", "find the sender") \
	X(LAND, "land", K, REFUSED, "source and destination address are the same", "find the sender") \
	X(MARTIAN_SOURCE, "martian_source", K, REFUSED, "source address that no sender can have (0/8, 127/8, 169.254/16, 224/4, 240/4, our own)", "find the sender by its MAC (tcpdump on the port)") \
	X(MARTIAN_DESTINATION, "martian_destination", K, REFUSED, "destination address that cannot be routed (0/8, 127/8, 169.254/16, 240/4)", "find the sender") \
	X(SPOOFED_SUBSCRIBER, "spoofed_subscriber", K, REFUSED, "a subscriber's source address on an external port", "filter at the border (BCP 38)") \
	X(UNKNOWN_SOURCE, "unknown_source", K, REFUSED, "source on an internal port that no rule, connected or transit prefix covers", "add a [[rule]] for the prefix, or a transit prefix") \
	X(INTERNAL_TO_INTERNAL, "internal_to_internal", K, REFUSED, "one subscriber's internal address straight to another's", "normal; subscribers meet by hairpin") \
	X(HOST_SERVICE_REFUSED, "host_service_refused", K, REFUSED, "a subscriber to a service of this box that [interfaces] subscriber_to_host does not list", "add the service if it is meant to be reached") \
	X(NO_MAPPING, "no_mapping", B, REFUSED, "inbound to a pool address and port that nobody holds (normal: scans)", "-") \
	X(FILTERED, "filtered", B, REFUSED, "to a mapping whose pool admits only remotes that the subscriber spoke to", "normal with address-dependent filtering") \
	X(PROTOCOL, "protocol", B, REFUSED, "a transport that is not translated; its sender is told by ICMP 3/2", "cgnctl show counters --explain") \
	X(SCTP_PORT, "sctp_port", S, REFUSED, "SCTP whose port cannot be kept: its checksum covers ports, so they are never changed", "normal when two subscribers of one address use the same port") \
	X(TUNNEL_TAKEN, "tunnel_taken", S, REFUSED, "ESP or GRE to a remote that another subscriber of the same external address speaks to, and nothing tells them apart", "let them use UDP encapsulation, or give one of them an address of its own") \
	X(ICMP_CHECKSUM, "icmp_checksum", K, REFUSED, "an ICMP error with a wrong checksum, or quoting a header with a wrong one (RFC 5508 REQ-3)", "look for a broken device upstream") \
	X(ICMP_UNMATCHED, "icmp_unmatched", K, REFUSED, "an ICMP error about a packet that no mapping of its sender or receiver explains, or naming a path MTU below 576", "normal in small numbers; scans and spoofing else") \
	X(ICMP_TYPE, "icmp_type", K, REFUSED, "an ICMP type that is never translated (redirect, source quench, router discovery, mask)", "-") \
	X(FRAGMENT_TINY, "fragment_tiny", K, REFUSED, "a first fragment without its whole transport header, or a later one that begins inside it (RFC 1858, 3128)", "find the sender") \
	X(FRAGMENT_OVERLAP, "fragment_overlap", S, REFUSED, "a fragment that overlaps another of its datagram, which is refused whole", "find the sender") \
	X(FRAGMENT_DUPLICATE, "fragment_duplicate", S, REFUSED, "a fragment that came twice", "-") \
	X(FRAGMENT_TIMEOUT, "fragment_timeout", S, REFUSED, "held for the rest of its datagram, which did not come in time", "normal in small numbers; a flood else") \
	X(FRAGMENT_LIMIT, "fragment_limit", S, REFUSED, "more fragments or datagrams in pieces than a sender, or all, may have waiting", "look for a flood: cgnctl top") \
	X(TTL_EXCEEDED, "ttl_exceeded", B, REFUSED, "TTL would reach 0 here; its sender is told, within the limits", "normal with traceroute; look for a routing loop if it grows") \
	X(TOO_BIG, "too_big", B, REFUSED, "larger than the next hop's MTU and not to be fragmented; its sender is told, within the limits", "normal with path MTU discovery; clamp the MSS if it grows") \
	X(NO_ROUTE, "no_route", B, REFUSED, "the kernel has no route to the translated destination", "ip route get ADDRESS") \
	X(NO_PORT, "no_port", B, REFUSED, "the route leads out of an interface that cgnd does not own", "add the interface to [interfaces]") \
	X(NEXT_HOP_UNRESOLVED, "next_hop_unresolved", S, REFUSED, "the next hop did not answer ARP in time", "check the router that the route names") \
	X(POLICED, "policed", K, REFUSED, "more first packets or fragments than this sender may have in the slow path", "cgnctl show subscriber ADDRESS; [limits] new_mappings_per_second") \
	X(POLICED_STRANGERS, "policed_strangers", K, REFUSED, "more first packets than subscribers without a block may send together", "a scan of unused addresses, or a mass return after an outage") \
	X(SLOW_PATH_AWAY, "slow_path_away", K, REFUSED, "no daemon takes punted packets now: new flows fail, established ones go on", "systemctl status cgnd") \
	X(HELD, "held", S, WAITS, "waits for its port block's row to be synced, for its next hop, or for the first fragment of its datagram; counted again with its end", "-") \
	X(HOLD_FULL, "hold_full", S, REFUSED, "no room in the queue of held packets (4 a mapping, 16 a subscriber, 4096 in all)", "a slow log disk: cgnctl status") \
	X(NO_JOURNAL, "no_journal", S, REFUSED, "the legal log could not record the block in time, so it was not given", "cgnctl status: log store") \
	X(NO_RULE, "no_rule", S, REFUSED, "no [[rule]] gives this subscriber a pool", "add a [[rule]]") \
	X(SUBSCRIBER_LIMIT, "subscriber_limit", S, REFUSED, "the pool already serves max_subscribers", "raise max_subscribers or add addresses") \
	X(POOL_FULL, "pool_full", S, REFUSED, "the pool has no block left for this subscriber", "add addresses: cgnctl show pool") \
	X(BLOCK_LIMIT, "block_limit", S, REFUSED, "the subscriber holds max_blocks_per_subscriber and all their ports are in use", "cgnctl show subscriber ADDRESS") \
	X(PORT_LIMIT, "port_limit", S, REFUSED, "the subscriber holds ports_per_subscriber of this protocol", "cgnctl show subscriber ADDRESS") \
	X(MAPPING_LIMIT, "mapping_limit", S, REFUSED, "the subscriber holds mappings_per_subscriber", "cgnctl show subscriber ADDRESS") \
	X(RATE_LIMIT, "rate_limit", S, REFUSED, "the subscriber opens more than new_mappings_per_second", "cgnctl show subscriber ADDRESS") \
	X(PERMISSION_LIMIT, "permission_limit", S, REFUSED, "a mapping with dependent filtering speaks to [limits] permissions_per_mapping remotes, or all mappings to [limits] permissions", "raise the limit that was reached, or filter endpoint-independent") \
	X(TABLE_FULL, "table_full", S, REFUSED, "the mapping table holds [limits] mappings", "raise [limits] mappings") \
	X(MIDSTREAM, "midstream", S, REFUSED, "TCP from inside that does not begin with SYN and has no mapping", "normal after a reboot") \
	X(MALFORMED, "malformed", S, REFUSED, "a punted frame that the slow path could not read", "report a bug") \
	X(SLOW_PATH_ERROR, "slow_path_error", S, REFUSED, "the kernel refused an entry or a frame", "see the daemon's log")

enum cgn_verdict {
#define CGN_X(name, word, side, end, meaning, remedy) CGN_VERDICT_##name,
	CGN_VERDICTS(CGN_X)
#undef CGN_X
	CGN_VERDICT_COUNT
};

/* Realms: an address is unique only inside one. The two directions of a mapping live in realms of their own. */
enum cgn_realm { CGN_REALM_INTERNAL = 1, CGN_REALM_EXTERNAL = 2 };

/* Key of an entry: what a packet shows before translation. ICMP queries: port = query identifier. */
struct cgn_key {
	__be32 addr;		/* outbound: internal source; inbound: external destination */
	__be16 port;
	__u8 proto;		/* IPPROTO_* */
	__u8 realm;		/* enum cgn_realm */
};
CGN_ABI_ASSERT(sizeof(struct cgn_key) == 8);

/*
 * Key of an entry that serves one remote only: map `sessions`, whose values are struct cgn_entry too. Tunnels (ESP, GRE),
 * and TCP of pools that use one external port for several mappings (RFC 7857 section 3). The entry repeats it as `key`
 * (addr, port, proto, realm), remote_addr and remote_port.
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
 * A TCP connection in which an ALG changed the length of a payload: map `adjustments` (hash), kept by the daemon alone, in
 * the kernel only so that it outlives the daemon. Key: struct cgn_session_key, of the internal end, in the internal realm.
 * Sequence numbers as the internal end counts them.
 */
struct cgn_adjustment {
	__u32 position;		/* of the latest change: bytes behind it are moved by `after`, those before it by `before` */
	__s32 before;
	__s32 after;
	__u32 last_seen;	/* stamp */
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
	CGN_FEATURE_ALG = 1u << 6,	/* TCP to the control port of an ALG that is on goes to the slow path */
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
	struct cgn_key key;	/* repeated: compared after the translation was read, because the kernel reuses elements */
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
};

struct cgn_prefix_key {		/* BPF_MAP_TYPE_LPM_TRIE */
	__u32 length;
	__be32 addr;
};
CGN_ABI_ASSERT(sizeof(struct cgn_prefix_key) == 8);

struct cgn_class {
	__u32 flags;		/* CGN_CLASS_* */
	__be32 subscriber_mask;	/* of CGN_CLASS_SUBSCRIBER: address & mask is the subscriber (a /32 as a rule) */
	__u32 bypass_set;	/* of CGN_CLASS_BYPASS_REMOTE: which ports, cgn_bypass_port.set; 0 = all of every protocol */
};
CGN_ABI_ASSERT(sizeof(struct cgn_class) == 12);

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
};
CGN_ABI_ASSERT(sizeof(struct cgn_link) == 8);

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
};

struct cgn_settings {
	__u32 host_services;	/* CGN_HOST_* */
	__u32 loopback_ifindex;	/* ingress of every route look-up (decision 0004) */
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

/* The map `live_subscribers` (hash): masked internal address -> 1 (__u8) while a durable block is held; in the external
 * realm an external address on which any durable block is lent. */
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
	CGN_PUNT_FIRST_PACKET = 1,	/* no outbound mapping */
	CGN_PUNT_NEXT_HOP = 2,		/* mapping known, next hop unresolved: hold, probe, translate, send */
	CGN_PUNT_TCP_CONTROL = 3,	/* SYN, FIN or RST of a shared or closing mapping */
	CGN_PUNT_FRAGMENT = 4,		/* any fragment of a packet to translate; l4_offset is where its data begin */
	CGN_PUNT_TTL_EXCEEDED = 5,	/* the sender must be told; translation and next hop may be unknown */
	CGN_PUNT_TOO_BIG = 6,		/* larger than `mtu`: fragment, or tell the sender */
	CGN_PUNT_PROTOCOL = 7,		/* a transport without ports that may have a mapping, or must be refused */
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
	__u32 pad;
	__u32 ingress_ifindex;	/* physical port it came in by */
};
CGN_ABI_ASSERT(sizeof(struct cgn_punt) == 32);

#endif
