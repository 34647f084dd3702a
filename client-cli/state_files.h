// Small files of one user: the history of lines and, if he wants that, resume tokens.
//
// Threads  one.
// Errors   nothing here stops the program: with a home that cannot be written it does without.
// Secrets  files are made with mode 0600, their folders with 0700.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mpim::chat {

// $XDG_STATE_HOME/mpim, else ~/.local/state/mpim; empty when neither is known.
std::string state_folder();

std::optional<std::string> read_private_file(const std::string& path);
// Replaces it whole, or leaves it as it was.
bool write_private_file(const std::string& path, std::string_view text);
bool append_private_file(const std::string& path, std::string_view text);

// Where the resume token of a device is kept. The names of server, user and device are in the path,
// made harmless.
std::string token_path(std::string_view server, std::string_view user, std::string_view device);

}  // namespace mpim::chat
