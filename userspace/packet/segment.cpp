// SPDX-License-Identifier: Apache-2.0
// What an ALG changes in a TCP segment besides the translation.
#include "packet/segment.hpp"

#include <algorithm>
#include <cassert>

#include "packet/checksum.hpp"
#include "packet/wire.hpp"

namespace cgn::packet {
namespace {

constexpr std::uint8_t kEnd = 0, kNothing = 1, kSack = 5;
constexpr std::size_t kBlockSize = 8;

std::size_t options_end(const View& view) { return view.end - view.payload; }

// Whatever `edit` does to the TCP header, its checksum follows by the difference of the header's sums.
template <class Edit>
void edit_header(std::span<std::byte> frame, const View& view, const Edit& edit) {
  assert(view.proto == Proto::tcp && !view.fragment.is_later());
  const auto header = std::span<const std::byte>{frame}.subspan(view.l4, options_end(view) - view.l4);
  const auto at = view.l4 + l4::kTcpCheck;
  const auto before = sum(header);
  edit();
  store16(frame, at, update(load16(frame, at), before, sum(header)));
}

// Where the option stands and how long it is.
std::optional<std::pair<std::size_t, std::size_t>> find_sack(std::span<const std::byte> frame, const View& view) {
  const auto end = options_end(view);
  for (auto at = view.l4 + kTcpSize; at < end;) {
    const auto kind = load8(frame, at);
    if (kind == kEnd) return std::nullopt;
    if (kind == kNothing) {
      ++at;
      continue;
    }
    if (at + 2 > end) return std::nullopt;
    const std::size_t length = load8(frame, at + 1);
    if (length < 2 || at + length > end) return std::nullopt;
    if (kind == kSack) return length % kBlockSize == 2 ? std::optional{std::pair{at, length}} : std::nullopt;
    at += length;
  }
  return std::nullopt;
}

void move_sack(std::span<std::byte> frame, const View& view, const MoveBlock& move) {
  const auto sack = find_sack(frame, view);
  if (!sack) return;
  const auto [at, length] = *sack;
  std::vector<Block> moved;
  for (auto block = at + 2; block < at + length; block += kBlockSize) {
    const auto said = move({load32(frame, block), load32(frame, block + 4)});
    if (!said) {
      std::ranges::fill(frame.subspan(at, length), std::byte{kNothing});
      return;
    }
    moved.push_back(*said);
  }
  auto block = at + 2;
  for (const auto& [begin, end] : moved) {
    store32(frame, block, begin);
    store32(frame, block + 4, end);
    block += kBlockSize;
  }
}

std::uint32_t pseudo_header(std::span<const std::byte> frame, const View& view) {
  const auto addresses = sum(frame.subspan(view.l3 + ipv4::kSource, 8));
  return std::uint32_t{addresses} + static_cast<std::uint8_t>(Proto::tcp) +
         static_cast<std::uint32_t>(view.end - view.l4);
}

}  // namespace

std::uint32_t sequence_of(std::span<const std::byte> frame, const View& view) {
  return load32(frame, view.l4 + l4::kTcpSequence);
}

std::uint32_t acknowledgement_of(std::span<const std::byte> frame, const View& view) {
  return load32(frame, view.l4 + l4::kTcpAcknowledgement);
}

std::string_view payload_of(std::span<const std::byte> frame, const View& view) {
  // Characters may look at any object's bytes.
  return {reinterpret_cast<const char*>(frame.data()) + options_end(view), view.payload};
}

bool has_right_checksum(std::span<const std::byte> frame, const View& view) {
  return sum(frame.subspan(view.l4, view.end - view.l4), pseudo_header(frame, view)) == 0xffff;
}

void set_sequence(std::span<std::byte> frame, const View& view, std::uint32_t number) {
  edit_header(frame, view, [&] { store32(frame, view.l4 + l4::kTcpSequence, number); });
}

void set_acknowledgement(std::span<std::byte> frame, const View& view, std::uint32_t number, const MoveBlock& move) {
  edit_header(frame, view, [&] {
    store32(frame, view.l4 + l4::kTcpAcknowledgement, number);
    move_sack(frame, view, move);
  });
}

std::vector<std::byte> with_payload(std::span<const std::byte> frame, const View& view,
                                    std::pair<std::size_t, std::size_t> replaced, std::string_view instead) {
  assert(replaced.first <= replaced.second && replaced.second <= view.payload && !view.fragment.is_fragment());
  const auto payload = options_end(view);
  const auto part = [&](std::size_t from, std::size_t to) { return frame.subspan(from, to - from); };
  const auto front = part(0, payload + replaced.first);
  const auto back = part(payload + replaced.second, view.end);
  std::vector<std::byte> out(front.begin(), front.end());
  std::ranges::transform(instead, std::back_inserter(out), [](char c) { return static_cast<std::byte>(c); });
  out.insert(out.end(), back.begin(), back.end());

  auto written = view;
  written.end = out.size();
  const auto ip = view.l3 + ipv4::kLength;
  const auto length = static_cast<std::uint16_t>(out.size() - view.l3);
  store16(out, view.l3 + ipv4::kCheck, update(load16(out, view.l3 + ipv4::kCheck), view.length, length));
  store16(out, ip, length);
  store16(out, view.l4 + l4::kTcpCheck, 0);
  store16(out, view.l4 + l4::kTcpCheck,
          checksum(std::span<const std::byte>{out}.subspan(view.l4), pseudo_header(out, written)));
  return out;
}

}  // namespace cgn::packet
