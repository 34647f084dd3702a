// The texts people choose: the only place where they are checked. What comes back is valid.
//
// Threads  any: everything here is a function of its arguments.
// Errors   kBadText for invalid UTF-8 or a NUL, kBadRequest for a wrong length or character,
//          kTooLarge for a text or a password over its limit. The sentence says what is allowed.
#pragma once

#include <string>
#include <string_view>

#include "server/core/names.h"
#include "server/core/result.h"

namespace mpim {

// Valid UTF-8 without NUL. Takes about 0.1 ns a byte.
bool is_text(std::string_view bytes);

// 1 to 32 bytes of letters and digits of any script, '.', '_', '-'; a letter or digit first, and
// not only digits, so that a name is never taken for an id. Nothing invisible. Normalized (NFC); in
// the key letters that differ only in case, width or font are one (NFKC, case-folded).
Result<UserName> user_name(std::string_view typed);

// 1 to 32 of [A-Za-z0-9._-].
Result<DeviceName> device_name(std::string_view typed);

// What a client calls its own message, so that it may send it again: 1 to 64 printable ASCII
// characters, no space.
Result<std::string> client_id(std::string_view typed);

// 1 to 64 bytes, one line, not only blanks.
Result<std::string> group_name(std::string_view typed);

// 0 to 512 bytes, one line.
Result<std::string> description(std::string_view typed);

// 0 to 64 bytes, one line.
Result<std::string> display_name(std::string_view typed);
// What a group's admins want everybody to read: 0 to 2048 bytes.
Result<std::string> group_notice(std::string_view typed);

// 1 byte to kPasswordBytes. How short it may be is the user service's business.
Result<std::string> password(std::string typed);

// A message's text: 1 to `bytes_max` bytes.
Result<std::string> text_body(std::string text, uint64_t bytes_max);

// A JSON object that goes with a message: 2 to `bytes_max` bytes, one line, kept as it is.
// kBadRequest: it is no JSON object, or nested too deep.
Result<std::string> ext_json(std::string_view typed, uint64_t bytes_max);

// A piece of somebody's input as an error sentence may quote it: at most 32 bytes, no control
// characters.
std::string shown(std::string_view typed);

}  // namespace mpim
