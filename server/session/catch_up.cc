#include "server/session/catch_up.h"

#include <algorithm>

namespace mpim {
namespace {

// Where reading begins, and up to where entries are too old, if that had to be asked.
struct Beginning {
  Seq after;
  Seq expired;
};

Result<Beginning> beginning_of(Store& store, const LogQuestion& question,
                               const LogQuestion::Place& place) {
  if (place.after) return Beginning{*place.after, {}};
  MPIM_TRY(const Standing standing,
           store.cursors().standing(question.user, question.device, place.conversation));
  return Beginning{standing.delivered, standing.expired};
}

Result<BacklogPage> read_one(Store& store, const LogQuestion& question,
                             const LogQuestion::Place& place, uint32_t entries_max,
                             uint32_t bytes_max) {
  MPIM_TRY(const Beginning from, beginning_of(store, question, place));
  MPIM_TRY(Page page, store.log().after(question.user, place.conversation, from.after, entries_max,
                                        bytes_max));
  return BacklogPage{place.conversation, from.after, from.expired, std::move(page)};
}

Result<LogAnswer> read_all(Store& store, const LogQuestion& question) {
  LogAnswer answer;
  uint64_t entries_left = question.entries_max;
  uint64_t bytes_left = question.bytes_max;
  for (const LogQuestion::Place& place : question.places) {
    Result<BacklogPage> read = read_one(store, question, place, static_cast<uint32_t>(entries_left),
                                        static_cast<uint32_t>(bytes_left));
    if (!read.ok() && read.error().code != Code::kNotFound) return read.error();
    if (!read.ok()) {
      answer.absent.push_back(place.conversation);
      continue;
    }
    for (const EntryPtr& entry : read->page.entries)
      bytes_left -= std::min<uint64_t>(bytes_left, entry->text.size());
    entries_left -= std::min<uint64_t>(entries_left, read->page.entries.size());
    answer.pages.push_back(std::move(*read));
    if (entries_left == 0 || bytes_left == 0) break;
  }
  return answer;
}

}  // namespace

std::vector<ConversationId> CatchUp::next(const std::function<bool(ConversationId)>& wanted,
                                          size_t count_max) {
  std::vector<ConversationId> taken;
  std::erase_if(line_, [&](ConversationId of) {
    if (taken.size() >= count_max || !wanted(of)) return false;
    taken.push_back(of);
    return true;
  });
  return taken;
}

void CatchUp::put_back(std::span<const ConversationId> conversations) {
  line_.insert(line_.begin(), conversations.begin(), conversations.end());
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

void read_log(Storage& storage, LogQuestion question, Reply<LogAnswer> reply) {
  storage.read<LogAnswer>(
      [question = std::move(question)](Store& store) { return read_all(store, question); },
      std::move(reply));
}

}  // namespace mpim
