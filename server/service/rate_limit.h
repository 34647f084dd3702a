// How often somebody may do something: token buckets that refuse and say when to come back.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "server/core/clock.h"
#include "server/core/message.h"
#include "server/core/result.h"

namespace mpim {

// So many a second in the long run, and `burst` at once after a pause. per_s of 0: no limit.
struct Rate {
  uint32_t per_s = 0;
  uint32_t burst = 0;
  bool operator==(const Rate&) const = default;
};

// One bucket, kept as the time at which it will be full again: exact, and as small as can be.
// Threads  one.
class TokenBucket {
 public:
  explicit TokenBucket(Rate rate) : rate_(rate) {}
  Rate rate() const { return rate_; }
  // With another rate than before the bucket is full.
  void set_rate(Rate rate);
  // 0: taken. Else the milliseconds until there is a token again, and nothing is taken.
  uint32_t take(Instant now);

 private:
  Rate rate_;
  int64_t full_at_ns_ = 0;
};

// Buckets by key, of one rate, shared by all workers.
// Threads  any; no lock is ever held. About 20 ns for each take() of a bucket in the caches.
// Limits   kPlaces buckets of 16 bytes. A full bucket is like a new one, so its place is free:
//          only who sent lately takes up room. Where all kProbes places of a key are taken by
//          others who did, it shares the last one's.
// Exact    as long as a bucket is not claimed by two threads in the same instant; then one token
//          may be counted for another's.
class RateTable {
 public:
  explicit RateTable(Rate rate) { set_rate(rate); }

  // While others take: with another rate than before all buckets are full. One thread at a time.
  void set_rate(Rate rate);
  bool limits() const { return rate().per_s != 0; }
  Rate rate() const { return rate_.load(std::memory_order_acquire); }
  // As TokenBucket's.
  uint32_t take(uint64_t key, Instant now);
  void give_back(uint64_t key);  // what was just taken

 private:
  static constexpr size_t kPlaces = 65'536;
  static constexpr size_t kProbes = 8;
  struct Bucket {
    std::atomic<uint64_t> key{0};
    std::atomic<int64_t> full_at_ns{0};
  };
  Bucket& bucket_of(uint64_t key, int64_t now_ns);

  std::atomic<Rate> rate_{Rate{}};
  std::unique_ptr<Bucket[]> buckets_;  // none before something is limited, then for good
};

struct RateLimitOptions {
  Rate user;          // messages of one user
  Rate address;       // messages from one address, which many users may share
  Rate conversation;  // messages into one conversation
};

// What messages are held against. Operators' own are not.
// Threads  any.
class RateLimit {
 public:
  explicit RateLimit(RateLimitOptions options)
      : user_(options.user), address_(options.address), conversation_(options.conversation) {}

  // What takes from now on is held against these.
  void follow(const RateLimitOptions& options);

  // The bucket of a conversation that a send took from; none when there is no such limit.
  using Taken = std::optional<uint64_t>;

  // Whether `sender` may send one more there. kRateLimited, with retry_ms, names the limit; then
  // nothing is counted. The two of a direct talk share its bucket; who writes by name (@bob) is
  // counted apart from who writes by number.
  Result<Taken> may_send(UserId sender, std::string_view address, const Recipient& to, Instant now);
  // For a send that stored nothing: whoever may not write there takes no room from those who may.
  void give_back(Taken taken);
  // As may_send() for what else makes an entry of a log: an edit, a recall, a change of a group. It
  // is held against user and address alone, so that nobody can keep an admin from muting him.
  Result<void> may_change(UserId sender, std::string_view address, Instant now);

 private:
  RateTable user_;
  RateTable address_;
  RateTable conversation_;
};

// The refusal of the limit called `setting`, in tokens of `what`.
Error rate_limited(std::string_view setting, std::string_view what, Rate rate, uint32_t retry_ms);

}  // namespace mpim
