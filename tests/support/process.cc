#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // the C library forgot to say so in this header
#include <sys/pidfd.h>
}

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "server/core/check.h"

namespace mpim::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLastWords{2'000};
// A killed program dies when the kernel lets it: one that waits for a slow disk, only after that.
constexpr milliseconds kDeath{60'000};

// Waits for a child's end without taking its status.
bool ends_within(pid_t pid, milliseconds patience) {
  // The C library's own declaration of it is no use to C++: it lacks extern "C".
  const int child = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  MPIM_CHECK(child >= 0, "a child that was not waited for is still there");
  const auto deadline = steady_clock::now() + patience;
  int changed = 0;
  do {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    pollfd wait{child, POLLIN, 0};
    changed = poll(&wait, 1, std::max<int>(0, static_cast<int>(left.count())));
  } while (changed < 0 && errno == EINTR);
  close(child);
  return changed > 0;
}

// A file descriptor that is closed with its object.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }
  int get() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
  Pipe() {
    int ends[2];
    MPIM_CHECK(pipe2(ends, O_CLOEXEC) == 0, "a pipe for a program under test");
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
};

std::vector<std::string> environment_with(const std::map<std::string, std::string>& changes) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view line(*entry);
    if (!changes.contains(std::string(line.substr(0, line.find('='))))) result.emplace_back(line);
  }
  for (const auto& [name, value] : changes)
    if (!value.empty()) result.push_back(name + "=" + value);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// What the child's three streams become, and where it starts.
class Actions {
 public:
  Actions() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    sigset_t defaults;
    sigfillset(&defaults);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setsigmask(&attributes_, &none);
  }
  ~Actions() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  void use(int from, int as) { posix_spawn_file_actions_adddup2(&actions_, from, as); }
  // The first terminal a session leader opens becomes its controlling one.
  void use_terminal(const char* path) {
    flags_ |= POSIX_SPAWN_SETSID;
    posix_spawn_file_actions_addopen(&actions_, 0, path, O_RDWR, 0);
    use(0, 1);
    use(0, 2);
  }
  void enter(const std::string& directory) {
    if (!directory.empty()) posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
  }
  pid_t spawn(const std::string& program, std::vector<std::string> arguments,
              std::vector<std::string> environment) {
    posix_spawnattr_setflags(&attributes_, flags_);
    pid_t pid = -1;
    const int failed = posix_spawnp(&pid, program.c_str(), &actions_, &attributes_,
                                    pointers(arguments).data(), pointers(environment).data());
    return failed == 0 ? pid : -1;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
  short flags_ = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
};

}  // namespace

struct Process::State {
  pid_t pid = -1;
  std::optional<int> status;  // once it was waited for
  Descriptor input;
  Descriptor out_end;
  Descriptor err_end;
  Pipe stop;  // closed to end the reader early: a grandchild may keep the pipes open

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::string out;
  std::string err;
  bool ended = false;
  std::thread reader;

  ~State() {
    if (pid > 0 && !status) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
    stop.write.close();
    if (reader.joinable()) reader.join();
  }

  void start_on_pipes(Actions& actions, const std::string& program,
                      const std::vector<std::string>& words, const StartOptions& options) {
    Pipe in;
    Pipe from_out;
    Pipe from_err;
    actions.use(in.read.get(), 0);
    actions.use(from_out.write.get(), 1);
    actions.use(from_err.write.get(), 2);
    pid = actions.spawn(program, words, environment_with(options.environment));
    input = std::move(in.write);
    out_end = std::move(from_out.read);
    err_end = std::move(from_err.read);
  }

  void start_on_terminal(Actions& actions, const std::string& program,
                         const std::vector<std::string>& words, const StartOptions& options) {
    int main_end = -1;
    int child_end = -1;
    char path[64];
    const winsize size{options.rows, options.columns, 0, 0};
    MPIM_CHECK(openpty(&main_end, &child_end, path, nullptr, &size) == 0, "a pseudo-terminal");
    const Descriptor kept(child_end);  // open until the child has its own
    fcntl(main_end, F_SETFD, FD_CLOEXEC);
    fcntl(child_end, F_SETFD, FD_CLOEXEC);
    actions.use_terminal(path);
    pid = actions.spawn(program, words, environment_with(options.environment));
    out_end = Descriptor(main_end);
    input = Descriptor(fcntl(main_end, F_DUPFD_CLOEXEC, 0));
  }

