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

Result<bool> SearchFollower::step() {
  if (!started_) MPIM_CHECKED(start());
  Batch batch;
  batch.reach = indexed_;
  const auto full = [&] {
    return batch.entries >= options_.batch_entries || batch.bytes >= kStepBytes;
  };
  while (!batch.at_end && !full()) MPIM_CHECKED(looking(log_, [&] { return read_page(batch); }));
  if (batch.entries == 0) return rest();
  MPIM_CHECKED(index_.add(each_once(std::move(batch.texts)), batch.reach));
  indexed_ = batch.reach;
  untidy_ = kTidyRounds;
  return full();
}

Result<void> SearchFollower::start() {
  MPIM_TRY(const IndexMark mark, index_.mark());
  std::string epoch;
  MPIM_CHECKED(looking(log_, [&]() -> Result<void> {
    MPIM_TRY(epoch, log_.epoch());
    MPIM_TRY(last_, log_.last_pos());
    return {};
  }));
  const bool ours = mark.epoch == epoch && mark.pos <= last_;
  if (!ours) {
    log_info("search.index_begun", {{"entries", last_.load()}});
    MPIM_CHECKED(index_.start_over(epoch));
  }
  indexed_ = ours ? mark.pos : 0;
  started_ = true;
  return {};
}

Result<void> SearchFollower::read_page(Batch& batch) {
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
