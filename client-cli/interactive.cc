#include "client-cli/interactive.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "client-cli/repl/repl.h"
#include "client-cli/state_files.h"
#include "server/loop/libevent_owners.h"
#include "server/loop/unique_fd.h"

namespace mpim::chat {
namespace {

sigset_t terminal_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int one : {SIGHUP, SIGINT, SIGTERM, SIGWINCH}) ::sigaddset(&signals, one);
  return signals;
}

std::string history_path() {
  const std::string folder = state_folder();
  return folder.empty() ? "" : folder + "/chat_history";
}

}  // namespace

void block_terminal_signals() {
  const sigset_t signals = terminal_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

// The terminal, what it is told, and the two descriptors that wake the loop.
struct Interactive::Core {
  Core(EventLoop& its_loop, const ChatOptions& options, Terminal its_terminal,
       UniqueFunction<void(int)> finish)
      : loop(its_loop),
        terminal(std::move(its_terminal)),
        repl(loop, options,
             {[this](std::string_view bytes) { terminal.write(bytes); },
              terminal_is_ansi(),
              terminal.columns(),
              history_path(),
              {}},
             [this, finish = std::move(finish)](int code) mutable {
               keys.reset();
               finish(signal == 0 ? code : 128 + signal);
             }) {}

  void listen();
  void signalled();

  EventLoop& loop;
  Terminal terminal;
  int signal = 0;
  Repl repl;
  UniqueFd signals;
  EventOwner keys;
  EventOwner arrived;
};

void Interactive::Core::listen() {
  const sigset_t wanted = terminal_signals();
  signals.reset(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  arrived.reset(event_new(
      loop.base(), signals.get(), EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* core) { static_cast<Core*>(core)->signalled(); }, this));
  keys.reset(event_new(
      loop.base(), STDIN_FILENO, EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* context) {
        auto& core = *static_cast<Core*>(context);
        core.repl.typed(core.terminal.read());
      },
      this));
  event_add(arrived.get(), nullptr);
  event_add(keys.get(), nullptr);
}

void Interactive::Core::signalled() {
  signalfd_siginfo what{};
  while (::read(signals.get(), &what, sizeof what) == static_cast<ssize_t>(sizeof what)) {
    if (what.ssi_signo == SIGWINCH) {
      repl.resized(terminal.columns());
    } else {
      signal = static_cast<int>(what.ssi_signo);
      repl.quit();
    }
  }
}

Interactive::Interactive(EventLoop& loop, const ChatOptions& options, Terminal terminal,
                         UniqueFunction<void(int)> finish)
    : core_(std::make_unique<Core>(loop, options, std::move(terminal), std::move(finish))) {}

Interactive::~Interactive() = default;

void Interactive::start(const Account& account) {
  core_->listen();
  core_->repl.begin(account);
}

}  // namespace mpim::chat
