// SPDX-License-Identifier: Apache-2.0
// What a driver says of itself, by the ethtool ioctl: receive channels and offload features.
//
// What        One object asks about any interface of one network namespace (that of the thread which opened it; sysfs
//             may show another one). Features are known by the kernel's names for them, "rx-gro", as `ethtool -k`
//             spells most.
// Failure     A driver without channels or without a feature says so by nullopt; only a refused change is an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cgn/result.hpp"
#include "io/fd.hpp"

namespace cgn::io {

struct Feature {
  std::string name;
  unsigned bit = 0;         // in the kernel's list
  bool changeable = false;  // "[fixed]" in `ethtool -k` when false
  bool wanted = false;      // what was asked for
  bool active = false;      // what is in force
};

class Ethtool {
 public:
  [[nodiscard]] static Result<Ethtool> open();
  [[nodiscard]] std::optional<unsigned> receive_channels(const std::string& interface) const;
  [[nodiscard]] Result<std::vector<Feature>> features(const std::string& interface) const;
  [[nodiscard]] Result<> want(const std::string& interface, const Feature&, bool on) const;

 private:
  explicit Ethtool(Fd socket) : socket_{std::move(socket)} {}
  // 0 or a positive errno. `command` begins with the ETHTOOL_* number and is written by the kernel.
  [[nodiscard]] int call(const std::string& interface, void* command) const;
  [[nodiscard]] Result<std::vector<std::string>> feature_names(const std::string& interface) const;
  Fd socket_;
};

}  // namespace cgn::io
