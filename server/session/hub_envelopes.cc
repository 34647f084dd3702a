// What an envelope means to this worker's sessions.
#include <algorithm>
#include <utility>

#include "server/session/hub.h"

namespace mpim {

void Hub::receive(const Envelope& envelope) {
  std::visit([this](const auto& kind) { on(kind); }, envelope);
}

namespace {

// A message to a group; nothing else may stand in a run.
const EntryCommitted* group_message(const EnvelopePtr& envelope) {
  const auto* const committed = std::get_if<EntryCommitted>(envelope.get());
  const bool fits = committed != nullptr && !committed->audience.direct() &&
                    committed->entry->kind == EntryKind::kMessage;
  return fits ? committed : nullptr;
}

// How many of these, from the first, are messages to one group with the same members.
size_t run_length(std::span<const EnvelopePtr> envelopes) {
  const EntryCommitted* const first = group_message(envelopes.front());
  if (first == nullptr) return 1;
  size_t length = 1;
  for (; length < envelopes.size(); ++length) {
    const EntryCommitted* const next = group_message(envelopes[length]);
    if (next == nullptr || next->audience.conversation != first->audience.conversation ||
        next->audience.members_version != first->audience.members_version)
      break;
  }
  return length;
}

}  // namespace

void Hub::receive(std::span<const EnvelopePtr> envelopes) {
  while (!envelopes.empty()) {
    const size_t length = run_length(envelopes);
    const bool to_group = group_message(envelopes.front()) != nullptr;
    if (!to_group || !offer_run(envelopes.first(length)))
      for (const EnvelopePtr& each : envelopes.first(length)) receive(*each);
    envelopes = envelopes.subspan(length);
  }
}

// Session by session, because each has its own memory to be fetched. False, and nothing is done,
// unless the list of listeners is known to be right.
bool Hub::offer_run(std::span<const EnvelopePtr> run) {
  const Audience& audience = std::get<EntryCommitted>(*run.front()).audience;
  const auto found = by_group_.find(audience.conversation);
  if (found == by_group_.end()) return false;
  Listeners& listeners = found->second;
  if (listeners.asking || listeners.members_version != audience.members_version) return false;
  std::vector<LiveEntry> entries;
  entries.reserve(run.size());
  for (const EnvelopePtr& each : run)
    entries.emplace_back(std::get<EntryCommitted>(*each).entry, true);
  Seq last;
  for (const LiveEntry& live : entries) last = std::max(last, live.entry->seq);
  note_while_loading(audience.conversation, last);
  listeners.offered = std::max(listeners.offered, last);
  const auto tell = [&](SessionId id) {
    Session* const session = find(id);
    if (session == nullptr) return;
    for (LiveEntry& live : entries) session->on_entry(live);
  };
  if (!may_send_in_parts(listeners.sessions.size())) {
    std::ranges::for_each(listeners.sessions, tell);
    return true;
  }
  const std::vector<SessionId> sessions = listeners.sessions;  // send_ may close some
  for (size_t i = 0; i < sessions.size(); ++i) {
    if (i % kSentTogether == 0) send_();
    tell(sessions[i]);
  }
  return true;
}

bool Hub::may_send_in_parts(size_t sessions) {
  if (!send_ || sessions < send_sessions_min_ || sent_in_this_turn_) return false;
  sent_in_this_turn_ = true;
  home_.post([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) sent_in_this_turn_ = false;
  });
  return true;
}

template <class Visit>
void Hub::each_of(UserId user, Visit visit) {
  const auto found = by_user_.find(user);
  if (found == by_user_.end()) return;
  for (const SessionId id : std::vector(found->second))
    if (const auto held = sessions_.find(id); held != sessions_.end()) visit(held->second);
}

void Hub::offer(SessionId id, LiveEntry& live) {
  if (Session* session = find(id)) session->on_entry(live);
}

void Hub::offer_to_user(UserId user, LiveEntry& live) {
  const auto found = by_user_.find(user);
  if (found == by_user_.end()) return;
  for (const SessionId id : found->second) offer(id, live);
}

namespace {

bool ends_one(EntryKind kind) { return kind == EntryKind::kLeave || kind == EntryKind::kKick; }

// Whether a list of listeners that was right at `known` still is, but for what `committed` itself
// changes. Of many who came in at once the entry names none: the store does.
bool in_step(uint64_t known, const EntryCommitted& committed) {
  const EntryKind kind = committed.entry->kind;
  const bool one_joined = kind == EntryKind::kJoin && committed.entry->subject;
  const bool changes =
      one_joined || ends_one(kind) || kind == EntryKind::kRole || kind == EntryKind::kDissolve;
  const uint64_t now = committed.audience.members_version;
  return known != 0 && (now <= known || (changes && now == known + 1));
}

}  // namespace

