#include "server/service/intake/held_up.h"

#include <algorithm>

namespace mpim {
namespace {

constexpr size_t kUnreadKept = 64 * 1'024;  // bytes

}  // namespace

Millis HeldUp::failed_alone(const std::string& ticket, Instant now) {
  attempts_ = failing_ == ticket ? attempts_ + 1 : 1;
  failing_ = ticket;
  alone_ = std::max<size_t>(alone_, 1);
  const Millis pause = std::min(options_.again_max, kFirst * (1 << std::min(attempts_, 16U)) / 2);
  again_ = now + pause;
  return pause;
}

void HeldUp::passed(size_t entries) {
  failing_.clear();
  alone_ -= std::min(alone_, entries);
}

bool may_pass(Code code) {
  return code == Code::kUnavailable || code == Code::kUnknown || code == Code::kBusy ||
         code == Code::kDraining || code == Code::kInternal;
}

DeadLetter dead_entry(const std::string& ticket, const std::string& bytes, bool readable,
                      const Error& why) {
  DeadLetter letter;
  letter.source = "intake " + ticket;
  letter.reason = std::string(name_of(why.code)) + " " + why.message;
  letter.body = bytes;
  if (!readable && bytes.size() > kUnreadKept) {
    letter.body.resize(kUnreadKept);
    letter.reason += " (the first " + std::to_string(kUnreadKept) + " of " +
                     std::to_string(bytes.size()) + " bytes are kept)";
  }
  return letter;
}

}  // namespace mpim
