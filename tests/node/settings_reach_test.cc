// Settings of a file, met where they bound something: at the value, and one past it.
#include <fstream>

#include "server/node/node_options.h"
#include "server/service/files/file_service.h"
#include "server/service/retention/retention_job.h"
#include "tests/node/node_rig.h"
#include "tests/support/direct_storage.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

constexpr Timestamp kNow{1'700'000'000'000};
constexpr Millis kDay = std::chrono::hours(24);

Settings settings_of(const ScratchDirectory& dir, const std::string& toml) {
  const std::string path = dir.path() + "/mpimd.toml";
  std::ofstream(path) << toml;
  Settings settings;
  const Result<void> read = read_settings_file(settings, path);
  INFO((read.ok() ? "" : read.error().message));
  REQUIRE(read.ok());
  return settings;
}

// A store as a node with this settings file opens it, and three people.
class Bounded {
 public:
  explicit Bounded(const std::string& toml) : settings(settings_of(dir, toml)) {
    StoreOptions options;
    options.limits = store_limits(settings);
    storage.emplace(std::move(open_sqlite_store(path(), options)).value());
    for (const char* const name : {"ann", "bob", "cid", "dan"})
      people.push_back(*change([&](Store& store) {
        return store.accounts().create({name, name}, "h", kNow);
      }));
  }

  std::string path() const { return sqlite_path(dir.path()); }
  template <class F>
  auto change(F job) -> decltype(job(std::declval<Store&>())) {
    Store& store = storage->store();
    REQUIRE(store.begin().ok());
    auto answer = job(store);
    if (!answer.ok()) {
      store.rollback();
      return answer;
    }
    REQUIRE(store.commit().ok());
    return answer;
  }
  Result<Appended> send(Draft draft, Timestamp now = kNow) {
    draft.sender = people[0];
    return change([&](Store& store) { return store.log().append(draft, now); });
  }
  MessageId say(const std::string& text, Timestamp now = kNow) {
    Draft draft{};
    draft.to = people[1];
    draft.text = text;
    return send(std::move(draft), now)->committed.id;
  }

  ScratchDirectory dir;
  Settings settings;
  std::optional<DirectStorage> storage;
  std::vector<UserId> people;
};

template <class T>
Code code_of(const Result<T>& refused) {
  REQUIRE_FALSE(refused.ok());
  return refused.error().code;
}

// Holds no bytes: only the rows of uploads are looked at.
class NoVault final : public FileVault {
 public:
  void write(Reply<std::shared_ptr<VaultWriting>> reply) override {
    reply(Error{Code::kUnavailable, ""});
  }
  void read(FileHash, Reply<std::shared_ptr<VaultReading>> reply) override {
    reply(Error{Code::kUnavailable, ""});
  }
  std::vector<FileHash> mark(const std::vector<FileHash>&) override { return {}; }
  void remove(std::vector<FileHash>, std::vector<FileHash>, Reply<uint32_t> reply) override {
    reply(0U);
  }
  void list(uint8_t, Reply<std::vector<FileHash>> reply) override {
    reply(std::vector<FileHash>());
  }
};

}  // namespace

TEST_CASE("retention.inbox_days: on its last day a message waits, then not", "[node][M15]") {
  Bounded bounded("[retention]\ninbox_days = 3\n");
  ManualLoop loop;
  const Timestamp now = loop.clock().wall();
  bounded.say("of today", now);
  RetentionJob job(loop, *bounded.storage, retention_options(bounded.settings));
  const auto expired = [&] {
    std::optional<RetentionRun> done;
    job.run(Reply<RetentionRun>(loop, [&](auto run) { done = run.value(); }));
    while (!done) {
      loop.run();
      if (!done) loop.advance(retention_options(bounded.settings).step_pause);
    }
    return done->expired;
  };
  loop.advance(3 * kDay);
  CHECK(expired() == 0);
  loop.advance(Millis(1));
  CHECK(expired() == 1);
}

TEST_CASE("files.unused_hours: an upload that nobody used goes when they are over", "[node][G40]") {
  Bounded bounded("[files]\nunused_hours = 2\n");
  ManualLoop loop;
  NoVault vault;
  const FileId file = *bounded.change([&](Store& store) {
    return store.files().add(
        {{}, std::string(64, 'a'), 3, "image/png", "p", bounded.people[0], loop.clock().wall()});
  });
  SigningKeys keys(token_options(bounded.settings));
  FileService files(loop, *bounded.storage, vault, keys, file_options(bounded.settings));
  const auto is_there_after_cleaning = [&] {
    files.clean(Reply<uint32_t>(loop, [](const Result<uint32_t>&) {}));
    loop.run();
    return bounded.storage->store().files().find(file).ok();
  };
  loop.advance(std::chrono::hours(2));
  CHECK(is_there_after_cleaning());
  loop.advance(Millis(1));
  CHECK_FALSE(is_there_after_cleaning());
}

TEST_CASE("search.waiting_max: so many searches wait, one more is answered BUSY", "[node][M19]") {
  Bounded bounded("[search]\nwaiting_max = 2\n");
  ManualLoop loop;
  SqlSearchOptions options = search_options(bounded.settings, bounded.dir.path(), nullptr);
  options.threads = 0;  // nobody takes them off the queue
  std::vector<Code> answers;
  SqlSearch search(options);
  const auto ask = [&](UserId reader) {
    search.find({.reader = reader, .words = "tea"},
                Reply<SearchPage>(loop, [&](const Result<SearchPage>& page) {
                  answers.push_back(code_of(page));
                }));
    loop.run();
  };
  ask(bounded.people[0]);
  ask(bounded.people[1]);
  CHECK(answers.empty());
  ask(bounded.people[2]);
  CHECK(answers == std::vector{Code::kBusy});
}

