// Several nodes that write to one MariaDB at the same time.
#include <condition_variable>
#include <map>
#include <set>
#include <thread>

#include "server/store/sql/search/log_window.h"
#include "server/telemetry/metrics.h"
#include "tests/store/running_storage.h"
#include "tests/support/mariadb_process.h"

namespace mpim::test {
namespace {

using testing::shared_mariadb;

// The storages of some nodes on one database.
struct Nodes {
  explicit Nodes(size_t count, StorageOptions options = {.writer = {}, .appenders = 2}) {
    alice = db.user("alice");
    bob = db.user("bob");
    carol = db.user("carol");
    for (size_t i = 0; i < count; ++i)
      storages.push_back(ThreadedStorage::start([this] { return db.another(); },
                                                [this] { return db.another({.read_only = true}); },
                                                options)
                             .value());
  }

  void append(size_t node, const Draft& one, std::vector<Result<Appended>>& answers) {
    // Each by a clock of its own: no key of the database stands in for a lock.
    storages[node]->append(
        {one}, kNow + (Millis(1) + clock_apart) * static_cast<int64_t>(node),
        Reply<AppendOutcomes>(inbox, [&](Result<AppendOutcomes> outcomes) {
          answers.push_back(outcomes.ok() ? outcomes->front() : outcomes.error());
        }));
  }
  Result<Appended> send(size_t node, const Draft& one) {
    std::vector<Result<Appended>> answers;
    append(node, one, answers);
    inbox.run_until([&] { return !answers.empty(); });
    return std::move(answers.front());
  }
  // `job` at a node's store, in a transaction of its own.
  template <class T, class F>
  Result<T> change(size_t node, F job) {
    std::optional<Result<T>> answer;
    storages[node]->write<T>(ConversationId(), std::move(job), Reply<T>(inbox, [&](Result<T> done) {
                               answer.emplace(std::move(done));
                             }));
    inbox.run_until([&] { return answer.has_value(); });
    return *std::move(answer);
  }

