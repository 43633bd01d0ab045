// SPDX-License-Identifier: Apache-2.0
// Proof: the power may go at any moment, and no row that the writer had said to be durable is lost.
//
//   journal_power --n CUTS [--seed S] [--swallow SHIM]
//
// What        The log is on a small ext4 of its own. A child writes and says through a pipe which events are durable; its
//             clock runs fast, so that days roll, and one life in twenty goes on until one is sealed and signed. At a random
//             moment the power is cut, the file system mounted again, and every event that was said is looked for. After a
//             hundred cuts the whole record is verified and a new one begun, on a new file system. --swallow runs the child
//             with a shim that does no sync: the control, which must lose rows.
// Failure     0 nothing lost (the control: something); 1 otherwise, the first rows named; 2 it did not run; 77 no ext4 on
//             a loop device here.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "journal/day_files.hpp"
#include "journal/source.hpp"
#include "journal/verify.hpp"
#include "journal/writer.hpp"
#include "power/cut.hpp"

using namespace cgn;
using namespace cgn::journal;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr int kCutsOfOneRecord = 100;
constexpr int kLivesToASealing = 20;  // one in so many goes on until a day has been sealed

struct Said {
  std::uint64_t seq;
  std::uint32_t number;
};

// Every look at the clock is minutes later.
class HastyClock {
 public:
  explicit HastyClock(std::int64_t base_ms) : base_ms_{base_ms} {}
  Now operator()() {
    const auto ms = std::chrono::milliseconds{base_ms_ + 120'000 * ++looks_};
    return {.mono = Monotonic{ms}, .wall = WallTime{ms}, .boot = ms};
  }

 private:
  std::int64_t base_ms_;
  std::atomic<std::int64_t> looks_{0};
};

BlockEvent nth(std::uint32_t number, const Now& now) {
  const auto first = static_cast<std::uint16_t>(1024 + number % 126 * 512);
  return {.kind = BlockEventKind::allocated,
          .subscriber = Prefix::of(Ipv4::from_host(0x64400000 + number), 32),
          .external = Ipv4::from_host(0xc6336400 + number / 126 % 250),
          .ports = {Port{first}, Port{static_cast<std::uint16_t>(first + 511)}},
          .pool = "residential",
          .allocated_at = now.wall,
          .at = now};
}

WriterOptions options_of(const fs::path& mount) {
  return {.directory = mount / "log",
          .node_id = 7,
          .node_name = "bng1",
          .boot_id = "one-boot",
          .heartbeat = 1h,
          .retention = 20 * 24h,
          .sign_key = mount / "sign.key"};
}

// Lends and takes back, sixteen events under way, until the power goes.
[[noreturn]] void write_for_ever(const fs::path& mount, std::int64_t base_ms, std::uint32_t number, int pipe_end) {
  HastyClock clock{base_ms};
  auto writer = Writer::open(options_of(mount), [&clock] { return clock(); });
  if (!writer) {
    std::fprintf(stderr, "error: %s\n", writer.error().what.c_str());
    ::_exit(3);
  }
  // As the daemon does: the power may go in the middle of a checkpoint.
  writer->settle_in();
  std::map<std::uint64_t, BlockEvent> lent;
  for (std::size_t waiting = 0;;) {
    for (; waiting < 16; ++waiting) {
      auto event = nth(number, clock());
      writer->append(number, event);
      lent.emplace(number++, std::move(event));
    }
    pollfd ready{writer->completion_fd(), POLLIN, 0};
    ::poll(&ready, 1, 1000);
    for (const auto& c : writer->completed()) {
      if (!c.durable) ::_exit(4);
      const Said said{c.seq, static_cast<std::uint32_t>(c.token)};
      if (::write(pipe_end, &said, sizeof said) != sizeof said) ::_exit(5);
      auto loan = lent.extract(c.token);
      if (loan.empty()) {  // this was its release
        --waiting;
        continue;
      }
      auto release = loan.mapped();
      release.kind = BlockEventKind::released;
      release.at = clock();
      if (c.token % 8 != 0) {
        writer->append(c.token, release);
      } else {
        --waiting;
      }
    }
  }
}

class Disk {
 public:
  [[nodiscard]] bool make(const fs::path& directory) {
    image_ = directory / "disk.img";
    mount_ = directory / "mnt";
    fs::create_directories(mount_);
    fs::remove(image_);
    return shell("truncate -s 96M " + image_.string()) && shell("mkfs.ext4 -q -F " + image_.string()) && mount();
  }
  [[nodiscard]] bool unmount() { return ::umount2(mount_.c_str(), 0) == 0; }
  // After a cut: another file system than the dead one.
  [[nodiscard]] bool comes_back() { return unmount() && mount() && std::ofstream{mount_ / "alive"}.good(); }
  [[nodiscard]] const fs::path& place() const { return mount_; }

