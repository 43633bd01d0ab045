// SPDX-License-Identifier: Apache-2.0
// The parameters of computed blocks, as a row of the log holds them.
#include "journal/parameters.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace cgn::journal {
namespace {

using nlohmann::json;

std::int64_t in_ms(WallTime t) { return t.time_since_epoch().count(); }
WallTime at_ms(std::int64_t ms) { return WallTime{std::chrono::milliseconds{ms}}; }

json to_json(const DeterministicParameters& p) {
  auto internal = json::array();
  for (const auto& entry : p.internal) {
    internal.push_back({{"realm", entry.realm},
                        {"prefix", to_string(entry.prefix)},
                        {"subscriber_prefix_length", entry.subscriber_length}});
  }
  auto external = json::array();
  for (const auto& prefix : p.external) external.push_back(to_string(prefix));
  return {{"pool", p.pool},
          {"internal", std::move(internal)},
          {"external", std::move(external)},
          {"ports", to_string(p.ports)},
          {"block_size", p.block_size},
          {"max_subscribers", p.max_subscribers}};
}

json to_json(const PoolParameters& pools) {
  auto list = json::array();
  for (const auto& pool : pools) list.push_back(to_json(pool));
  return list;
}

Result<Prefix> prefix_of(const json& text) {
  const auto prefix = Prefix::parse(text.get<std::string>());
  if (!prefix) return fail("'" + text.get<std::string>() + "' is no prefix");
  return *prefix;
}

Result<DeterministicParameters> pool_of(const json& document) {
  DeterministicParameters p{.pool = document.at("pool").get<std::string>(),
                            .block_size = document.at("block_size").get<unsigned>(),
                            .max_subscribers = document.at("max_subscribers").get<std::uint64_t>()};
  for (const auto& entry : document.at("internal")) {
    TRY(prefix, prefix_of(entry.at("prefix")));
    const auto length = entry.at("subscriber_prefix_length").get<unsigned>();
    if (length < prefix.length() || length > 32) return fail("a subscriber is larger than " + to_string(prefix));
    p.internal.push_back({entry.at("realm").get<std::string>(), prefix, length});
  }
  for (const auto& text : document.at("external")) {
    TRY(prefix, prefix_of(text));
    p.external.push_back(prefix);
  }
  const auto ports = parse_port_range(document.at("ports").get<std::string>());
  if (!ports) return fail("its ports are no range");
  p.ports = *ports;
  if (!p.fit()) return fail("its numbers do not fit each other");
  return p;
}

Result<PoolParameters> pools_of(const json& list) {
  PoolParameters pools;
  for (const auto& document : list) {
    TRY(pool, pool_of(document));
    pools.push_back(std::move(pool));
  }
  return pools;
}

Result<Parameters> parameters_of(const json& document) {
  if (const auto version = document.at("version").get<unsigned>(); version != kDeterministicVersion) {
    return fail(fmt::format("they are of algorithm version {}", version), "a newer cgnctl may know it");
  }
  Parameters p{.node_id = document.at("node").at("id").get<std::uint32_t>(),
               .node_name = document.at("node").at("name").get<std::string>(),
               .since = at_ms(document.at("since_ms").get<std::int64_t>()),
               .rest = std::chrono::milliseconds{document.at("rest_ms").get<std::int64_t>()}};
  TRY(pools, pools_of(document.at("pools")));
  p.pools = std::move(pools);
  for (const auto& former : document.at("former")) {
    TRY(before, pools_of(former.at("pools")));
    p.former.push_back({at_ms(former.at("until_ms").get<std::int64_t>()), std::move(before)});
  }
  return p;
}

}  // namespace

std::string to_detail(const Parameters& p) {
  auto former = json::array();
  for (const auto& one : p.former) former.push_back({{"until_ms", in_ms(one.until)}, {"pools", to_json(one.pools)}});
  return json{{"version", kDeterministicVersion}, {"node", {{"id", p.node_id}, {"name", p.node_name}}},
              {"since_ms", in_ms(p.since)},       {"rest_ms", p.rest.count()},
              {"pools", to_json(p.pools)},        {"former", std::move(former)}}
      .dump();
}

Result<Parameters> parse_parameters(std::string_view detail) {
  try {
    auto parameters = parameters_of(json::parse(detail));
    if (parameters) return parameters;
    auto error = std::move(parameters).error();
    error.what = "the parameters of computed blocks cannot be used: " + error.what;
    return Unexpected{std::move(error)};
  } catch (const json::exception& broken) {
    return fail(std::string{"the parameters of computed blocks cannot be read: "} + broken.what());
  }
}

Parameters next_parameters(const Parameters& last, PoolParameters pools, WallTime now, std::chrono::milliseconds rest) {
  Parameters next{.node_id = last.node_id,
                  .node_name = last.node_name,
                  .since = last.since,
                  .rest = rest,
                  .pools = std::move(pools),
                  .former = last.former};
  if (next.pools != last.pools) {
    next.since = now;
    if (!last.pools.empty()) next.former.insert(next.former.begin(), {now, last.pools});
  }
  std::erase_if(next.former, [&](const Parameters::Former& f) { return f.until + rest <= now; });
  return next;
}

}  // namespace cgn::journal
