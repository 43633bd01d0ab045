// SPDX-License-Identifier: Apache-2.0
// A power cut, for one file system and the processes that write to it.
//
// What        The processes are stopped, thread by thread; the file system forgets everything that was not synced
//             (FS_IOC_SHUTDOWN without a flush of its log); then the processes are killed. What they had heard before is all
//             that they can have told anybody.
// Failure     A file system that cannot be shut down so (it must be ext4 or xfs) is an error.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>

#include "cgn/result.hpp"

namespace cgn::power {

[[nodiscard]] Result<> cut(const std::string& mount_point, std::span<const pid_t>);

}  // namespace cgn::power
