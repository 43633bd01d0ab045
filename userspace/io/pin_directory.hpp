// SPDX-License-Identifier: Apache-2.0
// The directory of pins: what keeps maps and links alive without the daemon.
//
// What        Names and finds pins under one directory of a BPF filesystem. A map is pinned under its own name, the
//             link of a port as link_NAME. A BPF filesystem refuses dots in names, and interface names may hold them,
//             so a dot is written %2E (and % as %25).
// Life-cycle  at() names; create() makes the directory; remove_all() ends it.
// Ownership   Only names that it gives itself are ever removed: the directory may be shared by mistake.
// Failure     A path that is not on a BPF filesystem is an error that says how to mount one.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cgn/result.hpp"
#include "io/fd.hpp"

namespace cgn::io {

class PinDirectory {
 public:
  explicit PinDirectory(std::filesystem::path path) : path_{std::move(path)} {}

  // Makes the directory if it is absent, and checks that it can hold pins.
  [[nodiscard]] Result<> create() const;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path map(std::string_view name) const { return path_ / name; }
  [[nodiscard]] std::filesystem::path link(std::string_view interface) const;
  // The pins of all links, of whatever interface, and the names of those interfaces.
  [[nodiscard]] std::vector<std::filesystem::path> links() const;
  [[nodiscard]] std::vector<std::string> linked_interfaces() const;

  // The pinned object, or an empty Fd when nothing is pinned there.
  [[nodiscard]] static Result<Fd> open(const std::filesystem::path& pin);
  // Absent is fine.
  [[nodiscard]] static Result<> unpin(const std::filesystem::path& pin);

 private:
  std::filesystem::path path_;
};

}  // namespace cgn::io
