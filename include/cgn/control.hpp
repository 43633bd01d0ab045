// SPDX-License-Identifier: Apache-2.0
// The control API: what cgnd answers and cgnctl reads, named once.
//
// What        Paths and documents of the HTTP API on the UNIX sockets. Each document is a passive struct; the list of
//             its JSON fields stands below it and is the same for writing and reading. docs/api.md tells it to
//             machines.
// Rules       Integers are integers, times are RFC 3339 UTC with milliseconds ("2026-11-20T06:11:02.331Z"), absence is
//             null, addresses and endpoints are text. Every answer begins with "schema": "cgn/<noun>/1". Fields are
//             only ever added within a version: a reader ignores what it does not know and gives a default to what is
//             missing.
// Failure     An error is {"error": sentence, "hint": next step} with an HTTP status of 400 and above.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cgn/time.hpp"

namespace cgn::control {

// Keeps the order of the fields, so that a document reads as its struct does.
using Json = nlohmann::ordered_json;

inline constexpr std::string_view kDefaultSocket = "/run/cgn/api.sock";
inline constexpr std::string_view kReadOnlyName = "ro.sock";  // beside the admin socket

// "2026-11-20T06:11:02.331Z", the one way in which times are told.
[[nodiscard]] inline std::string to_text(WallTime time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", int{date.year()}, unsigned{date.month()},
                     unsigned{date.day()}, clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

// The text of a document; bytes that are no UTF-8 are replaced, never thrown at.
[[nodiscard]] inline std::string to_text(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

// GET unless it says POST. The streams are JSON Lines; monitors have no end.
namespace path {
inline constexpr std::string_view kVersion = "/v1/version";
inline constexpr std::string_view kStatus = "/v1/status";
inline constexpr std::string_view kPools = "/v1/pools";              // and /NAME
inline constexpr std::string_view kAddresses = "/v1/addresses";      // /IP
inline constexpr std::string_view kSubscribers = "/v1/subscribers";  // /IP
inline constexpr std::string_view kBlocks = "/v1/blocks";            // ?pool= &address= &subscriber= &after= &limit=
inline constexpr std::string_view kMappings = "/v1/mappings";        // stream ?internal= &external= &proto= &limit=
inline constexpr std::string_view kDrops = "/v1/drops";
inline constexpr std::string_view kDataplane = "/v1/dataplane";
inline constexpr std::string_view kConfig = "/v1/config";
inline constexpr std::string_view kMonitorBlocks = "/v1/monitor/blocks";      // stream
inline constexpr std::string_view kClearSubscriber = "/v1/clear/subscriber";  // POST {"subscriber": IP}
inline constexpr std::string_view kClearMapping = "/v1/clear/mapping";        // POST {"internal": IP:PORT, "proto": P}
inline constexpr std::string_view kHolds = "/v1/log/holds";                   // POST {"action", "case", "from", "to"}
inline constexpr std::string_view kDetach = "/v1/detach";                     // POST {}
}  // namespace path

// CGN_JSON_FIELDS(Type, fields...): both directions of the JSON codec from one list. The library's own macro of this
// kind knows only the json type that sorts its keys.
#define CGN_JSON_FIELDS(Type, ...)                                                                                     \
  template <class J>                                                                                                   \
  requires nlohmann::detail::is_basic_json<J>::value void to_json(J& nlohmann_json_j, const Type& nlohmann_json_t) {   \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_TO, __VA_ARGS__))                                           \
  }                                                                                                                    \
  template <class J>                                                                                                   \
  requires nlohmann::detail::is_basic_json<J>::value void from_json(const J& nlohmann_json_j, Type& nlohmann_json_t) { \
    const Type nlohmann_json_default_obj{};                                                                            \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_FROM_WITH_DEFAULT, __VA_ARGS__))                            \
  }

// GET /v1/version
struct Version {
  std::string schema = "cgn/version/1";
  std::string version{};
  unsigned abi = 0;  // CGN_ABI_VERSION
};
CGN_JSON_FIELDS(Version, schema, version, abi)

// One port as the data plane has it.
struct Port {
  std::string interface {};
  unsigned ifindex = 0;
  bool internal = false;
  bool external = false;  // both: one-armed
  std::string xdp{};      // "native", "generic", "detached"
  std::string afxdp{};    // "zero-copy", "copy"
  unsigned queues = 0;
  unsigned mtu = 0;
};
CGN_JSON_FIELDS(Port, interface, ifindex, internal, external, xdp, afxdp, queues, mtu)

// One queue index of every port, as AF_XDP counts it.
struct Queue {
  unsigned queue = 0;
  std::uint64_t punt_lost = 0;  // frames the kernel punted and could not hand over
  std::uint64_t rx_ring_full = 0;
  std::uint64_t fill_ring_empty = 0;
  std::uint64_t tx_invalid = 0;
};
CGN_JSON_FIELDS(Queue, queue, punt_lost, rx_ring_full, fill_ring_empty, tx_invalid)

