// SPDX-License-Identifier: Apache-2.0
// The ring of freed ports: what it remembers over a death, and when it admits that it does not.
#include "io/resting_ports.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

using namespace cgn;
using io::RestingPort;
using io::RestingPorts;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = "/tmp/cgn-resting-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::filesystem::path file() const { return path_ / "resting-ports"; }

 private:
  std::filesystem::path path_;
};

RestingPort freed(std::uint16_t port, Stamp at) {
  return {.proto = Proto::udp,
          .internal = {{*Ipv4::parse("100.64.0.7"), Port{port}}, RealmId{static_cast<std::uint8_t>(1 + port % 3)}},
          .external = {*Ipv4::parse("203.0.113.1"), Port{port}},
          .freed_at = at};
}

}  // namespace

TEST_CASE("what was freed is known to the next process, oldest first", "[RFC6888-REQ-8]") {
  const Folder folder;
  {
    auto ring = *RestingPorts::open(folder.file(), 8, "boot-a");
    CHECK_FALSE(ring.since(0).complete);  // begun now: the time before is unknown
    ring.remember(freed(1, 100));
    ring.remember(freed(2, 200));
    ring.remember(freed(3, 300));
  }
  const auto again = *RestingPorts::open(folder.file(), 8, "boot-a");
  const auto past = again.since(200);
  CHECK(past.complete);
  CHECK(past.ports == std::vector{freed(2, 200), freed(3, 300)});
}

TEST_CASE("a ring that ran over within the time asked says so") {
  const Folder folder;
  {
    auto ring = *RestingPorts::open(folder.file(), 4, "boot-a");
    for (std::uint16_t i = 1; i <= 6; ++i) ring.remember(freed(i, 100u * i));
  }
  const auto again = *RestingPorts::open(folder.file(), 4, "boot-a");
  CHECK(again.since(301).complete);  // the lost ones, 100 and 200, are older than the oldest kept, 300
  CHECK(again.since(301).ports.size() == 3);
  CHECK_FALSE(again.since(300).complete);
}

TEST_CASE("after a reboot, or with another size, the ring begins anew") {
  const Folder folder;
  { (*RestingPorts::open(folder.file(), 8, "boot-a")).remember(freed(1, 100)); }
  CHECK((*RestingPorts::open(folder.file(), 8, "boot-b")).since(0).ports.empty());
  CHECK_FALSE((*RestingPorts::open(folder.file(), 16, "boot-b")).since(0).complete);
}
