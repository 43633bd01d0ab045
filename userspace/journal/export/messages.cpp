// SPDX-License-Identifier: Apache-2.0
// Flow messages: sets behind a header.
#include "journal/export/messages.hpp"

#include "journal/export/bytes.hpp"

namespace cgn::journal {
namespace {

constexpr std::size_t kIpfixHeader = 16, kNetflow9Header = 20, kSetHeader = 4;
constexpr std::uint16_t kIpfixTemplates = 2, kIpfixOptions = 3, kNetflow9Templates = 0;

std::size_t header_size(FlowProtocol p) { return p == FlowProtocol::ipfix ? kIpfixHeader : kNetflow9Header; }

// Set header first, its length when all is known.
std::size_t begin_set(Bytes& bytes, std::uint16_t id) {
  const auto at = bytes.size();
  bytes.number(id, 2);
  bytes.number(0, 2);
  return at;
}

// v9 asks for sets of whole words; IPFIX does not, and a reader of variable widths is better off without.
void end_set(Bytes& bytes, std::size_t at, FlowProtocol protocol) {
  if (protocol == FlowProtocol::netflow9) bytes.pad();
  bytes.put16(at + 2, bytes.size() - at);
}

void put_template(Bytes& bytes, const Template& t, FlowProtocol protocol) {
  std::size_t count = 0;
  for (const auto& field : t.fields) count += stands_in(field, protocol) ? 1 : 0;
  bytes.number(t.id, 2);
  bytes.number(count, 2);
  for (const auto& field : t.fields) {
    if (!stands_in(field, protocol)) continue;
    bytes.number(static_cast<std::uint16_t>(field.element), 2);
    bytes.number(field.length, 2);
  }
}

// An options template has its number of scope fields behind the number of fields.
void put_node(Bytes& bytes, const Mark& node) {
  const auto& t = node_template();
  const auto options = begin_set(bytes, kIpfixOptions);
  bytes.number(t.id, 2);
  bytes.number(t.fields.size(), 2);
  bytes.number(1, 2);
  for (const auto& field : t.fields) {
    bytes.number(static_cast<std::uint16_t>(field.element), 2);
    bytes.number(field.length, 2);
  }
  end_set(bytes, options, FlowProtocol::ipfix);
  const auto data = begin_set(bytes, t.id);
  bytes.append(record_of(Event{.mark = node}, t, FlowProtocol::ipfix));
  end_set(bytes, data, FlowProtocol::ipfix);
}

}  // namespace

Message FlowMessages::templates(const Mark& node, const Now& now) {
  Bytes sets;
  const auto all = journal::templates();
  const auto at = begin_set(sets, protocol_ == FlowProtocol::ipfix ? kIpfixTemplates : kNetflow9Templates);
  for (const auto& t : all) put_template(sets, t, protocol_);
  end_set(sets, at, protocol_);
  if (protocol_ == FlowProtocol::netflow9) return finish(sets.take(), 0, all.size(), now);
  put_node(sets, node);
  return finish(sets.take(), 1, all.size() + 2, now);
}

FlowMessages::Packed FlowMessages::records(std::span<const Event> events, const Now& now) {
  Packed packed;
  Bytes sets;
  const Template* open = nullptr;
  std::size_t set_at = 0;
  const auto room = kMost - header_size(protocol_);
  constexpr std::size_t kPadding = 3;
  for (const auto& event : events) {
    const auto* t = template_of(event);
    if (t != nullptr) {
      const auto record = record_of(event, *t, protocol_);
      const auto needed = record.size() + (t == open ? 0 : kSetHeader + kPadding) + kPadding;
      if (sets.size() + needed > room) break;
      if (t != open) {
        if (open != nullptr) end_set(sets, set_at, protocol_);
        set_at = begin_set(sets, t->id);
        open = t;
      }
      sets.append(record);
      ++packed.records;
    }
    ++packed.taken;
  }
  if (open == nullptr) return packed;
  end_set(sets, set_at, protocol_);
  packed.message = finish(sets.take(), packed.records, packed.records, now);
  return packed;
}

Message FlowMessages::finish(std::vector<std::uint8_t> sets, std::size_t data_records, std::size_t all_records,
                             const Now& now) {
  const auto seconds = static_cast<std::uint64_t>(now.wall.time_since_epoch().count() / 1000);
  Bytes message;
  if (protocol_ == FlowProtocol::ipfix) {
    message.number(10, 2);
    message.number(kIpfixHeader + sets.size(), 2);
    message.number(seconds, 4);
    message.number(sequence_, 4);
    sequence_ += static_cast<std::uint32_t>(data_records);
  } else {
    message.number(9, 2);
    message.number(all_records, 2);
    message.number(static_cast<std::uint64_t>(now.boot.count()), 4);
    message.number(seconds, 4);
    message.number(sequence_, 4);
    sequence_ += 1;
  }
  message.number(domain_, 4);
  message.append(sets);
  return message.take();
}

}  // namespace cgn::journal
