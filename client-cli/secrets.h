// Where passwords come from: never from the command line, never shown.
#pragma once

#include <string>

#include "client-cli/options.h"
#include "server/core/result.h"

namespace mpim::chat {

// --password-stdin, then --password-file, then MPIM_PASSWORD; empty when none of them is given.
// kBadRequest for a file that cannot be read or an empty password.
Result<std::string> given_password(const ChatOptions& options);

// The first line of a file. kBadRequest, with the path, when there is none.
Result<std::string> password_from_file(const std::string& path);

// The same, and when nothing is given it is asked for on the terminal; without one it is
// kBadRequest, naming the flags.
Result<std::string> password_for(const ChatOptions& options);

// --remember: the resume token of an earlier run, in a file of its owner's; empty when there is
// none.
std::string remembered_token(const ServerAddress& server, const Account& account);
void remember_token(const ServerAddress& server, const Account& account, const std::string& token);

}  // namespace mpim::chat