void Hub::note_while_loading(ConversationId group, Seq head) {
  if (loading_ == 0) return;
  Seq& heard = heard_while_loading_[group];
  heard = std::max(heard, head);
}

void Hub::on(const EntryCommitted& committed) {
  const Entry& entry = *committed.entry;
  const Audience& audience = committed.audience;
  LiveEntry live(committed.entry, !audience.direct());
  if (audience.direct()) {
    offer_to_user(audience.one, live);
    if (audience.other && audience.other != audience.one) offer_to_user(audience.other, live);
    return;
  }
  note_while_loading(entry.conversation, entry.seq);
  auto found = by_group_.find(entry.conversation);
  // An entry that was overtaken by a change of membership: the list is right without it, and who
  // may see it, the log knows.
  const bool overtaken =
      found != by_group_.end() && audience.members_version < found->second.members_version;
  if (entry.kind == EntryKind::kJoin && !overtaken)
    each_of(entry.subject, [&](Held& held) { listen(held, entry.conversation); });
  found = by_group_.find(entry.conversation);
  if (found == by_group_.end()) return;
  Listeners& listeners = found->second;
  if (listeners.asking || !in_step(listeners.members_version, committed))
    return refresh(audience, entry.seq);
  listeners.members_version = std::max(listeners.members_version, audience.members_version);
  listeners.offered = std::max(listeners.offered, entry.seq);
  for (const SessionId id : listeners.sessions) {
    if (!overtaken) {
      offer(id, live);
    } else if (Session* session = find(id)) {
      session->on_head(entry.conversation, entry.seq);
    }
  }
  if (overtaken) return;
  if (ends_one(entry.kind)) each_of(entry.subject, [&](Held& held) { let_go(held, entry); });
  if (entry.kind != EntryKind::kDissolve) return;
  for (const SessionId id : std::vector(listeners.sessions))
    if (const auto held = sessions_.find(id); held != sessions_.end()) let_go(held->second, entry);
}

// No sweep will tell him of this entry any more. If his own device made it, its +OK may have gone
// to an earlier session: then this one reads it.
void Hub::let_go(Held& held, const Entry& last) {
  unlisten(held, last.conversation);
  Session& session = *held.session;
  if (last.device && session.who().device == last.device)
    session.on_head(last.conversation, last.seq);
}

void Hub::on(const HeadMoved& moved) {
  const Audience& audience = moved.audience;
  if (audience.direct()) {
    const auto tell = [&](Held& held) { held.session->on_head(audience.conversation, moved.head); };
    each_of(audience.one, tell);
    if (audience.other != audience.one) each_of(audience.other, tell);
    return;
  }
  note_while_loading(audience.conversation, moved.head);
  const auto found = by_group_.find(audience.conversation);
  const bool right = found != by_group_.end() && !found->second.asking &&
                     found->second.members_version >= audience.members_version;
  if (right) {
    for (const SessionId id : found->second.sessions)
      if (Session* session = find(id)) session->on_head(audience.conversation, moved.head);
    return;
  }
  refresh(audience, moved.head);
}

Result<Hub::Place> Hub::place_of(Store& store, ConversationId conversation,
                                 const RecentMember& member) {
  if (member.still) return Place{member.user, true, {}};
  MPIM_TRY(const Standing standing,
           store.cursors().standing(member.user, DeviceId{}, conversation));
  return Place{member.user, false, standing.head};
}

// Which of `users` (ascending) belong to a group or did at `since` or later, asked the cheaper way
// round.
Result<Hub::Membership> Hub::membership_among(Store& store, const Audience& group, Seq since,
                                              const std::vector<UserId>& users) {
  constexpr uint32_t kPage = 1'000;
  Membership found;
  MPIM_TRY(const Audience now, store.log().audience(group.conversation));
  found.version = now.members_version;
  MPIM_TRY(const Group about, store.groups().find(group.group));
  if (about.members > users.size()) {
    for (const UserId user : users) {
      MPIM_TRY(const std::vector<RecentMember> one,
               store.groups().members_since(group.group, since, UserId(user.value - 1), 1));
      if (one.empty() || one.front().user != user) continue;
      MPIM_TRY(const Place place, place_of(store, group.conversation, one.front()));
      found.places.push_back(place);
    }
    return found;
  }
  for (UserId after;;) {
    MPIM_TRY(const std::vector<RecentMember> page,
             store.groups().members_since(group.group, since, after, kPage));
    for (const RecentMember& member : page) {
      if (!std::ranges::binary_search(users, member.user)) continue;
      MPIM_TRY(const Place place, place_of(store, group.conversation, member));
      found.places.push_back(place);
    }
    if (page.size() < kPage) return found;
    after = page.back().user;
  }
}

