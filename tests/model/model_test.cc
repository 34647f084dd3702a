#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <random>

#include "server/store/sql/open.h"
#include "tests/model/model.h"

namespace mpim::model {
namespace {

constexpr int kOperations = 2'000;  // of one seed
constexpr int kSeeds = 60;          // 120,000 operations in all
constexpr int kPeople = 6;
constexpr size_t kGroups = 3;  // that live
constexpr Timestamp kStart{1'700'000'000'000};

UserId user(Person who) { return UserId(static_cast<uint64_t>(who) + kFirstPersonId - 1); }
GroupId group_id(GroupNo group) {
  return GroupId(static_cast<uint64_t>(group) + kFirstPersonId - 1);
}
Timestamp time_at(int seconds) { return kStart + std::chrono::seconds(seconds); }

std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& each : lines) all += each + "\n";
  return all;
}

// The store, asked in the model's words. Conversations are numbered in the order they were made.
class Subject {
 public:
  Subject() : store_(open_sqlite_store(":memory:", options()).value()) {}

  // A change in a transaction of its own; now and then the process dies right after it.
  template <class F>
  Answer change(F job, bool dies) {
    REQUIRE(store_->begin().ok());
    const Answer answer = job(*store_);
    if (answer.starts_with("ok") || answer == "pending") {
      REQUIRE(store_->commit().ok());
    } else {
      store_->rollback();
    }
    if (dies) REQUIRE(store_->reopen().ok());
    return answer;
  }
  Store& store() { return *store_; }

  static Answer told(const Result<Appended>& made) {
    return made.ok() ? ok(made->committed.id.seq().value) : refused(made.error().code);
  }
  template <class T>
  static Answer done(const Result<T>& result) {
    return result.ok() ? ok() : refused(result.error().code);
  }

