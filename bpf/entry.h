/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading one entry of a table whose elements are reused at once, and being sure whose it is.
 *
 * What        find_entry() reads `entries`; session.h makes the same proof for `sessions`.
 * Ownership   The daemon inserts and deletes entries; touch.h stamps them.
 * Failure     A miss is NULL; what it means, the caller knows.
 */
#ifndef CGN_BPF_ENTRY_H
#define CGN_BPF_ENTRY_H

#include "maps.h"

/* What an entry translates to: the word at cgn_entry.to_addr, read at once; but for its last byte, which other packets of the
 * mapping may set meanwhile, and in which the mapping's internal realm is handed on. */
union translation {
	__u64 word;
	struct {
		__be32 addr;
		__be16 port;
		__u8 features;
		__u8 realm;
	};
};

/* All of that word but `seen`. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define TRANSLATION_MASK 0x00ffffffffffffffull
#else
#define TRANSLATION_MASK 0xffffffffffffff00ull
#endif

union entry_key {
	struct cgn_key key;
	struct cgn_entry_key repeated;
	__u64 word;
};

/* The repeated key is the one that was asked for, but that an inbound entry's has the internal realm besides; and key and
 * translation are of one entry. Then that realm, else 0. */
static __always_inline __u32 realm_if(__u64 asked, __u64 repeated, __u64 translation, __u32 check)
{
	union entry_key key = { .word = asked }, found = { .word = repeated };
	__u8 internal = found.repeated.realms & CGN_REALM_INTERNAL_MASK;

	if (key.key.realm == CGN_REALM_EXTERNAL)
		key.repeated.realms |= internal;
	if (found.word != key.word || check != cgn_entry_check(found.word, translation & TRANSLATION_MASK))
		return 0;
	return internal;
}

/*
 * The kernel gives a deleted element to the next insertion at once, even while we hold a pointer into it, so what we read
 * may belong to another mapping by now. An insertion writes the key copy, then the translation, then the rest (ascending
 * copy), so: the translation is read first, the key copy after it, and a mismatch is a miss. What that alone cannot tell
 * is an element that went to another key and is coming back to ours this instant: its key copy is ours again already, its
 * translation still the other's. (To ask for a number of the insertion, before and after, would not help: that is written
 * later still.) So the entry also holds a check of key and translation together, and the translation must still stand:
 * the mixture passes only when it is met within those few nanoseconds and its 16 bits agree by chance. In life neither
 * happens, for a port rests. Reads are single words and volatile, because the order is the proof. (Stamps that follow may
 * still hit a successor; they only make it look alive.)
 */
static __always_inline struct cgn_entry *find_entry(const union entry_key *key, union translation *to)
{
	struct cgn_entry *entry = bpf_map_lookup_elem(&entries, &key->key);
	__u64 repeated;
	__u32 realm;

	if (!entry)
		return NULL;
#ifdef CGN_TEST_PAUSE
	/* Test builds only: widens the window, so that the proof needs thousands of packets instead of millions. */
	for (int i = 0; i < CGN_TEST_PAUSE; i++)
		bpf_ktime_get_ns();
#endif
	to->word = *(volatile __u64 *)&entry->to_addr;
	repeated = *(volatile __u64 *)&entry->key;
	realm = realm_if(key->word, repeated, to->word, *(volatile __u16 *)&entry->check);
#ifndef CGN_SEED_FAULT_NO_VERIFY	/* the control of that proof leaves the comparison out */
	if (!realm)
		return NULL;
	if ((*(volatile __u64 *)&entry->to_addr ^ to->word) & TRANSLATION_MASK)
		return NULL;
#endif
	to->realm = realm;
	return entry;
}

static __always_inline struct cgn_entry *find(__be32 addr, __be16 port, __u8 proto, __u8 realm, union translation *to)
{
	union entry_key key = { .key = { .addr = addr, .port = port, .proto = proto, .realm = realm } };

	return find_entry(&key, to);
}

#endif
