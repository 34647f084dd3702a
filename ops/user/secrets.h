// Passwords: typed twice on a terminal, from stdin, a file or the environment; never from a flag.
#pragma once

#include <string>

#include "ops/call.h"

namespace mpim::ops {

// The flags of every command that takes a password.
inline constexpr Flag kPasswordFile{"password-file", FlagType::kText, "FILE",
                                    "read the password from the first line of a file"};
inline constexpr Flag kPasswordStdin{
    "password-stdin", FlagType::kSwitch, {}, "read the password from the first line of stdin"};

// Whether one was given without a question.
bool password_given(const Call& call);
// --password-stdin, --password-file, $MPIM_PASSWORD; empty: none was given. kBadRequest.
Result<std::string> given_password(Call& call);
// --password-stdin, --password-file, $MPIM_PASSWORD, else asked twice on the terminal as the
// password of `whose`. kBadRequest when nobody can be asked, or the two differ.
Result<std::string> new_password(Call& call, const std::string& whose);

}  // namespace mpim::ops
