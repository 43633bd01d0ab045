// SPDX-License-Identifier: Apache-2.0
// A throw-away lab: two namespaces and two veth pairs (drawn in cast.hpp).
//
// What        `cgn` is the machine of the device under test, with addresses, routes and permanent neighbours; `wire`
//             the tester's, whose interfaces have no addresses.
// Ownership   Owns the namespaces, the work directory and the pin directory; all are gone when it goes. The names
//             carry our process id, and forsaken() removes those of a process that was killed.
// Failure     The first command that fails, with what it said.
#pragma once

#include "cgn/result.hpp"
#include "group.hpp"
#include "process.hpp"

namespace cgn::selftest {

class Lab {
 public:
  [[nodiscard]] static Result<Lab> build(unsigned number, const std::filesystem::path& work_root);
  Lab(Lab&&) noexcept;
  Lab& operator=(Lab&&) = delete;
  ~Lab();

  [[nodiscard]] std::string cgn() const { return name_ + "-cgn"; }
  [[nodiscard]] std::string wire() const { return name_ + "-wire"; }
  [[nodiscard]] const Places& places() const { return places_; }
  // The command, as run by the device's machine.
  [[nodiscard]] Words inside_cgn(Words command) const;

 private:
  explicit Lab(std::string name, Places places) : name_{std::move(name)}, places_{std::move(places)} {}
  [[nodiscard]] Result<> make_machines() const;
  [[nodiscard]] Result<> make_links() const;
  [[nodiscard]] Result<> make_routes() const;

  std::string name_;
  Places places_;
};

// Takes away what processes that no longer live have left behind.
void remove_forsaken_labs();

}  // namespace cgn::selftest
