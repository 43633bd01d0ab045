// SPDX-License-Identifier: Apache-2.0
// What is packed comes out again: random events through the encoder, read back by a decoder that knows nothing of the project
// but the RFCs: templates first, then records by template.
#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "journal/export/messages.hpp"

namespace {

using namespace cgn;
using namespace cgn::journal;

// --- an independent reader of both protocols ---
using Values = std::map<unsigned, std::string>;  // element -> its octets
struct Read {
  unsigned event_template;
  Values values;
};

class Decoder {
 public:
  void take(const Message& m) {
    bytes_ = &m;
    at_ = 0;
    const bool ipfix = number(2) == 10;
    const auto count = number(2);
    if (ipfix) REQUIRE(count == m.size());
    at_ = ipfix ? 16 : 20;
    while (at_ < m.size()) set(ipfix);
    REQUIRE(at_ == m.size());
  }
  std::vector<Read> records;

 private:
  unsigned long number(std::size_t width) {
    unsigned long value = 0;
    REQUIRE(at_ + width <= bytes_->size());
    for (; width > 0; --width) value = value << 8 | (*bytes_)[at_++];
    return value;
  }
  void set(bool ipfix) {
    const auto begin = at_;
    const auto id = number(2);
    const auto end = begin + number(2);
    REQUIRE(end > begin);
    REQUIRE(end <= bytes_->size());
    if (id == (ipfix ? 2U : 0U)) {
      while (at_ + 4 <= end) read_template(0);
    } else if (ipfix && id == 3) {
      read_template(2);
    } else {
      REQUIRE(id >= 256);
      const auto shape = templates_.at(static_cast<unsigned>(id));
      std::size_t least = 0;
      for (const auto& [element, width] : shape) least += width == 65535 ? 1 : width;
      while (at_ + least <= end) record(static_cast<unsigned>(id), shape);
      REQUIRE(end - at_ < 4);
    }
    at_ = end;
  }
  using Shape = std::vector<std::pair<unsigned, std::size_t>>;
  void read_template(std::size_t scope_count_width) {
    const auto id = static_cast<unsigned>(number(2));
    const auto count = number(2);
    number(scope_count_width);
    Shape shape;
    for (unsigned long i = 0; i < count; ++i) {
      const auto element = static_cast<unsigned>(number(2));
      shape.emplace_back(element, number(2));
    }
    templates_[id] = shape;
  }
  void record(unsigned id, const Shape& shape) {
    Read read{id, {}};
    for (auto [element, width] : shape) {
      if (width == 65535) width = number(1);
      if (width == 255) width = number(2);
      REQUIRE(at_ + width <= bytes_->size());
      read.values[element] = std::string{bytes_->begin() + static_cast<std::ptrdiff_t>(at_),
                                         bytes_->begin() + static_cast<std::ptrdiff_t>(at_ + width)};
      at_ += width;
    }
    records.push_back(std::move(read));
  }

