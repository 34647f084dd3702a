// What this connection still owes the server: one ACK for many entries.
#pragma once

#include <unordered_map>
#include <vector>

#include "client-cli/link/transcript.h"
#include "server/core/ids.h"

namespace mpim::chat {

// An ACK is cumulative, and may name only what this very connection was given: so this starts empty
// with each connection, while the Transcript goes on.
//
// Threads  one.
class Acknowledgements {
 public:
  void new_connection();
  // An entry came, be it a repeat: the server then has not heard that it is here.
  void given(MessageId id);
  // How many entries came since the last due().
  uint32_t pending() const { return pending_; }
  // What to acknowledge now, an id for each conversation; counted as acknowledged.
  std::vector<MessageId> due(const Transcript& transcript);

 private:
  struct Given {
    Seq last;
    Seq acknowledged;  // or just below the first that this connection was given
  };
  std::unordered_map<ConversationId, Given> given_;
  uint32_t pending_ = 0;
};

}  // namespace mpim::chat
