/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Incremental checksums, RFC 1624 equation 3: HC' = ~(~HC + ~m + m').
 *
 * Words are taken as they lie in memory: the ones' complement sum does not mind byte order as long as all words agree.
 */
#ifndef CGN_BPF_CSUM_H
#define CGN_BPF_CSUM_H

#include "packet.h"

/* What the change of one word adds to a sum. */
static __always_inline __u32 change16(__u16 before, __u16 after)
{
	return (__u16)~before + (__u32)after;
}

static __always_inline __u32 change32(__u32 before, __u32 after)
{
	return change16((__u16)before, (__u16)after) + change16(before >> 16, after >> 16);
}

/* `change` is the sum of at most a few dozen words, so two folds leave 16 bits. */
static __always_inline __u16 update_sum(__u16 sum, __u32 change)
{
	change += (__u16)~sum;
	change = (change & 0xffff) + (change >> 16);
	change = (change & 0xffff) + (change >> 16);
	return (__u16)~change;
}

#endif
