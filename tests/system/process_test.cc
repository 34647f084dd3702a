// What mpimd makes of its process: threads, limits, signals.
#include <signal.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

std::filesystem::path proc(pid_t pid) { return "/proc/" + std::to_string(pid); }

// The names of its threads that begin like this.
std::multiset<std::string> threads_named(pid_t pid, std::string_view prefix) {
  std::multiset<std::string> names;
  for (const auto& thread : std::filesystem::directory_iterator(proc(pid) / "task")) {
    std::string name;
    std::getline(std::ifstream(thread.path() / "comm"), name);
    if (name.starts_with(prefix)) names.insert(name);
  }
  return names;
}

// The signals that a process ignores, as a mask.
uint64_t ignored_signals(pid_t pid) {
  std::ifstream status(proc(pid) / "status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("SigIgn:")) return std::stoull(line.substr(7), nullptr, 16);
  FAIL("there is no SigIgn in the status of process " << pid);
  return 0;
}

// What this process starts meanwhile may open so few files, unless it helps itself.
class FewFiles {
 public:
  explicit FewFiles(rlim_t count) {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    rlimit few = before_;
    few.rlim_cur = count;
    REQUIRE(few.rlim_cur < few.rlim_max);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  }
  ~FewFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewFiles(const FewFiles&) = delete;
  FewFiles& operator=(const FewFiles&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("it runs as many workers as it was told", "[system][G43]") {
  const TempDir directory;
  MpimdProcess server(directory / "data", {.flags = {"--workers", "3"}});
  const std::multiset<std::string> wanted{"worker-0", "worker-1", "worker-2"};
  const auto running = [&] { return threads_named(server.process().pid(), "worker-"); };
  // A thread has its name a moment after it began.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (running() != wanted && std::chrono::steady_clock::now() < deadline) {
  }
  REQUIRE(running() == wanted);
}

TEST_CASE("it raises its limit of open files as far as it may", "[system][G43]") {
  const TempDir directory;
  std::optional<MpimdProcess> server;
  {
    const FewFiles few(256);
    server.emplace(directory / "data");
  }
  rlimit limit{};
  REQUIRE(::prlimit(server->process().pid(), RLIMIT_NOFILE, nullptr, &limit) == 0);
  REQUIRE(limit.rlim_cur == limit.rlim_max);
}

TEST_CASE("writing to a peer that has gone cannot end it: SIGPIPE is ignored", "[system]") {
  const TempDir directory;
  ::signal(SIGPIPE, SIG_DFL);  // an ignored signal would be inherited
  MpimdProcess server(directory / "data");
  REQUIRE((ignored_signals(server.process().pid()) & (uint64_t{1} << (SIGPIPE - 1))) != 0);
}

}  // namespace mpim::testing
