// The server: flags, settings, one node, signals.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "server/config/settings.h"
#include "server/core/planted_fault.h"
#include "server/node/node.h"
#include "server/telemetry/log.h"

namespace {

using namespace mpim;  // NOLINT(google-build-using-namespace): nobody includes a main

// A flag that stands for a setting: checked as the setting is.
struct Flag {
  const char* name;
  std::string_view setting;
  const char* value;
  const char* help;
};
constexpr std::array<Flag, 8> kFlags{{
    {"--admin-socket", "admin.socket", "PATH", "the Unix socket mpimctl talks to"},
    {"--data-dir", "data.dir", "DIR", "where the messages are"},
    {"--http", "http.listen", "ADDR:PORT", "where HTTP listens; port 0 picks a free one"},
    {"--line", "line.listen", "ADDR:PORT",
     "where the line protocol listens; port 0 picks a free one"},
    {"--log-level", "log.level", "LEVEL", "trace, debug, info, warn or error"},
    {"--node-id", "node.id", "ID", "this node's name"},
    {"--workers", "server.workers", "N", "event loops; 0 is one for each core"},
    {"--ws", "ws.listen", "ADDR:PORT", "where the WebSocket listens; port 0 picks a free one"},
}};
static_assert(std::ranges::is_sorted(kFlags, {},
                                     [](const Flag& flag) { return std::string_view(flag.name); }));

constexpr uint8_t kOurFault = 70;

struct CommandLine {
  std::string config;
  std::array<std::optional<std::string>, kFlags.size()> values;
};

int fail(const Error& error) {
  std::fprintf(stderr, "mpimd: %s %s\n", std::string(name_of(error.code)).c_str(),
               error.message.c_str());
  constexpr std::array kTold{Code::kBadRequest, Code::kInternal, Code::kUnavailable,
                             Code::kVersion};
  return std::ranges::find(kTold, error.code) != kTold.end() ? entry_of(error.code).exit_code : 1;
}

// Empty but for a build that must never serve anybody.
std::string planted_fault() {
  if (kDroppedPushOneIn == 0) return "";
  return "FAULT BUILD: one push in " + std::to_string(kDroppedPushOneIn) + " is lost on purpose";
}

std::string version() {
  const std::string fault = planted_fault();
  return "mpimd " MPIM_VERSION + (fault.empty() ? "" : " (" + fault + ")");
}

Error unknown_flag(std::string typed) {
  if (!typed.starts_with("-")) return {Code::kBadRequest, "mpimd takes no argument like " + typed};
  typed = typed.substr(0, typed.find('='));
  std::vector<std::string_view> known{"--config", "--help", "--version"};
  for (const Flag& flag : kFlags) known.push_back(flag.name);
  const std::string near = nearest_name(typed, known);
  return {Code::kBadRequest,
          "there is no flag " + typed +
              (near.empty() ? "; see mpimd --help" : "; did you mean " + near + "?")};
}

// An exit code when the program is done already: help, version, or a mistake.
std::optional<int> read_flags(int argc, char** argv, CommandLine& line) {
  CLI::App app("The mpim messaging server. Without flags it runs with its defaults.", "mpimd");
  app.set_version_flag("--version", version());
  app.allow_extras();
  app.add_option("-c,--config", line.config,
                 "the settings; else ./mpimd.toml, else mpim/mpimd.toml in $XDG_CONFIG_HOME")
      ->type_name("FILE");
  for (size_t i = 0; i < kFlags.size(); ++i)
    app.add_option(kFlags[i].name, line.values[i], kFlags[i].help)
        ->type_name(kFlags[i].value)
        ->take_last();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& asked) {
    return app.exit(asked);
  } catch (const CLI::CallForVersion& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    return fail({Code::kBadRequest, wrong.what()});
  }
  const std::vector<std::string> rest = app.remaining();
  if (!rest.empty()) return fail(unknown_flag(rest.front()));
  return std::nullopt;
}

// Weakest first: defaults, file, environment, flags.
Result<Settings> gather_settings(const CommandLine& line, const std::string& file) {
  Settings settings;
  if (!file.empty()) {
    const Result<void> read = read_settings_file(settings, file);
    if (!read.ok()) return Error{Code::kBadRequest, read.error().message};
  }
  MPIM_CHECKED(read_settings_environment(settings));
  for (size_t i = 0; i < kFlags.size(); ++i) {
    if (!line.values[i]) continue;
    const Result<void> set = set_setting(settings, kFlags[i].setting, *line.values[i]);
    if (!set.ok())
      return Error{Code::kBadRequest, std::string(kFlags[i].name) + ": " + set.error().message};
  }
  return settings;
}

// Every connection is a file; the soft limit is for programs that use select().
void raise_file_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

sigset_t ending_signals() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGHUP);  // its terminal has gone
  return ending;
}

// SIGHUP has the certificate read again; where there is none, the terminal has gone.
void wait_for_end(const sigset_t& ending, Node& node) {
  int signal_number = 0;
  do {
    ::sigwait(&ending, &signal_number);
  } while (signal_number == SIGHUP && node.reload_certificate());
}

int run(const Settings& settings, const std::string& file) {
  // Blocked before any thread is made: the signals wait for sigwait below.
  const sigset_t ending = ending_signals();
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  if (const auto logging = start_log(settings.log.level, settings.log.queue_max); !logging.ok())
    return fail(logging.error());
  if (const std::string fault = planted_fault(); !fault.empty()) {
    std::fprintf(stderr, "mpimd: %s\n", fault.c_str());
    log_warn("node.planted_fault", {{"what", fault}});
  }
  log_info("settings.read", {{"file", file.empty() ? "none" : file}});
  Result<std::unique_ptr<Node>> node = Node::start(settings);
  if (!node.ok()) {
    stop_log();
    return fail(node.error());
  }
  const NodeAddresses& at = (*node)->addresses();
  std::printf("ready line=%s ws=%s http=%s admin=%s\n", at.line.c_str(), at.ws.c_str(),
              at.http.c_str(), at.admin.c_str());
  std::fflush(stdout);
  log_info("node.ready",
           {{"line", at.line}, {"ws", at.ws}, {"http", at.http}, {"admin", at.admin}});
  wait_for_end(ending, **node);
  // Whoever asks twice does not want to wait.
  pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
  (*node)->stop();
  stop_log();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    ::umask(077);
    ::signal(SIGPIPE, SIG_IGN);
    CommandLine line;
    if (const std::optional<int> done = read_flags(argc, argv, line)) return *done;
    const std::string file = line.config.empty() ? settings_file() : line.config;
    const Result<Settings> settings = gather_settings(line, file);
    if (!settings.ok()) return fail(settings.error());
    raise_file_limit();
    return run(*settings, file);
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "mpimd: INTERNAL %s\n", fault.what());
    return kOurFault;
  }
}
