// SPDX-License-Identifier: Apache-2.0
// What every `show` has in common: ask, then print as document or as page, again and again with --watch.
#pragma once

#include <functional>
#include <string_view>

#include "cgnctl/client.hpp"
#include "cgnctl/render.hpp"

namespace cgn::cgnctl {

// Prints a page, or says which columns there are.
Exit print(const Session&, const Page&);

// Asks the daemon for one document. `to_page` makes of it what a human sees.
Exit show(const Session&, std::string_view path, const Query&,
          const std::function<Page(const control::Json&)>& to_page);

// Realms go without saying where there is the default one only: with another among the rows, a column of its own.
void add_realms(Table&, const std::vector<std::string>& realms);

// The columns of a list of blocks, used by three pages.
[[nodiscard]] Table block_table(const std::vector<control::Block>&);

}  // namespace cgn::cgnctl
