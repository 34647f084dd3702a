#include "server/service/tokens/signing_keys.h"

#include <sodium.h>

#include <utility>

namespace mpim {
namespace {

constexpr Millis kAnyAge = Millis::max();

void keep(std::vector<SigningKey>& keys, SigningKey key) {
  for (const SigningKey& known : keys)
    if (known.kid == key.kid) return;
  if (keys.size() < Tokens::kKeysMax) keys.push_back(std::move(key));
}

}  // namespace

// Answers everybody who waits, on the reader's thread: no loop need be there for it.
class SigningKeys::Reading final : public ReadJob {
 public:
  Reading(std::shared_ptr<Known> known, uint64_t forgotten, Timestamp now, Instant at)
      : known_(std::move(known)), forgotten_(forgotten), now_(now), at_(at) {}
  bool run(Store& store) override {
    Result<std::vector<SigningKey>> keys = store.tokens().keys(now_);
    const bool sound = keys.ok();
    finish(std::move(keys));
    return sound;
  }
  void refuse(const Error& why) override { finish(why); }

 private:
  void finish(Result<std::vector<SigningKey>> keys) {
    std::vector<Reply<bool>> waiting;
    {
      const std::lock_guard lock(known_->mutex);
      known_->reading = false;
      if (keys.ok() && known_->forgotten == forgotten_) {
        known_->keys = std::move(*keys);
        for (SigningKey& key : known_->learned) keep(known_->keys, std::move(key));
        known_->read_at = at_;
      }
      known_->learned.clear();
      waiting.swap(known_->waiting);
    }
    for (Reply<bool>& reply : waiting) {
      if (keys.ok())
        reply(true);
      else
        reply(keys.error());
    }
  }

  const std::shared_ptr<Known> known_;
  const uint64_t forgotten_;
  const Timestamp now_;
  const Instant at_;
};

void SigningKeys::check(Executor& home, Storage& storage, std::string_view token,
                        std::string_view audience, Reply<Claims> reply) {
  Result<Jwt> jwt = read_jwt(token);
  if (!jwt.ok()) return reply(jwt.error());
  if (find(jwt->kid, home, kKept) || !may_read(home.clock().steady()))
    return reply(judge(*jwt, audience, home));
  auto were_read = [this, &home, jwt = std::move(*jwt), audience,
                    reply = std::move(reply)](Result<bool> read) mutable {
    if (!read.ok()) return reply(read.error());
    reply(judge(jwt, audience, home));
  };
  this->read(home, storage, Reply<bool>(home, std::move(were_read)));
}

Result<Claims> SigningKeys::check_remembered(Executor& home, std::string_view token,
                                             std::string_view audience) const {
  MPIM_TRY(const Jwt jwt, read_jwt(token));
  return judge(jwt, audience, home, kAnyAge);
}

Result<Claims> SigningKeys::judge(const Jwt& jwt, std::string_view audience, Executor& home,
                                  Millis kept) const {
  const std::optional<SigningKey> key = find(jwt.kid, home, kept);
  if (!key && kept == kAnyAge)
    return Error{Code::kUnavailable, "the keys of tokens cannot be read: try again"};
  if (!key)
    return Error{Code::kBadToken,
                 "this access token is signed with a key that is not, or no longer, in use"};
  return check_jwt(jwt, *key, audience, home.clock().wall(), options_.leeway);
}

std::optional<SigningKey> SigningKeys::find(const std::string& kid, Executor& home,
                                            Millis kept) const {
  const std::lock_guard lock(known_->mutex);
  const bool read = known_->read_at && home.clock().steady() - *known_->read_at <= kept;
  if (!read && kept != kAnyAge) return std::nullopt;
  for (const SigningKey& key : known_->keys)
    if (key.kid == kid && key.ends_at > home.clock().wall()) return key;
  return std::nullopt;
}

bool SigningKeys::may_read(Instant now) const {
  const std::lock_guard lock(known_->mutex);
  return known_->reading || !known_->read_at || now - *known_->read_at >= kPause;
}

void SigningKeys::read(Executor& home, Storage& storage, Reply<bool> reply) {
  uint64_t forgotten = 0;
  {
    const std::lock_guard lock(known_->mutex);
    known_->waiting.push_back(std::move(reply));
    if (std::exchange(known_->reading, true)) return;
    forgotten = known_->forgotten;
  }
  storage.submit(
      std::make_unique<Reading>(known_, forgotten, home.clock().wall(), home.clock().steady()));
}

void SigningKeys::learn(SigningKey key) {
  const std::lock_guard lock(known_->mutex);
  if (known_->reading) keep(known_->learned, key);
  keep(known_->keys, std::move(key));
}

void SigningKeys::forget() {
  lately_.end_all();
  const std::lock_guard lock(known_->mutex);
  ++known_->forgotten;
  known_->keys.clear();
  known_->learned.clear();
  known_->read_at.reset();
}

SigningKey new_signing_key(const TokenOptions& options, Timestamp now) {
  SigningKey key;
  key.kid = random_name();
  key.algorithm = kJwtAlgorithm;
  key.secret.resize(32);
  randombytes_buf(key.secret.data(), key.secret.size());
  key.created_at = now;
  key.retires_at = now + options.key;
  key.ends_at = key.retires_at + options.longest() + options.leeway;
  return key;
}

Result<SigningKey> key_for_signing(Store& store, const TokenOptions& options, Timestamp now) {
  MPIM_TRY(std::vector<SigningKey> keys, store.tokens().keys(now));
  for (SigningKey& key : keys)
    if (key.retires_at > now && key.algorithm == kJwtAlgorithm) return std::move(key);
  SigningKey key = new_signing_key(options, now);
  MPIM_CHECKED(store.tokens().add_key(key));
  return key;
}

}  // namespace mpim