// Blocks and subscribers of a pool. Resting blocks are in hold-down.
struct Pool {
  std::string name{};
  std::uint64_t addresses = 0;
  unsigned block_size = 0;
  unsigned extension_block_size = 0;
  std::uint64_t first_blocks = 0;
  std::uint64_t first_held = 0;
  std::uint64_t first_resting = 0;
  std::uint64_t extension_blocks = 0;
  std::uint64_t extension_held = 0;
  std::uint64_t extension_resting = 0;
  std::uint64_t subscribers = 0;
  std::uint64_t max_subscribers = 0;
  std::uint64_t ratio = 0;  // of a deterministic pool: subscribers that share an address at most
};
CGN_JSON_FIELDS(Pool, name, addresses, block_size, extension_block_size, first_blocks, first_held, first_resting,
                extension_blocks, extension_held, extension_resting, subscribers, max_subscribers, ratio)

// GET /v1/pools, /v1/pools/NAME
struct Pools {
  std::string schema = "cgn/pool/1";
  std::vector<Pool> pools{};
};
CGN_JSON_FIELDS(Pools, schema, pools)

struct PortUse {
  unsigned tcp = 0, udp = 0, icmp = 0;
  unsigned other = 0;  // UDP-Lite, DCCP and SCTP together
};
CGN_JSON_FIELDS(PortUse, tcp, udp, icmp, other)

// One loan of one port block.
struct Block {
  std::uint64_t ticket = 0;  // names the loan while this daemon lives
  std::string subscriber{};
  std::string realm{};
  std::string external{};
  unsigned first_port = 0;
  unsigned last_port = 0;
  std::string pool{};
  std::string state{};    // "pending", "held", "lingering", "releasing"
  bool first = true;      // first block, or an extension
  bool computed = false;  // a first block of a deterministic pool: its subscriber's for good
  std::string allocated_at{};
  PortUse used{};     // ports with a live mapping
  PortUse resting{};  // ports in hold-down
};
CGN_JSON_FIELDS(Block, ticket, subscriber, realm, external, first_port, last_port, pool, state, first, computed,
                allocated_at, used, resting)

// GET /v1/blocks. `next`: pass it as `after` for the rest; null at the end.
struct Blocks {
  std::string schema = "cgn/block/1";
  std::vector<Block> blocks{};
  std::optional<std::uint64_t> next{};
};

// GET /v1/addresses/IP
struct Address {
  std::string schema = "cgn/address/1";
  std::string address{};
  std::string pool{};
  std::uint64_t subscribers = 0;
  std::vector<Block> blocks{};
};
CGN_JSON_FIELDS(Address, schema, address, pool, subscribers, blocks)

// GET /v1/subscribers/IP
struct Subscriber {
  std::string schema = "cgn/subscriber/1";
  std::string subscriber{};
  std::string realm{};
  std::string pool{};
  std::string external{};  // paired: one address for all its blocks
  unsigned max_blocks = 0;
  PortUse mappings{};
  std::uint64_t refused = 0;  // packets refused by a limit
  std::vector<Block> blocks{};
};
CGN_JSON_FIELDS(Subscriber, schema, subscriber, realm, pool, external, max_blocks, mappings, refused, blocks)

// One line of GET /v1/mappings; the last line is a MappingsEnd.
struct Mapping {
  std::uint32_t id = 0;
  std::string proto{};
  std::string internal{};
  std::string realm{};  // of the internal end
  std::string external{};
  std::string remote{};  // the first one
  std::string state{};   // TCP: "opening", "established", "closing"; else "live"
  bool shared = false;   // TCP with more than one remote
  std::uint64_t idle_ms = 0;
  std::uint64_t packets_out = 0, bytes_out = 0;
  std::uint64_t packets_in = 0, bytes_in = 0;
};
CGN_JSON_FIELDS(Mapping, id, proto, internal, realm, external, remote, state, shared, idle_ms, packets_out, bytes_out,
                packets_in, bytes_in)

// `more`: the limit ended the walk. `error`: the walk broke; what was shown is not all.
struct MappingsEnd {
  std::string schema = "cgn/mapping/1";
  bool end = true;
  std::uint64_t shown = 0;
  bool more = false;
  std::string error{};
};
CGN_JSON_FIELDS(MappingsEnd, schema, end, shown, more, error)

// One verdict. Rates are over the interval of the document.
struct VerdictCount {
  std::string verdict{};
  bool refusal = false;  // the packet ended here, neither sent nor given to the kernel
  std::uint64_t total = 0;
  std::uint64_t kernel = 0;
  std::uint64_t slow_path = 0;
  double rate = 0;  // per second
  std::string meaning{};
  std::string remedy{};
};
CGN_JSON_FIELDS(VerdictCount, verdict, refusal, total, kernel, slow_path, rate, meaning, remedy)

