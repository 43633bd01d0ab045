// SPDX-License-Identifier: Apache-2.0
// Packets for a scene: valid to some layer, random beyond, then spoilt.
//
// What        A grammar (grammar.cpp) writes frames of every way through the program, weighted so that most belong to a
//             mapping of the scene; one in eight is then mutated (mutation.cpp): bits, lengths, order, tags, the cut end.
// Life-cycle  One for each chapter, from the chapter's random numbers: seed and chapter number give every frame again.
// Ownership   next() lends a frame until the following call.
#pragma once

#include "parity/draft.hpp"
#include "parity/scene.hpp"

namespace cgn::parity {

struct Sent {
  test::Link port = test::Link::internal;  // the untagged link of the physical port
  Frame frame;
};

class Generator {
 public:
  Generator(const Scene& scene, Random& random) : scene_{scene}, random_{random} {}
  [[nodiscard]] Sent next();

 private:
  // --- grammar.cpp: which packet -------------------------------------------------------------------------------------
  struct Ends {
    Proto proto = Proto::udp;
    Endpoint source{}, destination{};
  };
  void write_frame();
  [[nodiscard]] bool is_policed() const;
  void write_translated();
  void write_bypassed();
  void write_refused();
  void write_foreign();
  void write_arp();
  void write_tunnel();
  void gre();
  void fit_fragment();
  void packet_between(const Ends&);
  void portless(const Ends&, unsigned proto);
  void sum_to_zero(const Ends& after);
  [[nodiscard]] const Mapping& any_mapping();
  [[nodiscard]] Endpoint any_remote(const Mapping&);
  [[nodiscard]] Ipv4 any_address();
  void by(test::Link);
  [[nodiscard]] test::Link any_internal_link();
  [[nodiscard]] test::Link link_into(RealmId);
  [[nodiscard]] test::Link any_external_link();

  // --- layers.cpp: its bytes -----------------------------------------------------------------------------------------
  void link_header(unsigned type);
  void ipv4_header(const Ends&, unsigned protocol);
  void ipv4_options();
  void udp(const Ends&);
  void udplite(const Ends&);
  void dccp(const Ends&);
  void sctp(const Ends&);
  void tcp(const Ends&);
  void tcp_options(std::uint8_t flags);
  [[nodiscard]] std::uint32_t sequence();
  void icmp(const Ends&);
  void payload(std::size_t header_size);
  void noise(std::size_t size);

  // --- errors.cpp: ICMP errors and what they quote ----------------------------------------------------------------------
  void write_error();
  void error_between(const Ends&, const Ends& quoted, const Endpoint& sender);
  void quote(const Ends&, const Endpoint* sender = nullptr);
  void quoted_transport(const Ends&, unsigned protocol, const Endpoint* sender);
  [[nodiscard]] unsigned quoted_udp_check(const Ends&, const Endpoint* sender);
  void extend(std::size_t begin);
  void damage_quote(std::size_t begin);
  [[nodiscard]] Ipv4 any_inner_teller(const Mapping&);

  // --- mutation.cpp --------------------------------------------------------------------------------------------------
  void mutate();
  void mutate_once();
  void lie_about_a_length();
  void pad();

  const Scene& scene_;
  Random& random_;
  Draft draft_;
  test::Link link_ = test::Link::internal;
};

}  // namespace cgn::parity
