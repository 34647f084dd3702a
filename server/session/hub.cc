#include "server/session/hub.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "server/telemetry/metrics.h"

namespace mpim {

namespace {

Result<PrivateChanges> changes_since(Store& store, UserId user, std::optional<uint64_t> since) {
  if (since) return store.people().changes_since(user, *since, Hub::kChangesMax);
  PrivateChanges none;
  MPIM_TRY(none.version, store.people().version(user));
  return none;
}

bool is_away(Code code) { return code == Code::kUnavailable || code == Code::kUnknown; }

// Runs a task once nobody holds it any more.
class Last {
 public:
  explicit Last(Task task) : task_(std::move(task)) {}
  ~Last() {
    if (task_) task_();
  }
  Last(const Last&) = delete;
  Last& operator=(const Last&) = delete;

 private:
  Task task_;
};

}  // namespace

Hub::Hub(Executor& home, Storage& storage, SessionLimits limits, Millis cursor_flush,
         uint64_t first, uint64_t step)
    : home_(home),
      storage_(storage),
      limits_(limits),
      cursor_flush_(cursor_flush),
      next_id_(first),
      step_(step),
      watches_(
          home, storage,
          [this](SessionId id) {
            const Session* const session = find(id);
            return session == nullptr ? UserId() : session->who().user;
          },
          [this](SessionId id, const PresenceSignal& signal) {
            if (Session* const session = find(id)) session->signal(signal);
          }) {}

Hub::~Hub() { home_.cancel(tick_timer_); }

SessionId Hub::open(const SessionIdentity& who, AckMode ack, SyncMode sync, Outlet& outlet,
                    Opened opened, std::optional<uint64_t> since) {
  const SessionId id(std::exchange(next_id_, next_id_ + step_));
  Held held;
  held.session =
      std::make_shared<Session>(id, who, ack, sync, home_, storage_, outlet, limits_, news_);
  held.opened = std::move(opened);
  sessions_.emplace(id, std::move(held));
  by_user_[who.user].push_back(id);
  ++loading_;
  storage_.read<Arrival>(
      [who, since, first = first_pages(sync)](Store& store) -> Result<Arrival> {
        // A later log-in, or an operator, may have told everybody before this session was
        // registered: it learns of it here.
        MPIM_CHECKED(store.accounts().check_current(who.user, who.device, who.generation));
        Arrival arrival;
        MPIM_TRY(arrival.own, changes_since(store, who.user, since));
        MPIM_TRY(arrival.inbox, store.cursors().inbox(who.user, who.device, first));
        return arrival;
      },
      Reply<Arrival>(home_, [this, id, alive = std::weak_ptr(alive_)](Result<Arrival> arrival) {
        if (!alive.expired()) on_arrival(id, std::move(arrival));
      }));
  if (!tick_timer_) tick();
  return id;
}

// A device that is pushed to by itself has its backlog read with its inbox.
FirstPages Hub::first_pages(SyncMode sync) const {
  if (sync == SyncMode::kManual) return {};
  return {std::min(limits_.page_entries, limits_.in_flight_max), limits_.page_bytes,
          limits_.window_max};
}

void Hub::on_arrival(SessionId id, Result<Arrival> arrival) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;  // closed meanwhile, and counted down there
  Held& held = found->second;
  held.loading = false;
  --loading_;
  Opened opened = std::move(held.opened);
  if (!arrival.ok()) {
    close(id);
    return opened(arrival.error());
  }
  const Inbox& inbox = arrival->inbox;
  for (const Standing& standing : inbox.standings) {
    if (!standing.group || !standing.member) continue;
    listen(held, standing.conversation);
    const auto heard = heard_while_loading_.find(standing.conversation);
    if (heard == heard_while_loading_.end()) continue;
    held.session->on_head(standing.conversation, heard->second);
    by_group_[standing.conversation].members_version = 0;  // he may have left meanwhile: ask
  }
  if (loading_ == 0) heard_while_loading_.clear();
  const auto session = held.session;
  session->on_inbox(inbox);
  opened(InboxCounts{inbox.pending, inbox.unread, std::move(arrival->own)});
  session->begin(inbox.first_pages);
}

void Hub::close(SessionId id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  Held held = std::move(found->second);
  if (held.loading && --loading_ == 0) heard_while_loading_.clear();
  for (const ConversationId group : std::vector(held.groups)) unlisten(held, group);
  watches_.remove_all(id);
  sessions_.erase(found);
  const UserId user = held.session->who().user;
  std::erase(by_user_[user], id);
  if (by_user_[user].empty()) by_user_.erase(user);
  settle(*held.session);
}

void Hub::send_with(Task send, size_t sessions_min) {
  send_ = std::move(send);
  send_sessions_min_ = sessions_min;
}

void Hub::settle(SessionId id) {
  if (Session* session = find(id)) settle(*session);
}

void Hub::settle(Session& session) {
  DeviceMoves row = moves_of(session);
  row.ack.own = session.unsettled_own();
  if (row.ack.moves.empty() && row.ack.own.empty()) return;
  store_moves({std::move(row)}, {});
}

Session* Hub::find(SessionId id) {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second.session.get();
}

std::vector<const Session*> Hub::sessions() const {
  std::vector<const Session*> all;
  all.reserve(sessions_.size());
  for (const auto& [id, held] : sessions_) all.push_back(held.session.get());
  std::ranges::sort(all, {}, [](const Session* session) { return session->id(); });
  return all;
}

void Hub::listen(Held& held, ConversationId group) {
  if (std::ranges::find(held.groups, group) != held.groups.end()) return;
  held.groups.push_back(group);
  Listeners& listeners = by_group_[group];
  listeners.sessions.push_back(held.session->id());
  listeners.joined_while_asking = true;
}

