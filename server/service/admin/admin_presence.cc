// The admin service's calls about who is there, and what people talk in.
#include <algorithm>

#include "server/service/admin/admin_change.h"

namespace mpim {
namespace {

Timestamp last_seen(const std::vector<Device>& devices) {
  Timestamp newest;
  for (const Device& device : devices) newest = std::max(newest, device.seen_at);
  return newest;
}

Result<PresenceRow> presence_of(Store& store, const PresenceBoard& board, Account account) {
  MPIM_TRY(std::vector<Device> devices, store.accounts().devices(account.id));
  PresenceRow row{.account = std::move(account),
                  .state = PresenceState::kOffline,
                  .since = last_seen(devices),
                  .devices = std::move(devices)};
  if (const std::optional<PresenceSignal> now = board.of(row.account.id)) {
    row.state = now->state;
    row.since = now->since;
  }
  return row;
}

}  // namespace

void AdminService::list_presence(std::vector<UserChoice> users, UserId after, uint32_t count_max,
                                 Reply<Listing<PresenceRow>> reply) {
  if (board_ == nullptr)
    return reply(Error{Code::kUnavailable, "this node does not keep who is there"});
  const bool chosen = !users.empty();
  auto job = [&board = *board_, chosen, users = std::move(users), after,
              count_max](Store& store) -> Result<Listing<PresenceRow>> {
    std::vector<PresenceRow> rows;
    for (const UserChoice& user : users) {
      MPIM_TRY(Account account, resolve(store, user));
      MPIM_TRY(PresenceRow row, presence_of(store, board, std::move(account)));
      rows.push_back(std::move(row));
    }
    if (chosen) return Listing<PresenceRow>{.items = std::move(rows)};
    std::vector<PresenceSignal> present = board.present(after, count_max + 1);
    Listing<PresenceSignal> page = listing(std::move(present), count_max);
    for (const PresenceSignal& one : page.items) {
      Result<Account> account = resolve(store, one.user);
      if (!account.ok() && account.error().code == Code::kNotFound) continue;  // removed just now
      if (!account.ok()) return account.error();
      MPIM_TRY(PresenceRow row, presence_of(store, board, std::move(*account)));
      rows.push_back(std::move(row));
    }
    return Listing<PresenceRow>{.items = std::move(rows), .more = page.more};
  };
  storage_.read(std::move(job), std::move(reply));
}

void AdminService::list_conversations(UserChoice user, MessageId before, uint32_t count_max,
                                      Reply<Listing<ConversationRow>> reply) {
  auto job = [user = std::move(user), before,
              count_max](Store& store) -> Result<Listing<ConversationRow>> {
    MPIM_TRY(const Account account, resolve(store, user));
    MPIM_TRY(std::vector<ConversationRow> rows,
             store.cursors().conversations(account.id, before, count_max + 1));
    Listing<ConversationRow> page = listing(std::move(rows), count_max);
    NameLookup names(store);
    for (const ConversationRow& row : page.items) {
      names.user(row.peer);
      if (row.last) names.user(row.last->sender);
    }
    page.names = names.take();
    return page;
  };
  storage_.read(std::move(job), std::move(reply));
}

}  // namespace mpim
