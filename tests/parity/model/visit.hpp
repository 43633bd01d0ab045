// SPDX-License-Identifier: Apache-2.0
// One packet on its way through the model: what the steps learn, and the table of steps.
//
// What        A step returns the verdict that ends the visit, or nothing: go on. Their order is that of the drawing in
//             docs/packet-flow.md; each is written from that page, abi.h, the decisions and the essays that head bpf/*.h,
//             never from the instructions below those heads.
// Ownership   State lives as long as the chapter, a Visit as long as the packet.
#pragma once

#include <array>
#include <map>
#include <optional>

#include "parity/model/answer.hpp"
#include "parity/model/reading.hpp"
#include "parity/twin.hpp"

namespace cgn::parity {

struct State {
  Scene scene;
  // How far each bucket is ahead of its time (police.cpp).
  std::map<std::uint32_t, unsigned> buckets{};  // of subscribers, and of ends of fragments
  std::map<std::uint32_t, unsigned> sender_buckets{};
  std::array<unsigned, CGN_BUCKET_COUNT> queue_buckets{};
};

struct NextHop {
  test::Link egress = test::Link::external;
  Ipv4 address{};
  bool resolved = false;
};

struct Visit {
  const Arrival& in;
  State& state;
  const Twin& twin;

  LinkHeader link_header{};
  const test::LinkFacts* link = nullptr;
  std::uint8_t role = 0;
  Ipv4Header ip{};
  std::uint32_t source_class = 0, destination_class = 0, subscriber_mask = 0;

  RealmId goes_to = kNowhere;  // kNowhere: the external realm

  cgn_direction direction = CGN_OUTBOUND;
  packet::View view{};
  std::optional<HalfKey> sender{}, receiver{};  // outbound and inbound half that the packet uses
  packet::Translation to{};
  std::optional<cgn_punt_reason> reason{};
  std::optional<NextHop> next_hop{};  // once the route was asked for
  unsigned mtu = 0;                   // of the next hop, when the packet is larger
  std::vector<HalfKey> touched{};

  // As whose hosts see addresses: those of the link.
  [[nodiscard]] std::uint8_t looks() const;
  [[nodiscard]] RealmId realm() const { return RealmId{looks()}; }
  [[nodiscard]] Half& half(const HalfKey& key) const { return state.scene.halves.at(key); }
  // Ends as they leave; 0 for the source that a first packet will be given.
  [[nodiscard]] Endpoint sent_source() const;
  [[nodiscard]] Endpoint sent_destination() const;
  void touch(const HalfKey& key);
};

using Step = std::optional<Verdict>;
inline constexpr std::nullopt_t kGoOn = std::nullopt;

// --- classify.cpp: link, station, addresses, way --------------------------------------------------------------------
[[nodiscard]] Step classify(Visit&);
// --- hygiene.cpp: what a header says against itself -------------------------------------------------------------------
[[nodiscard]] Step fault_of_header(Frame, const Ipv4Header&);
// --- fragment.cpp -----------------------------------------------------------------------------------------------------
[[nodiscard]] bool is_later_fragment(const Visit&);
[[nodiscard]] Step find_later_fragment(const Visit&);
[[nodiscard]] bool may_route(const Visit&);  // the destination as it leaves is known
// --- icmp_error.cpp: whose packet an error is about -------------------------------------------------------------------
[[nodiscard]] bool tells_of_subscriber(const Visit&);
[[nodiscard]] Step find_quoted_mapping(Visit&);
[[nodiscard]] bool is_unwanted_tunnel(const Visit&);
[[nodiscard]] Step find_tunnel(Visit&);
[[nodiscard]] Step find_quoted_tunnel(Visit&);
// --- identification.cpp -----------------------------------------------------------------------------------------------
[[nodiscard]] std::uint64_t mixed(std::uint64_t);  // the finaliser of MurmurHash3
[[nodiscard]] std::uint16_t identification_offset(const Visit&, Endpoint external, Proto);
// --- bypass.cpp: what keeps its addresses ---------------------------------------------------------------------------
[[nodiscard]] bool is_bypassed(const Visit&);
// --- echo.cpp: pings of pool addresses ------------------------------------------------------------------------------
[[nodiscard]] bool is_answered(Visit&);
[[nodiscard]] Bytes echo_reply(const Visit&);
// --- arp.cpp ----------------------------------------------------------------------------------------------------------
[[nodiscard]] Step answer_arp(const Visit&);
[[nodiscard]] Bytes arp_reply(const Visit&);
// --- whole.cpp: addresses that are translated without a look at ports -----------------------------------------------------
[[nodiscard]] bool is_whole(const Visit&, Ipv4);
// Every end that this packet's translation changes is whole.
[[nodiscard]] bool is_whole(const Visit&);
// The key by which an end is looked up, and what that end becomes by the half that is found.
[[nodiscard]] HalfKey key_of(const Visit&, Endpoint end, Proto proto, std::uint8_t realm);
[[nodiscard]] Endpoint translated(Endpoint end, const HalfKey& key, const Half& half);
// --- mapping.cpp: the halves of a packet, by direction --------------------------------------------------------------
[[nodiscard]] Step find_mapping(Visit&);
// --- filter.cpp: whom it hears ----------------------------------------------------------------------------------------
[[nodiscard]] Step filter(Visit&);
[[nodiscard]] bool is_heard_of(Visit&, const Half& sender, const Heard& said);
// --- tcp.cpp: control packets, and what a packet leaves in the halves it used -----------------------------------------
void find_control(Visit&);
void leave_traces(Visit&);
// --- alg.cpp: control connections of ALGs -----------------------------------------------------------------------------
void find_alg(Visit&);
[[nodiscard]] bool is_moved(const Visit&, const HalfKey&);
// --- window.cpp: who may end a TCP session --------------------------------------------------------------------------
struct Segment {
  bool syn = false, ack = false, fin = false, rst = false;
  std::uint32_t sequence = 0, acknowledged = 0, end = 0;
  std::uint16_t window = 0;
  std::uint8_t scale = 0;  // of a SYN: shift + 1
};
[[nodiscard]] Segment segment_of(const Visit&);
[[nodiscard]] bool is_stray_end(const Segment&, const Half&, const Half* other, bool first_remote);
void note_progress(const Segment&, Half&, Half* other, bool outbound);
// --- route.cpp --------------------------------------------------------------------------------------------------------
[[nodiscard]] Step find_route(Visit&);
// --- told.cpp: senders to be told, and packets to be cut ------------------------------------------------------------
[[nodiscard]] Step tell_of_ttl(Visit&);
[[nodiscard]] Step tell_of_protocol(Visit&);
[[nodiscard]] Step fit(Visit&);
[[nodiscard]] bool is_told(const Visit&);
[[nodiscard]] Verdict untold(cgn_punt_reason);
// --- police.cpp -------------------------------------------------------------------------------------------------------
[[nodiscard]] bool may_control(Visit&);
[[nodiscard]] bool may_error(Visit&);
[[nodiscard]] Step police(Visit&);

[[nodiscard]] const AddressClass* class_of(const Visit&, Ipv4);

}  // namespace cgn::parity
