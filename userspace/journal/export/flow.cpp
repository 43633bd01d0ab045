// SPDX-License-Identifier: Apache-2.0
// The templates, and the records they describe.
#include "journal/export/flow.hpp"

#include <algorithm>

#include "journal/export/bytes.hpp"

namespace cgn::journal {
namespace {

using enum Element;

// The order and widths are those that Debian's collectors were seen to read; what they do not know they skip. nfdump 1.7.1
// forgets natEvent when flowId, which it takes for a firewall's connection, comes after it.
constexpr std::array kBlock{Field{observation_time_milliseconds, 8},
                            Field{flow_id, 8},
                            Field{nat_event, 1},
                            Field{source_ipv4_address, 4},
                            Field{post_nat_source_ipv4_address, 4},
                            Field{port_range_start, 2},
                            Field{port_range_end, 2},
                            Field{port_range_step_size, 2},
                            Field{port_range_num_ports, 2},
                            Field{nat_pool_id, 4},
                            Field{ingress_vrf_id, 4},
                            Field{source_ipv4_prefix_length, 1},
                            Field{nat_instance_id, 4},
                            Field{system_init_time_milliseconds, 8},
                            Field{nat_pool_name, kVariable},
                            Field{internal_address_realm, kVariable},
                            Field{user_name, kVariable}};

constexpr std::array kMapping{
    Field{observation_time_milliseconds, 8},   Field{nat_event, 1},           Field{source_ipv4_address, 4},
    Field{post_nat_source_ipv4_address, 4},    Field{protocol_identifier, 1}, Field{source_transport_port, 2},
    Field{post_napt_source_transport_port, 2}, Field{ingress_vrf_id, 4},      Field{nat_instance_id, 4},
    Field{internal_address_realm, kVariable}};

constexpr std::array kSession{Field{observation_time_milliseconds, 8},
                              Field{nat_event, 1},
                              Field{source_ipv4_address, 4},
                              Field{post_nat_source_ipv4_address, 4},
                              Field{protocol_identifier, 1},
                              Field{source_transport_port, 2},
                              Field{post_napt_source_transport_port, 2},
                              Field{destination_ipv4_address, 4},
                              Field{post_nat_destination_ipv4_address, 4},
                              Field{destination_transport_port, 2},
                              Field{post_napt_destination_transport_port, 2},
                              Field{ingress_vrf_id, 4},
                              Field{nat_instance_id, 4},
                              Field{internal_address_realm, kVariable}};

constexpr std::array kAddressesExhausted{Field{observation_time_milliseconds, 8}, Field{nat_event, 1},
                                         Field{nat_pool_id, 4}, Field{nat_instance_id, 4},
                                         Field{nat_pool_name, kVariable}};

constexpr std::array kPortsExhausted{
    Field{observation_time_milliseconds, 8}, Field{nat_event, 1},   Field{post_nat_source_ipv4_address, 4},
    Field{source_ipv4_address, 4},           Field{nat_pool_id, 4}, Field{nat_instance_id, 4},
    Field{nat_pool_name, kVariable}};

// RFC 8158 has one template for each kind of quota and threshold: they differ in the element that holds the limit.
constexpr std::array kQuotaMappings{Field{observation_time_milliseconds, 8}, Field{nat_event, 1},
                                    Field{nat_quota_exceeded_event, 4}, Field{max_bib_entries, 4},
                                    Field{nat_instance_id, 4}};
constexpr std::array kQuotaPerSubscriber{Field{observation_time_milliseconds, 8}, Field{nat_event, 1},
                                         Field{nat_quota_exceeded_event, 4},      Field{max_entries_per_user, 4},
                                         Field{source_ipv4_address, 4},           Field{nat_instance_id, 4}};
constexpr std::array kQuotaSubscribers{Field{observation_time_milliseconds, 8}, Field{nat_event, 1},
                                       Field{nat_quota_exceeded_event, 4}, Field{max_subscribers, 4},
                                       Field{nat_instance_id, 4}};
constexpr std::array kPoolHigh{Field{observation_time_milliseconds, 8}, Field{nat_event, 1},
                               Field{nat_threshold_event, 4},           Field{nat_pool_id, 4},
                               Field{address_pool_high_threshold, 4},   Field{nat_instance_id, 4}};
constexpr std::array kPoolLow{Field{observation_time_milliseconds, 8}, Field{nat_event, 1},
                              Field{nat_threshold_event, 4},           Field{nat_pool_id, 4},
                              Field{address_pool_low_threshold, 4},    Field{nat_instance_id, 4}};
constexpr std::array kMappingsHigh{Field{observation_time_milliseconds, 8}, Field{nat_event, 1},
                                   Field{nat_threshold_event, 4}, Field{address_port_mapping_high_threshold, 4},
                                   Field{nat_instance_id, 4}};

constexpr std::array kTemplates{Template{256, "port block", kBlock},
                                Template{257, "mapping", kMapping},
                                Template{258, "session", kSession},
                                Template{259, "addresses exhausted", kAddressesExhausted},
                                Template{260, "ports exhausted", kPortsExhausted},
                                Template{261, "quota: mappings", kQuotaMappings},
                                Template{262, "quota: per subscriber", kQuotaPerSubscriber},
                                Template{263, "quota: subscribers", kQuotaSubscribers},
                                Template{264, "threshold: pool, high", kPoolHigh},
                                Template{265, "threshold: pool, low", kPoolLow},
                                Template{266, "threshold: mappings, high", kMappingsHigh}};

constexpr std::array kNodeFields{Field{observation_domain_id, 4}, Field{system_init_time_milliseconds, 8},
                                 Field{observation_domain_name, kVariable}};
constexpr Template kNode{300, "node", kNodeFields};

const Template* by_id(std::uint16_t id) { return &kTemplates[id - kTemplates.front().id]; }

std::uint64_t ms_of(WallTime t) { return static_cast<std::uint64_t>(t.time_since_epoch().count()); }

std::string_view text_value(const Event& e, Element element) {
  if (element == nat_pool_name) return e.pool;
  if (element == internal_address_realm) return e.realm;
  if (element == user_name) return e.user;
  return e.mark.node_name;  // observation_domain_name
}

std::uint64_t number_value(const Event& e, Element element) {
  switch (element) {
    case observation_time_milliseconds: return ms_of(e.at);
    case nat_event: return static_cast<std::uint8_t>(e.kind);
    case source_ipv4_address: return e.subscriber.address().host();
    case source_ipv4_prefix_length: return e.subscriber.length();
    case post_nat_source_ipv4_address: return e.external.host();
    case port_range_start: return e.ports.first.value();
    case port_range_end: return e.ports.last.value();
    case port_range_step_size: return 1;
    // A whole address has 65,536 ports, which two bytes cannot say: RFC 8158 takes what fits.
    case port_range_num_ports: return std::min(e.ports.count(), 0xffffU);
    case nat_pool_id: return number_of(e.pool);
    case ingress_vrf_id: return number_of(e.realm);
    case nat_instance_id:
    case observation_domain_id: return e.mark.node_id;
    case flow_id: return e.mark.seq;
    case system_init_time_milliseconds: return ms_of(e.mark.booted);
    case protocol_identifier: return static_cast<std::uint8_t>(e.proto);
    case source_transport_port: return e.internal_port.value();
    case post_napt_source_transport_port: return e.external_port.value();
    case destination_ipv4_address:
    case post_nat_destination_ipv4_address: return e.remote.address.host();
    case destination_transport_port:
    case post_napt_destination_transport_port: return e.remote.port.value();
    case nat_quota_exceeded_event: return static_cast<std::uint8_t>(e.quota);
    case nat_threshold_event: return static_cast<std::uint8_t>(e.threshold);
    case max_bib_entries:
    case max_entries_per_user:
    case max_subscribers:
    case address_pool_high_threshold:
    case address_pool_low_threshold:
    case address_port_mapping_high_threshold: return e.limit;
    case nat_pool_name:
    case internal_address_realm:
    case user_name:
    case observation_domain_name: break;
  }
  return 0;  // texts
}

// RFC 7011 section 7: one byte of length, or 255 and two. Names are short by the config's rules; user names are cut.
void put_text(Bytes& bytes, std::string_view text) {
  constexpr std::size_t kLongest = 254;
  text = text.substr(0, kLongest);
  bytes.number(text.size(), 1);
  bytes.text(text);
}

}  // namespace

std::span<const Template> templates() { return kTemplates; }
const Template& node_template() { return kNode; }

const Template* template_of(const Event& e) {
  switch (e.kind) {
    case EventKind::block_allocated:
    case EventKind::block_released: return by_id(256);
    case EventKind::mapping_created:
    case EventKind::mapping_deleted: return by_id(257);
    case EventKind::session_created:
    case EventKind::session_deleted: return by_id(258);
    case EventKind::addresses_exhausted: return by_id(259);
    case EventKind::ports_exhausted: return by_id(260);
    case EventKind::quota_exceeded:
      if (e.quota == Quota::mappings) return by_id(261);
      if (e.quota == Quota::per_subscriber) return by_id(262);
      return e.quota == Quota::subscribers ? by_id(263) : nullptr;
    case EventKind::threshold_reached:
      if (e.threshold == Mark8158::pool_high) return by_id(264);
      if (e.threshold == Mark8158::pool_low) return by_id(265);
      return e.threshold == Mark8158::mappings_high ? by_id(266) : nullptr;
    case EventKind::block_continued:
    case EventKind::other_row: return nullptr;
  }
  return nullptr;  // not reached: the enum is closed
}

bool stands_in(const Field& field, FlowProtocol protocol) {
  return protocol == FlowProtocol::ipfix || field.length != kVariable;
}

std::vector<std::uint8_t> record_of(const Event& e, const Template& t, FlowProtocol protocol) {
  Bytes bytes;
  for (const auto& field : t.fields) {
    if (!stands_in(field, protocol)) continue;
    if (field.length == kVariable) {
      put_text(bytes, text_value(e, field.element));
    } else {
      bytes.number(number_value(e, field.element), field.length);
    }
  }
  return bytes.take();
}

}  // namespace cgn::journal
