// SPDX-License-Identifier: Apache-2.0
// Which maps the program runs on: those that an earlier daemon pinned, or new ones.
//
// What        Before the load, adopt() gives the object the pinned maps, after checking that they are of this daemon's
//             shape; after the load, pin() pins what is new. The map abi_version holds CGN_ABI_VERSION and is pinned
//             last, so its pin says that the set is whole.
// Life-cycle  A set without the pin of abi_version was never finished (the daemon died between two pins) and no port
//             ever used it: it is swept away and made anew. Were a link pinned beside it, that would not be so:
//             refused.
// Failure     Another version, another size: refused by name, with both figures and the way out. Nothing is changed
//             then.
#pragma once

#include "cgn/result.hpp"
#include "io/pin_directory.hpp"

struct bpf_object;

namespace cgn::io::map_pins {

// True when the pinned maps were adopted, false when the load will create them. Call between open and load.
[[nodiscard]] Result<bool> adopt(bpf_object*, const PinDirectory&);
// Pins every map that is not pinned yet. Call after the load.
[[nodiscard]] Result<> pin(bpf_object*, const PinDirectory&);
// Removes the pins of the object's maps, abi_version first. Absent pins are fine.
[[nodiscard]] Result<> unpin(bpf_object*, const PinDirectory&);

}  // namespace cgn::io::map_pins
