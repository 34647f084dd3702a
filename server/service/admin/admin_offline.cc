// The admin service's calls about offline queues: what lies above the delivered cursors of devices.
#include <algorithm>

#include "server/service/admin/admin_change.h"

namespace mpim {
namespace {

constexpr uint32_t kStatsPage = 1'000;

Result<OfflineFilter> filter_of(Store& store, const OfflineChoice& which) {
  OfflineFilter filter{.user = {}, .device = {}, .conversation = which.conversation};
  if (!which.user) {
    if (which.device_name.empty()) return filter;
    return Error{Code::kBadRequest, "a device name needs a user: device names are each user's own"};
  }
  MPIM_TRY(const Account account, resolve(store, *which.user));
  filter.user = account.id;
  if (!which.device_name.empty()) {
    MPIM_TRY(const Device device, device_named(store, account, which.device_name));
    filter.device = device.id;
  }
  return filter;
}

Result<void> check_order(const OfflineChoice& which, const MoveOrder& order) {
  if (order.purge && (order.last != 0 || order.to != Seq{}))
    return Error{Code::kBadRequest, "a purge goes to the head: leave out `to` and `last`"};
  if (!which.user && !which.conversation)
    return Error{Code::kBadRequest, "say which user or which conversation is meant"};
  if (!order.purge && order.last == 0 && !which.conversation)
    return Error{Code::kBadRequest,
                 "say how many of the newest entries (`last`), or a conversation"};
  return {};
}

Error too_many() {
  return {Code::kLimit, "this would move more than " + std::to_string(AdminService::kMovesMax) +
                            " cursors: choose a user, a device or a conversation"};
}

// Whose cursors a replay may move, ascending.
Result<std::vector<UserId>> users_of(Store& store, const OfflineFilter& filter) {
  if (filter.user) return std::vector{filter.user};
  MPIM_TRY(const Audience audience, store.log().audience(filter.conversation));
  if (audience.direct()) {
    std::vector<UserId> both{audience.one, audience.other};
    std::ranges::sort(both);
    both.erase(std::unique(both.begin(), both.end()), both.end());
    return both;
  }
  MPIM_TRY(const std::vector<Member> members,
           store.groups().members(audience.group, {}, AdminService::kMovesMax + 1));
  if (members.size() > AdminService::kMovesMax) return too_many();
  std::vector<UserId> users;
  for (const Member& member : members) users.push_back(member.user);
  return users;
}

Result<std::vector<Standing>> standings_of(Store& store, const Device& device, ConversationId of) {
  if (!of) {
    MPIM_TRY(Inbox inbox, store.cursors().inbox(device.user, device.id, {}));
    return std::move(inbox.standings);
  }
  MPIM_TRY(Standing standing, store.cursors().standing(device.user, device.id, of));
  return std::vector{standing};
}

// Where a replay puts a cursor: never forward, and never below what is kept.
Seq replayed_to(const Standing& standing, const MoveOrder& order) {
  const uint64_t newest = standing.head.value - std::min<uint64_t>(order.last, standing.head.value);
  const uint64_t wanted = order.last != 0 ? newest : order.to.value;
  const uint64_t kept_after = standing.floor.value == 0 ? 0 : standing.floor.value - 1;
  return std::min(Seq(std::max(wanted, kept_after)), standing.delivered);
}

Result<void> plan_device(Store& store, const Device& device, const OfflineFilter& filter,
                         const MoveOrder& order, std::vector<MovedCursor>& plan) {
  MPIM_TRY(const std::vector<Standing> standings, standings_of(store, device, filter.conversation));
  for (const Standing& standing : standings) {
    const Seq to = replayed_to(standing, order);
    if (to == standing.delivered) continue;
    const OfflineRow row{.user = device.user,
                         .device = device.id,
                         .conversation = standing.conversation,
                         .group = standing.group,
                         .peer = standing.peer,
                         .delivered = standing.delivered,
                         .head = standing.head,
                         .pending = standing.head.value - standing.delivered.value};
    plan.push_back({row, to});
  }
  return plan.size() > AdminService::kMovesMax ? Result<void>(too_many()) : Result<void>();
}

Result<std::vector<MovedCursor>> plan_replay(Store& store, const OfflineFilter& filter,
                                             const MoveOrder& order) {
  std::vector<MovedCursor> plan;
  MPIM_TRY(const std::vector<UserId> users, users_of(store, filter));
  for (const UserId user : users) {
    MPIM_TRY(std::vector<Device> devices, store.accounts().devices(user));
    std::ranges::sort(devices, {}, &Device::id);
    for (const Device& device : devices) {
      if (filter.device && filter.device != device.id) continue;
      MPIM_CHECKED(plan_device(store, device, filter, order, plan));
    }
  }
  return plan;
}

Result<std::vector<MovedCursor>> plan_purge(Store& store, const OfflineFilter& filter) {
  MPIM_TRY(const std::vector<OfflineRow> rows,
           store.cursors().offline(filter, std::nullopt, AdminService::kMovesMax + 1));
  if (rows.size() > AdminService::kMovesMax) return too_many();
  std::vector<MovedCursor> plan;
  for (const OfflineRow& row : rows) plan.push_back({row, row.head});
  return plan;
}

void name_row(NameLookup& names, const OfflineRow& row) {
  names.user(row.user);
  names.user(row.peer);
  names.devices_of(row.user);
}

Result<Listing<MovedCursor>> plan_of(Store& store, const OfflineChoice& which,
                                     const MoveOrder& order) {
  MPIM_TRY(const OfflineFilter filter, filter_of(store, which));
  MPIM_TRY(std::vector<MovedCursor> plan,
           order.purge ? plan_purge(store, filter) : plan_replay(store, filter, order));
  NameLookup names(store);
  for (const MovedCursor& moved : plan) name_row(names, moved.row);
  return Listing<MovedCursor>{.items = std::move(plan), .names = names.take()};
}

// Reads one conversation from where the device stands there. Counts down `room`.
Result<bool> read_one(Store& store, const Standing& standing, UserId user, Seq after, size_t& room,
                      std::vector<EntryPtr>& into) {
  if (after >= standing.head) return false;
  if (room == 0) return true;
  MPIM_TRY(Page page, store.log().after(user, standing.conversation, after,
                                        static_cast<uint32_t>(room), AdminService::kReadBytes));
  room -= page.entries.size();
  for (EntryPtr& entry : page.entries) into.push_back(std::move(entry));
  return page.through < page.head;
}

}  // namespace

void AdminService::offline_stats(Reply<OfflineStats> reply) {
  count_offline({}, std::nullopt, {}, std::move(reply));
}

// Page after page, each a read of its own: a count of everything must not hold one snapshot open.
void AdminService::count_offline(OfflineStats so_far, std::optional<OfflineRow> after,
                                 std::unordered_map<ConversationId, bool> seen,
                                 Reply<OfflineStats> reply) {
  auto job = [after](Store& store) { return store.cursors().offline({}, after, kStatsPage); };
  auto read = [this, so_far, after, seen = std::move(seen),
               reply = std::move(reply)](Result<std::vector<OfflineRow>> rows) mutable {
    if (!rows.ok()) return reply(rows.error());
    for (const OfflineRow& row : *rows) {
      if (!after || after->user != row.user) ++so_far.users;
      if (!after || after->device != row.device) ++so_far.devices;
      seen.emplace(row.conversation, true);
      so_far.pending += row.pending;
      after = row;
    }
    so_far.conversations = seen.size();
    if (rows->size() < kStatsPage) return count_deviceless(so_far, {}, std::move(reply));
    count_offline(so_far, after, std::move(seen), std::move(reply));
  };
  storage_.read(std::move(job), Reply<std::vector<OfflineRow>>(home_, std::move(read)));
}

void AdminService::count_deviceless(OfflineStats so_far, UserId after, Reply<OfflineStats> reply) {
  struct Counted {
    uint64_t without = 0;
    UserId last;  // none: that was the end
  };
  auto job = [after](Store& store) -> Result<Counted> {
    Counted counted;
    MPIM_TRY(const std::vector<Account> accounts, store.accounts().list(after, kStatsPage));
    for (const Account& account : accounts) {
      MPIM_TRY(const std::vector<Device> devices, store.accounts().devices(account.id));
      if (devices.empty()) ++counted.without;
    }
    if (accounts.size() == kStatsPage) counted.last = accounts.back().id;
    return counted;
  };
  auto read = [this, so_far, reply = std::move(reply)](Result<Counted> counted) mutable {
    if (!counted.ok()) return reply(counted.error());
    so_far.users_without_device += counted->without;
    if (!counted->last) return reply(so_far);
    count_deviceless(so_far, counted->last, std::move(reply));
  };
  storage_.read(std::move(job), Reply<Counted>(home_, std::move(read)));
}

void AdminService::list_offline(OfflineChoice which, std::optional<OfflineRow> after,
                                uint32_t count_max, Reply<Listing<OfflineRow>> reply) {
  auto job = [which = std::move(which), after,
              count_max](Store& store) -> Result<Listing<OfflineRow>> {
    MPIM_TRY(const OfflineFilter filter, filter_of(store, which));
    MPIM_TRY(std::vector<OfflineRow> rows, store.cursors().offline(filter, after, count_max + 1));
    Listing<OfflineRow> page = listing(std::move(rows), count_max);
    NameLookup names(store);
    for (const OfflineRow& row : page.items) name_row(names, row);
    page.names = names.take();
    return page;
  };
  storage_.read(std::move(job), std::move(reply));
}

void AdminService::read_offline(UserChoice user, std::string device_name,
                                ConversationId conversation, Seq after, uint32_t count_max,
                                Reply<Listing<EntryPtr>> reply) {
  if (after != Seq{} && !conversation)
    return reply(
        Error{Code::kBadRequest, "`after` needs a conversation: seqs count in each by itself"});
  auto job = [user = std::move(user), device_name = std::move(device_name), conversation, after,
              count_max](Store& store) -> Result<Listing<EntryPtr>> {
    MPIM_TRY(const Account account, resolve(store, user));
    MPIM_TRY(const Device device, device_named(store, account, device_name));
    MPIM_TRY(const std::vector<Standing> standings, standings_of(store, device, conversation));
    Listing<EntryPtr> found;
    size_t room = count_max;
    for (const Standing& standing : standings) {
      const Seq from = after == Seq{} ? standing.delivered : after;
      MPIM_TRY(const bool more, read_one(store, standing, account.id, from, room, found.items));
      found.more = found.more || more;
    }
    NameLookup names(store);
    for (const EntryPtr& entry : found.items) {
      names.user(entry->sender);
      names.user(entry->subject);
    }
    found.names = names.take();
    return found;
  };
  storage_.read(std::move(job), std::move(reply));
}

void AdminService::move_offline(const Operator& by, OfflineChoice which, MoveOrder order,
                                bool dry_run, Reply<Listing<MovedCursor>> reply) {
  const Result<void> clear = check_order(which, order);
  if (!clear.ok()) return reply(clear.error());
  if (!dry_run) return move(by, which, order, std::move(reply));
  auto look = [which = std::move(which), order](Store& store) {
    return plan_of(store, which, order);
  };
  storage_.read(std::move(look), std::move(reply));
}

void AdminService::move(const Operator& by, const OfflineChoice& which, const MoveOrder& order,
                        Reply<Listing<MovedCursor>> reply) {
  auto job = [which, order](Store& store) -> Result<Changed<Listing<MovedCursor>>> {
    MPIM_TRY(Listing<MovedCursor> plan, plan_of(store, which, order));
    Changed<Listing<MovedCursor>> changed{.answer = {},
                                          .subject = std::string(order.purge ? "purge" : "replay") +
                                                     " of " + std::to_string(plan.items.size()) +
                                                     " cursors"};
    for (const MovedCursor& moved : plan.items) {
      const OfflineRow& row = moved.row;
      MPIM_CHECKED(store.cursors().set_delivered(row.device, row.conversation, moved.to));
      changed.told.emplace_back(row.user, CursorsRewound{row.user, row.device, row.conversation});
    }
    changed.answer = std::move(plan);
    return changed;
  };
  change(by, "MoveOffline", std::move(job), std::move(reply));
}

}  // namespace mpim
