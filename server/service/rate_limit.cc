#include "server/service/rate_limit.h"

#include <algorithm>
#include <functional>
#include <string>

namespace mpim {
namespace {

constexpr int64_t kNanosPerMilli = 1'000'000;
constexpr int64_t kNanosPerSecond = 1'000'000'000;

int64_t nanos(Instant now) { return now.ms * kNanosPerMilli; }
int64_t nanos_per_token(Rate rate) { return kNanosPerSecond / rate.per_s; }
// How far ahead of now a bucket may become full and still have a token.
int64_t ahead_max(Rate rate) { return nanos_per_token(rate) * (std::max(rate.burst, 1U) - 1); }

uint32_t millis_until(int64_t nanos) {
  const int64_t ms = (nanos + kNanosPerMilli - 1) / kNanosPerMilli;
  return static_cast<uint32_t>(std::clamp<int64_t>(ms, 1, UINT32_MAX));
}

// SplitMix64's finalizer: keys are small numbers, places are their low bits.
uint64_t spread(uint64_t key) {
  key = (key ^ (key >> 30)) * 0xBF58'476D'1CE4'E5B9ULL;
  key = (key ^ (key >> 27)) * 0x94D0'49BB'1331'11EBULL;
  return key ^ (key >> 31);
}

constexpr std::string_view kMessages = "messages";

uint64_t key_of(std::string_view address) { return std::hash<std::string_view>{}(address); }

// Of a kind of place, so that users, groups and names do not meet.
uint64_t key_of(UserId sender, const Recipient& to) {
  constexpr uint64_t kGroup = uint64_t{1} << 62;
  if (const auto* const group = std::get_if<GroupId>(&to)) return kGroup | group->value;
  if (const auto* const name = std::get_if<UserName>(&to))
    return spread(std::hash<std::string>{}(name->key) ^ spread(sender.value));
  const UserId receiver = std::get<UserId>(to);
  return std::min(sender, receiver).value << 32 | std::max(sender, receiver).value;
}

}  // namespace

uint32_t TokenBucket::take(Instant now) {
  if (rate_.per_s == 0) return 0;
  const int64_t now_ns = nanos(now);
  const int64_t full_at = std::max(full_at_ns_, now_ns);
  const int64_t ahead = full_at - now_ns - ahead_max(rate_);
  if (ahead > 0) return millis_until(ahead);
  full_at_ns_ = full_at + nanos_per_token(rate_);
  return 0;
}

void TokenBucket::set_rate(Rate rate) {
  if (rate == rate_) return;
  rate_ = rate;
  full_at_ns_ = 0;
}

// Who reads a rate that limits finds the buckets: they were there before it.
void RateTable::set_rate(Rate rate) {
  if (rate == rate_.load()) return;
  if (rate.per_s != 0 && !buckets_) buckets_ = std::make_unique<Bucket[]>(kPlaces);
  for (size_t i = 0; buckets_ && i < kPlaces; ++i)
    buckets_[i].full_at_ns.store(0, std::memory_order_relaxed);
  rate_.store(rate, std::memory_order_release);
}

RateTable::Bucket& RateTable::bucket_of(uint64_t key, int64_t now_ns) {
  const size_t first = spread(key);
  Bucket* free = nullptr;
  for (size_t i = 0; i < kProbes; ++i) {
    Bucket& bucket = buckets_[(first + i) % kPlaces];
    if (bucket.key.load(std::memory_order_relaxed) == key) return bucket;
    if (free == nullptr && bucket.full_at_ns.load(std::memory_order_relaxed) <= now_ns)
      free = &bucket;
  }
  if (free == nullptr) return buckets_[(first + kProbes - 1) % kPlaces];
  uint64_t before = free->key.load(std::memory_order_relaxed);
  free->key.compare_exchange_strong(before, key, std::memory_order_relaxed);
  return *free;
}

uint32_t RateTable::take(uint64_t key, Instant now) {
  const Rate rate = this->rate();
  if (rate.per_s == 0) return 0;
  const int64_t now_ns = nanos(now);
  std::atomic<int64_t>& full_at_ns = bucket_of(key, now_ns).full_at_ns;
  int64_t seen = full_at_ns.load(std::memory_order_relaxed);
  while (true) {
    const int64_t full_at = std::max(seen, now_ns);
    const int64_t ahead = full_at - now_ns - ahead_max(rate);
    if (ahead > 0) return millis_until(ahead);
    if (full_at_ns.compare_exchange_weak(seen, full_at + nanos_per_token(rate),
                                         std::memory_order_relaxed))
      return 0;
  }
}

void RateTable::give_back(uint64_t key) {
  const Rate rate = this->rate();
  if (rate.per_s == 0) return;
  const size_t first = spread(key);
  for (size_t i = 0; i < kProbes; ++i) {
    Bucket& bucket = buckets_[(first + i) % kPlaces];
    if (bucket.key.load(std::memory_order_relaxed) != key) continue;
    bucket.full_at_ns.fetch_sub(nanos_per_token(rate), std::memory_order_relaxed);
    return;
  }
}

void RateLimit::follow(const RateLimitOptions& options) {
  user_.set_rate(options.user);
  address_.set_rate(options.address);
  conversation_.set_rate(options.conversation);
}

Result<void> RateLimit::may_change(UserId sender, std::string_view address, Instant now) {
  if (const uint32_t wait = user_.take(sender.value, now); wait != 0)
    return rate_limited("limits.user_messages_per_s", kMessages, user_.rate(), wait);
  if (!address_.limits()) return {};
  if (const uint32_t wait = address_.take(key_of(address), now); wait != 0) {
    user_.give_back(sender.value);
    return rate_limited("limits.address_messages_per_s", kMessages, address_.rate(), wait);
  }
  return {};
}

Result<RateLimit::Taken> RateLimit::may_send(UserId sender, std::string_view address,
                                             const Recipient& to, Instant now) {
  MPIM_CHECKED(may_change(sender, address, now));
  if (!conversation_.limits()) return Taken();
  const uint64_t conversation = key_of(sender, to);
  const uint32_t wait = conversation_.take(conversation, now);
  if (wait == 0) return Taken(conversation);
  user_.give_back(sender.value);
  if (address_.limits()) address_.give_back(key_of(address));
  return rate_limited("limits.conversation_messages_per_s", kMessages, conversation_.rate(), wait);
}

void RateLimit::give_back(Taken taken) {
  if (taken) conversation_.give_back(*taken);
}

Error rate_limited(std::string_view setting, std::string_view what, Rate rate, uint32_t retry_ms) {
  std::string sentence = "too fast: " + std::string(setting) + " allows ";
  sentence += std::to_string(rate.per_s) + " " + std::string(what) + " a second";
  return {Code::kRateLimited, std::move(sentence), retry_ms};
}

}  // namespace mpim
