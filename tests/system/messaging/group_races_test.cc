// Things that happen at once, each from a connection and a thread of its own: what comes of them is
// one of the outcomes that are told, and the database agrees with it.
#include <algorithm>
#include <atomic>
#include <barrier>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

// Asks until `last` says that it was the last one; answers all replies. Pushes are dropped.
std::vector<std::string> ask_all(LineConnection& who, const std::vector<std::string>& requests) {
  std::vector<std::string> replies;
  for (const std::string& request : requests) who.send(request);
  for (size_t i = 0; i < requests.size(); ++i)
    replies.push_back(who.next_reply().value_or("nothing came"));
  who.forget_kept();
  return replies;
}

// Both at the same time.
std::pair<std::string, std::string> at_once(LineConnection& one, const std::string& first,
                                            LineConnection& other, const std::string& second) {
  std::barrier start(2);
  std::string other_reply;
  std::thread beside([&] {
    start.arrive_and_wait();
    other_reply = other.ask(second);
  });
  start.arrive_and_wait();
  std::string reply = one.ask(first);
  beside.join();
  one.forget_kept();
  other.forget_kept();
  return {std::move(reply), std::move(other_reply)};
}

bool done(const std::string& reply) { return reply.starts_with("+OK"); }

// A log's entries by HISTORY, oldest first.
std::vector<std::string> history_of(LineConnection& reader, const std::string& group) {
  std::vector<std::string> entries;
  std::string head = ok(reader, "HISTORY group=" + group + " since=0 limit=1000");
  while (true) {
    const size_t wanted = entries.size() + number_field(head, "count");
    while (entries.size() < wanted) {  // what is pushed may come between
      const std::string line = reader.next_line().value_or("ENTRY missing");
      if (line.starts_with("ENTRY ")) entries.push_back(line);
    }
    if (field(head, "more") != "1") return entries;
    head = ok(reader, "HISTORY after=" + field(head, "next") + " limit=1000");
  }
}

// Stops the server, and lets `mpimctl db verify` look at everything there is.
void verify(TestServer& server) {
  server.stop();
  const Finished found =
      run(program_path("mpimctl"), {"db", "verify", "--data-dir", server.data_dir()}, {});
  INFO(found.out << found.err);
  CHECK(found.exit_code == 0);
}

}  // namespace

TEST_CASE("whoever is kicked while he sends has sent what came before, and nothing after",
          "[system][P17][M6]") {
  constexpr size_t kSends = 400;
  TestServer server;
  LineConnection alice = server.log_in("alice");
  for (int round = 0; round < 5; ++round) {
    LineConnection bob = server.log_in("bob", "device=d" + std::to_string(round));
    const std::string group = field(ok(alice, "CREATEGROUP tea"), "group_id");
    ok(bob, "JOINGROUP " + group);
    std::vector<std::string> replies;
    std::atomic<bool> sending = false;
    std::thread sender([&] {
      std::vector<std::string> requests(kSends, "SENDGROUP " + group + " again");
      sending = true;
      replies = ask_all(bob, requests);
    });
    while (!sending) std::this_thread::yield();
    const std::string kicked = alice.ask("KICK " + group + " " + server.uid("bob"));
    sender.join();
    alice.forget_kept();
    REQUIRE(done(kicked));
    const uint64_t kick = number_field(kicked, "seq");
    size_t stored = 0;
    for (const std::string& reply : replies) {
      INFO(reply);
      if (done(reply)) {
        CHECK(number_field(reply, "seq") < kick);
        ++stored;
      } else {
        CHECK(reply.starts_with("-ERR NOT_MEMBER "));
      }
    }
    // His +OKs are a beginning of what he asked: nothing is taken once something was refused.
    CHECK(std::ranges::is_partitioned(replies, done));
    const auto entries = history_of(alice, group);
    CHECK(entries.size() == kick);
    CHECK(kick == stored + 3);  // two joins and the kick
    CHECK(field(entries.back(), "kind") == "kick");
  }
  verify(server);
}