// The list of listeners may be wrong (a join or leave was not heard of): the store tells who
// belongs.
void Hub::refresh(const Audience& audience, Seq head) {
  Listeners& listeners = by_group_[audience.conversation];
  listeners.heard = std::max(listeners.heard, head);
  if (!listeners.asking) return ask_members(audience.conversation, audience.group);
  listeners.wanted = std::max(listeners.wanted, audience.members_version);
}

void Hub::ask_members(ConversationId conversation, GroupId group) {
  Listeners& listeners = by_group_[conversation];
  listeners.asking = true;
  listeners.joined_while_asking = false;
  listeners.wanted = 0;  // what was told of is committed: a read that begins now finds it
  std::vector<UserId> users;
  users.reserve(by_user_.size());
  for (const auto& [user, ids] : by_user_) users.push_back(user);
  std::ranges::sort(users);
  storage_.read<Membership>(
      [audience = Audience{conversation, group, {}, {}, 0}, since = listeners.offered,
       users = std::move(users)](Store& store) {
        return membership_among(store, audience, since, users);
      },
      Reply<Membership>(home_, [this, conversation, group,
                                alive = std::weak_ptr(alive_)](Result<Membership> membership) {
        if (alive.expired()) return;
        if (membership.ok()) return on_members(conversation, group, *membership);
        constexpr Millis kPause{500};
        home_.after(kPause, [this, conversation, group, alive] {
          if (!alive.expired()) ask_members(conversation, group);
        });
      }));
}

void Hub::on_members(ConversationId conversation, GroupId group, const Membership& membership) {
  Listeners& listeners = by_group_[conversation];
  if (membership.version < listeners.wanted || listeners.joined_while_asking)
    return ask_members(conversation, group);
  const Seq heard = listeners.heard;
  for (const SessionId id : std::vector(listeners.sessions)) {
    const auto held = sessions_.find(id);
    if (held == sessions_.end()) continue;
    const UserId user = held->second.session->who().user;
    const auto row = std::ranges::lower_bound(membership.places, user, {}, &Place::user);
    if (row == membership.places.end() || row->user != user || !row->still)
      unlisten(held->second, conversation);
  }
  for (const Place& place : membership.places) {
    each_of(place.user, [&](Held& held) {
      if (place.still) listen(held, conversation);
      held.session->on_head(conversation, place.still ? heard : place.end);
    });
  }
  Listeners& now = by_group_[conversation];
  now.members_version = membership.version;
  now.offered = std::max(now.offered, heard);
  now.asking = false;
}

Error Hub::replaced_elsewhere() {
  return {Code::kReplaced, "this device logged in again elsewhere"};
}

void Hub::on(const DeviceReplaced& replaced) {
  each_of(replaced.user, [&](Held& held) {
    const SessionIdentity& who = held.session->who();
    if (who.device == replaced.device && who.generation < replaced.generation)
      held.session->end(replaced_elsewhere());
  });
}

void Hub::on(const SessionsEnded& ended) {
  each_of(ended.user, [&](Held& held) {
    if (!ended.device || held.session->who().device == ended.device) held.session->end(ended.why);
  });
}

void Hub::on(const CursorsRewound& rewound) {
  each_of(rewound.user, [&](Held& held) {
    if (rewound.device && held.session->who().device != rewound.device) return;
    if (rewound.conversation) {
      held.session->on_rewound(rewound.conversation);
    } else {
      read_inbox_again(held.session->id());
    }
  });
}

void Hub::on(const CursorConfirmed& confirmed) {
  each_of(confirmed.user, [&](Held& held) {
    if (held.session->who().device == confirmed.device)
      held.session->on_confirmed(confirmed.through);
  });
}

void Hub::read_inbox_again(SessionId id) {
  const Session* session = find(id);
  if (session == nullptr) return;
  storage_.read<Inbox>(
      [who = session->who()](Store& store) {
        return store.cursors().inbox(who.user, who.device, {});
      },
      Reply<Inbox>(home_, [this, id, alive = std::weak_ptr(alive_)](Result<Inbox> inbox) {
        Session* asked = alive.expired() || !inbox.ok() ? nullptr : find(id);
        if (asked == nullptr) return;
        for (const Standing& standing : inbox->standings)
          if (standing.head > standing.delivered) asked->on_rewound(standing.conversation);
      }));
}

}  // namespace mpim
