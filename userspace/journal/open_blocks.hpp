// SPDX-License-Identifier: Apache-2.0
// The blocks that the rows so far show as held.
//
// What        PURE. Rows in, in order of seq; held blocks out. After a reboot the blocks of the boot before are
// *former*:
//             they wait to be continued or released by the daemon, and the first new allocation ends the waiting,
//             because the daemon adopts everything before it gives anything.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "journal/record.hpp"

namespace cgn::journal {

class OpenBlocks {
 public:
  using Key = std::pair<Ipv4, Port>;  // external address and first port

  void apply(const Row&);
  // The rows that follow are of another boot of the machine.
  void begin_boot();

  [[nodiscard]] bool waiting() const { return !former_.empty(); }
  [[nodiscard]] const OpenBlock* find(const Key&) const;
  // Former ones included.
  [[nodiscard]] std::vector<OpenBlock> all() const;
  [[nodiscard]] std::vector<Key> keys() const;

 private:
  std::map<Key, OpenBlock> held_;
  std::map<Key, OpenBlock> former_;
};

}  // namespace cgn::journal