  void read_all() {
    bool out_open = out_end.get() >= 0;
    bool err_open = err_end.get() >= 0;
    while (out_open || err_open) {
      pollfd waits[3] = {{stop.read.get(), POLLIN, 0},
                         {out_open ? out_end.get() : -1, POLLIN, 0},
                         {err_open ? err_end.get() : -1, POLLIN, 0}};
      if (poll(waits, 3, -1) < 0 && errno != EINTR) break;
      if (waits[0].revents != 0) break;
      if (waits[1].revents != 0) out_open = take(out_end.get(), out);
      if (waits[2].revents != 0) err_open = take(err_end.get(), err);
    }
    const std::lock_guard lock(mutex);
    ended = true;
    changed.notify_all();
  }

  bool take(int from, std::string& into) {
    char bytes[16'384];
    const ssize_t count = read(from, bytes, sizeof bytes);
    if (count <= 0) return count < 0 && errno == EINTR;  // a terminal whose last user left says EIO
    const std::lock_guard lock(mutex);
    into.append(bytes, static_cast<size_t>(count));
    changed.notify_all();
    return true;
  }
};

Process::Process(const std::string& program, const std::vector<std::string>& arguments,
                 const StartOptions& options)
    : state_(std::make_unique<State>()) {
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  Actions actions;
  actions.enter(options.directory);
  if (options.terminal)
    state_->start_on_terminal(actions, program, words, options);
  else
    state_->start_on_pipes(actions, program, words, options);
  if (state_->pid < 0) state_->status = 127 << 8;
  state_->reader = std::thread([state = state_.get()] { state->read_all(); });
  write(options.input);
  if (!options.keep_input && !options.terminal) close_input();
}

Process::Process(Process&&) noexcept = default;
Process& Process::operator=(Process&&) noexcept = default;
Process::~Process() = default;

pid_t Process::pid() const { return state_->pid; }

bool Process::running() {
  if (state_->status) return false;
  int status = 0;
  if (waitpid(state_->pid, &status, WNOHANG) != state_->pid) return true;
  state_->status = status;
  return false;
}

void Process::write(std::string_view text) {
  // A program that went away must not take the test with it.
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  while (!text.empty()) {
    const ssize_t count = ::write(state_->input.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.remove_prefix(static_cast<size_t>(count));
  }
  ::signal(SIGPIPE, before);
}

void Process::close_input() { state_->input.close(); }

void Process::signal(int number) {
  if (running()) kill(state_->pid, number);
}

std::string Process::out() const {
  const std::lock_guard lock(state_->mutex);
  return state_->out;
}

std::string Process::err() const {
  const std::lock_guard lock(state_->mutex);
  return state_->err;
}

std::optional<std::string> Process::wait_for_line(std::string_view prefix, milliseconds patience) {
  std::optional<std::string> found;
  size_t from = 0;
  const auto look = [&] {
    for (size_t end; (end = state_->out.find('\n', from)) != std::string::npos; from = end + 1) {
      const std::string_view line(state_->out.data() + from, end - from);
      if (!line.starts_with(prefix)) continue;
      found = std::string(line);
      return true;
    }
    return state_->ended;
  };
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, patience, look);
  return found;
}

bool Process::wait_for_text(std::string_view text, milliseconds patience, size_t from) {
  bool found = false;
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, patience, [&] {
    found = state_->out.find(text, from) != std::string::npos;
    return found || state_->ended;
  });
  return found;
}

Finished Process::finish(milliseconds patience) {
  Finished result;
  if (running() && !ends_within(state_->pid, patience)) {
    result.timed_out = true;
    kill(state_->pid, SIGKILL);
  }
  // Where the sanitizer's tracer held it as it ended, it can be waited for a moment later.
  const auto deadline = steady_clock::now() + kDeath;
  while (running() && ends_within(state_->pid, kDeath) && steady_clock::now() < deadline)
    if (running()) poll(nullptr, 0, 1);
  MPIM_CHECK(!running(), "a program that ended, or was killed, can be waited for");
  if (!result.timed_out) {
    const int status = *state_->status;
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  // A grandchild can hold the streams open for ever; the program's own last words come at once.
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, kLastWords, [&] { return state_->ended; });
  result.out = state_->out;
  result.err = state_->err;
  return result;
}

Finished run(const std::string& program, const std::vector<std::string>& arguments,
             const StartOptions& options, milliseconds patience) {
  return Process(program, arguments, options).finish(patience);
}

std::string program_path(std::string_view name) {
  const char* chosen = std::getenv("MPIM_BIN_DIR");
  const std::string folder = chosen != nullptr && *chosen != '\0' ? chosen : MPIM_BUILD_BIN_DIR;
  return folder + "/" + std::string(name);
}

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "mpim-test-XXXXXX").string();
  MPIM_CHECK(mkdtemp(pattern.data()) != nullptr, "a directory for a test");
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace mpim::testing
