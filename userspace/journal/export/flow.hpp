// SPDX-License-Identifier: Apache-2.0
// One table of templates for IPFIX and NetFlow v9: which elements stand in the record of an event, in which order, how wide.
//
// What        PURE. Both protocols number elements alike (IANA's registry took over NetFlow's numbers); v9 has no variable width,
//             so elements with one are left out there. RFC 8158 numbers natEvent 16 and 17 for port blocks (Juniper numbers
//             by a draft: 14 and 15).
// RFC         8158 sections 4 and 5 (elements, templates); 7011 sections 3.4 and 7; 3954 sections 5.2, 5.3
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "journal/export/event.hpp"

namespace cgn::journal {

enum class FlowProtocol : std::uint8_t { ipfix, netflow9 };

enum class Element : std::uint16_t {
  protocol_identifier = 4,
  source_transport_port = 7,
  source_ipv4_address = 8,
  source_ipv4_prefix_length = 9,
  destination_transport_port = 11,
  destination_ipv4_address = 12,
  flow_id = 148,  // the event's sequence number in the legal record
  observation_domain_id = 149,
  system_init_time_milliseconds = 160,  // when the machine booted
  post_nat_source_ipv4_address = 225,
  post_nat_destination_ipv4_address = 226,
  post_napt_source_transport_port = 227,
  post_napt_destination_transport_port = 228,
  nat_event = 230,
  ingress_vrf_id = 234,
  nat_pool_id = 283,
  nat_pool_name = 284,
  observation_domain_name = 300,
  observation_time_milliseconds = 323,
  port_range_start = 361,
  port_range_end = 362,
  port_range_step_size = 363,
  port_range_num_ports = 364,
  user_name = 371,
  nat_instance_id = 463,
  internal_address_realm = 464,
  nat_quota_exceeded_event = 466,
  nat_threshold_event = 467,
  max_bib_entries = 472,
  max_entries_per_user = 473,
  max_subscribers = 474,
  address_pool_high_threshold = 476,
  address_pool_low_threshold = 477,
  address_port_mapping_high_threshold = 478,
};

inline constexpr std::uint16_t kVariable = 0xffff;

struct Field {
  Element element;
  std::uint16_t length;
  friend bool operator==(const Field&, const Field&) = default;
};

struct Template {
  std::uint16_t id;
  std::string_view what;
  std::span<const Field> fields;
};

// In order of id, 256 first.
[[nodiscard]] std::span<const Template> templates();
// Of IPFIX alone: the node's name, and since when it runs (RFC 7011 section 3.4.2.2, scope: the observation domain).
[[nodiscard]] const Template& node_template();

// The template of an event, nullptr when RFC 8158 has none.
[[nodiscard]] const Template* template_of(const Event&);
[[nodiscard]] bool stands_in(const Field&, FlowProtocol);
// The event's record, in network order, without padding.
[[nodiscard]] std::vector<std::uint8_t> record_of(const Event&, const Template&, FlowProtocol);

}  // namespace cgn::journal
