// SPDX-License-Identifier: Apache-2.0
// The interfaces, routes and neighbours of packets/cast.hpp, in a network namespace of this process's own.
//
// What        veth stands for every interface, VLANs included: bpf_fib_lookup answers with the ifindex that the route
//             names, and the map `egress` says which tags that means, so the program cannot tell the difference.
// Life-cycle  The constructor leaves the namespace that the thread was in; threads started later follow. The namespace
//             ends with the process or with the next Network.
// Failure     Throws; a test without its world has nothing to say.
#pragma once

#include <string_view>

namespace cgn::test {

// Root with BPF: without it the tier is skipped, and says so.
[[nodiscard]] bool may_load_programs();

class Network {
 public:
  Network();
  [[nodiscard]] unsigned ifindex(std::string_view interface) const;
  // Changes made by iproute2's batch language, one command a line.
  void change(std::string_view batch) const;
};

}  // namespace cgn::test
