#include "client-cli/secrets.h"

#include <unistd.h>

#include <cstdlib>

#include "client-cli/state_files.h"
#include "client-cli/terminal/terminal.h"

namespace mpim::chat {
namespace {

// Byte by byte: what follows on stdin is for somebody else.
std::string line_of_stdin() {
  std::string line;
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n') line += byte;
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace

Result<std::string> password_from_file(const std::string& path) {
  const auto text = read_private_file(path);
  if (!text) return Error{Code::kBadRequest, "the password file " + path + " cannot be read"};
  std::string line = text->substr(0, text->find('\n'));
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return Error{Code::kBadRequest, "the password file " + path + " is empty"};
  return line;
}

Result<std::string> given_password(const ChatOptions& options) {
  if (options.password_stdin && ::isatty(STDIN_FILENO) == 1) return ask_secret("Password: ");
  if (options.password_stdin) {
    std::string line = line_of_stdin();
    if (line.empty()) return Error{Code::kBadRequest, "there is no password on stdin"};
    return line;
  }
  if (!options.password_file.empty()) return password_from_file(options.password_file);
  const char* const variable = std::getenv("MPIM_PASSWORD");
  return std::string(variable == nullptr ? "" : variable);
}

std::string remembered_token(const ServerAddress& server, const Account& account) {
  const std::string path = token_path(server.text(), account.name, account.device);
  const std::string text = path.empty() ? "" : read_private_file(path).value_or("");
  return text.substr(0, text.find('\n'));
}

void remember_token(const ServerAddress& server, const Account& account, const std::string& token) {
  const std::string path = token_path(server.text(), account.name, account.device);
  if (!path.empty()) write_private_file(path, token + "\n");
}

Result<std::string> password_for(const ChatOptions& options) {
  MPIM_TRY(std::string given, given_password(options));
  if (!given.empty()) return given;
  if (!on_terminal())
    return Error{Code::kBadRequest,
                 "no password for " + options.name +
                     ": give --password-file, --password-stdin or MPIM_PASSWORD"};
  MPIM_TRY(std::string typed, ask_secret("Password for " + options.name + ": "));
  if (typed.empty()) return Error{Code::kBadRequest, "no password was given"};
  return typed;
}

}  // namespace mpim::chat
