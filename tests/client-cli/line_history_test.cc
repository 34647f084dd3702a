#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "client-cli/state_files.h"
#include "client-cli/terminal/line_history.h"
#include "tests/support/process.h"

namespace mpim::chat {
namespace {

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

}  // namespace

TEST_CASE("history is kept between runs, for its owner alone", "[client-cli]") {
  const mpim::testing::TempDir folder;
  const std::string path = folder / "state/chat_history";
  {
    LineHistory history(path);
    history.add("one");
    history.add("two\nlines \\n");
  }
  CHECK(mode_of(path) == 0600);
  CHECK(mode_of(folder / "state") == 0700);
  const LineHistory again(path);
  CHECK(again.lines() == std::vector<std::string>{"one", "two\nlines \\n"});
}

TEST_CASE("a file somebody else can read is closed to him", "[client-cli]") {
  const mpim::testing::TempDir folder;
  const std::string path = folder / "history";
  REQUIRE(write_private_file(path, "old\n"));
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  LineHistory history(path);
  history.add("new");
  CHECK(mode_of(path) == 0600);
}

TEST_CASE("no secret comes into the history", "[client-cli]") {
  LineHistory history("");
  for (const char* line :
       {"/login alice hunter2", "/register alice", "/raw LOGIN a b", " aside", ""})
    history.add(line);
  CHECK(history.lines().empty());
}

TEST_CASE("history is bounded, and the oldest goes", "[client-cli]") {
  const mpim::testing::TempDir folder;
  const std::string path = folder / "history";
  LineHistory history(path);
  for (size_t i = 0; i < 2 * LineHistory::kLinesMax; ++i) history.add(std::to_string(i));
  CHECK(history.lines().size() <= LineHistory::kLinesMax + LineHistory::kLinesMax / 10);
  CHECK(LineHistory(path).lines().back() == std::to_string(2 * LineHistory::kLinesMax - 1));
}

TEST_CASE("a home that cannot be written is done without", "[client-cli]") {
  LineHistory history("/proc/nowhere/history");
  history.add("one");
  CHECK(history.lines().size() == 1);
}

TEST_CASE("a token's path cannot leave its folder", "[client-cli]") {
  ::setenv("XDG_STATE_HOME", "/tmp/state", 1);
  CHECK(token_path("a:1", "../../x", "d") == "/tmp/state/mpim/tokens/a%3a1+%2e%2e%2f%2e%2e%2fx+d");
  ::unsetenv("XDG_STATE_HOME");
}

}  // namespace mpim::chat
