// PULL: what a device asks for, beside what it is pushed by itself.
#include "server/session/session.h"

#include <algorithm>

namespace mpim {

void Session::pull(uint32_t count_max, std::optional<CursorMove> from, PullDone done,
                   MarkRead mark) {
  if (ended_) return done(Error{Code::kReplaced, "this session has ended"});
  if (pull_) return done(Error{Code::kBusy, "another PULL is under way"});
  pull_.emplace(Pull{.remaining = count_max, .done = std::move(done), .reads = mark != nullptr});
  if (mark) mark_ = std::move(mark);
  for (auto& [conversation, reading] : readings_) reading.told_pending = false;
  if (!from) return pump();
  LogQuestion question{who_.user,
                       who_.device,
                       {{from->conversation, from->delivered}},
                       count_max,
                       limits_.page_bytes * 16};
  read_log(
      storage_, std::move(question),
      Reply<LogAnswer>(home_, [weak = weak_from_this(), from = *from](Result<LogAnswer> answer) {
        if (const auto self = weak.lock()) self->give_from(from, std::move(answer));
      }));
  pull_->remaining = 0;
  pull_->from_place = true;
}

// Entries the device asked for by their place: repeats, or ahead of what is owed. They change
// nothing but the one that is next, which is as good as pushed.
void Session::give_from(const CursorMove& from, Result<LogAnswer> answer) {
  if (ended_ || !pull_) return;
  Pull pull = std::move(*std::exchange(pull_, std::nullopt));
  if (!answer.ok()) return pull.done(answer.error());
  if (answer->pages.empty()) return pull.done(Error{Code::kNotFound, "no such conversation"});
  const Page& page = answer->pages.front().page;
  const auto found = readings_.find(from.conversation);
  for (const EntryPtr& entry : page.entries) {
    if (outlet_.congested()) return pull.done(PullOutcome{false, pull.count});
    LiveEntry live(entry);
    Reading* reading = found == readings_.end() ? nullptr : &found->second;
    if (reading && reading->known && entry->seq == reading->pushed.next() && may_push()) {
      push(*reading, live);
    } else {
      outlet_.push(live, entry->sender == who_.user);
    }
    ++pull.count;
  }
  pull.done(PullOutcome{page.through >= page.head, pull.count});
  pump();
}

// Of each conversation the newest that has arrived stands for what is before it.
void Session::mark_read() {
  if (to_mark_.empty()) return;
  std::vector<SeenEntry> arrived;
  std::erase_if(to_mark_, [&](const SeenEntry& given) {
    const auto found = readings_.find(given.id.conversation());
    if (found != readings_.end() && found->second.acked < given.id.seq()) return false;
    if (found != readings_.end()) arrived.push_back(given);
    return true;
  });
  std::ranges::sort(arrived, {}, &SeenEntry::id);
  for (auto one = arrived.begin(); one != arrived.end(); ++one)
    if (std::next(one) == arrived.end() ||
        std::next(one)->id.conversation() != one->id.conversation())
      mark_(*one);
}

void Session::settle_pull() {
  if (!pull_ || pull_->from_place) return;
  const bool spent = pull_->remaining == 0;
  const bool more = catch_up_.any([](ConversationId) { return true; });
  if (pull_->remaining > 0 && !stopped_.empty()) return;
  if (!spent && (reading_now_ || (more && may_push()))) return;
  Pull pull = std::move(*std::exchange(pull_, std::nullopt));
  pull.done(PullOutcome{!more && !reading_now_, pull.count});
}

}  // namespace mpim