// GET /v1/drops
struct Drops {
  std::string schema = "cgn/drops/1";
  std::string sampled_at{};
  std::uint64_t sampled_ms = 0;   // of the monotonic clock, for rates between two answers
  std::uint64_t interval_ms = 0;  // what the rates cover
  std::vector<VerdictCount> verdicts{};
  std::uint64_t punt_lost = 0;  // after the verdict: AF_XDP could not take the frame
};
CGN_JSON_FIELDS(Drops, schema, sampled_at, sampled_ms, interval_ms, verdicts, punt_lost)

struct Guard {
  bool whole = true;
  std::vector<std::string> missing{};
};
CGN_JSON_FIELDS(Guard, whole, missing)

// GET /v1/dataplane
struct Dataplane {
  std::string schema = "cgn/dataplane/1";
  std::vector<Port> ports{};
  std::vector<Queue> queues{};
  std::uint64_t mappings = 0;
  std::uint64_t mapping_limit = 0;
  Guard guard{};
};
CGN_JSON_FIELDS(Dataplane, schema, ports, queues, mappings, mapping_limit, guard)

// Packets per second over the last seconds.
struct Traffic {
  std::uint64_t interval_ms = 0;
  double received = 0;    // by the program on all ports
  double translated = 0;  // by the program alone
  double punted = 0;
  double refused = 0;  // kernel and slow path
};
CGN_JSON_FIELDS(Traffic, interval_ms, received, translated, punted, refused)

struct LogStore {
  std::string path{};
  std::string file{};
  std::string opened_at{};
  bool writable = true;
  std::string trouble{};
  std::string unwritable_since{};  // while it is not writable
  std::uint64_t last_seq = 0;
  std::uint64_t events_today = 0;
  std::uint64_t commits = 0;
  std::uint64_t queued = 0;
  std::uint64_t retention_seconds = 0;
  std::uint64_t free_bytes = 0;  // of its file system; 0 = unknown
};
CGN_JSON_FIELDS(LogStore, path, file, opened_at, writable, trouble, unwritable_since, last_seq, events_today, commits,
                queued, retention_seconds, free_bytes)

// GET /v1/status
struct Status {
  std::string schema = "cgn/status/1";
  std::string version{};
  unsigned node_id = 0;
  std::string node_name{};
  std::string state{};  // "starting", "ready", "stopping"
  std::string started_at{};
  std::uint64_t uptime_seconds = 0;
  std::string config_file{};
  std::string config_loaded_at{};
  std::vector<Port> ports{};
  Traffic traffic{};
  std::uint64_t subscribers = 0;  // that hold a block
  std::uint64_t mappings = 0;
  PortUse mappings_by_protocol{};
  std::uint64_t mapping_limit = 0;
  std::vector<Pool> pools{};
  LogStore log{};
  Guard guard{};
  std::vector<std::string> warnings{};
};
CGN_JSON_FIELDS(Status, schema, version, node_id, node_name, state, started_at, uptime_seconds, config_file,
                config_loaded_at, ports, traffic, subscribers, mappings, mappings_by_protocol, mapping_limit, pools,
                log, guard, warnings)

// GET /v1/config: the file as it was loaded.
struct ConfigText {
  std::string schema = "cgn/config/1";
  std::string file{};
  std::string loaded_at{};
  std::string text{};
};
CGN_JSON_FIELDS(ConfigText, schema, file, loaded_at, text)

// One line of GET /v1/monitor/blocks.
struct BlockNews {
  std::string schema = "cgn/block_event/1";
  std::string event{};  // "allocated", "released", "continued"
  std::string at{};
  std::string subscriber{};
  std::string realm{};
  std::string external{};
  unsigned first_port = 0;
  unsigned last_port = 0;
  std::string pool{};
  std::string allocated_at{};
  std::uint64_t lost = 0;  // events before this one that the reader was too slow for
};
CGN_JSON_FIELDS(BlockNews, schema, event, at, subscriber, realm, external, first_port, last_port, pool, allocated_at,
                lost)

// POST /v1/clear/subscriber, /v1/clear/mapping
struct Cleared {
  std::string schema = "cgn/clear/1";
  std::uint64_t mappings = 0;
};
CGN_JSON_FIELDS(Cleared, schema, mappings)

// POST /v1/detach: the daemon has begun to take everything down and will end.
struct Detaching {
  std::string schema = "cgn/detach/1";
  bool accepted = true;
};
CGN_JSON_FIELDS(Detaching, schema, accepted)

struct Refusal {
  std::string error{};
  std::string hint{};
};
CGN_JSON_FIELDS(Refusal, error, hint)

}  // namespace cgn::control

// null <-> nullopt: the library of this age has no codec for optional.
template <class T>
struct nlohmann::adl_serializer<std::optional<T>> {
  template <class J>
  static void to_json(J& json, const std::optional<T>& value) {
    if (value) {
      json = *value;
    } else {
      json = nullptr;
    }
  }
  template <class J>
  static void from_json(const J& json, std::optional<T>& value) {
    if (json.is_null()) {
      value.reset();
    } else {
      value = json.template get<T>();
    }
  }
};

namespace cgn::control {
CGN_JSON_FIELDS(Blocks, schema, blocks, next)
}
