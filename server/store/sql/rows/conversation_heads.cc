#include "server/store/sql/rows/conversation_heads.h"

#include <algorithm>

namespace mpim {
namespace {

constexpr Sql kRead =
    "SELECT c.id, c.group_id, c.user_low, c.user_high, c.head, c.members_version, g.muted_until,"
    " g.dissolved_at FROM conversations c LEFT JOIN `groups` g ON g.id = c.group_id"
    " WHERE c.id = ?";
// The group's row is read as it is once the conversation is held, and not as it was when the
// statement began: who changes it holds its conversation until then.
#define MPIM_HEAD_COLUMNS                                                        \
  "SELECT c.id, c.group_id, c.user_low, c.user_high, c.head, c.members_version," \
  " (SELECT g.muted_until FROM `groups` g WHERE g.id = c.group_id {for_share})," \
  " (SELECT g.dissolved_at FROM `groups` g WHERE g.id = c.group_id {for_share})" \
  " FROM conversations c WHERE "
#define MPIM_8_IDS "?, ?, ?, ?, ?, ?, ?, ?"
constexpr Sql kHold1 = MPIM_HEAD_COLUMNS "c.id = ? {for_update}";
constexpr Sql kHold4 = MPIM_HEAD_COLUMNS "c.id IN (?, ?, ?, ?) ORDER BY c.id {for_update}";
constexpr Sql kHold32 = MPIM_HEAD_COLUMNS "c.id IN (" MPIM_8_IDS ", " MPIM_8_IDS ", " MPIM_8_IDS
                                          ", " MPIM_8_IDS ") ORDER BY c.id {for_update}";
constexpr Sql kFindDirect = MPIM_HEAD_COLUMNS "c.user_low = ? AND c.user_high = ? {for_update}";
#undef MPIM_8_IDS
#undef MPIM_HEAD_COLUMNS
constexpr Sql kFindGroup = "SELECT conversation FROM `groups` WHERE id = ?";
constexpr Sql kInsert =
    "INSERT {or_fail} INTO conversations (kind, user_low, user_high, group_id, head, floor, "
    "members_version,"
    " changed_at) VALUES (?, ?, ?, NULL, 0, 1, 1, ?)";
#define MPIM_INSERT_MEMBERS                                                       \
  "INSERT {or_fail} INTO members (conversation, user, from_seq, role, joined_at)" \
  " VALUES (?, ?, 0, 0, ?)"
constexpr Sql kInsertOne = MPIM_INSERT_MEMBERS;
constexpr Sql kInsertBoth = MPIM_INSERT_MEMBERS ", (?, ?, 0, 0, ?)";
#undef MPIM_INSERT_MEMBERS
constexpr Sql kAssign = "UPDATE conversations SET group_id = ? WHERE id = ?";
constexpr Sql kChange = "UPDATE conversations SET members_version = ? WHERE id = ?";

constexpr int kDirect = 0;
constexpr int kGroup = 1;

// Ids of people fit in 32 bits.
uint64_t pair_of(UserId low, UserId high) { return (low.value << 32) | high.value; }

}  // namespace

Result<ConversationHead*> ConversationHeads::find(ConversationId of) {
  const auto known = heads_.find(of);
  if (known != heads_.end() && known->second.held) return &known->second;
  MPIM_TRY(Rows rows, driver_.ask(kHold1, of));
  MPIM_TRY(ConversationHead* const found, adopt(rows, true));
  if (found == nullptr) return Error{Code::kNotFound, "no such conversation"};
  return found;
}

Result<const ConversationHead*> ConversationHeads::read(ConversationId of) {
  const auto known = heads_.find(of);
  if (known != heads_.end()) return &known->second;
  MPIM_TRY(Rows rows, driver_.ask(kRead, of));
  MPIM_TRY(const ConversationHead* const found, adopt(rows, !driver_.dialect().many_writers));
  if (found == nullptr) return Error{Code::kNotFound, "no such conversation"};
  return found;
}

Result<ConversationHead*> ConversationHeads::find(GroupId group) {
  MPIM_TRY(const ConversationId conversation, of_group(group));
  return find(conversation);
}

Result<ConversationId> ConversationHeads::of_group(GroupId group) {
  const auto known = groups_.find(group);
  if (known != groups_.end()) return known->second;
  MPIM_TRY(Rows rows, driver_.ask(kFindGroup, group));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no group " + std::to_string(group.value)};
  return groups_[group] = rows.id<ConversationId>(0);
}

std::optional<ConversationId> ConversationHeads::known_direct(UserId one, UserId other) const {
  const auto [low, high] = std::minmax(one, other);
  const auto known = directs_.find(pair_of(low, high));
  return known == directs_.end() ? std::nullopt : std::optional(known->second);
}

Result<void> ConversationHeads::hold(std::span<const ConversationId> of) {
  while (!of.empty()) {
    const size_t count = of.size() >= 32 ? 32 : of.size() >= 4 ? 4 : 1;
    MPIM_TRY(Rows rows, driver_.ask_for(count == 32  ? kHold32
                                        : count == 4 ? kHold4
                                                     : kHold1,
                                        of.first(count)));
    while (true) {
      MPIM_TRY(const ConversationHead* const found, adopt(rows, true));
      if (found == nullptr) break;
    }
    of = of.subspan(count);
  }
  return {};
}

Result<ConversationHead*> ConversationHeads::find_direct(UserId one, UserId other) {
  const auto [low, high] = std::minmax(one, other);
  const auto known = directs_.find(pair_of(low, high));
  if (known != directs_.end()) return find(known->second);
  MPIM_TRY(Rows rows, driver_.ask(kFindDirect, low, high));
  return adopt(rows, true);
}

Result<ConversationHead*> ConversationHeads::adopt(Rows& rows, bool held) {
  MPIM_TRY(const bool found, rows.next());
  if (!found) return nullptr;
  const auto id = rows.id<ConversationId>(0);
  ConversationHead head{.id = id,
                        .group = rows.id<GroupId>(1),
                        .one = rows.id<UserId>(2),
                        .other = rows.id<UserId>(3),
                        .head = std::max(rows.seq(4), tail_.head(id, tail_.last())),
                        .members_version = rows.count(5),
                        .muted_until = rows.time(6),
                        .dissolved = rows.number(7) != 0,
                        .held = held};
  if (head.group) head.joined = head.head;  // nobody remembers who came when
  return remember(head);
}

// What is held already may be ahead of the database, and stays.
ConversationHead* ConversationHeads::remember(const ConversationHead& head) {
  if (!head.group && head.one) directs_[pair_of(head.one, head.other)] = head.id;
  ConversationHead& kept = heads_.try_emplace(head.id, head).first->second;
  if (!kept.held) kept = head;
  return &kept;
}

Result<ConversationHead*> ConversationHeads::make_direct(UserId one, UserId other, Timestamp now) {
  const auto [low, high] = std::minmax(one, other);
  ConversationHead head{.one = low, .other = high};
  MPIM_CHECKED(insert(head, kDirect, now));
  if (low == high) {
    MPIM_CHECKED(driver_.run(kInsertOne, head.id, low, now));
  } else {
    MPIM_CHECKED(driver_.run(kInsertBoth, head.id, low, now, head.id, high, now));
  }
  return remember(head);
}

Result<ConversationHead*> ConversationHeads::make_group(Timestamp now) {
  ConversationHead head;
  MPIM_CHECKED(insert(head, kGroup, now));
  return remember(head);
}

Result<void> ConversationHeads::insert(ConversationHead& head, int kind, Timestamp now) {
  if (kind == kDirect) {
    MPIM_CHECKED(driver_.run(kInsert, kind, head.one, head.other, now));
  } else {
    MPIM_CHECKED(driver_.run(kInsert, kind, Null{}, Null{}, now));
  }
  head.id = ConversationId(driver_.inserted_id());
  head.members_version = 1;
  MPIM_CHECK(head.id <= kConversationMax, "all conversation ids are used up");
  if (in_savepoint_) made_.push_back(head.id);
  fresh_.push_back(head.id);
  return {};
}

Result<void> ConversationHeads::assign(ConversationHead& head, GroupId group) {
  MPIM_CHECKED(driver_.run(kAssign, group, head.id));
  head.group = group;
  groups_[group] = head.id;
  return {};
}

Result<Seq> ConversationHeads::take_seq(ConversationHead& head) {
  if (head.head >= seq_max_) {
    return Error{Code::kLimit, "this conversation is full: go on in a new one"};
  }
  about_to_change(head);
  return head.head = head.head.next();
}

void ConversationHeads::set_muted(ConversationHead& head, Timestamp until) {
  about_to_change(head);
  head.muted_until = until;
}

void ConversationHeads::set_dissolved(ConversationHead& head) {
  about_to_change(head);
  head.dissolved = true;
}

void ConversationHeads::members_changed(ConversationHead& head, uint64_t changes) {
  about_to_change(head);
  if (!head.moved) moved_.push_back(head.id);
  head.moved = true;
  head.members_version += changes;
  head.joined = head.head;
}

void ConversationHeads::about_to_change(const ConversationHead& head) {
  if (in_savepoint_) before_.push_back(head);
}

Result<void> ConversationHeads::flush() {
  for (const ConversationId id : moved_) {
    const auto found = heads_.find(id);
    if (found == heads_.end() || !found->second.moved) continue;
    ConversationHead& head = found->second;
    MPIM_CHECKED(driver_.run(kChange, head.members_version, id));
    if (in_savepoint_) {
      before_.push_back(head);
      flushed_.push_back(id);
    }
    head.moved = false;
  }
  moved_.clear();
  return {};
}

void ConversationHeads::begin() {
  if (driver_.dialect().many_writers) heads_.clear();
  fresh_.clear();
  if (std::max({heads_.size(), groups_.size(), directs_.size()}) > kRememberedMax) forget();
}

void ConversationHeads::savepoint() {
  in_savepoint_ = true;
  before_.clear();
  made_.clear();
  flushed_.clear();
}

// Puts every head back as it was; what was flushed meanwhile is undone in the database as well, so
// it is owed again.
void ConversationHeads::rollback_to_savepoint() {
  in_savepoint_ = false;
  for (auto old = before_.rbegin(); old != before_.rend(); ++old) heads_[old->id] = *old;
  for (const ConversationId id : flushed_) {
    if (heads_[id].moved) moved_.push_back(id);
  }
  for (const ConversationId id : made_) heads_.erase(id);
  forget_owners(made_);
}

// Which conversation is whose is true for good once it was committed.
void ConversationHeads::forget_owners(std::span<const ConversationId> made) {
  if (made.empty()) return;
  const auto is_made = [made](const auto& row) {
    return std::ranges::find(made, row.second) != made.end();
  };
  std::erase_if(directs_, is_made);
  std::erase_if(groups_, is_made);
}

void ConversationHeads::undone() {
  forget_owners(fresh_);
  heads_.clear();
  moved_.clear();
  in_savepoint_ = false;
}

void ConversationHeads::forget() {
  heads_.clear();
  directs_.clear();
  groups_.clear();
  moved_.clear();
  in_savepoint_ = false;
}

}  // namespace mpim
