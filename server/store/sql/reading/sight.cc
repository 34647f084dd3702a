#include "server/store/sql/reading/sight.h"

#include <algorithm>

namespace mpim {
namespace {

constexpr Sql kHidden =
    "SELECT seq FROM hidden WHERE user = ? AND conversation = ? AND seq > ? AND seq <= ?"
    " ORDER BY seq";
constexpr Sql kIsHidden = "SELECT 1 FROM hidden WHERE user = ? AND conversation = ? AND seq = ?";
constexpr Sql kHiddenBySomebody = "SELECT 1 FROM hidden WHERE conversation = ? AND seq = ? LIMIT 1";

// One reader's view of a page.
struct Viewer {
  Driver& driver;
  const LogLook& look;
  UserId reader;
  std::span<const SeqInterval> memberships;
  Seq after;
  std::vector<Seq> hidden;  // of those above `after`, as far as the page goes

  Result<bool> hid(MessageId message) {
    if (message.seq() > after) return std::ranges::binary_search(hidden, message.seq());
    return is_hidden_by(driver, reader, message);
  }
  // Null: he does not see it.
  Result<EntryPtr> seen(EntryPtr entry) {
    MPIM_TRY(const bool gone, hid(entry->id()));
    if (gone) return EntryPtr();
    if (entry->kind != EntryKind::kEdit) return as_seen(std::move(entry), memberships);
    const MessageId of(entry->conversation, entry->ref);
    if (!in_sight(memberships, entry->ref)) return EntryPtr();
    MPIM_TRY(const bool changed_gone, hid(of));
    if (changed_gone) return EntryPtr();
    Result<EntryPtr> edited = entry_at(driver, look, of);
    if (!edited.ok() && edited.error().code != Code::kNotFound) return edited.error();
    Entry shown = *entry;
    if (edited.ok()) shown.text = as_seen(*std::move(edited), memberships)->text;
    return EntryPtr(std::make_shared<const Entry>(std::move(shown)));
  }
};

}  // namespace

bool in_sight(std::span<const SeqInterval> memberships, Seq seq) {
  return std::ranges::any_of(
      memberships, [seq](const SeqInterval& in) { return seq > in.from && seq <= in.to; });
}

EntryPtr as_seen(EntryPtr entry, std::span<const SeqInterval> memberships) {
  const bool edited = entry->kind == EntryKind::kMessage && entry->state == EntryState::kEdited;
  if (!edited || entry->ref == Seq() || in_sight(memberships, entry->ref)) return entry;
  Entry without = *entry;
  without.text.clear();
  return std::make_shared<const Entry>(std::move(without));
}

Result<void> show_to(Driver& driver, const LogLook& look, UserId reader,
                     std::span<const SeqInterval> memberships, Seq after,
                     std::vector<EntryPtr>& entries) {
  if (entries.empty()) return {};
  const SeqInterval page{after, entries.back()->seq};
  MPIM_TRY(std::vector<Seq> hidden, hidden_by(driver, reader, entries.front()->conversation, page));
  Viewer viewer{driver, look, reader, memberships, after, std::move(hidden)};
  std::vector<EntryPtr> shown;
  shown.reserve(entries.size());
  for (EntryPtr& entry : entries) {
    MPIM_TRY(EntryPtr seen, viewer.seen(std::move(entry)));
    if (seen != nullptr) shown.push_back(std::move(seen));
  }
  entries = std::move(shown);
  return {};
}

Result<std::vector<Seq>> hidden_by(Driver& driver, UserId reader, ConversationId of,
                                   SeqInterval in) {
  std::vector<Seq> hidden;
  MPIM_TRY(Rows rows, driver.ask(kHidden, reader, of, in.from, in.to));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return hidden;
    hidden.push_back(rows.seq(0));
  }
}

Result<bool> is_hidden_by(Driver& driver, UserId reader, MessageId message) {
  MPIM_TRY(Rows rows, driver.ask(kIsHidden, reader, message.conversation(), message.seq()));
  return rows.next();
}

Result<bool> hidden_by_nobody(Driver& driver, MessageId message) {
  MPIM_TRY(Rows rows, driver.ask(kHiddenBySomebody, message.conversation(), message.seq()));
  MPIM_TRY(const bool found, rows.next());
  return !found;
}

}  // namespace mpim
