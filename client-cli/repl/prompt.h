// What stands before the line being typed.
#pragma once

#include <cstdint>
#include <string>

#include "client-cli/link/link.h"

namespace mpim::chat {

struct PromptState {
  std::string self;     // empty: nobody is logged in
  std::string towards;  // empty: nobody is talked to
  uint64_t unread = 0;
  std::string typing;  // who is, where you talk; shown where there is room for it
  LinkState link = LinkState::kStopped;
  bool ascii = false;
};

// "alice -> bob [2 new]> ", shorter where there is less room: at most half of `columns`. Says who
// you are, where you talk, how much is unread, and what is wrong with the connection, in this order
// of giving way: words become signs, then names become short.
std::string prompt(const PromptState& state, size_t columns);

}  // namespace mpim::chat
