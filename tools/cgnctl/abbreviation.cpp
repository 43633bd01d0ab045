// SPDX-License-Identifier: Apache-2.0
// Unique prefixes of verbs and nouns.
#include "cgnctl/abbreviation.hpp"

#include <CLI/CLI.hpp>

namespace cgn::cgnctl {

namespace {

// Whether the option eats the word after it. Global options may stand behind any verb.
bool takes_a_value(const CLI::App* level, const std::string& word) {
  if (word.find('=') != std::string::npos) return false;
  if (!word.starts_with("--") && word.size() > 2) return false;  // "-w5"
  for (; level != nullptr; level = level->get_parent()) {
    if (const auto* option = level->get_option_no_throw(word)) return option->get_items_expected_min() > 0;
  }
  return false;
}

std::vector<const CLI::App*> beginning_with(const CLI::App& level, const std::string& word) {
  std::vector<const CLI::App*> found;
  for (const auto* sub : level.get_subcommands([](const CLI::App*) { return true; })) {
    if (sub->get_name() == word) return {sub};
    if (sub->get_name().starts_with(word)) found.push_back(sub);
  }
  return found;
}

}  // namespace

Result<std::vector<std::string>> write_out(const CLI::App& tree, std::vector<std::string> words) {
  const CLI::App* level = &tree;
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto& word = words[i];
    if (word == "--") break;
    if (word.size() > 1 && word.front() == '-') {
      if (takes_a_value(level, word)) ++i;
      continue;
    }
    const auto found = beginning_with(*level, word);
    if (found.empty()) break;
    if (found.size() > 1) {
      std::string names;
      for (const auto* sub : found) names += (names.empty() ? "" : ", ") + sub->get_name();
      return fail("'" + word + "' could mean " + names, "write one letter more");
    }
    level = found.front();
    word = level->get_name();
  }
  return words;
}

}  // namespace cgn::cgnctl
