// The keys that access tokens are checked with, as a node remembers them.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "server/service/tokens/jwt.h"
#include "server/service/tokens/known_tokens.h"
#include "server/service/tokens/token_options.h"
#include "server/store/storage.h"

namespace mpim {

// The keys are in the database, for all nodes that share it. A key that another node has made is
// read when its first token comes; one that was dropped is believed no longer than kKept.
// Threads  any; a mutex guards what is remembered. Replies arrive where they were made.
// Limits   the database is read at most once in kPause for keys nobody knows: until then a token
//          that names one is refused.
class SigningKeys {
 public:
  static constexpr Millis kPause{1'000};
  static constexpr Millis kKept{60'000};

  explicit SigningKeys(TokenOptions options)
      : known_(std::make_shared<Known>()), options_(options), lately_(options.known) {}

  const TokenOptions& options() const { return options_; }
  KnownTokens& lately() { return lately_; }

  // Takes the token apart and checks everything but what only the database knows. kBadToken says
  // why; kBusy, kUnavailable: the keys cannot be read.
  void check(Executor& home, Storage& storage, std::string_view token, std::string_view audience,
             Reply<Claims> reply);
  // The same with what is remembered alone, however old: for a token whose key the database had not
  // dropped a moment ago. kBadToken, too, when its key is not remembered.
  Result<Claims> check_remembered(Executor& home, std::string_view token,
                                  std::string_view audience) const;
  // One that was just made and committed here.
  void learn(SigningKey key);
  // The next token has them read again; no token is known any more.
  void forget();

 private:
  // Outlives this object in a read that is under way.
  struct Known {
    std::mutex mutex;
    std::vector<SigningKey> keys;
    std::optional<Instant> read_at;
    bool reading = false;
    std::vector<SigningKey> learned;   // since it began: it may not have seen them
    uint64_t forgotten = 0;            // how often: what was read before is not kept
    std::vector<Reply<bool>> waiting;  // for the read that is under way
  };
  class Reading;

  std::optional<SigningKey> find(const std::string& kid, Executor& home, Millis kept) const;
  bool may_read(Instant now) const;
  void read(Executor& home, Storage& storage, Reply<bool> reply);
  Result<Claims> judge(const Jwt& jwt, std::string_view audience, Executor& home,
                       Millis kept = kKept) const;

  const std::shared_ptr<Known> known_;
  const TokenOptions options_;
  KnownTokens lately_;
};

// Makes, in a transaction: the key that signs now is found, or made when there is none or the last
// has signed for long enough.
Result<SigningKey> key_for_signing(Store& store, const TokenOptions& options, Timestamp now);
SigningKey new_signing_key(const TokenOptions& options, Timestamp now);

}  // namespace mpim
