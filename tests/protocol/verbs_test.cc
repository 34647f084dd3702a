#include "server/protocol/verbs/verbs.h"

#include <array>
#include <catch2/catch.hpp>
#include <cctype>
#include <set>

#include "server/protocol/nearest.h"

using namespace mpim;

namespace {

Request request(std::string_view line) {
  Parsed parsed = parse_line(line, LineLimits{});
  CAPTURE(line);
  REQUIRE(parsed.ok());
  return *parsed;
}

// One good request for each verb.
constexpr std::array kOneOfEach{"ACCEPT 1002",
                                "ACK *",
                                "ADDFRIEND @bob",
                                "APPROVE 1005 1002",
                                "AUTH token",
                                "AWAY",
                                "BACK",
                                "BLOCK 1002",
                                "BLOCKS",
                                "CONVERSATIONS",
                                "CREATEGROUP tea",
                                "DECLINE 1005",
                                "DELETE 7516192810",
                                "DEVICES",
                                "DISSOLVE 1005",
                                "EDIT 7516192810 hi",
                                "GETFRIENDS",
                                "GROUPINFO 1005",
                                "GROUPNOTICE 1005 read",
                                "GROUPPOLICY 1005 open",
                                "GROUPS",
                                "GSEND 1005 hi",
                                "HELP",
                                "HISTORY user=1002",
                                "INVITE 1005 1002",
                                "INVITES",
                                "JOINGROUP 1005",
                                "KICK 1005 1002",
                                "LEAVEGROUP 1005",
                                "LOGIN bob secret",
                                "LOGOUT",
                                "MEMBERS 1005",
                                "MUTE 1005 *",
                                "PASSWD old new",
                                "PING",
                                "PRESENCE",
                                "PROFILE",
                                "PULL",
                                "QUIT",
                                "READ 7516192810",
                                "RECALL 7516192810",
                                "RECEIPTS 7516192810",
                                "REFUSE 1005 1002",
                                "REGISTER bob s",
                                "REJECT 1002",
                                "REMOVEFRIEND 1002",
                                "RENAMEGROUP 1005 tea",
                                "REQUESTS 1005",
                                "REVOKE phone",
                                "ROLE 1005 1002 admin",
                                "SEARCH tea",
                                "SEND 1002 hi",
                                "SENDGROUP 1005 hi",
                                "SETPROFILE about=me",
                                "TRANSFER 1005 1002",
                                "TYPING 1002",
                                "UNBLOCK 1002",
                                "UNMUTE 1005 *",
                                "UNREAD",
                                "UNWATCH *",
                                "WATCH friends"};

}  // namespace

TEST_CASE("before log-in only logging in, help, ping and leaving are allowed", "[protocol][G6]") {
  std::set<std::string_view> open;
  for (const VerbRow& row : all_verbs())
    if (!row.needs_session) open.insert(row.name);
  CHECK(open == std::set<std::string_view>{"AUTH", "HELP", "LOGIN", "PING", "QUIT", "REGISTER"});
  CHECK(needs_session(request("SEND 1002 hi")));
  CHECK(needs_session(request("SENDGROUP 1005 hi")));
  CHECK_FALSE(needs_session(request("LOGIN bob secret")));
}

TEST_CASE("sends, acknowledgements and pings may overlap; everything else is a barrier",
          "[protocol]") {
  std::set<std::string_view> overlap;
  for (const VerbRow& row : all_verbs())
    if (row.may_overlap) overlap.insert(row.name);
  CHECK(overlap == std::set<std::string_view>{"ACK", "GSEND", "PING", "SEND", "SENDGROUP"});
  CHECK(may_overlap(request("GSEND 1005 hi")));
  CHECK_FALSE(may_overlap(request("PULL")));
}

TEST_CASE("every request finds the row of the verb it came from", "[protocol]") {
  REQUIRE(kOneOfEach.size() == all_verbs().size());
  for (size_t i = 0; i < kOneOfEach.size(); ++i) {
    const std::string_view name = all_verbs()[i].name;
    CAPTURE(name);
    CHECK(row_of(request(kOneOfEach[i])).name == (name == "GSEND" ? "SENDGROUP" : name));
  }
}

TEST_CASE("a verb is found in any case and only whole", "[protocol][G1]") {
  for (const VerbRow& row : all_verbs()) {
    std::string lower(row.name);
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    CHECK(find_verb(row.name) == &row);
    CHECK(find_verb(lower) == &row);
    CHECK(find_verb(lower + "x") == nullptr);
    CHECK(find_verb(lower.substr(0, lower.size() - 1)) != find_verb(lower));
  }
  CHECK(find_verb("") == nullptr);
  CHECK(find_verb(std::string(1'000, 'A')) == nullptr);
}

TEST_CASE("every verb says how it is written and what it does", "[protocol]") {
  for (const VerbRow& row : all_verbs()) {
    CAPTURE(row.name);
    CHECK(row.usage.substr(0, row.usage.find(' ')) == row.name);
    CHECK_FALSE(row.help.empty());
    CHECK_FALSE(row.detail.empty());
    CHECK_FALSE(row.detail.ends_with('\n'));
  }
}

TEST_CASE("a mistyped verb names the nearest one, a foreign one none", "[protocol][G49]") {
  CHECK(unknown_verb("SNED").message == "there is no verb 'SNED'; did you mean SEND?");
  CHECK(unknown_verb("unraed").message == "there is no verb 'unraed'; did you mean UNREAD?");
  CHECK(unknown_verb("GET").message == "there is no verb 'GET'; HELP lists them");
  CHECK(unknown_verb(std::string(100'000, 'x')).message.size() < 100);
}

TEST_CASE("nearest takes changes, additions, omissions and swaps, and gives up on more",
          "[protocol]") {
  const std::array<std::string_view, 3> names{"JOINGROUP", "LEAVEGROUP", "PING"};
  CHECK(nearest("JIONGROUP", names) == "JOINGROUP");
  CHECK(nearest("JOINGROUPP", names) == "JOINGROUP");
  CHECK(nearest("JOINGRP", names) == "JOINGROUP");
  CHECK(nearest("PONG", names) == "PING");
  CHECK(nearest("PXXG", names).empty());
  CHECK(nearest("", names).empty());
}
