// SPDX-License-Identifier: Apache-2.0
// The truth of a capture: the pcap format and the walk over it.
#include "capture.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <vector>

#include "packet/view.hpp"
#include "packet/wire.hpp"
#include "truth.hpp"

namespace cgn::blast {
namespace {

constexpr std::size_t kFileHeader = 24, kRecordHeader = 16, kLinkAt = 20;
constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4, kNanoseconds = 0xa1b23c4d, kEthernet = 1, kLargest = 1 << 18;

// How the numbers of this file are written.
struct Format {
  bool swapped = false;  // little-endian
  std::uint32_t fractions_per_ms = 1000;

  [[nodiscard]] std::uint32_t load(std::span<const std::byte> bytes, std::size_t at) const {
    const auto value = packet::load32(bytes, at);
    return swapped ? __builtin_bswap32(value) : value;
  }
};

Result<Format> read_format(std::istream& in) {
  std::array<std::byte, kFileHeader> header{};
  in.read(reinterpret_cast<char*>(header.data()), header.size());
  for (const bool swapped : {false, true}) {
    const Format micro{.swapped = swapped}, nano{.swapped = swapped, .fractions_per_ms = 1'000'000};
    if (!in || micro.load(header, kLinkAt) != kEthernet) continue;
    if (micro.load(header, 0) == kMicroseconds) return micro;
    if (nano.load(header, 0) == kNanoseconds) return nano;
  }
  return fail("not a pcap file of Ethernet frames");
}

void note(std::span<const std::byte> frame, WallTime at, const Prefix& external, CaptureReport& report,
          Endpoints& into) {
  const auto view = packet::read(frame);
  if (!view || view->proto != Proto::udp || !external.contains(view->source.address)) return;
  const auto [state, truth] = read_truth(frame.first(view->end).subspan(view->l4 + packet::kUdpSize));
  if (state == TruthState::damaged) ++report.damaged;
  if (state != TruthState::whole) return;
  ++report.ours;
  into.note(view->source, truth.internal, at);
}

}  // namespace

Result<CaptureReport> read_capture(const std::filesystem::path& path, Prefix external, Endpoints& into) {
  std::ifstream in{path, std::ios::binary};
  if (!in) return fail_errno("open " + path.string());
  auto read = read_format(in);
  if (!read) return Unexpected{std::move(read).error().in(path.string())};
  const Format format = *read;

  CaptureReport report;
  std::array<std::byte, kRecordHeader> header{};
  std::vector<std::byte> frame;
  while (in.read(reinterpret_cast<char*>(header.data()), header.size())) {
    const auto size = format.load(header, 8);
    if (size > kLargest) return fail(path.string() + ": a record of " + std::to_string(size) + " bytes");
    frame.resize(size);
    if (!in.read(reinterpret_cast<char*>(frame.data()), size)) break;
    ++report.packets;
    const std::chrono::milliseconds at{std::uint64_t{format.load(header, 0)} * 1000 +
                                       format.load(header, 4) / format.fractions_per_ms};
    note(frame, WallTime{at}, external, report, into);
  }
  report.endpoints = into.count();
  report.subscribers = into.subscribers();
  return report;
}

std::string to_json(const CaptureReport& r) {
  return fmt::format(R"({{"packets": {}, "ours": {}, "damaged": {}, "endpoints": {}, "subscribers": {}}})", r.packets,
                     r.ours, r.damaged, r.endpoints, r.subscribers);
}

}  // namespace cgn::blast