  const Message* bytes_ = nullptr;
  std::size_t at_ = 0;
  std::map<unsigned, Shape> templates_;
};

std::uint64_t value_of(const Read& r, unsigned element) {
  std::uint64_t value = 0;
  for (const char c : r.values.at(element)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// --- random events ---
class Source {
 public:
  explicit Source(std::uint64_t seed) : random_{seed} {}
  std::uint64_t below(std::uint64_t n) { return std::uniform_int_distribution<std::uint64_t>{0, n - 1}(random_); }
  std::string word() {
    std::string text;
    for (auto left = below(12); left > 0; --left) text += static_cast<char>('a' + below(26));
    return text;
  }
  Event event() {
    static constexpr std::array kKinds{3, 4, 5, 8, 9, 12, 13, 16, 17, 18, 101, 102};
    const auto first = static_cast<std::uint16_t>(below(65536));
    const auto last = static_cast<std::uint16_t>(first + below(65536U - first));
    return {.kind = static_cast<EventKind>(kKinds[below(kKinds.size())]),
            .mark = {.node_id = 9, .node_name = "n", .boot = "b", .booted = wall(), .seq = below(1ULL << 63)},
            .at = wall(),
            .subscriber = Prefix::of(address(), static_cast<unsigned>(below(33))),
            .realm = word(),
            .external = address(),
            .ports = {Port{first}, Port{last}},
            .pool = word(),
            .user = word(),
            .proto = kProtos[below(kProtos.size())],
            .internal_port = port(),
            .external_port = port(),
            .remote = {address(), port()},
            .quota = static_cast<Quota>(below(5)),
            .threshold = static_cast<Mark8158>(below(4)),
            .limit = static_cast<std::uint32_t>(below(1ULL << 32))};
  }

 private:
  WallTime wall() { return WallTime{std::chrono::milliseconds{below(1ULL << 42)}}; }
  Ipv4 address() { return Ipv4::from_host(static_cast<std::uint32_t>(below(1ULL << 32))); }
  Port port() { return Port{static_cast<std::uint16_t>(below(65536))}; }
  std::mt19937_64 random_;
};

void compare(const Event& e, const Read& r, bool ipfix) {
  CHECK(value_of(r, 323) == static_cast<std::uint64_t>(e.at.time_since_epoch().count()));
  CHECK(value_of(r, 230) == static_cast<std::uint64_t>(e.kind));
  CHECK(value_of(r, 463) == 9);
  const auto has = [&](unsigned element, std::uint64_t value) {
    if (r.values.contains(element)) CHECK(value_of(r, element) == value);
  };
  has(8, e.subscriber.address().host());
  has(9, e.subscriber.length());
  has(225, e.external.host());
  has(361, e.ports.first.value());
  has(362, e.ports.last.value());
  has(283, number_of(e.pool));
  has(234, number_of(e.realm));
  has(148, e.mark.seq);
  has(4, static_cast<std::uint64_t>(e.proto));
  has(7, e.internal_port.value());
  has(227, e.external_port.value());
  has(226, e.remote.address.host());
  has(228, e.remote.port.value());
  has(466, static_cast<std::uint64_t>(e.quota));
  has(467, static_cast<std::uint64_t>(e.threshold));
  if (!ipfix) CHECK_FALSE(r.values.contains(371));
  if (ipfix && r.event_template == 256) {
    CHECK(r.values.at(371) == e.user);
    CHECK(r.values.at(284) == e.pool);
    CHECK(r.values.at(464) == e.realm);
  }
}

}  // namespace

TEST_CASE("every event that has a template comes out of its message as it went in, and in order",
          "[export][property]") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  for (const auto protocol : {FlowProtocol::ipfix, FlowProtocol::netflow9}) {
    Source source{seed};
    std::vector<Event> events;
    for (int i = 0; i < 3000; ++i) events.push_back(source.event());
    FlowMessages messages{protocol, 9};
    Decoder decoder;
    decoder.take(messages.templates(events[0].mark, at(std::chrono::seconds{1})));
    decoder.records.clear();  // of options
    for (std::size_t done = 0; done < events.size();) {
      const auto packed = messages.records(std::span{events}.subspan(done), at(std::chrono::seconds{1}));
      REQUIRE(packed.taken > 0);
      REQUIRE(packed.message.size() <= FlowMessages::kMost);
      if (!packed.message.empty()) decoder.take(packed.message);
      done += packed.taken;
    }
    std::size_t at = 0;
    std::map<unsigned, int> seen;
    for (const auto& event : events) {
      if (template_of(event) == nullptr) continue;
      REQUIRE(at < decoder.records.size());
      ++seen[decoder.records[at].event_template];
      compare(event, decoder.records[at++], protocol == FlowProtocol::ipfix);
    }
    CHECK(at == decoder.records.size());
    CHECK(seen.size() == templates().size());  // none of them vacuous
  }
}
