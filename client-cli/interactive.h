// The REPL on the real terminal: keys, size and signals reach it through the loop.
#pragma once

#include <memory>

#include "client-cli/link/account.h"
#include "client-cli/options.h"
#include "client-cli/terminal/terminal.h"
#include "server/core/unique_function.h"
#include "server/loop/event_loop.h"

namespace mpim::chat {

// SIGINT, SIGTERM, SIGHUP and SIGWINCH wait to be read by an Interactive. To be called on the main
// thread before any other is started.
void block_terminal_signals();

// Threads  made and used on the loop's own.
// Exit     0; 1 when messages were typed and not stored; 128 + n after signal n.
// Lifetime it must die before the loop; the terminal is then as it was.
class Interactive {
 public:
  Interactive(EventLoop& loop, const ChatOptions& options, Terminal terminal,
              UniqueFunction<void(int exit_code)> finish);
  ~Interactive();

  void start(const Account& account);

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace mpim::chat
