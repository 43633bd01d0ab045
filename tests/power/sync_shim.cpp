// SPDX-License-Identifier: Apache-2.0
// A disk that lies or is slow, for whoever is started with LD_PRELOAD=this library: CGN_SYNC=swallow answers every sync
// at once and does nothing, CGN_SYNC=slow makes each one take CGN_SYNC_MS milliseconds longer while the file that
// CGN_SYNC_WHILE names exists (always, when it names none).
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace {

int synced(const char* name, int fd) {
  const char* how = std::getenv("CGN_SYNC");
  if (how != nullptr && std::strcmp(how, "swallow") == 0) return 0;
  const char* when = std::getenv("CGN_SYNC_WHILE");
  const bool now = when == nullptr || ::access(when, F_OK) == 0;
  if (how != nullptr && std::strcmp(how, "slow") == 0 && now) {
    const char* ms = std::getenv("CGN_SYNC_MS");
    ::usleep(static_cast<useconds_t>(ms == nullptr ? 200 : std::atoi(ms)) * 1000);
  }
  const auto real = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, name));
  return real(fd);
}

}  // namespace

extern "C" int fsync(int fd) { return synced("fsync", fd); }
extern "C" int fdatasync(int fd) { return synced("fdatasync", fd); }
