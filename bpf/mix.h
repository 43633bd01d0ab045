/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A 64-bit mixer, that of MurmurHash3: a bijection in which every bit of the input reaches every bit of the output.
 *
 * What        For hashes that must not be guessed from outside: the input is crossed with a seed first. No cipher.
 */
#ifndef CGN_BPF_MIX_H
#define CGN_BPF_MIX_H

#include <linux/types.h>

static __always_inline __u64 mix(__u64 h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdull;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ull;
	return h ^ h >> 33;
}

#endif