TEST_CASE("whoever joins while the group is dissolved came before the end, or not at all",
          "[system][P16][P17][P19]") {
  constexpr int kJoiners = 6;
  TestServer server;
  LineConnection alice = server.log_in("alice");
  std::vector<LineConnection> joiners;
  for (int i = 0; i < kJoiners; ++i) joiners.push_back(server.log_in("user" + std::to_string(i)));
  for (int round = 0; round < 5; ++round) {
    const std::string group = field(ok(alice, "CREATEGROUP tea"), "group_id");
    std::barrier start(kJoiners + 1);
    std::vector<std::thread> threads;
    std::vector<std::vector<std::string>> replies(kJoiners);
    for (size_t i = 0; i < kJoiners; ++i)
      threads.emplace_back([&, i] {
        std::vector<std::string> requests;
        for (int n = 0; n < 20; ++n) {
          requests.push_back("JOINGROUP " + group);
          requests.push_back("LEAVEGROUP " + group);
        }
        start.arrive_and_wait();
        replies[i] = ask_all(joiners[i], requests);
      });
    start.arrive_and_wait();
    const std::string dissolved = alice.ask("DISSOLVE " + group);
    for (std::thread& each : threads) each.join();
    alice.forget_kept();
    REQUIRE(done(dissolved));
    const uint64_t end = number_field(dissolved, "seq");
    uint64_t changes = 0;
    for (const auto& of_one : replies) {
      CHECK(std::ranges::is_partitioned(of_one, done));
      for (const std::string& reply : of_one) {
        INFO(reply);
        if (!done(reply)) CHECK(reply.starts_with("-ERR DISSOLVED "));
        if (!done(reply)) continue;
        CHECK(number_field(reply, "seq") < end);
        ++changes;
      }
    }
    CHECK(end == changes + 2);  // alice's join, and the end
    refused(joiners[0], "MEMBERS " + group, "NOT_MEMBER");
    refused(alice, "SENDGROUP " + group + " hello", "DISSOLVED");
  }
  verify(server);
}

TEST_CASE("an owner and his heir who leave at once leave the group to the next, once",
          "[system][P17][P18]") {
  TestServer server;
  LineConnection alice = server.log_in("alice");
  LineConnection bob = server.log_in("bob");
  LineConnection carol = server.log_in("carol");
  for (int round = 0; round < 20; ++round) {
    const std::string group = field(ok(alice, "CREATEGROUP tea"), "group_id");
    const bool with_carol = round % 2 == 0;
    ok(bob, "JOINGROUP " + group);
    if (with_carol) ok(carol, "JOINGROUP " + group);
    ok(alice, "ROLE " + group + " " + server.uid("bob") + " admin");
    const auto [first, second] = at_once(alice, "LEAVEGROUP " + group, bob, "LEAVEGROUP " + group);
    INFO(first << " " << second);
    REQUIRE(done(first));
    REQUIRE(done(second));
    CHECK(field(first, "seq") != field(second, "seq"));
    if (with_carol) {
      CHECK(field(ok(carol, "GROUPINFO " + group), "role") == "owner");
      ok(carol, "LEAVEGROUP " + group);
    }
    // The last to leave took the group with him.
    CHECK(bob.ask("JOINGROUP " + group).starts_with("-ERR DISSOLVED "));
  }
  verify(server);
}

TEST_CASE("accepting and taking back at once ends with no friends, whichever came first",
          "[system][P14]") {
  TestServer server;
  LineConnection alice = server.log_in("alice");
  LineConnection bob = server.log_in("bob");
  const std::string to_alice = server.uid("alice");
  const std::string to_bob = server.uid("bob");
  size_t accepted_first = 0;
  for (int round = 0; round < 40; ++round) {
    ok(alice, "ADDFRIEND " + to_bob);
    const auto [removed, accepted] =
        at_once(alice, "REMOVEFRIEND " + to_bob, bob, "ACCEPT " + to_alice);
    INFO(removed << " | " << accepted);
    CHECK(done(removed));
    CHECK((done(accepted) || accepted.starts_with("-ERR NOT_FOUND ")));
    accepted_first += done(accepted) ? 1 : 0;
    CHECK(ok(alice, "GETFRIENDS").find("count=0") != std::string::npos);
    CHECK(ok(bob, "GETFRIENDS").find("count=0") != std::string::npos);
    alice.forget_kept();
    bob.forget_kept();
  }
  INFO(accepted_first << " of 40 were accepted first");
  verify(server);
}

}  // namespace mpim::testing
