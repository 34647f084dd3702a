// The admin service's calls that read logs back, and take messages back.
#include "server/service/admin/admin_change.h"
#include "server/service/message_service.h"

namespace mpim {
namespace {

Result<ConversationId> conversation_of(Store& store, const LogChoice& of) {
  if (const auto* const id = std::get_if<ConversationId>(&of)) return *id;
  if (const auto* const group = std::get_if<GroupId>(&of)) {
    MPIM_TRY(const Group found, store.groups().find(*group));
    return found.conversation;
  }
  const auto& [a, b] = std::get<std::pair<UserChoice, UserChoice>>(of);
  MPIM_TRY(const Account one, resolve(store, a));
  MPIM_TRY(const Account other, resolve(store, b));
  Result<ConversationId> talk = store.log().conversation_of(one.id, Recipient(other.id));
  if (!talk.ok() && talk.error().code == Code::kNotFound)
    return Error{Code::kNotFound, one.name + " and " + other.name + " never talked"};
  return talk;
}

LogPage shown(Store& store, HistoryPage page) {
  NameLookup names(store);
  for (const EntryPtr& entry : page.entries) {
    names.user(entry->sender);
    names.user(entry->subject);
  }
  return {std::move(page), names.take()};
}

LogPage alone(Store& store, EntryPtr entry) {
  HistoryPage page;
  page.conversation = entry->conversation;
  page.entries.push_back(std::move(entry));
  return shown(store, std::move(page));
}

}  // namespace

void AdminService::read_history(LogChoice of, bool forwards, std::optional<Seq> bound,
                                uint32_t count_max, Reply<LogPage> reply) {
  auto job = [of = std::move(of), forwards, bound, count_max](Store& store) -> Result<LogPage> {
    MPIM_TRY(const ConversationId talk, conversation_of(store, of));
    const HistoryQuestion question{
        .of = talk, .forwards = forwards, .bound = bound, .since = {}, .count_max = count_max};
    MPIM_TRY(HistoryPage page, mpim::read_history(store, kSystemUser, question));
    return shown(store, std::move(page));
  };
  storage_.read(std::move(job), std::move(reply));
}

void AdminService::recall_message(const Operator& by, MessageId id, bool dry_run,
                                  Reply<LogPage> reply) {
  auto look = [id](Store& store) -> Result<LogPage> {
    MPIM_TRY(EntryPtr entry, store.log().find(id));
    if (entry->kind != EntryKind::kMessage)
      return Error{Code::kBadRequest, std::to_string(id.value) + " is no message"};
    if (entry->state == EntryState::kRecalled)
      return Error{Code::kConflict,
                   "message " + std::to_string(id.value) + " was recalled already"};
    return alone(store, std::move(entry));
  };
  if (dry_run) return storage_.read(std::move(look), std::move(reply));
  auto job = [id, look, now = home_.clock().wall()](Store& store) -> Result<Changed<LogPage>> {
    MPIM_TRY(LogPage before, look(store));
    MPIM_TRY(Appended appended,
             store.log().change(
                 {.of = id, .by = kSystemUser, .device = {}, .recall = true, .text = {}}, now));
    Changed<LogPage> changed{.answer = std::move(before),
                             .subject = "message " + std::to_string(id.value)};
    changed.entries.push_back(std::move(appended));
    return changed;
  };
  change(by, "RecallMessage", std::move(job), std::move(reply));
}

void AdminService::get_receipts(MessageId id, UserId after, uint32_t count_max,
                                Reply<std::pair<Receipts, ShownNames>> reply) {
  auto job = [id, after, count_max](Store& store) -> Result<std::pair<Receipts, ShownNames>> {
    MPIM_TRY(const EntryPtr entry, store.log().find(id));
    MPIM_TRY(Receipts receipts, store.cursors().receipts(entry->sender, id, after, count_max));
    NameLookup names(store);
    for (const ReceiptMark& mark : receipts.marks) names.user(mark.user);
    return std::pair(std::move(receipts), names.take());
  };
  storage_.read(std::move(job), std::move(reply));
}

}  // namespace mpim
