// SPDX-License-Identifier: Apache-2.0
// The fast path's table of what serves one remote only: tunnels, and TCP on shared external ports.
//
// What        An EntryMap by struct cgn_session_key. Not all entries come in pairs, as those of EntryTable do.
#pragma once

#include "io/entry_map.hpp"

namespace cgn::io {

using SessionTable = EntryMap<cgn_session_key>;

}  // namespace cgn::io
