// What the store must do, in the plainest words: maps and vectors, no cleverness.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/core/conversation.h"
#include "server/core/errors.h"
#include "server/core/message.h"
#include "server/core/people.h"

namespace mpim::model {

// People and groups are numbers from 1 up, in the order they were made. A time is in seconds.
using Person = int;
using GroupNo = int;

// An answer as both sides write it: "ok 7", or the code of a refusal.
using Answer = std::string;
Answer ok(uint64_t number = 0);
Answer refused(Code code);

// One entry of a log.
struct Said {
  EntryKind kind = EntryKind::kMessage;
  Person by = 0;
  std::string text = {};
  EntryState state = EntryState::kAsSent;
  int at = 0;
  size_t ref = 0;  // recall, edit: the place it is about, from 1
  std::set<Person> hidden = {};
};

// A conversation: its log, who may read which part of it, and how far each has read.
struct Talk {
  GroupNo group = 0;
  std::vector<Said> log;
  std::map<Person, std::vector<std::pair<size_t, size_t>>> parts;  // (from, to]
  std::map<Person, size_t> read;

  bool sees(Person who, size_t place) const;
  size_t first_part(Person who) const;
};

// A group beside its log.
struct Club {
  std::string name;
  JoinPolicy join = JoinPolicy::kOpen;
  int muted_until = 0;
  bool dissolved = false;
  // In the order of joining, which decides who inherits.
  std::vector<std::pair<Person, Role>> members = {};
  std::map<Person, int> muted = {};
  std::set<Person> asks = {};
  std::set<Person> invited = {};

  std::optional<Role> role(Person who) const;
};

// Every function is one operation, in the words of the store's interfaces.
class Model {
 public:
  static constexpr int kChangeWindow = 120;

  Person add_person();
  int people() const { return people_; }
  int groups() const { return static_cast<int>(clubs_.size()); }

  Answer send(Person from, Person to, const std::string& text, int now);
  Answer send_group(Person from, GroupNo to, const std::string& text, int now);
  Answer edit(Person by, size_t talk, size_t place, const std::string& text, int now);
  Answer recall(Person by, size_t talk, size_t place, int now);
  Answer hide(Person by, size_t talk, size_t place);
  Answer read(Person by, size_t talk, size_t place);

  Answer create(Person by, const std::string& name, int now);
  Answer join(Person by, GroupNo group, int now);
  Answer leave(Person by, GroupNo group, int now);
  Answer kick(Person by, GroupNo group, Person whom, int now);
  Answer set_role(Person by, GroupNo group, Person whom, Role role, int now);
  Answer transfer(Person by, GroupNo group, Person to, int now);
  Answer mute(Person by, GroupNo group, Person whom, int seconds, int now);  // whom 0: all
  Answer rename(Person by, GroupNo group, const std::string& name, int now);
  Answer set_policy(Person by, GroupNo group, JoinPolicy join, int now);
  Answer approve(Person by, GroupNo group, Person whom, int now);
  Answer invite(Person by, GroupNo group, Person whom);
  Answer dissolve(Person by, GroupNo group, int now);

  Answer add_friend(Person by, Person whom);
  Answer accept(Person by, Person whom);
  Answer reject(Person by, Person whom);
  Answer remove_friend(Person by, Person whom);
  Answer block(Person by, Person whom);
  Answer unblock(Person by, Person whom);
  Answer friends_only(Person by, bool on);

  // What one person sees, a line each.
  std::vector<std::string> history(Person who, size_t talk) const;
  std::vector<std::string> unread(Person who) const;
  std::vector<std::string> friends(Person who) const;
  std::vector<std::string> members(GroupNo group) const;

  const std::vector<Talk>& talks() const { return talks_; }
  const Club& club(GroupNo group) const { return clubs_.at(static_cast<size_t>(group - 1)); }
  size_t talk_of(GroupNo group) const;
  std::vector<GroupNo> living_groups() const;

 private:
  Club& living(GroupNo group) { return clubs_[static_cast<size_t>(group - 1)]; }
  Talk& talk(GroupNo group) { return talks_[talk_of(group)]; }
  size_t direct(Person one, Person other);
  static Answer add(Talk& to, Said said);
  Answer told(GroupNo group, EntryKind kind, Person by, const std::string& text, int now);
  Answer admit(Person who, Person by, GroupNo group, int now);
  Answer end(Person who, Person by, GroupNo group, EntryKind kind, int now);
  Answer close(Person by, GroupNo group, int now);
  // Whether an admin's or owner's act is refused, and how.
  std::optional<Answer> may(Person by, GroupNo group, bool owner_only) const;
  std::optional<Answer> may_on(Person by, GroupNo group, Person whom, bool owner_only,
                               bool lower_only) const;
  std::optional<Answer> may_change(Person by, const Talk& in, size_t place, bool recall,
                                   int now) const;
  FriendState& between(Person one, Person other) { return friends_[{one, other}]; }

  int people_ = 0;
  std::vector<Talk> talks_;
  std::map<std::pair<Person, Person>, size_t> directs_;
  std::vector<Club> clubs_;
  std::map<std::pair<Person, Person>, FriendState> friends_;
  std::set<std::pair<Person, Person>> blocks_;
  std::set<Person> friends_only_;
};

}  // namespace mpim::model
