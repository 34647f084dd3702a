#include "server/service/tokens/known_tokens.h"

namespace mpim {

KnownTokens::Asked KnownTokens::asking(Instant now) const {
  const std::lock_guard lock(mutex_);
  return {ends_, now};
}

void KnownTokens::learn(const std::string& jti, const Caller& caller, const Asked& asked) {
  if (hold_ == Millis(0) || jti.empty()) return;
  const std::lock_guard lock(mutex_);
  if (asked.ends != ends_) return;
  if (by_jti_.size() >= kMax)
    std::erase_if(by_jti_, [&](const auto& row) { return row.second.until < asked.at; });
  if (by_jti_.size() >= kMax) return;
  by_jti_.insert_or_assign(jti, Known{caller, asked.at + hold_});
}

std::optional<Caller> KnownTokens::find(const std::string& jti, Instant now) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_jti_.find(jti);
  if (found == by_jti_.end() || found->second.until < now) return std::nullopt;
  return found->second.caller;
}

void KnownTokens::end(UserId user, DeviceId device) {
  const std::lock_guard lock(mutex_);
  ++ends_;
  std::erase_if(by_jti_, [&](const auto& row) {
    const Caller& caller = row.second.caller;
    return caller.user == user && (!device || caller.device == device);
  });
}

void KnownTokens::end_all() {
  const std::lock_guard lock(mutex_);
  ++ends_;
  by_jti_.clear();
}

}  // namespace mpim
