// Plays a script: each user a link of his own, one step after another.
#pragma once

#include <memory>
#include <string>

#include "client-cli/options.h"
#include "client-cli/script/script.h"
#include "server/core/unique_function.h"
#include "server/loop/event_loop.h"

namespace mpim::chat {

// Stops at the first step that is not as written, and says file, line, and what came instead.
//
// Threads  made and used on the loop's own.
// Exit     0; 1 an assertion or a refutation was false, or a request failed otherwise than said; 4
//          and 7 a log-in that was refused, or found no server; 8 what was expected did not come in
//          time.
// Limits   a step without `within` has kStepMax.
// Lifetime it must die before the loop. `finish` is called once, as a task of the loop.
class ScriptRunner {
 public:
  static constexpr Millis kStepMax{5'000};

  ScriptRunner(EventLoop& loop, const ChatOptions& options, Script script,
               UniqueFunction<void(int exit_code)> finish);
  ~ScriptRunner();

  void start();

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace mpim::chat
