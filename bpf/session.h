/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding what serves one remote only: the one function that reads the table `sessions`.
 *
 * What        As find_entry() of entry.h, with the remote in the key.
 * Ownership   The daemon inserts and deletes entries; touch.h stamps them.
 * Failure     A miss is NULL; what it means, the caller knows.
 */
#ifndef CGN_BPF_SESSION_H
#define CGN_BPF_SESSION_H

#include "entry.h"

/* The word at cgn_entry.remote_addr. */
union session_remote {
	__u64 word;
	struct {
		__be32 addr;
		__be16 port;
		__u16 check;
	};
};

/*
 * Elements are given to the next insertion at once here, too: the translation is read first and must still stand at last;
 * between, the key copy in its two words, of which the second holds the check of key and translation. It covers no remote,
 * and need not: two sessions that differ in nothing else differ in their translations, or it does not matter which was read.
 */
static __always_inline struct cgn_entry *find_session(const struct cgn_session_key *key, union translation *to)
{
	union entry_key end = {
		.key = { .addr = key->addr, .port = key->port, .proto = key->proto, .realm = key->realm },
	};
	struct cgn_entry *entry = bpf_map_lookup_elem(&sessions, key);
	union session_remote remote;
	__u64 repeated;
	__u32 realm;

	if (!entry)
		return NULL;
	to->word = *(volatile __u64 *)&entry->to_addr;
	repeated = *(volatile __u64 *)&entry->key;
	remote.word = *(volatile __u64 *)&entry->remote_addr;
	realm = realm_if(end.word, repeated, to->word, remote.check);
	if (!realm || remote.addr != key->remote_addr || remote.port != key->remote_port)
		return NULL;
	if ((*(volatile __u64 *)&entry->to_addr ^ to->word) & TRANSLATION_MASK)
		return NULL;
	to->realm = realm;
	return entry;
}

/* One TCP connection, of those that share a port. */
static __always_inline struct cgn_entry *find_connection(__be32 addr, __be16 port, __be32 remote, __be16 remote_port,
							 __u8 realm, union translation *to)
{
	struct cgn_session_key key = {
		.addr = addr,
		.remote_addr = remote,
		.port = port,
		.remote_port = remote_port,
		.proto = IPPROTO_TCP,
		.realm = realm,
	};

	return find_session(&key, to);
}

#endif
