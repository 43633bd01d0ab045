// SPDX-License-Identifier: Apache-2.0
// The table of routes: one function a resource, each from request to document.
#include "daemon/commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "cgn/control.hpp"
#include "daemon/alarm_documents.hpp"
#include "daemon/asked.hpp"
#include "daemon/documents.hpp"
#include "daemon/export_documents.hpp"
#include "daemon/hold_commands.hpp"
#include "daemon/mapping_dump.hpp"
#include "daemon/record_notes.hpp"
#include "daemon/static_documents.hpp"

namespace cgn::daemon {

namespace {

using io::ControlRequest;
using io::ControlResponse;
using io::refusal;

constexpr std::size_t kSlice = 64;                    // blocks of one question to the brain
constexpr std::uint64_t kMostBlocks = 10'000;         // of one answer
constexpr std::chrono::milliseconds kPatience{1000};  // of a stream without news

ControlResponse ok(const control::Json& document) { return {200, control::to_text(document)}; }
ControlResponse away(const Error& error) { return refusal(503, error); }

Result<std::optional<Ipv4>> address_of(const ControlRequest& request, const char* key) {
  const auto text = value_of(request, key);
  if (!text) return std::nullopt;
  const auto address = Ipv4::parse(*text);
  if (!address) return fail(fmt::format("{} '{}' is no IPv4 address", key, *text));
  return address;
}

Result<std::uint64_t> number_of(const ControlRequest& request, const char* key, std::uint64_t otherwise) {
  const auto text = value_of(request, key);
  if (!text) return otherwise;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size()) {
    return fail(fmt::format("{} '{}' is no number", key, *text));
  }
  return value;
}

// --- reads
// ------------------------------------------------------------------------------------------------------------

ControlResponse version(Facade& facade) {
  return ok(control::Version{.version = facade.facts().version, .abi = CGN_ABI_VERSION});
}

ControlResponse status(Facade& facade) {
  BrainFacts brain;
  const auto asked = facade.ask([&](core::Translator& core, const Now&) { brain = brain_facts(core); });
  if (!asked) return away(asked.error());
  return ok(status_document(facade, brain));
}

ControlResponse pools(Facade& facade, const std::string& name) {
  control::Pools document;
  const auto asked = facade.ask([&](core::Translator& core, const Now&) {
    for (const auto& pool : core.pools()) {
      if (name.empty() || pool.name == name) document.pools.push_back(to_document(pool));
    }
  });
  if (!asked) return away(asked.error());
  if (!name.empty() && document.pools.empty()) {
    return refusal(404, {"no pool is called '" + name + "'", "cgnctl show pool lists them"});
  }
  return ok(document);
}

struct BlockFilter {
  std::string pool{};
  std::optional<Ipv4> external{};
  std::optional<Ipv4> internal{};
  std::optional<RealmId> realm{};
  [[nodiscard]] bool fits(const core::BlockView& block) const {
    return (pool.empty() || block.pool == pool) && (!external || block.external == *external) &&
           (!internal || block.subscriber.contains(*internal)) && (!realm || block.subscriber.realm == *realm);
  }
};

// Blocks in order of ticket, asked slice by slice, so that packets never wait for a long list.
Result<control::Blocks> list_blocks(Facade& facade, const BlockFilter& filter, std::uint64_t after,
                                    std::uint64_t limit) {
  control::Blocks document;
  const auto realms = facade.config().realms;
  for (;;) {
    std::vector<core::BlockView> slice;
    TRY_VOID(facade.ask([&](core::Translator& core, const Now&) { slice = core.blocks(after, kSlice); }));
    for (const auto& block : slice) {
      if (!filter.fits(block)) continue;
      if (document.blocks.size() == limit) {
        document.next = document.blocks.back().ticket;
        return document;
      }
      document.blocks.push_back(to_document(block, realms));
    }
    if (slice.empty()) return document;
    after = slice.back().ticket;
  }
}

ControlResponse blocks(Facade& facade, const ControlRequest& request) {
  BlockFilter filter{.pool = value_of(request, "pool").value_or("")};
  const auto external = address_of(request, "address");
  const auto internal = address_of(request, "subscriber");
  const auto after = number_of(request, "after", 0);
  const auto limit = number_of(request, "limit", kMostBlocks);
  if (!external) return refusal(400, external.error());
  if (!internal) return refusal(400, internal.error());
  if (!after) return refusal(400, after.error());
  if (!limit || *limit == 0) return refusal(400, limit ? Error{"limit 0 would show nothing"} : limit.error());
  const auto realm = asked_realm(facade.config().realms, value_of(request, "realm"));
  if (!realm) return refusal(400, realm.error());
  filter.realm = *realm;
  filter.external = *external;
  filter.internal = *internal;
  const auto document = list_blocks(facade, filter, *after, std::min(*limit, kMostBlocks));
  return document ? ok(*document) : away(document.error());
}

ControlResponse address(Facade& facade, const std::string& text) {
  const auto external = Ipv4::parse(text);
  if (!external) return refusal(400, {"'" + text + "' is no IPv4 address"});
  const auto config = facade.config();
  const config::Pool* holder = nullptr;
  for (const auto& pool : config.pools) {
    for (const auto& prefix : pool.addresses) {
      if (prefix.contains(*external)) holder = &pool;
    }
  }
  if (holder == nullptr)
    return refusal(404, {text + " is in no pool", "cgnctl config show lists the pools' addresses"});
  auto list = list_blocks(facade, {.external = *external}, 0, ~std::uint64_t{0});
  if (!list) return away(list.error());
  return ok(address_document(*external, holder->name, std::move(list->blocks)));
}

// The core knows whoever a rule covers; here a subscriber is who holds a block.
ControlResponse holds_nothing(const std::string& text, const std::optional<core::SubscriberView>& view) {
  if (!view) return refusal(404, {"no [[rule]] covers " + text, "is it an internal address?"});
  return refusal(404, {text + " holds no block (pool " + view->pool + " would lend one)",
                       "cgnctl whereis " + text + " asks the log"});
}

struct Held {
  std::optional<core::SubscriberView> view{};
  std::vector<core::BlockView> blocks{};
};

// The subscriber of this address in the one realm, or wherever it holds blocks; several: of how many realms it would be one.
struct Asked {
  Held held{};
  std::vector<std::string> realms{};  // in which this address holds blocks
};

Result<Asked> ask_subscriber(Facade& facade, Ipv4 internal, std::optional<RealmId> realm) {
  const auto realms = facade.config().realms;
  Asked asked;
  TRY_VOID(facade.ask([&](core::Translator& core, const Now&) {
    for (const auto id : one_or_all(realms, realm)) {
      Held held{.view = core.subscriber({internal, id})};
      if (held.view) held.blocks = core.blocks_of({internal, id});
      if (!held.blocks.empty()) asked.realms.push_back(config::realm_name(realms, id));
      if (!asked.held.view || asked.held.blocks.empty()) asked.held = std::move(held);
    }
  }));
  return asked;
}

ControlResponse ambiguous(const std::string& text, const std::vector<std::string>& realms) {
  return refusal(409, {fmt::format("{} is a subscriber of several realms: {}", text, fmt::join(realms, ", ")),
                       "say which: --realm " + realms.back()});
}

ControlResponse subscriber(Facade& facade, const std::string& text, const ControlRequest& request) {
  const auto internal = Ipv4::parse(text);
  if (!internal) return refusal(400, {"'" + text + "' is no IPv4 address"});
  const auto realm = asked_realm(facade.config().realms, value_of(request, "realm"));
  if (!realm) return refusal(400, realm.error());
  const auto asked = ask_subscriber(facade, *internal, *realm);
  if (!asked) return away(asked.error());
  if (asked->realms.empty()) return holds_nothing(text, asked->held.view);
  if (asked->realms.size() > 1) return ambiguous(text, asked->realms);
  return ok(to_document(*asked->held.view, asked->held.blocks, facade.config().realms));
}

ControlResponse alarms(Facade& facade) {
  control::Alarms document;
  const auto asked = facade.ask([&](core::Translator& core, const Now&) { document = alarms_document(core); });
  if (const auto log = facade.facts().log; !log.writable) {
    document.alarms.insert(document.alarms.begin(), alarm_of(log));
    ++document.total;
  }
  return asked ? ok(document) : away(asked.error());
}

ControlResponse statics(Facade& facade) {
  std::vector<core::StaticView> views;
  const auto asked = facade.ask([&](core::Translator& core, const Now&) { views = core.statics(); });
  return asked ? ok(statics_document(views, facade)) : away(asked.error());
}

ControlResponse config_text(Facade& facade) {
  const auto facts = facade.facts();
  return ok(control::ConfigText{
      .file = facts.config_file, .loaded_at = control::to_text(facts.config_loaded_at), .text = facts.config_text});
}

// --- actions
// ----------------------------------------------------------------------------------------------------------

// A text field of the body; nullopt when there is none.
std::optional<std::string> field(const ControlRequest& request, const char* name) {
  const auto body = control::Json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains(name) || !body[name].is_string()) return std::nullopt;
  return body[name].get<std::string>();
}

