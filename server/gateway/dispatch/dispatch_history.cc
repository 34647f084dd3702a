// What was said: reading back, changing, hiding, and who has seen it.
#include <algorithm>
#include <span>

#include "server/core/page_bytes.h"
#include "server/gateway/dispatch/dispatch.h"

namespace mpim {
namespace {

// What was written at one moment stays in the order of the log.
void sort_by_time(std::vector<EntryPtr>& entries) {
  std::ranges::stable_sort(entries, {}, [](const EntryPtr& entry) { return time_of(*entry).ms; });
}

// So many of them go into one answer.
size_t fitting(std::span<const ConversationRow> rows) {
  uint64_t bytes = 0;
  size_t count = 0;
  while (count < rows.size() && bytes < kPageTextBytes) {
    const EntryPtr& last = rows[count++].last;
    if (last) bytes += last->text.size() + last->ext.size();
  }
  return count;
}

}  // namespace

void Dispatch::run(EditRequest request, const Asked& asked) {
  if (!may_change(asked)) return;
  const SessionIdentity& who = asked.peer->login->who;
  services_.messages.change({.of = request.message,
                             .by = who.user,
                             .device = who.device,
                             .text = std::move(request.text)},
                            own_entry_reply(asked));
}

void Dispatch::run(RecallRequest request, const Asked& asked) {
  if (!may_change(asked)) return;
  const SessionIdentity& who = asked.peer->login->who;
  services_.messages.change(
      {.of = request.message, .by = who.user, .device = who.device, .recall = true, .text = {}},
      own_entry_reply(asked));
}

void Dispatch::run(HideRequest request, const Asked& asked) {
  services_.messages.hide(
      caller_of(*asked.peer), request.message,
      answer_with<bool>(asked, [](bool, Peer&) -> Response { return AckedResponse{}; }));
}

void Dispatch::run(HistoryRequest request, const Asked& asked) {
  const Caller caller = caller_of(*asked.peer);
  HistoryQuestion question{.of = std::move(request.of),
                           .forwards = request.forwards,
                           .bound = request.bound,
                           .since = request.since,
                           .count_max = request.count_max};
  const bool by_time = request.by_time;
  services_.messages.history(
      caller, std::move(question),
      answer_with<HistoryPage>(
          asked, [reader = caller.user, by_time](HistoryPage page, Peer&) -> Response {
            if (by_time) sort_by_time(page.entries);
            return HistoryResponse{std::move(page), reader};
          }));
}

void Dispatch::run(ConversationsRequest request, const Asked& asked) {
  // One more than asked for tells whether there are more.
  const size_t asked_for = request.count_max;
  services_.messages.conversations(
      caller_of(*asked.peer), request.before, request.count_max + 1,
      answer_with<std::vector<ConversationRow>>(
          asked, [asked_for](std::vector<ConversationRow> rows, Peer&) -> Response {
            const size_t shown = std::min(asked_for, fitting(rows));
            const bool more = rows.size() > shown;
            if (more) rows.resize(shown);
            return ConversationsResponse{std::move(rows), more};
          }));
}

void Dispatch::run(ReceiptsRequest request, const Asked& asked) {
  services_.messages.receipts(
      caller_of(*asked.peer), request.message, request.after, request.count_max,
      answer_with<Receipts>(asked, [](Receipts receipts, Peer&) -> Response {
        return ReceiptsResponse{std::move(receipts)};
      }));
}

}  // namespace mpim
