#include "ops/bench/refusals.h"

#include <algorithm>
#include <array>

namespace mpim::ops {
namespace {

struct RefusalRow {
  RefusedAt at;
  Code code;
  std::string_view word;  // in the refusal's sentence; empty: any
  std::string_view hint;
};
// The first row that fits.
constexpr auto kRefusals = std::to_array<RefusalRow>({
    {RefusedAt::kPreparing, Code::kLimit, "group",
     "raise groups.members_max, or give fewer --members"},
    {RefusedAt::kLoggingIn, Code::kBusy, "",
     "raise auth.hash_queue_max: more log-ins with a password wait than it allows"},
    {RefusedAt::kLoggingIn, Code::kLimit, "device", "raise auth.devices_max, or give --devices 1"},
    {RefusedAt::kLoggingIn, Code::kLimit, "",
     "raise server.connections_max, or ask for fewer connections"},
    {RefusedAt::kLoggingIn, Code::kLockedOut, "",
     "raise auth.address_attempts_max, or wait for auth.lockout_ms: this address is locked out"},
    {RefusedAt::kLoggingIn, Code::kRateLimited, "",
     "raise the rate that this address may log in at"},
    {RefusedAt::kLoggingIn, Code::kDeadline, "",
     "raise auth.login_timeout_ms, or give a smaller --window"},
    {RefusedAt::kSending, Code::kTooLarge, "",
     "raise message.text_bytes_max, or give a smaller --size"},
    {RefusedAt::kSending, Code::kBusy, "", "raise store.writer_queue_max, or give a lower --rate"},
    {RefusedAt::kSending, Code::kRateLimited, "", "raise the rate that a user may send at"},
    {RefusedAt::kSending, Code::kDeadline, "",
     "the server pushed and heard no ACK: session.repush_attempts and session.repush_first_ms say "
     "how long it waits"},
});

}  // namespace

std::string refusal_hint(const Error& refusal, RefusedAt at) {
  const auto* const found = std::ranges::find_if(kRefusals, [&](const RefusalRow& row) {
    return row.at == at && row.code == refusal.code &&
           refusal.message.find(row.word) != std::string::npos;
  });
  return std::string(found != kRefusals.end() ? found->hint : entry_of(refusal.code).remedy);
}

}  // namespace mpim::ops