ControlResponse clear_subscriber(Facade& facade, const ControlRequest& request) {
  const auto text = field(request, "subscriber");
  const auto internal = text ? Ipv4::parse(*text) : std::nullopt;
  if (!internal) return refusal(400, {"the body must name a subscriber", R"({"subscriber": "100.64.0.7"})"});
  const auto realm = asked_realm(facade.config().realms, field(request, "realm"));
  if (!realm) return refusal(400, realm.error());
  const auto asked = ask_subscriber(facade, *internal, *realm);
  if (!asked) return away(asked.error());
  if (asked->realms.empty()) return holds_nothing(*text, asked->held.view);
  if (asked->realms.size() > 1) return ambiguous(*text, asked->realms);
  const auto cleared = facade.clear_subscriber(asked->held.view->id);
  if (!cleared) return refusal(500, cleared.error());
  return ok(control::Cleared{.mappings = *cleared});
}

ControlResponse clear_mapping(Facade& facade, const ControlRequest& request) {
  const auto text = field(request, "internal");
  const auto internal = text ? parse_endpoint(*text) : std::nullopt;
  const auto proto = parse_proto(field(request, "proto").value_or(""));
  if (!internal || !proto) {
    return refusal(400, {"the body must name a mapping", R"({"internal": "100.64.0.7:5000", "proto": "udp"})"});
  }
  const auto realm = asked_realm(facade.config().realms, field(request, "realm"));
  if (!realm) return refusal(400, realm.error());
  const auto asked = ask_subscriber(facade, internal->address, *realm);
  if (!asked) return away(asked.error());
  if (asked->realms.size() > 1) return ambiguous(to_string(internal->address), asked->realms);
  const auto where = asked->held.view ? asked->held.view->id.realm : realm->value_or(kDefaultRealm);
  const auto cleared = facade.clear_mapping(*proto, {*internal, where});
  if (!cleared) return refusal(500, cleared.error());
  if (!*cleared) return refusal(404, {to_string(*proto) + " " + *text + " has no mapping"});
  return ok(control::Cleared{.mappings = 1});
}

