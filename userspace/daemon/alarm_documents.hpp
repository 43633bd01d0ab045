// SPDX-License-Identifier: Apache-2.0
// From what runs short in the core to the documents of the control API, and a reload's report likewise. Pure.
#pragma once

#include "cgn/control_alarms.hpp"
#include "cgn/control_reload.hpp"
#include "core/translator.hpp"
#include "daemon/reloader.hpp"
#include "journal/writer.hpp"

namespace cgn::daemon {

inline constexpr std::size_t kMostAlarms = 1000;  // of an answer; more would keep packets waiting

[[nodiscard]] control::Alarms alarms_document(const core::Translator&);
// Of a log that cannot be written.
[[nodiscard]] control::Alarm alarm_of(const journal::WriterHealth&);
[[nodiscard]] std::string sentence_of(const journal::WriterHealth&);
[[nodiscard]] control::Reloaded to_document(const ReloadReport&);

}  // namespace cgn::daemon
