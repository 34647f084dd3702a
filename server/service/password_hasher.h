// Password hashing, somewhere it may take its 30 ms: never on a loop.
#pragma once

#include <string>

#include "server/core/reply.h"

namespace mpim {

// Threads  any. Implemented over a bounded pool in node, and by a cheap stand-in in simulations.
// Errors   kBusy when the pool's queue is full; for new passwords, when half of it is: whoever has
//          an account can always log in.
class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;
  virtual void hash(std::string password, Reply<std::string> reply) = 0;
  // `stored` empty: nobody has that name; takes as long as a real comparison and answers false.
  virtual void verify(std::string password, std::string stored, Reply<bool> reply) = 0;
};

}  // namespace mpim
