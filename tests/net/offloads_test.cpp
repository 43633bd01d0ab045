// SPDX-License-Identifier: Apache-2.0
// Offloads: off after disabling, read by another tool; as they were after restoring.
#include <catch2/catch.hpp>

#include "io/offloads.hpp"
#include "net/network.hpp"
#include "net/state_directory.hpp"

namespace cgn::net_test {
namespace {

struct Nic {
  Namespace box{};
  StateDirectory state{};
  Nic() {
    sh(box, "ip link add ext0 type veth peer name e0");
    sh(box, "ethtool -K ext0 rxvlan on gro on");
  }
  [[nodiscard]] Result<> disable(bool generic) const {
    const Inside inside{box};
    return io::disable_offloads("ext0", generic, state.path());
  }
  [[nodiscard]] Result<> restore() const {
    const Inside inside{box};
    return io::restore_offloads(state.path());
  }
  [[nodiscard]] bool on(const std::string& feature) const {
    const auto text = sh(box, "ethtool -k ext0 | grep '^" + feature + ":'");
    return text.find(": on") != std::string::npos;
  }
  [[nodiscard]] std::string picture() const { return sh(box, "ethtool -k ext0"); }
};

}  // namespace

TEST_CASE("VLAN stripping is switched off and restored; in native mode GRO is left alone") {
  const Nic nic;
  const auto before = nic.picture();
  REQUIRE(nic.on("rx-vlan-offload"));
  REQUIRE(nic.disable(false));
  CHECK_FALSE(nic.on("rx-vlan-offload"));
  CHECK_FALSE(nic.on("rx-vlan-stag-hw-parse"));
  CHECK(nic.on("generic-receive-offload"));
  REQUIRE(nic.restore());
  CHECK(nic.picture() == before);
}

TEST_CASE("in generic mode GRO is switched off, too") {
  const Nic nic;
  const auto before = nic.picture();
  REQUIRE(nic.disable(true));
  CHECK_FALSE(nic.on("generic-receive-offload"));
  REQUIRE(nic.restore());
  CHECK(nic.picture() == before);
}

TEST_CASE("disabling a second time does not forget what was on before the first") {
  const Nic nic;
  const auto before = nic.picture();
  REQUIRE(nic.disable(true));
  REQUIRE(nic.disable(true));
  REQUIRE(nic.restore());
  CHECK(nic.picture() == before);
}

TEST_CASE("what was off before stays off after restoring") {
  const Nic nic;
  sh(nic.box, "ethtool -K ext0 rxvlan off");
  const auto before = nic.picture();
  REQUIRE(nic.disable(false));
  REQUIRE(nic.restore());
  CHECK(nic.picture() == before);
}

TEST_CASE("restoring passes over an interface that is gone, and forgets it") {
  const Nic nic;
  REQUIRE(nic.disable(false));
  REQUIRE(std::filesystem::exists(nic.state.path() / "offloads"));
  sh(nic.box, "ip link del ext0");
  REQUIRE(nic.restore());
  CHECK_FALSE(std::filesystem::exists(nic.state.path() / "offloads"));
}

TEST_CASE("an interface that does not exist is an error that names it") {
  const Nic nic;
  const Inside inside{nic.box};
  const auto result = io::disable_offloads("ext7", false, nic.state.path());
  REQUIRE_FALSE(result);
  CHECK(result.error().what.find("ext7") != std::string::npos);
}

}  // namespace cgn::net_test