  Database db{Backend::kMysql};
  Inbox inbox;
  UserId alice;
  UserId bob;
  UserId carol;
  std::vector<std::unique_ptr<ThreadedStorage>> storages;
  Millis clock_apart{0};  // of each node from the one before
};

TEST_CASE("nodes that write to the same conversations give every seq once", "[store][mysql][M25]") {
  Nodes nodes(3);
  const Group group = nodes.db.group(nodes.alice, {nodes.bob, nodes.carol});
  const Seq before = nodes.db.send(draft(nodes.alice, group.id, "x")).committed.id.seq();
  constexpr int kEach = 200;
  std::vector<Result<Appended>> answers;
  const std::vector<UserId> people{nodes.alice, nodes.bob, nodes.carol};
  for (int i = 0; i < kEach; ++i)
    for (size_t node = 0; node < 3; ++node) {
      const std::string cid = std::to_string(node) + "." + std::to_string(i);
      nodes.append(node, draft(people[node], group.id, cid, cid), answers);
      nodes.append(node, draft(people[node], people[(node + 1) % 3], cid, cid), answers);
      nodes.append(node, draft(people[node], people[(node + 2) % 3], cid, cid), answers);
    }
  nodes.inbox.run_until([&] { return answers.size() == 9 * kEach; });
  std::map<ConversationId, std::set<uint64_t>> seqs;
  for (const Result<Appended>& answer : answers) {
    INFO((answer.ok() ? std::string() : answer.error().message));
    REQUIRE(answer.ok());
    const MessageId id = answer->committed.id;
    CHECK(seqs[id.conversation()].insert(id.seq().value).second);
  }
  CHECK(seqs.size() == 4);  // two who write first at the same moment share one conversation
  for (const auto& [conversation, given] : seqs) {
    const bool in_group = conversation == group.conversation;
    CHECK(given.size() == (in_group ? 3 * kEach : 2 * kEach));
    CHECK(*given.rbegin() - *given.begin() + 1 == given.size());
    if (in_group) CHECK(*given.begin() == before.value + 1);
  }
}

TEST_CASE("a sender's messages to one receiver keep their order on many writers",
          "[store][mysql]") {
  Nodes nodes(1, {.writer = {}, .appenders = 3});
  std::vector<Result<Appended>> answers;
  std::vector<Draft> drafts;
  for (int i = 0; i < 300; ++i)
    drafts.push_back(
        draft(i % 2 == 0 ? nodes.alice : nodes.bob, nodes.carol, std::to_string(i), ""));
  std::optional<AppendOutcomes> outcomes;
  nodes.storages[0]->append(drafts, kNow,
                            Reply<AppendOutcomes>(nodes.inbox, [&](Result<AppendOutcomes> all) {
                              outcomes.emplace(std::move(all).value());
                            }));
  nodes.inbox.run_until([&] { return outcomes.has_value(); });
  REQUIRE(outcomes->size() == drafts.size());
  for (size_t i = 0; i < drafts.size(); ++i) {
    REQUIRE((*outcomes)[i].ok());
    CHECK((*outcomes)[i]->entry->text == drafts[i].text);
    CHECK((*outcomes)[i]->committed.id.seq() == Seq(i / 2 + 1));
  }
}

TEST_CASE("a client id is one message, whichever nodes it is sent through",
          "[store][mysql][M48][G45]") {
  Nodes nodes(2);
  const Result<Appended> first = nodes.send(0, draft(nodes.alice, nodes.bob, "hello", "c1"));
  REQUIRE(first.ok());
  for (const size_t node : {1U, 0U, 1U}) {
    const Result<Appended> again = nodes.send(node, draft(nodes.alice, nodes.bob, "hello", "c1"));
    REQUIRE(again.ok());
    CHECK(again->committed.id == first->committed.id);
    CHECK(again->committed.duplicate);
  }
  CHECK(nodes.send(1, draft(nodes.alice, nodes.bob, "else", "c1")).error().code == Code::kConflict);
  std::vector<Result<Appended>> answers;
  for (int i = 0; i < 100; ++i)
    for (size_t node = 0; node < 2; ++node)
      nodes.append(node, draft(nodes.alice, nodes.bob, "x", "d" + std::to_string(i)), answers);
  nodes.inbox.run_until([&] { return answers.size() == 200; });
  std::map<uint64_t, int> times;
  for (const Result<Appended>& answer : answers) ++times[answer.value().committed.id.seq().value];
  CHECK(times.size() == 100);
  for (const auto& [seq, count] : times) CHECK(count == 2);
}

TEST_CASE("what one node changes of rights the others know at once",
          "[store][mysql][M6][M7][P20]") {
  Nodes nodes(2);
  const Group group = nodes.db.group(nodes.alice, {nodes.bob});
  REQUIRE(nodes.send(1, draft(nodes.bob, group.id, "x")).ok());
  REQUIRE(nodes.send(1, draft(nodes.bob, nodes.carol, "x")).ok());
  REQUIRE(nodes
              .change<Appended>(0,
                                [&](Store& store) {
                                  return store.groups().leave(group.id, nodes.bob, DeviceId(),
                                                              nodes.alice, kNow);
                                })
              .ok());
  CHECK(nodes.send(1, draft(nodes.bob, group.id, "x")).error().code == Code::kNotMember);
  REQUIRE(nodes
              .change<bool>(0,
                            [&](Store& store) -> Result<bool> {
                              MPIM_CHECKED(store.people().block(nodes.carol, nodes.bob, kNow));
                              return true;
                            })
              .ok());
  CHECK(nodes.send(1, draft(nodes.bob, nodes.carol, "x")).error().code == Code::kBlocked);
}

TEST_CASE("heads that another node moved are found, and none is passed over", "[store][mysql]") {
  Nodes nodes(2);
  Store& reader = nodes.db.store();
  const ConversationId old =
      nodes.send(0, draft(nodes.alice, nodes.bob, "x")).value().audience.conversation;
  const auto heads_from = [&](ChangePlace since, uint32_t most) {
    std::map<ConversationId, Seq> heads;
    Changes changes;
    do {
      changes = reader.log().changed_since(since, most).value();
      since = changes.next;
      for (const ChangedHead& each : changes.heads)
        heads[each.audience.conversation] = std::max(heads[each.audience.conversation], each.head);
    } while (changes.more);
    return heads;
  };
  const ChangePlace seen = reader.log().changed_since({}, 10).value().next;
  // Takes its time between its head and its commit: others have looked meanwhile.
  const auto slow = nodes.db.driver();
  REQUIRE(slow->begin().ok());
  REQUIRE(slow->run_script("UPDATE conversations SET head = 2, changed_at = ROUND(UNIX_TIMESTAMP("
                           "NOW(3)) * 1000) WHERE id = " +
                           std::to_string(old.value))
              .ok());
  const Appended young = nodes.send(1, draft(nodes.bob, nodes.carol, "x")).value();
  const Appended group = nodes.send(1, draft(nodes.bob, nodes.bob, "x")).value();
  const ChangePlace later = reader.log().changed_since(seen, 10).value().next;
  REQUIRE(slow->commit().ok());
  const auto heads = heads_from(later, 1);
  CHECK(heads.at(old) == Seq(2));
  CHECK(heads.at(young.audience.conversation) == Seq(1));
  CHECK(heads.at(group.audience.conversation) == Seq(1));
}

TEST_CASE("nodes whose clocks are many minutes apart keep one order, and find each other's entries",
          "[store][mysql][M25]") {
  Nodes nodes(2);
  nodes.clock_apart = std::chrono::minutes(GENERATE(-30, 30));
  Store& reader = nodes.db.store();
  ChangePlace seen = reader.log().changed_since({}, 10).value().next;
  ConversationId talk;
  for (size_t i = 0; i < 20; ++i) {
    const Appended sent =
        nodes.send(i % 2, draft(nodes.alice, nodes.bob, "x", std::to_string(i))).value();
    talk = sent.audience.conversation;
    REQUIRE(sent.committed.id == MessageId(talk, Seq(i + 1)));
    // By the sweep of any node, whatever either's clock says.
    const Changes changes = reader.log().changed_since(seen, 10).value();
    seen = changes.next;
    const auto found = std::ranges::find(changes.heads, Seq(i + 1), &ChangedHead::head);
    CHECK(found != changes.heads.end());
  }
  CHECK(nodes.db.seqs_after(nodes.bob, talk, Seq(0)).size() == 20);
  // A client id is the same message, whichever clock it was first seen by.
  const auto again = nodes.send(1, draft(nodes.alice, nodes.bob, "x", "4")).value();
  CHECK(again.committed.id == MessageId(talk, Seq(5)));
}

TEST_CASE("whoever follows the log waits for a place that is not filled yet",
          "[store][mysql][M19]") {
  Nodes nodes(1);
  const Appended first = nodes.send(0, draft(nodes.alice, nodes.bob, "one")).value();
  const auto places = [&](LogWindow& window, LogPos after) {
    REQUIRE(window.begin().ok());
    const auto found = window.above(after, 10, 10'000).value();
    window.end();
    std::vector<std::string> texts;
    for (const PlacedEntry& each : found) texts.push_back(each.entry->text);
    return texts;
  };
  using Texts = std::vector<std::string>;
  LogWindow patient(nodes.db.driver({.read_only = true}), nullptr);
  LogWindow hasty(nodes.db.driver({.read_only = true}), nullptr, Millis(0));
  CHECK(places(patient, 0) == Texts{"one"});
  const auto slow = nodes.db.driver();
  REQUIRE(slow->begin().ok());
  REQUIRE(slow->run_script("INSERT INTO messages (conversation, seq, kind, type, sender, device, "
                           "subject, ref, at, text) SELECT conversation, 99, kind, type, sender, "
                           "device, subject, ref, at, 'two' FROM messages LIMIT 1")
              .ok());
  REQUIRE(nodes.send(0, draft(nodes.alice, nodes.carol, "three")).ok());
  CHECK(places(patient, 0) == Texts{"one"});
  CHECK(places(hasty, 0) == Texts{"one"});
  CHECK(places(hasty, 0) == Texts{"one", "three"});  // it was there the last time, too
  REQUIRE(slow->commit().ok());
  CHECK(places(patient, 0) == Texts{"one", "two", "three"});
}

TEST_CASE("transactions that wait for each other are done again, and none is lost",
          "[store][mysql][M53]") {
  Nodes nodes(1);
  const Appended one = nodes.send(0, draft(nodes.alice, nodes.bob, "x")).value();
  const Appended two = nodes.send(0, draft(nodes.alice, nodes.carol, "x")).value();
  // Holds the second, wants the first; the node holds them in the order of their ids.
  const auto other = nodes.db.driver();
  const auto hold = [&](ConversationId of) {
    return other
        ->run_script("SELECT head FROM conversations WHERE id = " + std::to_string(of.value) +
                     " FOR UPDATE")
        .ok();
  };
  const uint64_t retries = counted(Counter::kStoreRetries);
  REQUIRE(other->begin().ok());
  // The heavier transaction is not the one that is given up.
  REQUIRE(other
              ->run_script("INSERT INTO audit_log (at, actor, action, subject) SELECT 0, 'x', "
                           "'x', 'x' FROM information_schema.collations LIMIT 50")
              .ok());
  REQUIRE(hold(two.audience.conversation));
  std::vector<Result<Appended>> answers;
  std::vector<Draft> both{draft(nodes.alice, nodes.bob, "y"), draft(nodes.alice, nodes.carol, "y")};
  std::optional<AppendOutcomes> outcomes;
  nodes.storages[0]->append(both, kNow,
                            Reply<AppendOutcomes>(nodes.inbox, [&](Result<AppendOutcomes> all) {
                              outcomes.emplace(std::move(all).value());
                            }));
  REQUIRE(shared_mariadb().wait_for(
      "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'", "1"));
  REQUIRE(hold(one.audience.conversation));
  REQUIRE(other->commit().ok());
  nodes.inbox.run_until([&] { return outcomes.has_value(); });
  for (const Result<Appended>& outcome : *outcomes) {
    REQUIRE(outcome.ok());
    CHECK(outcome->committed.id.seq() == Seq(2));
  }
  CHECK(counted(Counter::kStoreRetries) > retries);
}

TEST_CASE("who is muted while a batch waits for its group is known to be muted",
          "[store][mysql][M6]") {
  Nodes nodes(1, {.writer = {}, .appenders = 1});
  std::vector<Draft> drafts{draft(nodes.alice, nodes.bob, "1"),
                            draft(nodes.alice, nodes.carol, "2"),
                            draft(nodes.alice, nodes.alice, "3")};
  for (const Draft& each : drafts) REQUIRE(nodes.send(0, each).ok());
  const Group group = nodes.db.group(nodes.alice, {nodes.bob});
  drafts.push_back(draft(nodes.bob, group.id, "4"));
  REQUIRE(nodes.send(0, drafts.back()).ok());  // everything is remembered
  const auto other = nodes.db.driver();
  REQUIRE(other->begin().ok());
  REQUIRE(other
              ->run_script("SELECT head FROM conversations WHERE id = " +
                           std::to_string(group.conversation.value) +
                           " FOR UPDATE; UPDATE `groups` SET muted_until = 9000000000000")
              .ok());
  std::optional<AppendOutcomes> outcomes;
  nodes.storages[0]->append(drafts, kNow,
                            Reply<AppendOutcomes>(nodes.inbox, [&](Result<AppendOutcomes> all) {
                              outcomes.emplace(std::move(all).value());
                            }));
  REQUIRE(shared_mariadb().wait_for(
      "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'", "1"));
  REQUIRE(other->commit().ok());
  nodes.inbox.run_until([&] { return outcomes.has_value(); });
  for (size_t i = 0; i < 3; ++i) CHECK((*outcomes)[i].ok());
  REQUIRE_FALSE(outcomes->back().ok());
  CHECK(outcomes->back().error().code == Code::kMuted);
}

TEST_CASE("a node that stands still before it has written holds nobody up for long",
          "[store][mysql][M56]") {
  Nodes nodes(1);
  const Appended talk = nodes.send(0, draft(nodes.alice, nodes.bob, "x")).value();
  const auto still = nodes.db.driver();
  REQUIRE(still->begin().ok());
  REQUIRE(still
              ->run_script("SELECT rights_version FROM writers FOR UPDATE; SELECT head FROM "
                           "conversations WHERE id = " +
                           std::to_string(talk.audience.conversation.value) + " FOR UPDATE")
              .ok());
  const Result<Appended> next = nodes.send(0, draft(nodes.bob, nodes.alice, "y"));
  INFO((next.ok() ? std::string() : next.error().message));
  CHECK(next.ok());
  CHECK(nodes
            .change<UserId>(0,
                            [](Store& store) {
                              return store.accounts().create({"dave", "dave"}, "hash", kNow);
                            })
            .ok());
}

TEST_CASE("a node that stands still in a transaction holds the others up for seconds only",
          "[store][mysql][M56]") {
  Nodes nodes(1);
  const Appended talk = nodes.send(0, draft(nodes.alice, nodes.bob, "x")).value();
  const auto still = nodes.db.driver();
  REQUIRE(still->begin().ok());
  REQUIRE(still->run_script("UPDATE writers SET rights_version = rights_version + 1").ok());
  REQUIRE(still
              ->run_script("UPDATE conversations SET head = 99 WHERE id = " +
                           std::to_string(talk.audience.conversation.value))
              .ok());
  const Result<Appended> next = nodes.send(0, draft(nodes.bob, nodes.alice, "y"));
  INFO((next.ok() ? std::string() : next.error().message));
  REQUIRE(next.ok());
  CHECK(next->committed.id.seq() == Seq(2));
  CHECK_FALSE(still->commit().ok());
}

}  // namespace
}  // namespace mpim::test
