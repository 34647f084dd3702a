#include "ops/dev/local_server.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // the C library forgot to say so in this header
#include <sys/pidfd.h>
}

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

namespace mpim::ops {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Error system_error(const std::string& what) {
  return {Code::kUnavailable, what + ": " + std::strerror(errno)};
}

// What the child does between fork and exec: nothing that is not safe there.
[[noreturn]] void become_server(const std::vector<char*>& words, int out, int err, bool detached) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (detached) {
    setsid();
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
  } else {
    // A group of its own: Ctrl-C reaches us alone, and we pass it on once.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
  }
  dup2(out, STDOUT_FILENO);
  if (err >= 0) dup2(err, STDERR_FILENO);
  execv(words[0], words.data());
  _exit(127);
}

size_t size_of(const std::string& path) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  return failed ? 0 : static_cast<size_t>(size);
}

// The last line of a file beyond `from`.
std::string last_line(const std::string& path, size_t from) {
  std::ifstream file(path);
  file.seekg(static_cast<std::streamoff>(from));
  std::string last;
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) last = line;
  return last;
}

Code code_for(int exit_code) {
  for (const Code code : {Code::kBadRequest, Code::kDenied, Code::kConflict, Code::kUnavailable,
                          Code::kVersion, Code::kInternal})
    if (entry_of(code).exit_code == exit_code) return code;
  return Code::kUnavailable;
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int milliseconds_until(steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 1'000'000'000));
}

}  // namespace

OwnedFd::OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
OwnedFd& OwnedFd::operator=(OwnedFd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
OwnedFd::~OwnedFd() { close(); }
void OwnedFd::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<std::string> server_program() {
  std::error_code failed;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", failed);
  const auto beside = own.parent_path() / "mpimd";
  if (failed || access(beside.c_str(), X_OK) != 0)
    return Error{Code::kUnavailable, "there is no mpimd beside mpimctl: " + beside.string()};
  return beside.string();
}

Result<LocalServer> LocalServer::start(const Options& options, milliseconds patience) {
  MPIM_TRY(std::string program, server_program());
  std::vector<std::string> words{program};
  words.insert(words.end(), options.flags.begin(), options.flags.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  const size_t log_from = options.log_path.empty() ? 0 : size_of(options.log_path);
  OwnedFd log;
  if (!options.log_path.empty()) {
    log = OwnedFd(open(options.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (log.get() < 0) return system_error("cannot write " + options.log_path);
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return system_error("cannot make a pipe");
  OwnedFd write_end(ends[1]);
  LocalServer server;
  server.out_ = OwnedFd(ends[0]);
  server.pid_ = fork();
  if (server.pid_ < 0) return system_error("cannot start a process");
  if (server.pid_ == 0) become_server(pointers, write_end.get(), log.get(), options.detached);
  write_end.close();
  MPIM_CHECKED(server.await_ready(options, patience, log_from));
  return server;
}

Result<void> LocalServer::await_ready(const Options& options, milliseconds patience,
                                      size_t log_from) {
  const auto deadline = steady_clock::now() + patience;
  std::string text;
  while (text.find('\n') == std::string::npos) {
    pollfd wait{out_.get(), POLLIN, 0};
    const int changed = poll(&wait, 1, milliseconds_until(deadline));
    if (changed < 0 && errno == EINTR) continue;
    if (changed <= 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      return Error{Code::kDeadline,
                   "mpimd was not ready within " + std::to_string(patience.count()) + " ms"};
    }
    char bytes[1024];
    const ssize_t count = read(out_.get(), bytes, sizeof bytes);
    if (count <= 0) return ended_early(options, log_from);
    text.append(bytes, static_cast<size_t>(count));
  }
  return {};
}

Error LocalServer::ended_early(const Options& options, size_t log_from) {
  int status = 0;
  waitpid(pid_, &status, 0);
  const int exit_code = exit_code_of(status);
  std::string words;
  if (!options.log_path.empty()) words = last_line(options.log_path, log_from);
  return {code_for(exit_code), "mpimd ended with exit code " + std::to_string(exit_code) +
                                   " before it was ready" + (words.empty() ? "" : ": " + words)};
}

int LocalServer::follow(const std::function<void()>& on_signal) {
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGINT);
  sigaddset(&watched, SIGTERM);
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  const OwnedFd signals(signalfd(-1, &watched, SFD_CLOEXEC));
  const OwnedFd child(pidfd_open(pid_, 0));
  bool told = false;
  while (true) {
    pollfd waits[3] = {
        {signals.get(), POLLIN, 0}, {child.get(), POLLIN, 0}, {out_.get(), POLLIN, 0}};
    if (poll(waits, 3, -1) < 0 && errno != EINTR) break;
    if (waits[1].revents != 0) break;
    if (waits[2].revents != 0) {
      char bytes[1024];  // what it says after `ready` is for nobody; an unread pipe would fill
      if (read(out_.get(), bytes, sizeof bytes) <= 0) out_.close();
    }
    signalfd_siginfo received{};
    if (waits[0].revents == 0 || read(signals.get(), &received, sizeof received) <= 0) continue;
    if (!std::exchange(told, true)) on_signal();
    kill(pid_, SIGTERM);
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  return exit_code_of(status);
}

Result<void> end_process(pid_t pid, milliseconds patience) {
  const OwnedFd process(pidfd_open(pid, 0));
  if (process.get() < 0)
    return Error{Code::kNotFound, "there is no process " + std::to_string(pid)};
  if (pidfd_send_signal(process.get(), SIGTERM, nullptr, 0) != 0)
    return Error{Code::kDenied, "process " + std::to_string(pid) + " is somebody else's"};
  const auto deadline = steady_clock::now() + patience;
  while (true) {
    pollfd wait{process.get(), POLLIN, 0};
    const int changed = poll(&wait, 1, milliseconds_until(deadline));
    if (changed > 0) return {};
    if (changed == 0 || errno != EINTR)
      return Error{Code::kDeadline, "process " + std::to_string(pid) + " did not end within " +
                                        std::to_string(patience.count()) + " ms"};
  }
}

Result<void> check_free(const std::string& address, const std::string& flag) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return {};  // mpimd says what is wrong with it
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), address.c_str() + colon + 1, &wanted, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  const OwnedFd probe(socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(probe.get(), found->ai_addr, found->ai_addrlen) != 0 && errno == EADDRINUSE)
    return Error{Code::kUnavailable,
                 address + " is in use by another program: choose another with " + flag};
  return {};
}

}  // namespace mpim::ops
