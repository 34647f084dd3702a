#include <fcntl.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>
#include <vector>

#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"
#include "server/telemetry/rare_warning.h"

namespace mpim {
namespace {

// Sends this process' stderr elsewhere until it ends.
class Stderr {
 public:
  explicit Stderr(int to) : kept_(dup(STDERR_FILENO)) { dup2(to, STDERR_FILENO); }
  ~Stderr() {
    dup2(kept_, STDERR_FILENO);
    close(kept_);
  }
  Stderr(const Stderr&) = delete;
  Stderr& operator=(const Stderr&) = delete;

 private:
  int kept_;
};

// What `write` leaves on stderr, line by line.
template <class F>
std::vector<std::string> lines_of(F write) {
  FILE* const file = std::tmpfile();
  {
    const Stderr redirected(fileno(file));
    write();
  }
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string without_time(const std::string& line) { return line.substr(line.find(' ') + 1); }

TEST_CASE("a rare warning is written once a second, and says how many were not", "[telemetry]") {
  const auto lines = lines_of([] {
    RareWarning warning;
    for (int64_t ms : {0, 1, 999, 1'000, 1'001, 2'000}) warning.warn("full", {{"at", ms}}, {ms});
  });
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].ends_with("full at=0"));
  CHECK(lines[1].ends_with("log.held_back event=full lines=2"));
  CHECK(lines[2].ends_with("full at=1000"));
  CHECK(lines[3].ends_with("log.held_back event=full lines=1"));
  CHECK(lines[4].ends_with("full at=2000"));
}

TEST_CASE("a line is an event with fields in logfmt", "[telemetry]") {
  const auto lines = lines_of([] {
    REQUIRE(start_log("info", 64).ok());
    log_info("session.closed", {{"user", UserId(1001)}, {"why", "no ack"}, {"behind", 3}});
    log_warn("store.slow", {{"ms", 12.5}, {"sync", "full"}});
    log_error("disk.full");
    stop_log();
  });
  REQUIRE(lines.size() == 3);
  CHECK(without_time(lines[0]) ==
        "level=info event=session.closed user=1001 why=\"no ack\" behind=3");
  CHECK(without_time(lines[1]) == "level=warn event=store.slow ms=12.500000 sync=full");
  CHECK(without_time(lines[2]) == "level=error event=disk.full");
  const std::regex time(R"(ts=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=.*)");
  CHECK(std::regex_match(lines[0], time));
}

TEST_CASE("nobody's text can forge a line or leave its quotes", "[telemetry]") {
  const auto lines = lines_of([] {
    log_info("e",
             {{"a", "x\nlevel=error event=forged"}, {"b", "say \"hi\" \\ "}, {"c", "\x1b[2J"}});
    log_info("e", {{"empty", ""}, {"equals", "a=b"}, {"han", "消息"}, {"tab", "\t\r"}});
    log_info("e", {{"long", std::string(10'000, 'x')}, {"nul", std::string("\0", 1)}});
  });
  REQUIRE(lines.size() == 3);
  CHECK(without_time(lines[0]) ==
        R"(level=info event=e a="x\nlevel=error event=forged" b="say \"hi\" \\ " c="\x1b[2J")");
  CHECK(without_time(lines[1]) ==
        R"(level=info event=e empty="" equals="a=b" han=消息 tab="\t\r")");
  CHECK(lines[2].ends_with(R"(xxx..." nul="\x00")"));
  CHECK(lines[2].size() < 2'200);
}

TEST_CASE("lines below the level are not written", "[telemetry]") {
  const auto lines = lines_of([] {
    REQUIRE(start_log("warn", 64).ok());
    log_event(LogLevel::kDebug, "d");
    log_info("i");
    log_warn("w");
    stop_log();
    REQUIRE(start_log("trace", 64).ok());
    log_event(LogLevel::kTrace, "t");
    stop_log();
  });
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].ends_with("event=w"));
  CHECK(lines[1].ends_with("event=t"));
}

TEST_CASE("an unknown level is refused", "[telemetry]") {
  const auto started = start_log("loud", 64);
  REQUIRE_FALSE(started.ok());
  CHECK(started.error().code == Code::kBadRequest);
}

TEST_CASE("a program can log before the log is started and after it is stopped", "[telemetry]") {
  const auto lines = lines_of([] {
    log_info("before");
    REQUIRE(start_log("info", 64).ok());
    log_info("during");
    stop_log();
    log_info("after");
    stop_log();
  });
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].ends_with("event=before"));
  CHECK(lines[1].ends_with("event=during"));
  CHECK(lines[2].ends_with("event=after"));
}

std::string read_all(int from) {
  std::string text;
  char buffer[4'096];
  for (ssize_t got = 0; (got = read(from, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(got));
  return text;
}

TEST_CASE("when the log's reader stalls, the oldest lines go and are counted", "[telemetry][O6]") {
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  fcntl(pipe_ends[1], F_SETPIPE_SZ, 4'096);
  constexpr int kLines = 5'000;
  const uint64_t before = counted(Counter::kLogDropped);
  std::string text;
  std::jthread reader;
  {
    const Stderr redirected(pipe_ends[1]);
    close(pipe_ends[1]);
    REQUIRE(start_log("info", 64).ok());
    // Nobody reads the pipe: a log that waited for its reader would never get past this loop.
    for (int i = 0; i < kLines; ++i) log_info("flood", {{"n", i}});
    reader = std::jthread([&text, from = pipe_ends[0]] { text = read_all(from); });
    stop_log();
  }
  reader.join();  // stderr was the pipe's last writing end
  close(pipe_ends[0]);
  const auto written = std::count(text.begin(), text.end(), '\n');
  const uint64_t dropped = counted(Counter::kLogDropped) - before;
  CHECK(dropped > 0);
  CHECK(static_cast<uint64_t>(written) + dropped == kLines);
  CHECK(text.find("n=" + std::to_string(kLines - 1) + "\n") != std::string::npos);
}

TEST_CASE("many threads may log at once, whole lines each", "[telemetry]") {
  constexpr int kThreads = 4;
  constexpr int kEach = 200;
  const auto lines = lines_of([] {
    REQUIRE(start_log("info", 8'192).ok());
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < kThreads; ++t)
        threads.emplace_back([t] {
          for (int i = 0; i < kEach; ++i) log_info("tick", {{"t", t}, {"i", i}});
        });
    }
    stop_log();
  });
  CHECK(lines.size() == kThreads * kEach);
  const std::regex shape(R"(ts=\S+ level=info event=tick t=\d i=\d+)");
  for (const std::string& line : lines) REQUIRE(std::regex_match(line, shape));
}

}  // namespace
}  // namespace mpim