ControlResponse reload(Facade& facade, const ControlRequest& request) {
  const auto body = control::Json::parse(request.body, nullptr, false);
  const bool asked = body.is_object() && body.contains("dry_run");
  if (asked && !body["dry_run"].is_boolean()) return refusal(400, {"dry_run is true or false", R"({"dry_run": true})"});
  const auto report = facade.reload(asked && body["dry_run"].get<bool>(), name_of_user(request.peer_uid));
  return report ? ok(to_document(*report)) : refusal(500, report.error());
}

ControlResponse detach(Facade& facade) {
  const auto begun = facade.detach();
  if (!begun) return refusal(500, begun.error());
  return {202, control::to_text(control::Json(control::Detaching{}))};
}

// --- streams
// ----------------------------------------------------------------------------------------------------------

io::ControlLines monitor_blocks(Facade& facade) {
  auto reader = std::make_unique<BlockFeed::Reader>(facade.block_feed());
  return [reader = std::move(reader)](std::string& out) {
    auto news = reader->take(kPatience);
    for (const auto& event : news.events) {
      out += control::to_text(control::Json(to_document(event, std::exchange(news.lost, 0)))) + "\n";
    }
    return true;
  };
}

template <class Table>
EntrySource batches_of(const Table& table) {
  return [&table, cursor = typename Table::Cursor{}]() mutable -> Result<std::vector<cgn_entry>> {
    constexpr std::size_t kBatch = 1024;
    while (!cursor.done()) {
      TRY(entries, table.next(cursor, kBatch));
      if (!entries.empty()) return entries;
    }
    return std::vector<cgn_entry>{};
  };
}