 private:
  [[nodiscard]] bool mount() { return shell("mount -o loop " + image_.string() + " " + mount_.string()); }
  static bool shell(const std::string& command) { return std::system((command + " 2>/dev/null").c_str()) == 0; }
  fs::path image_, mount_;
};

struct Proof {
  Disk disk;
  std::mt19937 random;
  std::string self, shim;
  std::uint32_t number = 1;
  std::int64_t base_ms = 1'795'158'000'000;
  std::uint64_t acknowledged = 0, lost = 0, days = 0;

  pid_t start(int& end) {
    int ends[2];
    if (::pipe(ends) != 0) return -1;
    const auto child = ::fork();
    if (child == 0) {
      if (!shim.empty()) {
        ::setenv("LD_PRELOAD", shim.c_str(), 1);
        ::setenv("CGN_SYNC", "swallow", 1);
      }
      ::close(ends[0]);
      ::execl(self.c_str(), self.c_str(), "--child", disk.place().c_str(), std::to_string(base_ms).c_str(),
              std::to_string(number).c_str(), std::to_string(ends[1]).c_str(), nullptr);
      ::_exit(6);
    }
    ::close(ends[1]);
    end = ends[0];
    return child;
  }

  [[nodiscard]] fs::path newest_sealed() const {
    auto paths = list_day_files(options_of(disk.place()).directory).value_or(std::vector<fs::path>{});
    std::erase_if(paths, [](const fs::path& p) { return !p.native().ends_with(".sealed.cgnlog"); });
    return paths.empty() ? fs::path{} : std::ranges::max(paths);
  }

