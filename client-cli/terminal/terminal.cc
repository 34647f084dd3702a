#include "client-cli/terminal/terminal.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace mpim::chat {
namespace {

constexpr std::string_view kBracketedPasteOn = "\x1b[?2004h";
constexpr std::string_view kBracketedPasteOff = "\x1b[?2004l";

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR && errno != EAGAIN) return;
    if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

bool on_terminal() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1; }

bool output_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

bool notes_are_on_terminal() { return ::isatty(STDERR_FILENO) == 1; }

Result<Terminal> Terminal::open(bool ansi) {
  termios before{};
  if (::tcgetattr(STDIN_FILENO, &before) != 0)
    return Error{Code::kInternal, "the terminal does not tell its modes"};
  termios raw = before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
  raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL | ISTRIP);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  if (::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0)
    return Error{Code::kInternal, "the terminal does not take other modes"};
  Terminal terminal(before, ansi);
  if (ansi) terminal.write(kBracketedPasteOn);
  return terminal;
}

Terminal::Terminal(Terminal&& other) noexcept
    : before_(std::exchange(other.before_, std::nullopt)), ansi_(other.ansi_) {}

Terminal::~Terminal() { restore(); }

void Terminal::write(std::string_view bytes) const { write_all(STDOUT_FILENO, bytes); }

std::string Terminal::read() const {
  std::array<char, 4'096> bytes{};
  ssize_t count = 0;
  do {
    count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
  } while (count < 0 && errno == EINTR);
  return {bytes.data(), static_cast<size_t>(std::max<ssize_t>(count, 0))};
}

size_t Terminal::columns() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

void Terminal::restore() {
  if (!before_) return;
  if (ansi_) write(kBracketedPasteOff);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &*before_);
  before_.reset();
}

Result<std::string> ask_secret(std::string_view question) {
  termios before{};
  if (::isatty(STDIN_FILENO) != 1 || ::tcgetattr(STDIN_FILENO, &before) != 0)
    return Error{Code::kBadRequest, "there is no terminal to ask for it"};
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  write_all(STDERR_FILENO, question);
  std::string typed;
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n') typed += byte;
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  write_all(STDERR_FILENO, "\n");
  return typed;
}

}  // namespace mpim::chat
