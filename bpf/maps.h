/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All maps: who writes, who reads, what a miss means.
 *
 * Life-cycle  Created at load with the sizes that userspace sets, pinned, adopted by the next daemon.
 * Ownership   "daemon" below = userspace/io through one class; this program never inserts or deletes an element.
 */
#ifndef CGN_BPF_MAPS_H
#define CGN_BPF_MAPS_H

#include "packet.h"

/* Mappings, two entries each. Daemon inserts and deletes; we read, and stamp what abi.h allows. Preallocated on purpose:
 * no allocation failure under load; the price is that elements are reused at once (mapping.h). A miss: no mapping. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct cgn_key);
	__type(value, struct cgn_entry);
} entries SEC(".maps");

/* What serves one remote only: tunnels, and TCP on shared external ports (struct cgn_session_key). Two entries each as a rule.
 * Daemon inserts and deletes; we read, and stamp. Not preallocated: most nodes have few; elements are reused at once all the
 * same (session.h). A miss: no such session, and what that means its reader says. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct cgn_session_key);
	__type(value, struct cgn_entry);
} sessions SEC(".maps");

/* Remotes that mappings with dependent filtering have spoken to. Daemon inserts and deletes; we read, and stamp. A miss: a
 * remote not spoken to. Not preallocated: only pools that ask for it need any. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct cgn_permission_key);
	__type(value, struct cgn_permission);
} permissions SEC(".maps");

/* TCP connections that an ALG has changed. The daemon's alone: here only because it outlives the daemon. Not preallocated:
 * few connections need any. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct cgn_session_key);
	__type(value, struct cgn_adjustment);
} adjustments SEC(".maps");

/* What an IPv4 address is to whom. Daemon writes, we read. A miss: a remote host, no flag. Room for all the prefixes of a
 * config once for each view (struct cgn_prefix_key). */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct cgn_prefix_key);
	__type(value, struct cgn_class);
} classes SEC(".maps");

/* Ports that bypass rules name. Daemon writes, we read. A miss: translated. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct cgn_bypass_port);
	__type(value, __u8);
} bypass_ports SEC(".maps");

/* Interfaces as the wire shows them. Daemon writes, we read. A miss: tags that nobody configured. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct cgn_link_key);
	__type(value, struct cgn_link);
} links SEC(".maps");

/* By which interface routes into a realm are asked for. Daemon writes, we read. Never misses; an ifindex of 0 is no route. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CGN_REALM_EXTERNAL + 1);
	__type(key, __u32);
	__type(value, struct cgn_realm_info);
} realms SEC(".maps");

/* Where the interface that a route names leads. Daemon writes, we read. A miss: not one of our ports. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct cgn_egress);
} egress SEC(".maps");

/* Physical ports to send by. Daemon writes. A miss: the port has left. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, CGN_MAX_PORTS);
	__type(key, __u32);
	__type(value, __u32);
} tx_ports SEC(".maps");

/* AF_XDP sockets, port * CGN_MAX_QUEUES + queue. Daemon writes; the kernel empties a slot when its socket closes.
 * A miss: no daemon is listening. */
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, CGN_MAX_PORTS * CGN_MAX_QUEUES);
	__type(key, __u32);
	__type(value, __u32);
} xsks SEC(".maps");

/* Run-time switches. Daemon writes, we read. Never misses. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cgn_settings);
} settings SEC(".maps");

/* A policer bucket per subscriber, by seeded hash: two subscribers may share one, nobody is ever evicted. We write. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CGN_POLICER_BUCKETS);
	__type(key, __u32);
	__type(value, struct cgn_bucket);
} buckets SEC(".maps");

/* The same for senders whose packets only an ICMP error of ours can answer, inside or outside. We write. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CGN_POLICER_BUCKETS);
	__type(key, __u32);
	__type(value, struct cgn_bucket);
} error_buckets SEC(".maps");

/* Some per queue (enum cgn_queue_bucket), so that one queue's flood does not starve another's. We write. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CGN_BUCKET_COUNT * CGN_MAX_QUEUES);
	__type(key, __u32);
	__type(value, struct cgn_bucket);
} queue_buckets SEC(".maps");

/* Subscribers with a durable block. Daemon writes, we read. A miss: a stranger to the policer. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct cgn_subscriber_key);
	__type(value, __u8);
} live_subscribers SEC(".maps");

/* One counter per verdict and CPU. We write, the daemon sums. Never misses. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CGN_VERDICT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

/* CGN_ABI_VERSION, written by the daemon that created the maps, read by the one that would adopt them. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} abi_version SEC(".maps");

#endif