  // One life of the writer; what it said, or nothing when it did not work.
  [[nodiscard]] std::vector<Said> live_and_cut(bool& cut, bool until_sealed) {
    int end = -1;
    const auto child = start(end);
    std::vector<Said> all;
    Said said{};
    // The first words tell that it works; then the power may go at any moment.
    const auto before = newest_sealed();
    while ((all.size() < 2 || (until_sealed && newest_sealed() == before)) &&
           ::read(end, &said, sizeof said) == sizeof said) {
      all.push_back(said);
    }
    ::usleep(std::uniform_int_distribution<useconds_t>{0, 40'000}(random));
    ::fcntl(end, F_SETFL, O_NONBLOCK);
    const auto drain = [&] {
      while (::read(end, &said, sizeof said) == sizeof said) all.push_back(said);
    };
    drain();
    const pid_t processes[] = {child};
    const auto done = power::cut(disk.place(), processes);
    cut = done.has_value();
    if (!done) std::fprintf(stderr, "error: %s\n", done.error().what.c_str());
    drain();
    ::close(end);
    ::waitpid(child, nullptr, 0);
    return all;
  }

  // Every row that was said is there and says what was said.
  void check(const std::vector<Said>& all) {
    std::map<std::uint64_t, std::uint32_t> wanted;
    for (const auto& said : all) wanted.emplace(said.seq, said.number);
    const auto first = wanted.begin()->first;
    const auto paths = list_day_files(options_of(disk.place()).directory);
    for (const auto& path : paths.value_or(std::vector<fs::path>{})) {
      const auto source = Source::open(path);
      if (!source) std::printf("UNREADABLE: %s\n", source.error().what.c_str());
      if (!source || source->header().last_seq.value_or(~0ULL) < first) continue;
      const auto read = source->visit(first, [&](const Row& row) {
        const auto found = wanted.find(row.seq);
        base_ms = std::max(base_ms, row.wall.time_since_epoch().count());
        if (found == wanted.end()) return true;
        if (row.subscriber.address().host() == 0x64400000 + found->second) wanted.erase(found);
        return true;
      });
      if (!read) std::printf("UNREADABLE: %s\n", read.error().what.c_str());
    }
    for (const auto& [seq, lost_number] : wanted) {
      if (++lost <= 5) std::printf("LOST: row %llu, event %u\n", static_cast<unsigned long long>(seq), lost_number);
    }
    acknowledged += all.size();
    for (const auto& said : all) number = std::max(number, said.number + 200);
    base_ms += 3'600'000;
  }
};

// Whoever copied our mounts in between (`ip netns exec` does) would keep a dead file system alive, and a mount would find
// that one again.
bool mount_unseen() {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

int cut_many(Proof& proof, int first, int cuts) {
  for (int i = first; i < first + cuts; ++i) {
    bool cut = false;
    const auto said = proof.live_and_cut(cut, i % kLivesToASealing == kLivesToASealing - 1);
    if (!cut || said.empty()) {
      std::fprintf(stderr, "error: at cut %d the writer said nothing\n", i + 1);
      return 2;
    }
    if (!proof.disk.comes_back()) {
      std::fprintf(stderr, "error: the disk does not come back: %s\n", std::strerror(errno));
      return 2;
    }
    proof.check(said);
    // A control that has shown it is done; its record may be beyond opening.
    if (proof.lost > 0) break;
  }
  return proof.lost == 0 ? 0 : 1;
}

int verify_all(const Proof& proof) {
  Keyring keys;
  if (!keys.add(proof.disk.place() / "sign.pub")) return 2;
  const auto done = verify({.directory = options_of(proof.disk.place()).directory, .day = {}, .keys = &keys});
  if (!done) {
    std::printf("NOT VERIFIED: %s\n", done.error().what.c_str());
    return 1;
  }
  for (const auto& f : done->findings) std::printf("FOUND: %s: %s\n", f.file.c_str(), f.what.c_str());
  std::size_t sealed = 0;
  for (const auto& file : done->files) sealed += file.sealed ? 1U : 0U;
  std::printf("%zu files, %zu of them sealed, %llu rows verified\n", done->files.size(), sealed,
              static_cast<unsigned long long>(done->rows));
  return done->findings.empty() ? 0 : 1;
}

int prove(Proof& proof, const fs::path& directory, int cuts) {
  for (int i = 0; i < cuts; i += kCutsOfOneRecord) {
    if (i > 0 && (!proof.disk.unmount() || !proof.disk.make(directory))) return 2;
    if (const int code = cut_many(proof, i, std::min(kCutsOfOneRecord, cuts - i)); code != 0) return code;
    if (const int code = verify_all(proof); code != 0) return code;
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 6 && std::string_view{argv[1]} == "--child") {
    write_for_ever(argv[2], std::atoll(argv[3]), static_cast<std::uint32_t>(std::atoll(argv[4])), std::atoi(argv[5]));
  }
  CLI::App app{"power cuts of the journal's writer"};
  int cuts = 60;
  unsigned seed = std::random_device{}();
  Proof proof;
  app.add_option("--n", cuts, "power cuts")->check(CLI::PositiveNumber);
  app.add_option("--seed", seed);
  app.add_option("--swallow", proof.shim, "the control: a shim that does no sync");
  CLI11_PARSE(app, argc, argv);
  proof.random.seed(seed);
  proof.self = fs::canonical("/proc/self/exe");
  auto name = (fs::temp_directory_path() / "cgn-power-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return 2;
  int code = 77;
  if (::geteuid() != 0 || !mount_unseen() || !proof.disk.make(name)) {
    std::printf("SKIPPED: no ext4 on a loop device here\n");
  } else {
    code = prove(proof, name, cuts);
    if (!proof.shim.empty() && code < 2) code = proof.lost > 0 ? 0 : 1;
    std::printf("seed %u, %d power cuts, %llu acknowledged rows, %llu lost\n", seed, cuts,
                static_cast<unsigned long long>(proof.acknowledged), static_cast<unsigned long long>(proof.lost));
    (void)proof.disk.unmount();
  }
  std::error_code error;
  fs::remove_all(name, error);
  return code;
}
