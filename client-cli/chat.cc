#include "client-cli/chat.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <future>
#include <iostream>
#include <iterator>
#include <memory>

#include "client-cli/interactive.h"
#include "client-cli/json_events.h"
#include "client-cli/options.h"
#include "client-cli/piped.h"
#include "client-cli/script/runner.h"
#include "client-cli/secrets.h"
#include "client-cli/terminal/terminal.h"

namespace mpim::chat {
namespace {

using Finish = UniqueFunction<void(int)>;

// Makes an object on a loop of its own, waits until it says that it has finished, and takes it down
// there.
template <class Made>
int run_on_loop(const std::function<std::shared_ptr<Made>(EventLoop&, Finish)>& make) {
  EventLoop loop("chat");
  std::promise<int> ended;
  std::shared_ptr<Made> made;
  loop.start();
  loop.post([&] {
    made = make(loop, [&](int code) {
      loop.post([&, code] {
        made.reset();
        ended.set_value(code);
      });
    });
  });
  const int code = ended.get_future().get();
  loop.stop();
  return code;
}

int refuse(const Error& error, const ChatOptions& options) {
  if (options.output == OutputForm::kJsonLines)
    ::fprintf(stderr, "%s\n", json_error(error).c_str());
  else
    ::fprintf(stderr, "mpim-chat: %s\n", error.message.c_str());
  return entry_of(error.code).exit_code;
}

// Who is to log in. On a terminal that is ours the REPL asks for what is missing.
Result<Account> account_of(const ChatOptions& options, bool interactive) {
  Account account{options.name, "", "", options.device};
  if (options.remember) account.token = remembered_token(options.server, account);
  if (interactive || !account.token.empty()) {
    MPIM_TRY(account.password, given_password(options));
    return account;
  }
  if (account.name.empty())
    return Error{Code::kBadRequest, "who are you? give a name, with --as NAME"};
  MPIM_TRY(account.password, password_for(options));
  return account;
}

int run_script(const ChatOptions& options) {
  std::string text;
  if (options.batch == "-") {
    text = {std::istreambuf_iterator<char>(std::cin), {}};
  } else {
    std::ifstream file(options.batch, std::ios::binary);
    if (!file)
      return refuse({Code::kBadRequest, "the script " + options.batch + " cannot be read"},
                    options);
    text = {std::istreambuf_iterator<char>(file), {}};
  }
  Script script = read_script(text, options.name);
  for (const ScriptMistake& mistake : script.mistakes)
    ::fprintf(stderr, "%s:%zu: %s\n", options.batch.c_str(), mistake.line,
              mistake.sentence.c_str());
  if (!script.mistakes.empty()) return entry_of(Code::kBadRequest).exit_code;
  return run_on_loop<ScriptRunner>([&](EventLoop& loop, Finish finish) {
    auto runner =
        std::make_shared<ScriptRunner>(loop, options, std::move(script), std::move(finish));
    runner->start();
    return runner;
  });
}

int run_piped(const ChatOptions& options, const Account& account) {
  return run_on_loop<Piped>([&](EventLoop& loop, Finish finish) {
    return std::make_shared<Piped>(loop, options, account, std::move(finish));
  });
}

int run_interactive(const ChatOptions& options, const Account& account) {
  auto terminal = Terminal::open(terminal_is_ansi());
  if (!terminal.ok()) return refuse(terminal.error(), options);
  block_terminal_signals();
  return run_on_loop<Interactive>([&](EventLoop& loop, Finish finish) {
    auto interactive =
        std::make_shared<Interactive>(loop, options, std::move(*terminal), std::move(finish));
    interactive->start(account);
    return interactive;
  });
}

}  // namespace

int run_chat(int argc, const char* const* argv) {
  ::setlocale(LC_CTYPE, "");
  ::signal(SIGPIPE, SIG_IGN);
  const CommandLine command_line = read_command_line(argc, argv);
  if (!command_line.options) return command_line.exit_code;
  const ChatOptions& options = *command_line.options;
  if (!options.batch.empty()) return run_script(options);
  const bool interactive = on_terminal() && !options.send && !options.count && !options.wait;
  const auto account = account_of(options, interactive);
  if (!account.ok()) return refuse(account.error(), options);
  return interactive ? run_interactive(options, *account) : run_piped(options, *account);
}

}  // namespace mpim::chat