std::string exactly(std::string_view path) { return std::string{path}; }
std::string below(std::string_view path) { return std::string{path} + "/([^/]+)"; }

}  // namespace

EntrySource walk_of(const io::EntryTable& table) { return batches_of(table); }
EntrySource walk_of(const io::SessionTable& table) { return batches_of(table); }

std::vector<io::ControlRoute> make_routes(Facade& f) {
  using Request = const ControlRequest&;
  using enum io::Access;
  namespace path = control::path;
  return {
      {"GET", exactly(path::kVersion), read, [&f](Request) { return version(f); }},
      {"GET", exactly(path::kStatus), read, [&f](Request) { return status(f); }},
      {"GET", exactly(path::kPools), read, [&f](Request) { return pools(f, ""); }},
      {"GET", below(path::kPools), read, [&f](Request r) { return pools(f, r.captures.at(0)); }},
      {"GET", below(path::kAddresses), read, [&f](Request r) { return address(f, r.captures.at(0)); }},
      {"GET", below(path::kSubscribers), read, [&f](Request r) { return subscriber(f, r.captures.at(0), r); }},
      {"GET", exactly(path::kBlocks), read, [&f](Request r) { return blocks(f, r); }},
      {"GET", exactly(path::kDrops), read, [&f](Request) { return ok(drops_document(f)); }},
      {"GET", exactly(path::kDataplane), read,
       [&f](Request) {
         std::uint64_t mappings = 0;
         const auto asked = f.ask([&](core::Translator& core, const Now&) { mappings = core.mapping_count(); });
         return asked ? ok(dataplane_document(f, mappings)) : away(asked.error());
       }},
      {"GET", exactly(path::kAlarms), read, [&f](Request) { return alarms(f); }},
      {"GET", exactly(path::kStatics), read, [&f](Request) { return statics(f); }},
      {"GET", exactly(path::kExports), read, [&f](Request) { return ok(exports_document(f.exports())); }},
      {"GET", exactly(path::kConfig), read, [&f](Request) { return config_text(f); }},
      {"POST", exactly(path::kClearSubscriber), write, [&f](Request r) { return clear_subscriber(f, r); }},
      {"POST", exactly(path::kClearMapping), write, [&f](Request r) { return clear_mapping(f, r); }},
      {"POST", exactly(path::kReload), write, [&f](Request r) { return reload(f, r); }},
      {"POST", exactly(path::kHolds), write, [&f](Request r) { return change_hold(f, r); }},
      {"POST", exactly(path::kDetach), write, [&f](Request) { return detach(f); }},
  };
}

std::vector<io::ControlStream> make_streams(Facade& f) {
  using Request = const ControlRequest&;
  return {
      {exactly(control::path::kMappings),
       [&f](Request request) -> Result<io::ControlLines> {
         TRY(filter, MappingFilter::of(request, f.config().realms));
         return dump_mappings(f, filter);
       }},
      {exactly(control::path::kMonitorBlocks), [&f](Request) -> Result<io::ControlLines> { return monitor_blocks(f); }},
  };
}

}  // namespace cgn::daemon