TEST_CASE("message.clock_skew_max_ms: a client's time is believed up to it, both ways",
          "[node][M26]") {
  Bounded bounded("[message]\nclock_skew_max_ms = 5000\n");
  const auto sent_at = [&](Millis off) {
    Draft draft{};
    draft.to = bounded.people[1];
    draft.text = "x";
    draft.client_at = kNow + off;
    return bounded.send(std::move(draft))->entry->sent_at;
  };
  for (const Millis good : {Millis(5'000), Millis(-5'000)}) CHECK(sent_at(good) == kNow + good);
  for (const Millis bad : {Millis(5'001), Millis(-5'001)}) CHECK(sent_at(bad) == kNow);
}

TEST_CASE("message.change_window_ms: in its last moment a message may be changed", "[node][M28]") {
  Bounded bounded("[message]\nchange_window_ms = 4000\n");
  const bool recall = GENERATE(false, true);
  const auto change = [&](MessageId of, Millis later) {
    return bounded.change([&](Store& store) {
      return store.log().change({of, bounded.people[0], {}, recall, recall ? "" : "y"},
                                kNow + later);
    });
  };
  CHECK(change(bounded.say("x"), Millis(4'000)).ok());
  const auto late = change(bounded.say("x"), Millis(4'001));
  REQUIRE(code_of(late) == Code::kDenied);
  CHECK_THAT(late.error().message, Catch::Contains("for 4 s (message.change_window_ms)"));
}

TEST_CASE("people.friends_max, people.blocks_max: one more than the setting is refused",
          "[node][P14]") {
  Bounded bounded("[people]\nfriends_max = 2\nblocks_max = 2\n");
  const auto& who = bounded.people;
  const auto befriend = [&](UserId other) {
    return bounded.change([&](Store& store) -> Result<PeopleChange> {
      MPIM_CHECKED(store.people().add_friend(who[0], other, kNow));
      return store.people().accept(other, who[0], kNow);
    });
  };
  const auto block = [&](UserId other) {
    return bounded.change([&](Store& store) { return store.people().block(who[0], other, kNow); });
  };
  CHECK(befriend(who[1]).ok());
  CHECK(befriend(who[2]).ok());
  CHECK(code_of(befriend(who[3])) == Code::kLimit);
  CHECK(block(who[1]).ok());
  CHECK(block(who[2]).ok());
  CHECK(code_of(block(who[3])) == Code::kLimit);
}

TEST_CASE("groups.requests_max: so many ask to join, or are invited, one more is refused",
          "[node][P17]") {
  Bounded bounded("[groups]\nrequests_max = 2\n");
  const auto& who = bounded.people;
  const UserId eve = *bounded.change([&](Store& store) {
    return store.accounts().create({"eve", "eve"}, "h", kNow);
  });
  const GroupId group =
      bounded
          .change([&](Store& store) { return store.groups().create(who[0], {}, "g", "", kNow); })
          ->group.id;
  const GroupActor owner{who[0], {}};
  REQUIRE(bounded
              .change([&](Store& store) {
                return store.groups().change(group, owner, SetJoinPolicy{JoinPolicy::kApproval},
                                             kNow);
              })
              .ok());
  const auto ask = [&](UserId user) {
    return bounded.change([&](Store& store) {
      return store.groups().ask_to_join(group, {user, {}}, kNow);
    });
  };
  const auto invite = [&](UserId user) {
    return bounded.change(
        [&](Store& store) { return store.groups().invite(group, owner, user, kNow); });
  };
  CHECK(ask(who[1]).ok());
  CHECK(ask(who[2]).ok());
  CHECK(code_of(ask(who[3])) == Code::kLimit);
  CHECK(invite(who[3]).ok());
  CHECK(invite(eve).ok());
  CHECK(code_of(invite(who[1])) == Code::kLimit);
}

TEST_CASE("store.pack_over_bytes: a text of so many bytes stays as it is, one more is packed",
          "[node][M22]") {
  Bounded bounded("[store]\npack_over_bytes = 300\n");
  bounded.say(std::string(300, 'a'));
  bounded.say(std::string(301, 'a'));
  const auto driver = std::move(open_sqlite_driver(bounded.path(), {.read_only = true})).value();
  CHECK(driver->ask_once("SELECT packed FROM messages ORDER BY pos").value() ==
        std::vector<std::string>{"0", "301"});
}

TEST_CASE("message.change_window_ms changes under a store that is open, between transactions",
          "[node][O30]") {
  Bounded bounded("[message]\nchange_window_ms = 4000\n");
  const auto limits = std::make_shared<SharedLimits>(store_limits(bounded.settings));
  StoreOptions options;
  options.limits = limits->get();
  options.shared_limits = limits;
  ScratchDirectory other;
  bounded.storage.emplace(std::move(open_sqlite_store(sqlite_path(other.path()), options)).value());
  bounded.people.clear();
  for (const char* const name : {"ann", "bob"})
    bounded.people.push_back(*bounded.change([&](Store& store) {
      return store.accounts().create({name, name}, "h", kNow);
    }));
  const auto edit = [&](MessageId of) {
    return bounded.change([&](Store& store) {
      return store.log().change({of, bounded.people[0], {}, false, "y"}, kNow + Millis(5'000));
    });
  };
  CHECK(code_of(edit(bounded.say("x"))) == Code::kDenied);
  bounded.settings.message.change_window_ms = 6'000;
  limits->set(store_limits(bounded.settings));
  CHECK(edit(bounded.say("x")).ok());
  bounded.settings.message.change_window_ms = 4'000;
  limits->set(store_limits(bounded.settings));
  CHECK(code_of(edit(bounded.say("x"))) == Code::kDenied);
}
