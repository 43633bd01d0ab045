// SPDX-License-Identifier: Apache-2.0
// The truth of a capture: which internal endpoint stood behind each external one, by the payloads in a pcap file.
//
// What        Reads a pcap file of Ethernet frames (microseconds or nanoseconds, either byte order) and notes source
//             endpoint, payload's endpoint and time of every datagram of ours that is outbound (its source is not the
//             remote side's), and how many packets there were in all.
// Failure     A file that is not such a pcap is an error. A packet cut short by the capture counts as damaged.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cgn/net.hpp"
#include "cgn/result.hpp"
#include "endpoints.hpp"

namespace cgn::blast {

struct CaptureReport {
  std::uint64_t packets = 0;  // in the file
  std::uint64_t ours = 0;     // outbound, with a whole payload of ours
  std::uint64_t damaged = 0;
  std::uint64_t endpoints = 0;
  std::uint64_t subscribers = 0;
};

// `external` holds the pool: datagrams whose source it contains are outbound.
[[nodiscard]] Result<CaptureReport> read_capture(const std::filesystem::path&, Prefix external, Endpoints& into);
[[nodiscard]] std::string to_json(const CaptureReport&);

}  // namespace cgn::blast
