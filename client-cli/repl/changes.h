// What changed outside the conversations, as a person reads it.
#pragma once

#include <string>

#include "client-cli/people.h"
#include "server/core/signal.h"

namespace mpim::chat {

// "bob asks to be your friend: /accept bob or /reject bob". Empty: nothing a person must know.
std::string change_text(const ChangeSignal& change, const People& people);

}  // namespace mpim::chat
