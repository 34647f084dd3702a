// Argon2id on a bounded pool of threads.
#pragma once

#include "server/loop/blocking_pool.h"
#include "server/service/password_hasher.h"

namespace mpim {

struct Argon2Options {
  uint32_t memory_kib = 19'456;
  uint32_t passes = 2;
  uint32_t threads = 1;
  uint32_t queue_max = 256;
};

// Threads  any. Hashing takes `threads` times `memory_kib` at most.
// Errors   kBusy when queue_max hashes wait, for hash() when half as many do; kUnavailable when
//          there is no memory for one.
class Argon2Hasher final : public PasswordHasher {
 public:
  explicit Argon2Hasher(Argon2Options options);

  void hash(std::string password, Reply<std::string> reply) override;
  void verify(std::string password, std::string stored, Reply<bool> reply) override;

 private:
  template <class T, class F>
  void submit(F work, uint32_t queue_max, Reply<T> reply);

  const Argon2Options options_;
  std::string decoy_;  // what a password is compared with when nobody has the name
  BlockingPool pool_;  // last: its threads use the others
};

}  // namespace mpim
