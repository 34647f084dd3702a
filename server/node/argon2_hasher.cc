#include "server/node/argon2_hasher.h"

#include <sodium.h>

#include <array>

namespace mpim {
namespace {

void wipe(std::string& secret) { sodium_memzero(secret.data(), secret.size()); }

Result<std::string> hash_now(std::string& password, const Argon2Options& options) {
  std::array<char, crypto_pwhash_STRBYTES> hashed{};
  const int failed = crypto_pwhash_str(hashed.data(), password.data(), password.size(),
                                       options.passes, size_t{options.memory_kib} * 1'024);
  wipe(password);
  if (failed != 0)
    return Error{Code::kUnavailable, "there is not enough memory to hash a password"};
  return std::string(hashed.data());
}

std::string make_decoy(const Argon2Options& options) {
  MPIM_CHECK(sodium_init() >= 0, "libsodium cannot start");
  std::string nobodys(32, '\0');
  randombytes_buf(nobodys.data(), nobodys.size());
  Result<std::string> decoy = hash_now(nobodys, options);
  return decoy.ok() ? std::move(*decoy) : std::string();
}

}  // namespace

Argon2Hasher::Argon2Hasher(Argon2Options options)
    : options_(options),
      decoy_(make_decoy(options)),
      pool_("hash", options.threads, options.queue_max) {}

void Argon2Hasher::hash(std::string password, Reply<std::string> reply) {
  auto work = [this, password = std::move(password)]() mutable {
    return hash_now(password, options_);
  };
  submit<std::string>(std::move(work), (options_.queue_max + 1) / 2, std::move(reply));
}

void Argon2Hasher::verify(std::string password, std::string stored, Reply<bool> reply) {
  auto work = [this, password = std::move(password),
               stored = std::move(stored)]() mutable -> Result<bool> {
    const std::string& against = stored.empty() ? decoy_ : stored;
    const bool same =
        crypto_pwhash_str_verify(against.c_str(), password.data(), password.size()) == 0;
    wipe(password);
    return same && !stored.empty();
  };
  submit<bool>(std::move(work), options_.queue_max, std::move(reply));
}

// A task that is not taken dies with what it owns, so the reply is shared until then.
template <class T, class F>
void Argon2Hasher::submit(F work, uint32_t queue_max, Reply<T> reply) {
  auto shared = std::make_shared<Reply<T>>(std::move(reply));
  const Result<void> taken =
      pool_.submit([work = std::move(work), shared]() mutable { (*shared)(work()); }, queue_max);
  if (!taken.ok()) (*shared)(taken.error());
}

}  // namespace mpim
