// SPDX-License-Identifier: Apache-2.0
// The name that a mistyped one was probably meant to be.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cgn::config {

// Insertions, deletions, replacements and swaps of neighbours that make one of the other.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of `known`, if it is near enough to be meant: a third of the length, two at least.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view name, std::span<const std::string_view> known);

// "did you mean 'addresses'?", or empty.
[[nodiscard]] std::string did_you_mean(std::string_view name, std::span<const std::string_view> known);

}  // namespace cgn::config
