#include "server/session/catch_up.h"

#include <algorithm>

namespace mpim {

std::optional<ConversationId> CatchUp::next(const std::function<bool(ConversationId)>& wanted) {
  const auto found = std::ranges::find_if(line_, wanted);
  if (found == line_.end()) return std::nullopt;
  const ConversationId taken = *found;
  line_.erase(found);
  return taken;
}

bool CatchUp::any(const std::function<bool(ConversationId)>& wanted) const {
  return std::ranges::any_of(line_, wanted);
}

Millis CatchUp::pause_after_failure() {
  constexpr uint32_t kDoublings = 5;
  constexpr Millis kLongest{5'000};
  const Millis pause = Millis{200} * (1 << std::min(failures_, kDoublings));
  ++failures_;
  return std::min(pause, kLongest);
}

void read_log(Storage& storage, const LogQuestion& question, Reply<LogAnswer> reply) {
  storage.read<LogAnswer>(
      [question](Store& store) -> Result<LogAnswer> {
        LogAnswer answer;
        if (question.after) {
          answer.after = *question.after;
        } else {
          MPIM_TRY(const Standing standing,
                   store.cursors().standing(question.user, question.device, question.conversation));
          answer.after = standing.delivered;
        }
        MPIM_TRY(answer.page, store.log().after(question.user, question.conversation, answer.after,
                                                question.entries_max, question.bytes_max));
        return answer;
      },
      std::move(reply));
}

}  // namespace mpim
