// SPDX-License-Identifier: Apache-2.0
// How exports get on, as a document and as warnings.
#pragma once

#include <string>
#include <vector>

#include "cgn/control_exports.hpp"
#include "daemon/exporters.hpp"

namespace cgn::daemon {

[[nodiscard]] control::Exports exports_document(const std::vector<ExportFacts>&);
// One sentence for each collector that is not reached, lags, or has lost something.
[[nodiscard]] std::vector<std::string> warnings_of(const std::vector<ExportFacts>&);

}  // namespace cgn::daemon
