// SPDX-License-Identifier: Apache-2.0
// Which ports were freed when, remembered across the death of the daemon (RFC 6888 REQ-8).
//
// What        A ring in a file that is mapped shared: what was written is there for the next process, also after kill -9.
//             After a reboot it says nothing, and needs not: the mappings are gone as well (decision 0009). Without it a new
//             daemon would have to rest every free port of every block, and a few restarts in a row would use up every
//             subscriber's extensions.
// Life-cycle  open() at start; remember() before a mapping is removed; since() once, at adoption.
// Ownership   Owns file and mapping. One thread.
// Failure     A file of another boot, size or version is begun anew: since() then says that it is not complete. Where its disk
//             has no room for it, it is memory alone, and the next process knows of nothing; where the disk is read-only, it
//             begins with what the file says, and the next process does not know of what this one freed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cgn/realm.hpp"
#include "cgn/result.hpp"
#include "cgn/time.hpp"
#include "io/mapped_memory.hpp"

namespace cgn::io {

struct RestingPort {
  Proto proto = Proto::udp;
  InternalEndpoint internal;
  Endpoint external{};
  std::optional<Endpoint> remote{};  // of a connection that shared the port
  Stamp freed_at = 0;
  friend bool operator==(const RestingPort&, const RestingPort&) = default;
};

class RestingPorts {
 public:
  [[nodiscard]] static Result<RestingPorts> open(const std::filesystem::path& file, std::uint32_t capacity,
                                                 const std::string& boot_id);

  void remember(const RestingPort&);

  struct Past {
    std::vector<RestingPort> ports;  // oldest first
    bool complete = false;           // nothing freed since then was forgotten
  };
  [[nodiscard]] Past since(Stamp) const;

 private:
  struct Header;
  struct Record;
  RestingPorts(MappedMemory memory, bool fresh) : memory_{std::move(memory)}, fresh_{fresh} {}
  [[nodiscard]] Header& header() const;
  [[nodiscard]] Record& record(std::uint64_t number) const;

  MappedMemory memory_;
  bool fresh_;  // begun by this process: it knows nothing of the time before
};

}  // namespace cgn::io
