#include "ops/terminal.h"

#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace mpim::ops {
namespace {

volatile sig_atomic_t interrupted = 0;

// Hides what is typed, and puts the terminal back whatever happens.
class HiddenTyping {
 public:
  HiddenTyping() {
    tcgetattr(STDIN_FILENO, &before_);
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden.c_lflag |= ECHONL;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &hidden);
    struct sigaction catching {};
    catching.sa_handler = [](int) { interrupted = 1; };
    sigaction(SIGINT, &catching, &before_interrupt_);
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    sigprocmask(SIG_BLOCK, &interrupt, &before_mask_);
  }
  ~HiddenTyping() {
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
    sigaction(SIGINT, &before_interrupt_, nullptr);
    sigprocmask(SIG_SETMASK, &before_mask_, nullptr);
  }
  HiddenTyping(const HiddenTyping&) = delete;
  HiddenTyping& operator=(const HiddenTyping&) = delete;

  // Waits for something to read. Ctrl-C is let in only while waiting, so that it cannot slip in
  // between the last look at it and the wait. False when it came.
  bool wait() const {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    while (interrupted == 0)
      if (ppoll(&input, 1, nullptr, &before_mask_) > 0) return true;
    return false;
  }

 private:
  termios before_{};
  struct sigaction before_interrupt_ {};
  sigset_t before_mask_{};
};

// A line without its end; nullopt at the end of the input, or when `hidden` was interrupted.
std::optional<std::string> read_line(const HiddenTyping* hidden = nullptr) {
  std::string line;
  char byte = 0;
  while (true) {
    if (hidden != nullptr && !hidden->wait()) return std::nullopt;
    const ssize_t count = read(STDIN_FILENO, &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    if (byte == '\n') return line;
    line += byte;
  }
}

bool plain_terminal() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* type = std::getenv("TERM");
  return (no_colour != nullptr && *no_colour != '\0') ||
         (type != nullptr && std::string_view(type) == "dumb");
}

}  // namespace

Terminal::Terminal(Choices choices) {
  const bool wanted =
      choices.colour == Colour::kAlways || (choices.colour == Colour::kAuto && !plain_terminal());
  const char* type = std::getenv("TERM");
  const bool dumb = type != nullptr && std::string_view(type) == "dumb";
  colours_out_ = wanted && isatty(STDOUT_FILENO) == 1;
  shows_progress_ = !choices.no_progress && !dumb && isatty(STDERR_FILENO) == 1;
  can_ask_ = !choices.no_input && isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

void Terminal::out(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void Terminal::note(std::string_view line) {
  std::fflush(stdout);
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

std::string Terminal::bold_out(std::string_view text) const {
  return colours_out_ ? "\x1b[1m" + std::string(text) + "\x1b[0m" : std::string(text);
}

Result<bool> Terminal::confirm(std::string_view question) {
  if (!can_ask_) return Error{Code::kBadRequest, "there is no terminal to ask on"};
  std::fflush(stdout);
  std::fprintf(stderr, "%.*s [y/N] ", static_cast<int>(question.size()), question.data());
  const auto answer = read_line();
  return answer == "y" || answer == "Y" || answer == "yes";
}

Result<std::string> Terminal::secret(std::string_view prompt) {
  if (!can_ask_) return Error{Code::kBadRequest, "there is no terminal to ask on"};
  std::optional<std::string> typed;
  {
    // Hidden before it is asked for: who types at once is not shown either.
    const HiddenTyping hidden;
    std::fprintf(stderr, "%.*s: ", static_cast<int>(prompt.size()), prompt.data());
    typed = read_line(&hidden);
  }
  if (interrupted != 0) raise(SIGINT);
  if (!typed) return Error{Code::kBadRequest, "nothing was typed"};
  return *typed;
}

bool Terminal::flush() { return std::fflush(stdout) == 0 && std::ferror(stdout) == 0; }

}  // namespace mpim::ops
