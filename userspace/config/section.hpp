// SPDX-License-Identifier: Apache-2.0
// One table of the file, read key by key.
//
// What        Each getter looks a key up, checks type and range, and writes the value over the default it is given; an
//             absent key leaves the default. finish() then complains about every key that nobody asked for, so that the
//             list of known keys can never differ from the code that reads them.
// Ownership   Borrows the table and the list of complaints.
// Failure     Complaints; the default stays.
#pragma once

#include <toml++/toml.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/complaint.hpp"
#include "config/duration.hpp"
#include "config/suggest.hpp"

namespace cgn::config {

struct Bounds {
  std::uint64_t least = 0;
  std::uint64_t most = 0xffffffff;
};

[[nodiscard]] Place place_of(const toml::source_region&);
[[nodiscard]] Place place_of(const toml::node&);

class Section {
 public:
  // `name` as operators write it: "[nat]", "[[pool]]".
  Section(const toml::table& table, std::string name, Complaints& complaints)
      : table_{table}, name_{std::move(name)}, complaints_{complaints} {}

  // true: the key is there and its value was good.
  bool text(std::string_view key, std::string& into);
  bool number(std::string_view key, unsigned& into, Bounds bounds);
  bool duration(std::string_view key, Duration& into, Duration least = Duration::zero());
  bool flag(std::string_view key, bool& into);
  // Every string of an array with its place; a single string counts as an array of one.
  bool texts(std::string_view key, const std::function<void(const std::string&, Place)>& each);

  template <class T>
  bool choice(std::string_view key, T& into, std::initializer_list<std::pair<std::string_view, T>> choices);

  // [key] and every [[key]] inside this table; nullptr or none when absent or something else.
  [[nodiscard]] const toml::table* table(std::string_view key);
  [[nodiscard]] std::vector<const toml::table*> tables(std::string_view key);

  // [key] inside this table, as a section of its own, which is finished here.
  void inside(std::string_view key, std::string name, const std::function<void(Section&)>& read);

  // A key that exists for the sake of later versions: only this value is taken.
  void only_word(std::string_view key, std::string_view value);
  void only_flag(std::string_view key, bool value);
  // Keys that the documentation knows and this version does not.
  void not_yet(std::initializer_list<std::string_view> keys);

  // Complains about the keys that nobody asked for.
  void finish();

  void complain(Place place, std::string what, std::string hint = {});
  // At the key's value; at the table's head when the key is absent.
  void complain(std::string_view key, std::string what, std::string hint = {});
  void missing(std::string_view key, std::string hint = {});

  [[nodiscard]] bool has(std::string_view key) { return find(key) != nullptr; }
  // The key is there and its value is a string: for keys that take a word or a number.
  [[nodiscard]] bool is_text(std::string_view key);
  [[nodiscard]] Place place(std::string_view key) const;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Complaints& complaints() { return complaints_; }

 private:
  [[nodiscard]] const toml::node* find(std::string_view key);
  void wrong_type(const toml::node& node, std::string_view key, std::string_view wanted);
  void wrong_choice(std::string_view key, const std::string& word, std::span<const std::string_view> known);

  const toml::table& table_;
  std::string name_;
  Complaints& complaints_;
  std::vector<std::string_view> asked_;
};

template <class T>
bool Section::choice(std::string_view key, T& into, std::initializer_list<std::pair<std::string_view, T>> choices) {
  std::string word;
  if (!text(key, word)) return false;
  std::vector<std::string_view> known;
  for (const auto& [name, value] : choices) {
    known.push_back(name);
    if (name != word) continue;
    into = value;
    return true;
  }
  wrong_choice(key, word, known);
  return false;
}

}  // namespace cgn::config
