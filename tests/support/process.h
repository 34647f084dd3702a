// Real programs for tests: started, fed, watched and ended. A Process ends with its object: nothing
// a test starts outlives it, and nothing else is ever signalled.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mpim::testing {

// What is left of a program that ended, or was made to.
struct Finished {
  int exit_code = -1;  // 128 + n after signal n, as a shell says it; -1 when the time was over
  bool timed_out = false;
  std::string out;
  std::string err;  // empty on a terminal, where both are `out`
};

// How to start a program. `environment` is added to the test's own; an empty value takes one away.
struct StartOptions {
  std::map<std::string, std::string> environment;
  std::string directory;  // empty: the test's own
  std::string input;      // written to stdin at once, which is then closed unless `keep_input`
  bool keep_input = false;
  bool terminal = false;  // stdin, stdout and stderr are one pseudo-terminal, its controlling one
  unsigned short columns = 80;
  unsigned short rows = 24;
};

// A running program. Its output is gathered by a thread of its own, so it never blocks on a full
// pipe.
//
// Threads  use it from one.
// Errors   a program that cannot be started ends at once with exit code 127.
// Lifetime the destructor kills it (SIGKILL) if it still runs, and waits for it.
class Process {
 public:
  Process(const std::string& program, const std::vector<std::string>& arguments,
          const StartOptions& options = {});
  Process(Process&&) noexcept;
  Process& operator=(Process&&) noexcept;
  ~Process();

  pid_t pid() const;
  bool running();
  void write(std::string_view text);
  void close_input();
  void signal(int number);

  std::string out() const;  // so far
  std::string err() const;
  // Waits for a whole line of stdout that starts with `prefix`; nullopt when the output ends first,
  // or the time is over.
  std::optional<std::string> wait_for_line(std::string_view prefix,
                                           std::chrono::milliseconds patience);
  // Waits until `text` appears in stdout (or on the terminal) at or after `from`.
  bool wait_for_text(std::string_view text, std::chrono::milliseconds patience, size_t from = 0);
  // Waits for the end. When the time is over it is killed, and `timed_out` set.
  Finished finish(std::chrono::milliseconds patience);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Starts, waits and returns: for programs that end by themselves.
Finished run(const std::string& program, const std::vector<std::string>& arguments,
             const StartOptions& options = {},
             std::chrono::milliseconds patience = std::chrono::seconds(60));

// Where the programs of this build are: $MPIM_BIN_DIR, else the build's own bin.
std::string program_path(std::string_view name);

// A new empty directory, removed with everything in it.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  const std::filesystem::path& path() const { return path_; }
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace mpim::testing
