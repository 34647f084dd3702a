#include "server/service/tokens/known_tokens.h"

#include <utility>

namespace mpim {

KnownTokens::Asked KnownTokens::asking(Instant now) const {
  const std::lock_guard lock(mutex_);
  return {ends_, now};
}

void KnownTokens::learn(const std::string& jti, const Caller& caller, const Asked& asked) {
  if (hold_ == Millis(0) || jti.empty()) return;
  const std::lock_guard lock(mutex_);
  if (asked.ends != ends_) return;
  const Known known{caller.device, asked.at + hold_};
  if (young_.by_user[caller.user].insert_or_assign(jti, known).second) ++young_.learned;
  if (young_.learned >= kMax / 2) old_ = std::exchange(young_, {});
}

std::optional<Caller> KnownTokens::find(UserId user, const std::string& jti, Instant now) const {
  const std::lock_guard lock(mutex_);
  for (const Generation* const each : {&young_, &old_}) {
    const auto tokens = each->by_user.find(user);
    if (tokens == each->by_user.end()) continue;
    const auto found = tokens->second.find(jti);
    if (found == tokens->second.end()) continue;
    if (found->second.until < now) return std::nullopt;
    return Caller{user, found->second.device};
  }
  return std::nullopt;
}

void KnownTokens::forget(UserId user, const std::string& jti) {
  const std::lock_guard lock(mutex_);
  for (Generation* const each : {&young_, &old_})
    if (const auto tokens = each->by_user.find(user); tokens != each->by_user.end())
      tokens->second.erase(jti);
}

void KnownTokens::end(UserId user, DeviceId device) {
  const std::lock_guard lock(mutex_);
  ++ends_;
  for (Generation* const each : {&young_, &old_}) {
    const auto tokens = each->by_user.find(user);
    if (tokens == each->by_user.end()) continue;
    std::erase_if(tokens->second,
                  [&](const auto& token) { return !device || token.second.device == device; });
    if (tokens->second.empty()) each->by_user.erase(tokens);
  }
}

void KnownTokens::end_all() {
  const std::lock_guard lock(mutex_);
  ++ends_;
  young_ = old_ = {};
}

}  // namespace mpim
