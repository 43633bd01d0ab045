// SPDX-License-Identifier: Apache-2.0
// The device under test.
//
// What        cgnd, or what it is measured against: plain kernel forwarding, and nftables as a careful operator would
//             set it up. All stand in the same lab, so that the same rows can be played to each.
// Ownership   A Device is running while it lives; it borrows the lab, which outlives it.
// Failure     start_device says why the device did not come up.
#pragma once

#include <memory>

#include "cgn/result.hpp"
#include "lab.hpp"

namespace cgn::selftest {

enum class Kind { cgnd, forwarding, nftables };

struct Programs {
  std::filesystem::path cgnd = "cgnd", cgnctl = "cgnctl";
};

class Device {
 public:
  virtual ~Device() = default;
  // What the operator's command line answers; an error where the device has none.
  [[nodiscard]] virtual Result<std::string> ask(const Words& words) const = 0;
};

struct Wanted {
  Kind kind = Kind::cgnd;
  Group group = Group::plain;
  std::string_view mode = "native";
};

[[nodiscard]] Result<std::unique_ptr<Device>> start_device(const Lab&, const Programs&, const Wanted&);

}  // namespace cgn::selftest
