#include "ops/user/secrets.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

namespace mpim::ops {
namespace {

Result<std::string> first_line(std::istream& from, const std::string& name) {
  std::string line;
  if (!std::getline(from, line) || line.empty())
    return Error{Code::kBadRequest, "there is no password in " + name};
  if (line.back() == '\r') line.pop_back();
  return line;
}

Result<std::string> from_file(Call& call, const std::string& path) {
  std::ifstream file(path);
  if (!file) return call.usage("`--password-file`: cannot read " + path);
  struct stat found {};
  if (stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) && (found.st_mode & 077) != 0)
    call.terminal().note("warning: others can read " + path + "; `chmod 600` it");
  return first_line(file, path);
}

Result<std::string> asked_twice(Call& call, const std::string& whose) {
  if (!call.terminal().can_ask())
    return call.usage(
        "no password: give --password-stdin, --password-file FILE or the variable MPIM_PASSWORD");
  MPIM_TRY(const std::string once, call.terminal().secret("new password of " + whose));
  MPIM_TRY(const std::string again, call.terminal().secret("the same again"));
  if (once != again) return call.usage("the two passwords differ");
  return once;
}

}  // namespace

bool password_given(const Call& call) {
  const char* variable = std::getenv("MPIM_PASSWORD");
  return call.arguments().has("password-stdin") || call.arguments().has("password-file") ||
         (variable != nullptr && *variable != '\0');
}

Result<std::string> given_password(Call& call) {
  const Arguments& arguments = call.arguments();
  if (arguments.has("password-stdin") && arguments.has("password-file"))
    return call.usage("`--password-stdin` and `--password-file` exclude each other");
  if (arguments.has("password-stdin")) return first_line(std::cin, "stdin");
  if (arguments.has("password-file")) return from_file(call, arguments.text("password-file"));
  if (const char* variable = std::getenv("MPIM_PASSWORD"); variable != nullptr && *variable != '\0')
    return std::string(variable);
  return std::string();
}

Result<std::string> new_password(Call& call, const std::string& whose) {
  if (!password_given(call)) return asked_twice(call, whose);
  return given_password(call);
}

}  // namespace mpim::ops
