#include "tests/model/model.h"

#include <algorithm>

#include "server/core/group_rights.h"

namespace mpim::model {
namespace {

constexpr size_t kStill = SIZE_MAX;

std::string line(const Said& said) {
  std::string out = std::string(name_of(said.kind)) + " by " + std::to_string(said.by);
  if (said.ref != 0 && said.kind != EntryKind::kMessage) out += " of " + std::to_string(said.ref);
  if (said.state != EntryState::kAsSent) out += " " + std::string(name_of(said.state));
  const bool has_text = said.kind == EntryKind::kMessage || said.kind == EntryKind::kEdit ||
                        said.kind == EntryKind::kRename;
  return has_text ? out + ": " + said.text : out;
}

}  // namespace

Answer ok(uint64_t number) { return "ok " + std::to_string(number); }
Answer refused(Code code) { return std::string(name_of(code)); }

bool Talk::sees(Person who, size_t place) const {
  const auto found = parts.find(who);
  return found != parts.end() && place <= log.size() &&
         std::ranges::any_of(found->second, [place](const auto& part) {
           return place > part.first && place <= part.second;
         });
}

size_t Talk::first_part(Person who) const { return parts.at(who).front().first; }

std::optional<Role> Club::role(Person who) const {
  const auto found = std::ranges::find(members, who, &std::pair<Person, Role>::first);
  return found == members.end() ? std::nullopt : std::optional(found->second);
}

Person Model::add_person() { return ++people_; }

size_t Model::talk_of(GroupNo group) const {
  for (size_t i = 0; i < talks_.size(); ++i)
    if (talks_[i].group == group) return i;
  return talks_.size();
}

std::vector<GroupNo> Model::living_groups() const {
  std::vector<GroupNo> found;
  for (GroupNo group = 1; group <= groups(); ++group)
    if (!club(group).dissolved) found.push_back(group);
  return found;
}

size_t Model::direct(Person one, Person other) {
  const auto key = std::minmax(one, other);
  const auto found = directs_.find(key);
  if (found != directs_.end()) return found->second;
  Talk made;
  made.parts[one] = {{0, kStill}};
  made.parts[other] = {{0, kStill}};
  talks_.push_back(std::move(made));
  return directs_[key] = talks_.size() - 1;
}

Answer Model::add(Talk& to, Said said) {
  to.log.push_back(std::move(said));
  return ok(to.log.size());
}

Answer Model::told(GroupNo group, EntryKind kind, Person by, const std::string& text, int now) {
  return add(talk(group), {.kind = kind, .by = by, .text = text, .at = now});
}

Answer Model::send(Person from, Person to, const std::string& text, int now) {
  if (from != to) {
    if (blocks_.contains({from, to}) || blocks_.contains({to, from}))
      return refused(Code::kBlocked);
    if (friends_only_.contains(to) && between(from, to) != FriendState::kFriend)
      return refused(Code::kDenied);
  }
  return add(talks_[direct(from, to)], {.by = from, .text = text, .at = now});
}

Answer Model::send_group(Person from, GroupNo to, const std::string& text, int now) {
  const Club& in = club(to);
  if (in.dissolved) return refused(Code::kDissolved);
  const auto role = in.role(from);
  if (!role) return refused(Code::kNotMember);
  const auto muted = in.muted.find(from);
  if (muted != in.muted.end() && muted->second > now) return refused(Code::kMuted);
  if (in.muted_until > now && *role == Role::kMember) return refused(Code::kMuted);
  return add(talk(to), {.by = from, .text = text, .at = now});
}

std::optional<Answer> Model::may_change(Person by, const Talk& in, size_t place, bool recall,
                                        int now) const {
  if (!in.sees(by, place)) return refused(Code::kNotFound);
  const Said& said = in.log[place - 1];
  if (said.kind != EntryKind::kMessage) return refused(Code::kBadRequest);
  bool admin = false;
  if (in.group != 0) {
    if (club(in.group).dissolved) return refused(Code::kDissolved);
    const auto role = club(in.group).role(by);
    if (!role) return refused(Code::kNotMember);
    admin = mpim::may(*role, GroupAct::kRecallOthers);
    const auto muted = club(in.group).muted.find(by);
    const bool quiet = (muted != club(in.group).muted.end() && muted->second > now) ||
                       (club(in.group).muted_until > now && *role == Role::kMember);
    if (!recall && quiet) return refused(Code::kMuted);
  }
  if (said.by != by && !(admin && recall)) return refused(Code::kDenied);
  if (said.at < now - kChangeWindow && !(admin && recall)) return refused(Code::kDenied);
  if (said.state == EntryState::kRecalled) return refused(Code::kConflict);
  return std::nullopt;
}

Answer Model::edit(Person by, size_t talk, size_t place, const std::string& text, int now) {
  Talk& in = talks_[talk];
  if (in.group == 0 && in.sees(by, place) && in.log[place - 1].kind == EntryKind::kMessage) {
    // Who may not write any more may not say it that way either.
    const auto other =
        std::ranges::find_if(in.parts, [by](const auto& part) { return part.first != by; });
    if (other != in.parts.end()) {
      const Person to = other->first;
      if (blocks_.contains({by, to}) || blocks_.contains({to, by})) return refused(Code::kBlocked);
      if (friends_only_.contains(to) && between(by, to) != FriendState::kFriend)
        return refused(Code::kDenied);
    }
  }
  if (const auto no = may_change(by, in, place, false, now)) return *no;
  Said& said = in.log[place - 1];
  if (said.text == text) return refused(Code::kConflict);
  said.text = text;
  said.state = EntryState::kEdited;
  said.ref = in.log.size() + 1;
  return add(in, {.kind = EntryKind::kEdit, .by = by, .at = now, .ref = place});
}

Answer Model::recall(Person by, size_t talk, size_t place, int now) {
  Talk& in = talks_[talk];
  if (const auto no = may_change(by, in, place, true, now)) return *no;
  in.log[place - 1].text.clear();
  in.log[place - 1].state = EntryState::kRecalled;
  return add(in, {.kind = EntryKind::kRecall, .by = by, .at = now, .ref = place});
}

Answer Model::hide(Person by, size_t talk, size_t place) {
  if (!talks_[talk].sees(by, place)) return refused(Code::kNotFound);
  talks_[talk].log[place - 1].hidden.insert(by);
  return ok();
}

Answer Model::read(Person by, size_t talk, size_t place) {
  Talk& in = talks_[talk];
  if (!in.sees(by, place)) return refused(Code::kNotFound);
  size_t& at = in.read.try_emplace(by, in.first_part(by)).first->second;
  at = std::max(at, place);
  return ok(at);
}

Answer Model::create(Person by, const std::string& name, int now) {
  Talk made;
  made.group = groups() + 1;
  talks_.push_back(std::move(made));
  clubs_.push_back({.name = name});
  const GroupNo group = groups();
  living(group).members.emplace_back(by, Role::kOwner);
  talk(group).parts[by].emplace_back(0, kStill);
  return told(group, EntryKind::kJoin, by, "", now);
}

Answer Model::admit(Person who, Person by, GroupNo group, int now) {
  Club& in = living(group);
  in.members.emplace_back(who, Role::kMember);
  in.asks.erase(who);
  in.invited.erase(who);
  talk(group).parts[who].emplace_back(talk(group).log.size(), kStill);
  return told(group, EntryKind::kJoin, by, "", now);
}

// An owner hands over first: to the oldest admin, else the oldest member. The last that who goes
// sees is the entry that tells of it. With the last of all the group ends.
Answer Model::end(Person who, Person by, GroupNo group, EntryKind kind, int now) {
  Club& in = living(group);
  const bool owned = in.role(who) == Role::kOwner;
  std::erase_if(in.members, [who](const auto& member) { return member.first == who; });
  if (owned && !in.members.empty()) {
    auto heir = std::ranges::find(in.members, Role::kAdmin, &std::pair<Person, Role>::second);
    if (heir == in.members.end()) heir = in.members.begin();
    heir->second = Role::kOwner;
    in.muted.erase(heir->first);
    told(group, EntryKind::kRole, by, "", now);
  }
  talk(group).parts[who].back().second = talk(group).log.size() + 1;
  const Answer ended = told(group, kind, by, "", now);
  if (in.members.empty()) close(by, group, now);
  return ended;
}

Answer Model::join(Person by, GroupNo group, int now) {
  Club& in = living(group);
  if (in.dissolved) return refused(Code::kDissolved);
  if (in.role(by)) return refused(Code::kExists);
  if (in.invited.contains(by) || in.join == JoinPolicy::kOpen) return admit(by, by, group, now);
  if (in.join == JoinPolicy::kClosed) return refused(Code::kDenied);
  in.asks.insert(by);
  return "pending";
}

Answer Model::leave(Person by, GroupNo group, int now) {
  if (club(group).dissolved) return refused(Code::kDissolved);
  if (!club(group).role(by)) return refused(Code::kNotMember);
  return end(by, by, group, EntryKind::kLeave, now);
}

std::optional<Answer> Model::may(Person by, GroupNo group, bool owner_only) const {
  const Club& in = club(group);
  if (in.dissolved) return refused(Code::kDissolved);
  const auto role = in.role(by);
  if (!role) return refused(Code::kNotMember);
  const bool allowed = *role == Role::kOwner || (*role == Role::kAdmin && !owner_only);
  return allowed ? std::nullopt : std::optional(refused(Code::kDenied));
}

std::optional<Answer> Model::may_on(Person by, GroupNo group, Person whom, bool owner_only,
                                    bool lower_only) const {
  if (const auto no = may(by, group, owner_only)) return no;
  const auto his = club(group).role(whom);
  if (!his) return refused(Code::kNotMember);
  if (lower_only && !(*his < *club(group).role(by))) return refused(Code::kDenied);
  return std::nullopt;
}

Answer Model::kick(Person by, GroupNo group, Person whom, int now) {
  if (const auto no = may_on(by, group, whom, false, true)) return *no;
  return end(whom, by, group, EntryKind::kKick, now);
}

Answer Model::set_role(Person by, GroupNo group, Person whom, Role role, int now) {
  if (const auto no = may_on(by, group, whom, true, true)) return *no;
  if (club(group).role(whom) == role) return refused(Code::kConflict);
  for (auto& member : living(group).members)
    if (member.first == whom) member.second = role;
  return told(group, EntryKind::kRole, by, "", now);
}

Answer Model::transfer(Person by, GroupNo group, Person to, int now) {
  if (const auto no = may_on(by, group, to, true, false)) return *no;
  if (club(group).role(to) == Role::kOwner) return refused(Code::kConflict);
  for (auto& member : living(group).members) {
    if (member.second == Role::kOwner) member.second = Role::kAdmin;
    if (member.first == to) member.second = Role::kOwner;
  }
  living(group).muted.erase(to);
  return told(group, EntryKind::kRole, by, "", now);
}

Answer Model::mute(Person by, GroupNo group, Person whom, int seconds, int now) {
  Club& in = living(group);
  const EntryKind kind = seconds == 0 ? EntryKind::kUnmute : EntryKind::kMute;
  if (whom == 0) {
    if (const auto no = may(by, group, false)) return *no;
    if (seconds == 0 && in.muted_until <= now) return refused(Code::kConflict);
    in.muted_until = seconds == 0 ? 0 : now + seconds;
    return told(group, kind, by, "", now);
  }
  if (const auto no = may_on(by, group, whom, false, true)) return *no;
  if (seconds == 0 && in.muted[whom] <= now) return refused(Code::kConflict);
  in.muted[whom] = seconds == 0 ? 0 : now + seconds;
  return told(group, kind, by, "", now);
}

Answer Model::rename(Person by, GroupNo group, const std::string& name, int now) {
  if (const auto no = may(by, group, false)) return *no;
  if (living(group).muted[by] > now) return refused(Code::kMuted);
  if (club(group).name == name) return refused(Code::kConflict);
  living(group).name = name;
  return told(group, EntryKind::kRename, by, name, now);
}

Answer Model::set_policy(Person by, GroupNo group, JoinPolicy join, int now) {
  if (const auto no = may(by, group, false)) return *no;
  if (club(group).join == join) return refused(Code::kConflict);
  living(group).join = join;
  return told(group, EntryKind::kSettings, by, "", now);
}

Answer Model::approve(Person by, GroupNo group, Person whom, int now) {
  if (const auto no = may(by, group, false)) return *no;
  if (!club(group).asks.contains(whom)) return refused(Code::kNotFound);
  return admit(whom, by, group, now);
}

Answer Model::invite(Person by, GroupNo group, Person whom) {
  if (const auto no = may(by, group, false)) return *no;
  if (club(group).role(whom)) return refused(Code::kExists);
  if (blocks_.contains({by, whom}) || blocks_.contains({whom, by})) return refused(Code::kBlocked);
  if (!living(group).invited.insert(whom).second) return refused(Code::kExists);
  return ok();
}

Answer Model::dissolve(Person by, GroupNo group, int now) {
  if (const auto no = may(by, group, true)) return *no;
  return close(by, group, now);
}

Answer Model::close(Person by, GroupNo group, int now) {
  Club& in = living(group);
  for (const auto& member : in.members)
    talk(group).parts[member.first].back().second = talk(group).log.size() + 1;
  in.members.clear();
  in.asks.clear();
  in.invited.clear();
  in.dissolved = true;
  return told(group, EntryKind::kDissolve, by, "", now);
}

Answer Model::add_friend(Person by, Person whom) {
  if (by == whom) return refused(Code::kBadRequest);
  if (blocks_.contains({by, whom}) || blocks_.contains({whom, by})) return refused(Code::kBlocked);
  const FriendState state = between(by, whom);
  if (state == FriendState::kFriend || state == FriendState::kAsked) return refused(Code::kExists);
  const bool answers = state == FriendState::kRequested;
  between(by, whom) = answers ? FriendState::kFriend : FriendState::kAsked;
  between(whom, by) = answers ? FriendState::kFriend : FriendState::kRequested;
  return ok();
}

Answer Model::accept(Person by, Person whom) {
  if (by == whom) return refused(Code::kBadRequest);
  if (between(by, whom) == FriendState::kFriend) return refused(Code::kExists);
  if (between(by, whom) != FriendState::kRequested) return refused(Code::kNotFound);
  between(by, whom) = between(whom, by) = FriendState::kFriend;
  return ok();
}

Answer Model::reject(Person by, Person whom) {
  if (by == whom) return refused(Code::kBadRequest);
  if (between(by, whom) != FriendState::kRequested) return refused(Code::kNotFound);
  between(by, whom) = between(whom, by) = FriendState::kNone;
  return ok();
}

Answer Model::remove_friend(Person by, Person whom) {
  if (by == whom) return refused(Code::kBadRequest);
  const FriendState state = between(by, whom);
  if (state != FriendState::kFriend && state != FriendState::kAsked)
    return refused(Code::kNotFound);
  between(by, whom) = between(whom, by) = FriendState::kNone;
  return ok();
}

Answer Model::block(Person by, Person whom) {
  if (by == whom) return refused(Code::kBadRequest);
  if (!blocks_.insert({by, whom}).second) return refused(Code::kExists);
  between(by, whom) = between(whom, by) = FriendState::kNone;
  return ok();
}

Answer Model::unblock(Person by, Person whom) {
  if (by == whom) return refused(Code::kBadRequest);
  return blocks_.erase({by, whom}) > 0 ? ok() : refused(Code::kNotFound);
}

Answer Model::friends_only(Person by, bool on) {
  if (on)
    friends_only_.insert(by);
  else
    friends_only_.erase(by);
  return ok();
}

std::vector<std::string> Model::history(Person who, size_t talk) const {
  const Talk& in = talks_[talk];
  std::vector<std::string> lines;
  // The text of a message that was edited while he could not read is not for him.
  const auto text_of = [&](const Said& said) {
    const bool edited = said.state == EntryState::kEdited;
    return edited && !in.sees(who, said.ref) ? std::string() : said.text;
  };
  for (size_t place = 1; place <= in.log.size(); ++place) {
    const Said& said = in.log[place - 1];
    if (!in.sees(who, place) || said.hidden.contains(who)) continue;
    Said shown = said;
    if (shown.kind == EntryKind::kMessage) shown.text = text_of(said);
    if (shown.kind == EntryKind::kEdit) {
      const Said& edited = in.log[shown.ref - 1];
      if (!in.sees(who, shown.ref) || edited.hidden.contains(who)) continue;
      shown.text = text_of(edited);
    }
    lines.push_back(line(shown));
  }
  return lines;
}

std::vector<std::string> Model::unread(Person who) const {
  std::vector<std::string> lines;
  for (size_t i = 0; i < talks_.size(); ++i) {
    const Talk& in = talks_[i];
    if (!in.parts.contains(who)) continue;
    const auto read = in.read.find(who);
    const size_t from = read == in.read.end() ? in.first_part(who) : read->second;
    uint64_t count = 0;
    for (size_t place = from + 1; place <= in.log.size(); ++place) {
      const Said& said = in.log[place - 1];
      const bool shown = in.sees(who, place) && !said.hidden.contains(who);
      if (shown && said.kind == EntryKind::kMessage && said.by != who) ++count;
    }
    if (count > 0) lines.push_back(std::to_string(i) + ": " + std::to_string(count));
  }
  return lines;
}

std::vector<std::string> Model::friends(Person who) const {
  std::vector<std::string> lines;
  for (Person other = 1; other <= people_; ++other) {
    const auto found = friends_.find({who, other});
    if (found != friends_.end() && found->second != FriendState::kNone)
      lines.push_back(std::to_string(other) + " " + std::string(name_of(found->second)));
  }
  return lines;
}

std::vector<std::string> Model::members(GroupNo group) const {
  std::vector<std::string> lines;
  for (Person who = 1; who <= people_; ++who)
    if (const auto role = club(group).role(who))
      lines.push_back(std::to_string(who) + " " + std::string(name_of(*role)));
  return lines;
}

}  // namespace mpim::model
