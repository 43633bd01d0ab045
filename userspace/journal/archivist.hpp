// SPDX-License-Identifier: Apache-2.0
// What becomes of the record after it was written: heads signed, closed files sealed, old ones deleted.
//
// What        A thread beside the writer's, of low priority, so that events never wait for it. It signs the newest row now
//             and then, seals what the writer has turned from, and deletes files whose retention is over and that no legal
//             hold covers; the note of a deletion is durable before the file goes.
// Life-cycle  The writer tells it where the record stands (tell()) and writes the notes that it wants (take_notes(),
//             settle()). stop() signs the last head and joins.
// Ownership   Owns its thread. Touches no file that is in use.
// Failure     Sealing and deleting are tried again every minute; trouble() says what stands in their way.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "journal/holds.hpp"
#include "journal/link.hpp"
#include "journal/signing.hpp"
#include "journal/writer.hpp"

namespace cgn::journal {

// Where the record stands: its newest durable row, and the file in which that is.
struct Standing {
  std::uint64_t seq = 0;
  Link link{};
  WallTime wall{};
  std::string file{};
  Holds holds{};
};

class Archivist {
 public:
  // Without a key nothing is signed.
  Archivist(const WriterOptions&, std::optional<SigningKey>, ClockFunction);
  ~Archivist();
  Archivist(const Archivist&) = delete;
  Archivist& operator=(const Archivist&) = delete;

  void tell(const Standing&);
  // To be written; settle() says whether they are durable.
  [[nodiscard]] std::vector<Note> take_notes();
  void settle(bool durable);
  void stop(const Standing&);
  [[nodiscard]] std::string trouble() const;

 private:
  struct Doomed {
    std::filesystem::path path;
    WallTime from, to;
    Note note;
  };
  void run();
  void work(const Standing&);
  void sign_head(const Standing&);
  [[nodiscard]] std::string seal(const Standing&);
  void doom_old_files(const Standing&);
  [[nodiscard]] Result<std::optional<Doomed>> doom(const std::filesystem::path&, const Standing&) const;
  void delete_noted(std::vector<Doomed>, const Holds&) const;

  WriterOptions options_;
  std::optional<SigningKey> key_;
  ClockFunction clock_;
  std::uint64_t signed_seq_ = 0;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable told_;
  Standing standing_{};
  bool due_ = false;  // the file in use is another one
  bool stopping_ = false;
  std::vector<Doomed> doomed_{};
  enum class Notes { none, wanted, taken, durable } notes_ = Notes::none;
  std::string trouble_{};
  std::thread thread_;
};

}  // namespace cgn::journal
