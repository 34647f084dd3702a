#include "client-cli/options.h"

#include <langinfo.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string_view>

#include "client-cli/duration.h"
#include "client-cli/terminal/terminal.h"
#include "server/contract/names.h"

namespace mpim::chat {
namespace {

constexpr int kUsage = 2;

constexpr const char* kExamples =
    "Examples:\n"
    "  mpim-chat alice                                talk, on a terminal\n"
    "  mpim-chat alice --register                     make the account first\n"
    "  mpim-chat --as alice --to bob --send 'hello'   send one message\n"
    "  tail -f log | mpim-chat --as alice --to '#1001'  send each line\n"
    "  mpim-chat --as bob --count 1 --wait 5s -o jsonl  wait for a message\n"
    "  mpim-chat --batch talk.chat                    play a script of several users\n"
    "\n"
    "Passwords: asked for on a terminal, else --password-file, --password-stdin or MPIM_PASSWORD.\n"
    "Exit codes: 0 done, 1 failed or assertion false, 2 usage or script, 3 sent in part,\n"
    "  4 log-in or permission, 5 not found, 6 conflict, 7 unreachable, 8 deadline passed, 9 "
    "version.";

const std::map<std::string, OutputForm> kForms{{"jsonl", OutputForm::kJsonLines},
                                               {"text", OutputForm::kText}};
const std::map<std::string, TimeStyle> kTimes{{"iso", TimeStyle::kIso},
                                              {"local", TimeStyle::kLocal},
                                              {"none", TimeStyle::kNone},
                                              {"rel", TimeStyle::kRelative}};
const std::map<std::string, ColorChoice> kColors{
    {"always", ColorChoice::kAlways}, {"auto", ColorChoice::kAuto}, {"never", ColorChoice::kNever}};

constexpr uint16_t kHttpPort = 8080;

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// What is typed as text first and then read by functions of ours.
struct Typed {
  std::string server;
  std::string http;
  std::string wait;
  std::string timeout;
  std::string output = "text";
  std::string time = "local";
  std::string color = "auto";
};

void declare(CLI::App& app, ChatOptions& options, Typed& typed) {
  app.footer(kExamples);
  app.set_version_flag("--version,-V", "mpim-chat " MPIM_VERSION);
  app.add_option("name,--as", options.name, "Who you are")->option_text("NAME");
  app.add_option("--server,-s", typed.server,
                 "HOST:PORT, or tls://HOST:PORT (MPIM_SERVER; 127.0.0.1:9000)");
  app.add_option("--http", typed.http,
                 "HOST:PORT or https://HOST:PORT for files (MPIM_HTTP; the server's host, 8080)");
  app.add_option("--device", options.device, "This device's name, to be logged in more than once");
  app.add_option("--to,-t", options.to, "Whom to talk to: bob, 1002, #1001, #tea");
  app.add_flag("--register", options.enroll, "Make the account first");
  app.add_flag("--remember", options.remember, "Keep the resume token in a file of yours");
  app.add_option("--password-file", options.password_file, "Read the password from a file");
  app.add_flag("--password-stdin", options.password_stdin, "Read it from the first line of stdin");
  app.add_option("--send", options.send, "Send this text and end");
  app.add_option("--count", options.count, "End when this many messages have come");
  app.add_option("--wait", typed.wait, "Wait this long for messages: 500ms, 5s, 1m");
  app.add_option("--timeout", typed.timeout, "Give up when there is no server for so long (10s)");
  app.add_option("--batch", options.batch, "Play a script; - is stdin");
  app.add_option("--output,-o", typed.output, "What is printed")->check(CLI::IsMember(kForms));
  app.add_option("--time", typed.time, "How times are written")->check(CLI::IsMember(kTimes));
  app.add_option("--color", typed.color, "Colour; never into a pipe")
      ->check(CLI::IsMember(kColors));
  app.add_flag("--quiet,-q", options.quiet, "No notes on stderr");
  app.add_flag("--verbose,-v", options.verbose, "Show the lines of the protocol on stderr");
}

Result<void> read_typed(const Typed& typed, ChatOptions& options) {
  const std::string server = typed.server.empty() ? environment("MPIM_SERVER") : typed.server;
  if (!server.empty()) {
    MPIM_TRY(options.server, server_address(server));
  }
  const std::string http = typed.http.empty() ? environment("MPIM_HTTP") : typed.http;
  options.http = {options.server.host, kHttpPort, options.server.tls};
  if (!http.empty()) {
    MPIM_TRY(options.http, server_address(http));
  }
  if (!typed.wait.empty()) {
    MPIM_TRY(options.wait, duration(typed.wait));
  }
  if (!typed.timeout.empty()) {
    MPIM_TRY(options.timeout, duration(typed.timeout));
  }
  options.output = kForms.at(typed.output);
  options.time = kTimes.at(typed.time);
  options.color = kColors.at(typed.color);
  return {};
}

Result<void> check(const ChatOptions& options) {
  if (!options.name.empty()) MPIM_CHECKED(user_name(options.name));
  MPIM_CHECKED(device_name(options.device));
  if (options.send && options.to.empty())
    return Error{Code::kBadRequest, "--send needs --to: whom the message is for"};
  if (!options.batch.empty() && options.send)
    return Error{Code::kBadRequest, "--batch and --send do not go together"};
  if (options.password_stdin && options.batch == "-")
    return Error{Code::kBadRequest, "--password-stdin and --batch - both want stdin"};
  return {};
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv) {
  CLI::App app("mpim-chat: talk to people on an mpim server", "mpim-chat");
  ChatOptions options;
  Typed typed;
  declare(app, options, typed);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return {std::nullopt, app.exit(help)};
  } catch (const CLI::Error& mistake) {
    std::cerr << "mpim-chat: " << mistake.what() << "\nRun mpim-chat --help for the flags.\n";
    return {std::nullopt, kUsage};
  }
  Result<void> good = read_typed(typed, options);
  if (good.ok()) good = check(options);
  if (good.ok()) return {std::move(options), 0};
  std::cerr << "mpim-chat: " << good.error().message << "\n";
  return {std::nullopt, kUsage};
}

bool terminal_is_ansi() {
  const std::string terminal = environment("TERM");
  return !terminal.empty() && terminal != "dumb";
}

RenderOptions render_options(const ChatOptions& options) {
  RenderOptions render;
  render.time = options.time;
  const bool fitting = terminal_is_ansi() && environment("NO_COLOR").empty();
  // Notes go to stderr, and no control byte into a pipe whatever was asked for.
  const bool wanted =
      options.color == ColorChoice::kAlways || (options.color == ColorChoice::kAuto && fitting);
  render.color = wanted && output_is_terminal() && notes_are_on_terminal();
  const bool unicode = std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
  render.ascii = !unicode || (output_is_terminal() && !terminal_is_ansi());
  return render;
}

}  // namespace mpim::chat
