// Resume tokens: what a device shows instead of a password, and how it is stored.
//
// Threads  any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/store/accounts.h"

namespace mpim {

// 32 random bytes as url-safe base64 without padding: 43 characters.
std::string new_resume_token();

// The BLAKE2b-256 of a token's bytes, in hex. None when `token` cannot be one of ours.
std::optional<TokenHash> hash_of_token(std::string_view token);

}  // namespace mpim
