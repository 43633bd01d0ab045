// SPDX-License-Identifier: Apache-2.0
// A list of identities to be bound.
#include "cgnctl/bindings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <map>

#include "cgn/net.hpp"
#include "cgnctl/csv.hpp"
#include "cgnctl/instant.hpp"

namespace cgn::cgnctl {
namespace {

constexpr std::size_t kLongest = 64;

// As the daemon judges, so that a whole file is judged before any of it is sent.
std::optional<std::string> fault_of(const std::string& id) {
  if (id.empty()) return "there is no id";
  if (id.size() > kLongest) return fmt::format("the id has {} characters, 64 are the most", id.size());
  const auto odd = std::ranges::find_if(id, [](char c) { return c < ' ' || c > '~'; });
  if (odd == id.end()) return std::nullopt;
  return fmt::format("character {} of the id is not a printable one of ASCII", odd - id.begin() + 1);
}

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

using Columns = std::map<std::string, std::size_t, std::less<>>;

Result<Columns> read_columns(std::istream& in) {
  const auto record = read_record(in);
  Columns columns;
  for (std::size_t i = 0; record && i < record->size(); ++i) columns.emplace(trimmed((*record)[i]), i);
  for (const auto* needed : {"subscriber", "id"}) {
    if (columns.contains(needed)) continue;
    return fail(fmt::format("the list has no column '{}'", needed),
                "its first line names the columns: subscriber,id,realm,from");
  }
  return columns;
}

}  // namespace

Result<control::Json> to_request(const Binding& binding, WallTime now, bool needs_id) {
  if (!Prefix::parse(binding.subscriber)) {
    return fail("'" + binding.subscriber + "' is no internal address or prefix", "as in 100.64.0.7");
  }
  control::Json request{{"subscriber", binding.subscriber}};
  if (!binding.realm.empty()) request["realm"] = binding.realm;
  if (!binding.from.empty()) {
    TRY(from, parse_time(binding.from, now));
    request["from_ms"] = from.time_since_epoch().count();
  }
  if (!needs_id) return request;
  if (auto fault = fault_of(binding.id)) return fail(std::move(*fault), "1 to 64 printable characters: C-1048213");
  request["id"] = binding.id;
  return request;
}

Result<BindingList> read_bindings(std::istream& in, WallTime now) {
  TRY(columns, read_columns(in));
  BindingList list;
  std::map<std::pair<std::string, std::string>, std::size_t> seen;
  for (std::size_t number = 2; const auto record = read_record(in); ++number) {
    if (record->size() == 1 && record->front().empty()) continue;
    const auto field = [&](const char* name) {
      const auto found = columns.find(name);
      return found == columns.end() || found->second >= record->size() ? std::string{}
                                                                       : trimmed((*record)[found->second]);
    };
    const Binding binding{field("subscriber"), field("id"), field("realm"), field("from")};
    auto request = to_request(binding, now);
    // However it is written: 100.64.0.7 and 100.64.0.7/32 are one.
    const auto who = Prefix::parse(binding.subscriber);
    const auto name = who ? to_string(*who) : binding.subscriber;
    const auto [first, fresh] = seen.emplace(std::pair{binding.realm, name}, number);
    if (request && !fresh) {
      request = fail(fmt::format("{} is in line {} already", binding.subscriber, first->second),
                     "one line for each subscriber");
    }
    if (request) {
      list.lines.push_back({number, std::move(*request)});
    } else {
      list.faults.push_back({number, request.error()});
    }
  }
  return list;
}

}  // namespace cgn::cgnctl