  std::vector<std::string> history(Person who, ConversationId of) {
    const Result<HistoryPage> page = store_->log().history(
        user(who), {.conversation = of, .forwards = true, .bound = Seq()}, 1'000'000, 99'999'999);
    std::vector<std::string> lines;
    if (!page.ok()) return lines;
    for (const EntryPtr& entry : page->entries) lines.push_back(line(*entry));
    return lines;
  }
  std::vector<std::string> unread(Person who) {
    std::vector<std::string> lines;
    const auto found = store_->cursors().unread(user(who), 1'000);
    REQUIRE(found.ok());
    for (const Unread& row : *found)
      lines.push_back(std::to_string(row.conversation.value - 1) + ": " +
                      std::to_string(row.count));
    return lines;
  }
  std::vector<std::string> friends(Person who) {
    std::vector<std::string> lines;
    const auto found = store_->people().friends(user(who), std::nullopt, {}, 1'000);
    REQUIRE(found.ok());
    for (const Friend& row : *found)
      lines.push_back(std::to_string(row.user.value - kFirstPersonId + 1) + " " +
                      std::string(name_of(row.state)));
    return lines;
  }
  std::vector<std::string> members(GroupNo group) {
    std::vector<std::string> lines;
    const auto found = store_->groups().members(group_id(group), {}, 1'000);
    REQUIRE(found.ok());
    for (const Member& row : *found)
      lines.push_back(std::to_string(row.user.value - kFirstPersonId + 1) + " " +
                      std::string(name_of(row.role)));
    return lines;
  }

 private:
  static StoreOptions options() {
    StoreOptions options;
    options.limits.index_batch_entries = 50;  // so that the index is written often
    return options;
  }
  static std::string line(const Entry& entry) {
    std::string out = std::string(name_of(entry.kind)) + " by " +
                      std::to_string(entry.sender.value - kFirstPersonId + 1);
    if (entry.kind != EntryKind::kMessage && entry.ref != Seq())
      out += " of " + std::to_string(entry.ref.value);
    if (entry.state != EntryState::kAsSent) out += " " + std::string(name_of(entry.state));
    const bool has_text = entry.kind == EntryKind::kMessage || entry.kind == EntryKind::kEdit ||
                          entry.kind == EntryKind::kRename;
    return has_text ? out + ": " + entry.text : out;
  }

  std::unique_ptr<Store> store_;
};

// One seed's run: what it does next depends on nothing but the seed.
class Run {
 public:
  explicit Run(uint64_t seed) : dice_(seed) {
    for (int i = 0; i < kPeople; ++i) {
      const Person who = model_.add_person();
      const std::string name = "p" + std::to_string(who);
      REQUIRE(subject_.change(
                  [&](Store& in) {
                    return Subject::done(in.accounts().create({name, name}, "x", kStart));
                  },
                  false) == ok());
    }
  }

  // Empty: all answers were equal. Else the operation and both answers.
  std::string play() {
    for (step_ = 0; step_ < kOperations; ++step_) {
      now_ += static_cast<int>(dice_() % 20);
      what_.clear();
      const auto [mine, its] = next();
      if (mine != its)
        return "step " + std::to_string(step_) + ", " + what_ + "\n the model: " + mine +
               "\n the store: " + its;
    }
    return {};
  }

 private:
  using Both = std::pair<std::string, std::string>;

  int up_to(int count) { return static_cast<int>(dice_() % static_cast<uint64_t>(count)); }
  Person somebody() { return 1 + up_to(kPeople); }
  // Mostly one that lives.
  GroupNo some_group() {
    const std::vector<GroupNo> living = model_.living_groups();
    if (living.empty() || up_to(10) == 0) return 1 + up_to(model_.groups());
    return living[static_cast<size_t>(up_to(static_cast<int>(living.size())))];
  }
  std::string text() { return "t" + std::to_string(up_to(50)); }

  template <class F>
  Answer change(F job) {
    return subject_.change(std::move(job), up_to(200) == 0);
  }

  Both next() {
    if (model_.living_groups().size() < kGroups) return create();
    const int kind = up_to(100);
    if (kind < 20) return send();
    if (kind < 40) return send_group();
    if (kind < 52) return change_message();
    if (kind < 60) return read();
    if (kind < 76) return change_group();
    if (kind < 88) return change_people();
    return look();
  }

  Both create() {
    const Person by = somebody();
    what_ = "create";
    const Answer mine = model_.create(by, "g", now_);
    return {mine, change([&](Store& in) -> Answer {
              const auto made = in.groups().create(user(by), {}, "g", "", time_at(now_));
              return made.ok() ? Subject::told(made->joined) : refused(made.error().code);
            })};
  }

  Both send() {
    const Person from = somebody();
    const Person to = somebody();
    const std::string said = text();
    what_ = "send " + std::to_string(from) + " to " + std::to_string(to);
    return {model_.send(from, to, said, now_), append(from, user(to), said)};
  }
  Both send_group() {
    const Person from = somebody();
    const GroupNo to = some_group();
    const std::string said = text();
    what_ = "send " + std::to_string(from) + " to group " + std::to_string(to);
    return {model_.send_group(from, to, said, now_), append(from, group_id(to), said)};
  }
  Answer append(Person from, Recipient to, const std::string& said) {
    return change([&](Store& in) {
      Draft draft;
      draft.to = std::move(to);
      draft.sender = user(from);
      draft.text = said;
      return Subject::told(in.log().append(draft, time_at(now_)));
    });
  }

  // A message of some conversation, more often than not a late one.
  std::pair<size_t, size_t> some_place() {
    const auto talk = static_cast<size_t>(up_to(static_cast<int>(model_.talks().size())));
    const size_t size = model_.talks()[talk].log.size();
    const size_t back = static_cast<size_t>(up_to(up_to(2) == 0 ? 4 : static_cast<int>(size) + 1));
    return {talk, size > back ? size - back : size + 1};
  }

  Both change_message() {
    const auto [talk, place] = some_place();
    const Person by = somebody();
    const MessageId id(ConversationId(talk + 1), Seq(place));
    const int kind = up_to(3);
    what_ = (kind == 0   ? "edit "
             : kind == 1 ? "recall "
                         : "hide ") +
            std::to_string(talk) + ":" + std::to_string(place) + " by " + std::to_string(by);
    if (kind == 2)
      return {model_.hide(by, talk, place), change([&](Store& in) {
                const Result<void> hidden = in.log().hide(user(by), id);
                return hidden.ok() ? ok() : refused(hidden.error().code);
              })};
    const std::string said = text();
    const Answer mine =
        kind == 0 ? model_.edit(by, talk, place, said, now_) : model_.recall(by, talk, place, now_);
    return {mine, change([&](Store& in) {
              return Subject::told(in.log().change({.of = id,
                                                    .by = user(by),
                                                    .device = {},
                                                    .recall = kind == 1,
                                                    .text = kind == 0 ? said : ""},
                                                   time_at(now_)));
            })};
  }

  Both read() {
    const auto [talk, place] = some_place();
    const Person by = somebody();
    what_ =
        "read " + std::to_string(talk) + ":" + std::to_string(place) + " by " + std::to_string(by);
    return {model_.read(by, talk, place), change([&](Store& in) {
              const auto moved =
                  in.cursors().raise_read(user(by), ConversationId(talk + 1), Seq(place));
              return moved.ok() ? ok(moved->at.value) : refused(moved.error().code);
            })};
  }

  Answer act(GroupNo group, Person by, const GroupChange& what) {
    return change([&](Store& in) {
      return Subject::told(
          in.groups().change(group_id(group), {user(by), {}}, what, time_at(now_)));
    });
  }

  Both change_group() {
    const GroupNo group = some_group();
    const Person by = somebody();
    const Person whom = somebody();
    const int kind = up_to(24);
    what_ = "group " + std::to_string(group) + ", kind " + std::to_string(kind) + ", " +
            std::to_string(by) + " about " + std::to_string(whom);
    if (kind < 7)
      return {model_.join(by, group, now_), change([&](Store& in) -> Answer {
                const auto asked =
                    in.groups().ask_to_join(group_id(group), {user(by), {}}, time_at(now_));
                if (!asked.ok()) return refused(asked.error().code);
                return asked->joined ? Subject::told(*asked->joined) : "pending";
              })};
    if (kind < 9)
      return {model_.leave(by, group, now_), change([&](Store& in) {
                return Subject::told(
                    in.groups().leave(group_id(group), user(by), {}, user(by), time_at(now_)));
              })};
    if (kind < 11)
      return {model_.kick(by, group, whom, now_), act(group, by, KickMember{user(whom)})};
    if (kind < 13) {
      const Role role = up_to(2) == 0 ? Role::kAdmin : Role::kMember;
      return {model_.set_role(by, group, whom, role, now_),
              act(group, by, SetMemberRole{user(whom), role})};
    }
    if (kind == 13)
      return {model_.transfer(by, group, whom, now_), act(group, by, TransferGroup{user(whom)})};
    if (kind < 17) {
      const int seconds = up_to(3) * 100;
      const Person muted = kind == 16 ? 0 : whom;
      return {model_.mute(by, group, muted, seconds, now_),
              act(group, by,
                  MuteMember{muted == 0 ? UserId() : user(muted), std::chrono::seconds(seconds)})};
    }
    if (kind == 17) {
      const std::string name = "g" + std::to_string(up_to(3));
      return {model_.rename(by, group, name, now_), act(group, by, RenameGroup{name})};
    }
    if (kind < 20) {
      const auto join = static_cast<JoinPolicy>(up_to(3));
      return {model_.set_policy(by, group, join, now_), act(group, by, SetJoinPolicy{join})};
    }
    if (kind < 22)
      return {model_.approve(by, group, whom, now_), act(group, by, ApproveMember{user(whom)})};
    if (kind == 22)
      return {model_.invite(by, group, whom), change([&](Store& in) {
                return Subject::done(
                    in.groups().invite(group_id(group), {user(by), {}}, user(whom), time_at(now_)));
              })};
    if (up_to(40) != 0) return {};  // groups would not last
    return {model_.dissolve(by, group, now_), act(group, by, DissolveGroup{})};
  }

  Both change_people() {
    const Person by = somebody();
    const Person whom = somebody();
    const int kind = up_to(8);
    what_ = "people, kind " + std::to_string(kind) + ", " + std::to_string(by) + " about " +
            std::to_string(whom);
    const bool on = up_to(4) == 0;
    const auto mine = [&] {
      switch (kind) {
        case 0: return model_.accept(by, whom);
        case 1: return model_.reject(by, whom);
        case 2: return model_.remove_friend(by, whom);
        case 3: return up_to(3) == 0 ? model_.block(by, whom) : Answer("skip");
        case 4: return model_.unblock(by, whom);
        case 5: return model_.friends_only(by, on);
        default: return model_.add_friend(by, whom);
      }
    }();
    if (mine == "skip") return {};
    return {mine, change([&](Store& in) {
              People& people = in.people();
              const Timestamp at = time_at(now_);
              switch (kind) {
                case 0: return Subject::done(people.accept(user(by), user(whom), at));
                case 1: return Subject::done(people.reject(user(by), user(whom), at));
                case 2: return Subject::done(people.remove_friend(user(by), user(whom), at));
                case 3: return Subject::done(people.block(user(by), user(whom), at));
                case 4: return Subject::done(people.unblock(user(by), user(whom), at));
                case 5: return Subject::done(people.set_profile(user(by), {{}, {}, {}, on}));
                default: return Subject::done(people.add_friend(user(by), user(whom), at));
              }
            })};
  }

  Both look() {
    const Person who = somebody();
    const int kind = up_to(5);
    what_ = "look, kind " + std::to_string(kind) + ", by " + std::to_string(who);
    if (kind == 0) return {joined(model_.unread(who)), joined(subject_.unread(who))};
    if (kind == 1) return {joined(model_.friends(who)), joined(subject_.friends(who))};
    if (kind == 2) {
      const GroupNo group = some_group();
      return {joined(model_.members(group)), joined(subject_.members(group))};
    }
    const auto talk = static_cast<size_t>(up_to(static_cast<int>(model_.talks().size())));
    return {joined(model_.history(who, talk)),
            joined(subject_.history(who, ConversationId(talk + 1)))};
  }

  std::mt19937_64 dice_;
  Model model_;
  Subject subject_;
  int now_ = 0;
  int step_ = 0;
  std::string what_;
};

}  // namespace

TEST_CASE("the store answers 120,000 random operations as a model of it does",
          "[model][M31][M59][P14][P17][P18]") {
  const char* const only = std::getenv("MPIM_MODEL_SEED");
  const uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
  const uint64_t last = only != nullptr ? first : kSeeds;
  for (uint64_t seed = first; seed <= last; ++seed) {
    INFO("MPIM_MODEL_SEED=" << seed << " in the environment of this test plays it again");
    Run run(seed);
    REQUIRE(run.play() == "");
  }
}

}  // namespace mpim::model
