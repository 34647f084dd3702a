// One user without a terminal: lines in, messages out; then a number of messages, or some time.
#pragma once

#include "client-cli/link/account.h"
#include "client-cli/options.h"
#include "server/core/unique_function.h"
#include "server/loop/event_loop.h"

namespace mpim::chat {

using Finish = UniqueFunction<void(int exit_code)>;

// Sends --send, or else each line of stdin, to --to; then waits as --count and --wait say. Messages
// go to stdout, notes to stderr.
//
// Threads  made and used on the loop's own.
// Exit     the code of the first send that was refused (3 when others were not); 4, 7 and so on for
//          what ended the link; 8 when --wait was over before --count; else 0.
// Limits   stdin is read only while the outbox has room.
// Lifetime it must die before the loop. `finish` is called once, as a task of the loop.
class Piped {
 public:
  Piped(EventLoop& loop, ChatOptions options, Account account, Finish finish);
  ~Piped();

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace mpim::chat
