#include "server/store/sql/search/follower.h"

#include <algorithm>

#include "server/store/sql/search/words.h"
#include "server/telemetry/log.h"

namespace mpim {
namespace {

// `work` between begin() and end().
template <class F>
auto looking(LogWindow& log, F work) -> decltype(work()) {
  MPIM_CHECKED(log.begin());
  auto answer = work();
  log.end();
  return answer;
}

// Ascending by id. Of a message that was read twice the later text counts.
std::vector<IndexedText> each_once(std::vector<IndexedText> texts) {
  std::ranges::stable_sort(texts, {}, &IndexedText::id);
  std::vector<IndexedText> once;
  once.reserve(texts.size());
  for (IndexedText& text : texts) {
    if (!once.empty() && once.back().id == text.id) once.pop_back();
    once.push_back(std::move(text));
  }
  return once;
}

}  // namespace

std::string_view why_anew(const IndexMark& mark, const LogIdentity& log, LogPos last) {
  if (mark.epoch != log.epoch)
    return "is of another database, or from before a restore or an erasure";
  if (mark.pos > last) return "reaches farther than the messages do";
  const LogPos gone = log.dropped - std::min(log.dropped, mark.base);
  const LogPos left = last - std::min(log.dropped, last);
  return gone > left ? "has more messages that are gone than that are left" : "";
}

Result<bool> SearchFollower::step() {
  if (!started_) MPIM_CHECKED(start());
  Batch batch;
  batch.reach = indexed_;
  const auto full = [&] {
    return batch.entries >= options_.batch_entries || batch.bytes >= kStepBytes;
  };
  while (!batch.at_end && !full()) MPIM_CHECKED(looking(log_, [&] { return read_page(batch); }));
  if (batch.stale) {
    started_ = false;
    return true;
  }
  if (batch.entries == 0) return rest();
  MPIM_CHECKED(index_.add(each_once(std::move(batch.texts)), batch.reach));
  indexed_ = batch.reach;
  untidy_ = kTidyRounds;
  return full();
}

Result<void> SearchFollower::start() {
  MPIM_TRY(begun_, index_.mark());
  LogIdentity log;
  MPIM_CHECKED(looking(log_, [&]() -> Result<void> {
    MPIM_TRY(log, log_.identity());
    MPIM_TRY(last_, log_.last_pos());
    return {};
  }));
  if (!why_anew(begun_, log, last_).empty()) {
    log_info("search.index_begun", {{"entries", last_ - log.dropped}});
    MPIM_CHECKED(index_.start_over(log.epoch, log.dropped));
    begun_ = {log.epoch, 0, log.dropped};
  }
  indexed_ = begun_.pos;
  started_ = true;
  return {};
}

Result<void> SearchFollower::read_page(Batch& batch) {
  MPIM_TRY(const LogIdentity log, log_.identity());
  if (!why_anew(begun_, log, last_).empty()) {
    batch.stale = batch.at_end = true;
    return {};
  }
  const uint32_t wanted = std::min(kPageEntries, options_.batch_entries - batch.entries);
  MPIM_TRY(const std::vector<PlacedEntry> page, log_.above(batch.reach, wanted, kPageBytes));
  for (const PlacedEntry& each : page) {
    const size_t before = batch.texts.size();
    MPIM_CHECKED(take(*each.entry, batch.texts));
    if (batch.texts.size() > before) batch.bytes += batch.texts.back().terms.size();
  }
  batch.entries += static_cast<uint32_t>(page.size());
  batch.at_end = page.empty();
  if (!page.empty()) batch.reach = page.back().pos;
  MPIM_TRY(last_, log_.last_pos());
  return {};
}

Result<void> SearchFollower::take(const Entry& entry, std::vector<IndexedText>& texts) {
  if (entry.kind == EntryKind::kEdit) {
    const Result<EntryPtr> edited = log_.entry(MessageId(entry.conversation, entry.ref));
    if (edited.ok() && (*edited)->kind == EntryKind::kMessage) return take(**edited, texts);
    return edited.ok() || edited.error().code == Code::kNotFound ? Result<void>()
                                                                 : Result<void>(edited.error());
  }
  if (entry.kind != EntryKind::kMessage || entry.text.empty()) return {};
  texts.push_back({entry.id(), index_terms(entry.text, entry.sender, options_.terms_max)});
  return {};
}

Result<bool> SearchFollower::rest() {
  if (untidy_ == 0) return false;
  MPIM_CHECKED(index_.tidy());
  return --untidy_ > 0;
}

}  // namespace mpim
