// SPDX-License-Identifier: Apache-2.0
// What an exporter does, without its thread: one turn after another.
//
// What        A turn sees to the connection, sends a batch of rows and what is queued, learns what was acknowledged and keeps its
//             place. True: there is more to do at once.
// Ownership   One thread. Owns line, cursor, window and place.
#pragma once

#include <optional>
#include <vector>

#include "journal/export/cursor.hpp"
#include "journal/export/exporter.hpp"
#include "journal/export/line.hpp"
#include "journal/export/packer.hpp"
#include "journal/export/position.hpp"
#include "journal/export/window.hpp"

namespace cgn::journal {

class Service {
 public:
  // `stop`: a descriptor that becomes readable when all is to be given up.
  Service(Collector, const ExporterOptions&, int stop);

  // `queued`: what is in no record, in order. Told when it has to be said that something is under way.
  [[nodiscard]] bool turn(std::vector<Event> queued);
  // Keeps its place for the next start.
  void end();

  [[nodiscard]] const ExporterStatus& status() const { return status_; }
  void lose(std::uint64_t records) { status_.lost += records; }

 private:
  [[nodiscard]] bool stream() const { return to_.transport != Transport::udp; }
  [[nodiscard]] bool connect(const Now&);
  void refresh_templates(const Now&);
  [[nodiscard]] bool send_rows(const Now&);
  void send_queued(const std::vector<Event>&, const Now&);
  [[nodiscard]] bool give(const std::vector<Payload>&, const Now&);
  void broke(const Error&, const Now&);
  void note_error(const Error&, const Now&);
  void settle(const Now&);
  void keep_place(const Now&, bool at_once);

  Collector to_;
  const ExporterOptions& options_;
  int stop_;
  Position position_;
  Cursor cursor_;
  Window window_;
  Packer packer_;
  std::optional<Line> line_;
  Mark node_;
  ExporterStatus status_;
  std::uint64_t furthest_ = 0;  // rows before it have been sent once
  std::uint64_t kept_ = 0;      // as on disk
  Monotonic last_kept_{};
  std::optional<Monotonic> last_try_{};
  std::optional<Monotonic> last_template_{};
};

}  // namespace cgn::journal
