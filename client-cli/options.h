// What the command line and the environment say.
#pragma once

#include <optional>
#include <string>

#include "client-cli/link/account.h"
#include "client-cli/render.h"
#include "server/core/clock.h"
#include "server/core/result.h"

namespace mpim::chat {

enum class OutputForm : uint8_t { kJsonLines, kText };
enum class ColorChoice : uint8_t { kAlways, kAuto, kNever };

// Precedence: flag, then MPIM_SERVER, MPIM_HTTP, MPIM_PASSWORD, NO_COLOR, then the standard value.
struct ChatOptions {
  ServerAddress server;
  ServerAddress http;  // where files go
  std::string name;    // empty: nobody yet
  std::string device = "default";
  std::string to;       // as typed
  bool enroll = false;  // --register
  bool remember = false;
  bool password_stdin = false;
  std::string password_file;
  std::optional<std::string> send;
  std::optional<uint32_t> count;
  std::optional<Millis> wait;
  Millis timeout{10'000};
  std::string batch;  // a file, or - for stdin
  OutputForm output = OutputForm::kText;
  TimeStyle time = TimeStyle::kLocal;
  ColorChoice color = ColorChoice::kAuto;
  bool quiet = false;
  bool verbose = false;
};

// The options, or the exit code of a program that has nothing more to do (help, version, a mistake,
// all told already).
struct CommandLine {
  std::optional<ChatOptions> options;
  int exit_code = 0;
};
CommandLine read_command_line(int argc, const char* const* argv);

// Whether to paint, and with what, as the streams and the environment are.
RenderOptions render_options(const ChatOptions& options);
// Whether TERM is one that moves the cursor.
bool terminal_is_ansi();

}  // namespace mpim::chat
