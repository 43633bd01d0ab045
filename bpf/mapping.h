/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding the mapping of a packet: the one function that reads the table, and the three directions over it.
 *
 * What        Outbound by (source, source port), inbound by (destination, destination port), hairpin by both in turn. An
 *             address that is translated whole is looked up without port and protocol, and the port stays (whole.h): the
 *             class of the address says so beforehand, so that there is one look-up and not two.
 * Ownership   The daemon inserts and deletes entries; touch.h stamps them.
 * Failure     An outbound miss is a first packet and goes to the slow path. An inbound miss is dropped here: strangers
 *             cannot wake the daemon.
 * RFC         4787 REQ-9 hairpinning; 5508 REQ-7 asks hairpinned queries only of a NAT without ports
 */
#ifndef CGN_BPF_MAPPING_H
#define CGN_BPF_MAPPING_H

#include "maps.h"
#include "whole.h"

/* What an entry translates to: the word at cgn_entry.to_addr, read at once. */
union translation {
	__u64 word;
	struct {
		__be32 addr;
		__be16 port;
		__u8 features;
		__u8 seen;
	};
};

/* All of that word but `seen`, which other packets of the mapping may set meanwhile. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define TRANSLATION_MASK 0x00ffffffffffffffull
#else
#define TRANSLATION_MASK 0xffffffffffffff00ull
#endif

union entry_key {
	struct cgn_key key;
	__u64 word;
};

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

	if (!entry)
		return NULL;
#ifdef CGN_TEST_PAUSE
	/* Test builds only: widens the window, so that the proof needs thousands of packets instead of millions. */
	for (int i = 0; i < CGN_TEST_PAUSE; i++)
		bpf_ktime_get_ns();
#endif
	to->word = *(volatile __u64 *)&entry->to_addr;
#ifndef CGN_SEED_FAULT_NO_VERIFY	/* the control of that proof leaves the comparison out */
	if (*(volatile __u64 *)&entry->key != key->word)
		return NULL;
	if (*(volatile __u16 *)&entry->check != cgn_entry_check(key->word, to->word & TRANSLATION_MASK))
		return NULL;
	if ((*(volatile __u64 *)&entry->to_addr ^ to->word) & TRANSLATION_MASK)
		return NULL;
#endif
	return entry;
}

static __always_inline struct cgn_entry *find(__be32 addr, __be16 port, __u8 proto, __u8 realm, union translation *to)
{
	union entry_key key = { .key = { .addr = addr, .port = port, .proto = proto, .realm = realm } };

	return find_entry(&key, to);
}

static __always_inline bool find_source(struct pkt *p)
{
	__u16 kept = whole_mask(p->src_class);
	union translation to;

	p->out = find(p->seen.src, p->seen.sport & ~kept, p->proto & ~kept, CGN_REALM_INTERNAL, &to);
	if (!p->out)
		return false;
	p->sent.src = to.addr;
	p->sent.sport = to.port | (p->seen.sport & kept);
	return true;
}

static __always_inline bool find_destination(struct pkt *p)
{
	__u16 kept = whole_mask(p->dst_class);
	union translation to;

	p->in = find(p->seen.dst, p->sent.dport & ~kept, p->proto & ~kept, CGN_REALM_EXTERNAL, &to);
	if (!p->in)
		return false;
	p->sent.dst = to.addr;
	p->sent.dport = to.port | (p->sent.dport & kept);
	return true;
}

/* A hairpinned echo has one identifier, and it is the source's translated one that arrives at the pool address, as if it
 * had gone around outside. So an echo without a mapping of its own can reach nobody but a whole address. */
static __always_inline enum cgn_verdict find_hairpin(struct pkt *p)
{
	bool source = find_source(p);

	if (p->proto == IPPROTO_ICMP) {
		if (!source && !(p->dst_class & CGN_CLASS_WHOLE))
			return CGN_VERDICT_NO_MAPPING;
		p->sent.dport = p->sent.sport;
	}
	if (!find_destination(p))
		return CGN_VERDICT_NO_MAPPING;
	if (!source) {
		/* The next hop is the internal destination's; what the source becomes, the slow path will say. */
		p->sent.src = 0;
		p->sent.sport = 0;
		p->punt = CGN_PUNT_FIRST_PACKET;
	}
	return CGN_VERDICT_CONTINUE;
}

/* Fills out, in and sent; sets p->punt for a first packet, whose translated source is unknown and 0. */
static __always_inline enum cgn_verdict find_mapping(struct pkt *p)
{
	p->sent = p->seen;
	switch (p->direction) {
	case CGN_HAIRPIN:
		return find_hairpin(p);
	case CGN_INBOUND:
		return find_destination(p) ? CGN_VERDICT_CONTINUE : CGN_VERDICT_NO_MAPPING;
	}
	if (!find_source(p)) {
		p->sent.src = 0;
		p->sent.sport = 0;
		p->punt = CGN_PUNT_FIRST_PACKET;
	}
	return CGN_VERDICT_CONTINUE;
}

/* Of an opaque packet: its mapping is there from the start, or is not yet in the log. */
static __always_inline enum cgn_verdict find_whole(struct pkt *p)
{
	if (p->direction != CGN_INBOUND && !find_source(p))
		return CGN_VERDICT_NO_MAPPING;
	if (p->direction != CGN_OUTBOUND && !find_destination(p))
		return CGN_VERDICT_NO_MAPPING;
	return CGN_VERDICT_CONTINUE;
}

#endif
