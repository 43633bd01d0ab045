// SPDX-License-Identifier: Apache-2.0
// Reading one table.
#include "config/section.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cgn::config {
namespace {

std::string_view type_name(const toml::node& node) {
  if (node.is_string()) return "a string";
  if (node.is_integer()) return "an integer";
  if (node.is_floating_point()) return "a floating-point number";
  if (node.is_boolean()) return "a boolean";
  if (node.is_array()) return "an array";
  if (node.is_table()) return "a table";
  return "a date or time";
}

std::string quoted(std::string_view word) { return fmt::format("\"{}\"", word); }

}  // namespace

Place place_of(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }
Place place_of(const toml::node& node) { return place_of(node.source()); }

const toml::node* Section::find(std::string_view key) {
  asked_.push_back(key);
  return table_.get(key);
}

Place Section::place(std::string_view key) const {
  const auto* node = table_.get(key);
  if (node != nullptr) return place_of(*node);
  const auto head = place_of(table_);
  return head.line != 0 ? head : Place{1, 1};
}

void Section::complain(Place place, std::string what, std::string hint) {
  complaints_.push_back({place, std::move(what), std::move(hint)});
}

void Section::complain(std::string_view key, std::string what, std::string hint) {
  complain(place(key), std::move(what), std::move(hint));
}

void Section::missing(std::string_view key, std::string hint) {
  complain(key, fmt::format("'{}' is missing in {}", key, name_), std::move(hint));
}

void Section::wrong_type(const toml::node& node, std::string_view key, std::string_view wanted) {
  complain(place_of(node), fmt::format("'{}' in {} must be {}, not {}", key, name_, wanted, type_name(node)));
}

void Section::wrong_choice(std::string_view key, const std::string& word, std::span<const std::string_view> known) {
  complain(key, fmt::format("'{}' in {} cannot be \"{}\"", key, name_, word),
           fmt::format("one of: {}", fmt::join(known, ", ")));
}

bool Section::is_text(std::string_view key) {
  const auto* node = find(key);
  return node != nullptr && node->is_string();
}

bool Section::text(std::string_view key, std::string& into) {
  const auto* node = find(key);
  if (node == nullptr) return false;
  const auto* string = node->as_string();
  if (string == nullptr) {
    wrong_type(*node, key, "a string");
    return false;
  }
  into = string->get();
  return true;
}

bool Section::number(std::string_view key, unsigned& into, Bounds bounds) {
  const auto* node = find(key);
  if (node == nullptr) return false;
  const auto* integer = node->as_integer();
  if (integer == nullptr) {
    wrong_type(*node, key, "an integer");
    return false;
  }
  const auto value = integer->get();
  if (value < 0 || static_cast<std::uint64_t>(value) < bounds.least ||
      static_cast<std::uint64_t>(value) > bounds.most) {
    complain(key, fmt::format("'{}' in {} is {}", key, name_, value),
             fmt::format("from {} to {}", bounds.least, bounds.most));
    return false;
  }
  into = static_cast<unsigned>(value);
  return true;
}

bool Section::duration(std::string_view key, Duration& into, Duration least) {
  const auto* node = find(key);
  if (node == nullptr) return false;
  const auto* string = node->as_string();
  const auto value = string != nullptr ? parse_duration(string->get()) : std::nullopt;
  if (!value) {
    complain(key, fmt::format("'{}' in {} must be a duration", key, name_),
             "a whole number and a unit in quotes: \"200ms\", \"300s\", \"10m\", \"2h\", \"730d\"");
    return false;
  }
  if (*value < least) {
    complain(key, fmt::format("'{}' in {} is {}", key, name_, to_string(*value)),
             fmt::format("{} at least", to_string(least)));
    return false;
  }
  into = *value;
  return true;
}

bool Section::flag(std::string_view key, bool& into) {
  const auto* node = find(key);
  if (node == nullptr) return false;
  const auto* boolean = node->as_boolean();
  if (boolean == nullptr) {
    wrong_type(*node, key, "true or false");
    return false;
  }
  into = boolean->get();
  return true;
}

bool Section::texts(std::string_view key, const std::function<void(const std::string&, Place)>& each) {
  const auto* node = find(key);
  if (node == nullptr) return false;
  if (const auto* string = node->as_string()) {
    each(string->get(), place_of(*node));
    return true;
  }
  const auto* array = node->as_array();
  if (array == nullptr) {
    wrong_type(*node, key, "an array of strings");
    return false;
  }
  for (const auto& element : *array) {
    if (const auto* string = element.as_string()) {
      each(string->get(), place_of(element));
    } else {
      wrong_type(element, key, "an array of strings");
    }
  }
  return true;
}

const toml::table* Section::table(std::string_view key) {
  const auto* node = find(key);
  if (node == nullptr || node->is_table()) return node == nullptr ? nullptr : node->as_table();
  complain(key, fmt::format("'{}' must be a table", key), fmt::format("write [{}]", key));
  return nullptr;
}

std::vector<const toml::table*> Section::tables(std::string_view key) {
  std::vector<const toml::table*> found;
  const auto* node = find(key);
  if (node == nullptr) return found;
  const auto* array = node->as_array();
  if (array == nullptr || !array->is_array_of_tables()) {
    complain(key, fmt::format("'{}' must be an array of tables", key), fmt::format("write [[{}]]", key));
    return found;
  }
  for (const auto& element : *array) found.push_back(element.as_table());
  return found;
}

void Section::inside(std::string_view key, std::string name, const std::function<void(Section&)>& read) {
  const auto* found = table(key);
  if (found == nullptr) return;
  Section section{*found, std::move(name), complaints_};
  read(section);
  section.finish();
}

void Section::only_word(std::string_view key, std::string_view value) {
  std::string word;
  if (!text(key, word) || word == value) return;
  complain(key, fmt::format("'{}' = {} in {} is not supported by this version", key, quoted(word), name_),
           fmt::format("only {}", quoted(value)));
}

void Section::only_flag(std::string_view key, bool value) {
  bool given = value;
  if (!flag(key, given) || given == value) return;
  complain(key, fmt::format("'{}' = {} in {} is not supported by this version", key, given, name_),
           fmt::format("only {}", value));
}

void Section::not_yet(std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) {
    if (find(key) != nullptr) complain(key, fmt::format("'{}' in {} is not supported by this version", key, name_));
  }
}

void Section::finish() {
  for (const auto& [key, node] : table_) {
    if (std::find(asked_.begin(), asked_.end(), key.str()) != asked_.end()) continue;
    const auto place = place_of(key.source());
    complain(place.line != 0 ? place : place_of(node), fmt::format("unknown key '{}' in {}", key.str(), name_),
             did_you_mean(key.str(), asked_));
  }
}

}  // namespace cgn::config
