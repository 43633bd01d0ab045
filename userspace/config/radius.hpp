// SPDX-License-Identifier: Apache-2.0
// [radius] and [[radius.client]]: whose accounting reports are taken.
#pragma once

#include "config/config.hpp"
#include "config/section.hpp"

namespace cgn::config {

void read_radius(Section&, Config&);

}  // namespace cgn::config