void Hub::unlisten(Held& held, ConversationId group) {
  std::erase(held.groups, group);
  const auto found = by_group_.find(group);
  if (found == by_group_.end()) return;
  std::erase(found->second.sessions, held.session->id());
  if (by_group_.size() > kGroupsRemembered)
    std::erase_if(by_group_, [](const auto& row) {
      return row.second.sessions.empty() && !row.second.asking;
    });
}

Hub::DeviceMoves Hub::moves_of(Session& session) {
  const SessionIdentity& who = session.who();
  return {session.id(), {who.user, who.device, who.generation, session.take_moves(), {}}};
}

void Hub::flush_cursors(Task done) {
  std::vector<DeviceMoves> moved;
  for (const SessionId id : std::exchange(news_.moved, {})) {
    Session* session = find(id);
    if (session == nullptr) continue;
    DeviceMoves row = moves_of(*session);
    if (!row.ack.moves.empty()) moved.push_back(std::move(row));
  }
  if (moved.empty() && !done) return;
  store_moves(std::move(moved), std::move(done));
}

void Hub::store_moves(std::vector<DeviceMoves> moved, Task done) {
  const auto rows = std::make_shared<std::vector<DeviceMoves>>(std::move(moved));
  storage_.write<MovesStored>(
      ConversationId{},
      [rows, now = home_.clock().wall()](Store& store) -> Result<MovesStored> {
        MovesStored all;
        for (const DeviceMoves& row : *rows) {
          const Result<AckStored> stored = store_ack(store.cursors(), row.ack, now);
          if (stored.ok()) {
            all.told.insert(all.told.end(), stored->told.begin(), stored->told.end());
            continue;
          }
          // A device that logged in again elsewhere, or is gone, keeps what it has.
          if (stored.error().code != Code::kReplaced) return stored.error();
          all.replaced.push_back(row.session);
        }
        return all;
      },
      Reply<MovesStored>(home_, [this, rows, done = std::move(done), alive = std::weak_ptr(alive_)](
                                    const Result<MovesStored>& stored) mutable {
        const bool here = !alive.expired();
        if (stored.ok()) {
          count(Counter::kCursorWrites, rows->size());
          if (here) on_stored(*stored);
        } else if (here && keep_acks_ && is_away(stored.error().code)) {
          return keep_moves(std::move(*rows), std::move(done));
        } else if (here) {
          lose_moves(*rows);
        }
        if (done) done();
      }));
}

// To store them twice changes nothing: that is not known after kUnknown. What is not known by its
// time cannot wait: another entry may stand in its place by then.
void Hub::keep_moves(std::vector<DeviceMoves> rows, Task done) {
  lose_unknown(rows);
  const auto last = std::make_shared<Last>(std::move(done));
  for (size_t at = 0; at < rows.size(); at += kKeptTogether) {
    const auto end =
        rows.begin() + static_cast<ptrdiff_t>(std::min(at + kKeptTogether, rows.size()));
    std::vector<DeviceMoves> part(rows.begin() + static_cast<ptrdiff_t>(at), end);
    std::vector<Ack> acks;
    for (const DeviceMoves& row : part) acks.emplace_back(row.ack);
    keep_acks_(std::move(acks),
               Reply<bool>(home_, [this, part = std::move(part), last,
                                   alive = std::weak_ptr(alive_)](const Result<bool>& kept) {
                 if (kept.ok()) {
                   count(Counter::kIntakeAcksQueued, part.size());
                   return;
                 }
                 count(Counter::kIntakeAcksNotKept, part.size());
                 if (!alive.expired()) lose_moves(part);
               }));
  }
}

void Hub::lose_unknown(std::vector<DeviceMoves>& rows) {
  const auto unknown = [](const auto& each) { return each.at.ms == 0; };
  std::vector<DeviceMoves> lost;
  for (DeviceMoves& row : rows) {
    std::vector<CursorMove>& moves = row.ack.moves;
    const size_t own = std::erase_if(row.ack.own, unknown);
    const auto kept_end = std::stable_partition(moves.begin(), moves.end(), std::not_fn(unknown));
    if (own == 0 && kept_end == moves.end()) continue;
    count(Counter::kIntakeAcksNotKept);
    lost.push_back({row.session, row.ack});
    lost.back().ack.moves.assign(kept_end, moves.end());
    moves.erase(kept_end, moves.end());
  }
  std::erase_if(
      rows, [](const DeviceMoves& row) { return row.ack.moves.empty() && row.ack.own.empty(); });
  lose_moves(lost);
}

void Hub::lose_moves(const std::vector<DeviceMoves>& rows) {
  for (const DeviceMoves& row : rows)
    if (Session* session = find(row.session)) session->moves_lost(row.ack.moves);
}

void Hub::on_stored(const MovesStored& stored) {
  if (tell_receipts_ && !stored.told.empty()) tell_receipts_(stored.told);
  // Whoever took over told this node, and that was lost: nothing this session does counts any more.
  for (const SessionId id : stored.replaced)
    if (Session* session = find(id)) session->end(replaced_elsewhere());
}

// Two clocks in one: redelivery ticks, and every so many of them a flush of cursors.
void Hub::tick() {
  for (const SessionId id : std::exchange(news_.in_flight, {}))
    if (Session* session = find(id)) session->on_tick();
  const Instant now = home_.clock().steady();
  if (now - flushed_at_ >= cursor_flush_) {
    flushed_at_ = now;
    flush_cursors();
  }
  tick_timer_ = home_.after(std::min(limits_.redelivery.tick, cursor_flush_), [this] { tick(); });
}

}  // namespace mpim
