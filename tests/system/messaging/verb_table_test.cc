// Every verb of the table, with every kind of argument it may not have.
#include <catch2/catch.hpp>
#include <set>

#include "server/core/errors.h"
#include "server/protocol/verbs/verbs.h"
#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

// What a verb takes, a letter a word: u user, U user by id alone, g group, m message, w a word that
// must be one of a few, t any text. `options` are bad ones that may follow, `needs_words` says that
// no word may be left out, `ends` that nothing else may follow.
struct VerbShape {
  std::string_view verb;
  std::string_view words;
  std::vector<std::string> options = {};
  bool needs_words = true;
  bool ends = true;
};

const std::vector<std::string> kPage{"limit=0", "limit=-1", "limit=1001",
                                     "limit=", "limit=99999999999999999999"};
const std::vector<std::string> kAfterUser{"after=-1", "after=x", "after=4294967296"};

std::vector<std::string> operator+(std::vector<std::string> one,
                                   const std::vector<std::string>& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

const std::vector<VerbShape> kShapes{
    {"ACCEPT", "u"},
    {"ACK", "m"},
    {"ADDFRIEND", "u"},
    {"APPROVE", "gU"},
    {"AUTH", "t", {"device=", "device=a/b", "sync=often", "ack=never", "since=-1"}},
    {"AWAY", ""},
    {"BACK", ""},
    {"BLOCK", "u"},
    {"BLOCKS", "", kPage + kAfterUser, false},
    {"CONVERSATIONS", "", kPage + std::vector<std::string>{"before=0", "before=x"}, false},
    {"CREATEGROUP", "t", {}, true, false},
    {"DECLINE", "g"},
    {"DELETE", "m"},
    {"DEVICES", ""},
    {"DISSOLVE", "g"},
    {"EDIT", "mt", {}, true, false},
    {"GETFRIENDS", "", kPage + kAfterUser + std::vector<std::string>{"state=enemies"}, false},
    {"GROUPINFO", "g"},
    {"GROUPNOTICE", "gt", {}, false, false},
    {"GROUPPOLICY", "gw"},
    {"GROUPS", ""},
    {"GSEND", "gt", {}, true, false},
    {"HELP", "w", {}, false},
    {"HISTORY", "",
     kPage + std::vector<std::string>{"conv=0", "conv=x", "conv=8589934592", "conv=4711", "user=0",
                                      "user=@", "user=@nobody", "group=-1", "group=4294967295",
                                      "before=42", "after=-1", "since=-1", "conv=1 order=up",
                                      "conv=1 user=1002"}},
    {"INVITE", "gu"},
    {"INVITES", ""},
    {"JOINGROUP", "g"},
    {"KICK", "gU"},
    {"LEAVEGROUP", "g"},
    {"LOGIN", "tt", {"device=", "sync=often", "ack=never", "since=-1"}},
    {"LOGOUT", ""},
    {"MEMBERS", "g", kPage + kAfterUser},
    {"MUTE", "gU"},
    {"PASSWD", "tt"},
    {"PING", "", {}, false, false},
    {"PRESENCE", "U", {}, false, false},
    {"PROFILE", "u", {}, false},
    {"PULL",
     "",
     {"0", "-1", "1001", "x", "read=2", "conv=1", "after=0", "conv=0 after=0", "conv=4711 after=0",
      "conv=1 after=-1", "read=1 conv=1 after=0"},
     false},
    {"QUIT", ""},
    {"READ", "m"},
    {"RECALL", "m"},
    {"RECEIPTS", "m", kPage + kAfterUser},
    {"REFUSE", "gU"},
    {"REGISTER", "tt"},
    {"REJECT", "u"},
    {"REMOVEFRIEND", "u"},
    {"RENAMEGROUP", "gt", {}, true, false},
    {"REQUESTS", "g", kPage + kAfterUser},
    {"REVOKE", "w"},
    {"ROLE", "gUw"},
    {"SEARCH",
     "",
     {"\"x\" limit=0", "\"x\" limit=1001", "\"x\" conv=0", "\"x\" group=-1", "\"x\" since=-1",
      "\"x\" before=x", "\"x\" from=@", "\"x\" user=@nobody", "\"x\" conv=1 group=1"},
     false,
     false},
    {"SEND", "ut", {}, true, false},
    {"SENDGROUP", "gt", {}, true, false},
    {"SETPROFILE",
     "",
     {"name", "colour=red", "direct_messages=nobody", "avatar=-1",
      "display=" + std::string(65, 'x')}},
    {"TRANSFER", "gU"},
    {"TYPING", "u", {"group=0", "group=x", "group=4294967295"}},
    {"UNBLOCK", "u"},
    {"UNMUTE", "gU"},
    {"UNREAD", ""},
    {"UNWATCH", "U", {}, true, false},
    {"WATCH", "U", {}, true, false},
};

// What stands for a good word, and the bad ones: none, zero, negative, huge, no number, not there,
// not his.
struct World {
  std::string user;
  std::string group;
  std::string message;
  std::string foreign_group;
  std::string foreign_message;

  std::string good(char kind) const {
    switch (kind) {
      case 'u':
      case 'U': return user;
      case 'g': return group;
      case 'm': return message;
      case 'w': return "open";
      default: return "text";
    }
  }
  std::vector<std::string> bad(char kind) const {
    const std::vector<std::string> numbers{
        "0", "-1", "1.5", "x", "+1", "99999999999999999999", "18446744073709551617", "\xc3\xa9"};
    switch (kind) {
      case 'u': return numbers + std::vector<std::string>{"@", "@nobody", "4294967295"};
      case 'U': return numbers + std::vector<std::string>{"@nobody", "4294967296"};
      case 'g':
        return numbers + std::vector<std::string>{"4294967296", "4294967295", foreign_group};
      case 'm':
        return numbers + std::vector<std::string>{"1", "42", "9223372036854775808",
                                                  "9223372036854775807", foreign_message};
      case 'w': return {"nosuch", "-1", std::string(3'000, 'x')};
      default: return {};
    }
  }
};

std::string joined(std::string_view verb, const std::vector<std::string>& words) {
  std::string line(verb);
  for (const std::string& word : words) line += " " + word;
  return line;
}

std::vector<std::string> bad_lines(const VerbShape& shape, const World& world) {
  std::vector<std::string> good;
  for (const char kind : shape.words) good.push_back(world.good(kind));
  std::vector<std::string> lines;
  if (shape.needs_words)
    for (size_t count = 0; count < good.size(); ++count)
      lines.push_back(joined(shape.verb, {good.begin(), good.begin() + static_cast<long>(count)}));
  for (size_t at = 0; at < good.size(); ++at)
    for (const std::string& bad : world.bad(shape.words[at])) {
      std::vector<std::string> words = good;
      words[at] = bad;
      lines.push_back(joined(shape.verb, words));
    }
  for (const std::string& option : shape.options)
    lines.push_back(joined(shape.verb, good) + " " + option);
  if (shape.ends) {
    lines.push_back(joined(shape.verb, good) + " beyond this");
    lines.push_back(joined(shape.verb, good) + " nosuch=1");
  }
  return lines;
}

// The code of a refusal; empty for anything else.
std::string code_of(const std::string& reply) {
  if (!reply.starts_with("-ERR ")) return {};
  return reply.substr(5, reply.find(' ', 5) - 5);
}

}  // namespace

TEST_CASE("every verb refuses every kind of bad argument, once, with a code of the registry",
          "[system][G25][G49]") {
  TestServer server(
      SettingTexts{{"auth.attempts_max", "1000"}, {"auth.address_attempts_max", "1000"}});
  LineConnection alice = server.log_in("alice");
  LineConnection bob = server.log_in("bob");
  LineConnection carol = server.log_in("carol");
  World world;
  world.user = server.uid("bob");
  world.message = field(ok(alice, "SEND " + world.user + " mine"), "msg_id");
  world.group = field(ok(alice, "CREATEGROUP mine"), "group_id");
  world.foreign_group = field(ok(carol, "CREATEGROUP theirs"), "group_id");
  ok(carol, "GROUPPOLICY " + world.foreign_group + " closed");
  world.foreign_message = field(ok(carol, "SEND " + world.user + " theirs"), "msg_id");

  std::set<std::string_view> shaped;
  for (const VerbShape& shape : kShapes) shaped.insert(shape.verb);
  for (const VerbRow& row : all_verbs()) {
    INFO(row.name << " has no row in this test");
    CHECK(shaped.contains(row.name));
  }
  size_t asked = 0;
  for (const VerbShape& shape : kShapes) {
    for (const std::string& line : bad_lines(shape, world)) {
      INFO(line.substr(0, 80));
      // The PING behind it shows that there was one reply, and that the connection goes on.
      alice.send(line);
      alice.send("PING");
      const std::string reply = alice.next_line().value_or("nothing came");
      INFO(reply);
      CHECK(code_named(code_of(reply)).has_value());
      CHECK(code_of(reply) != "INTERNAL");
      CHECK(code_of(reply) != "UNKNOWN");
      REQUIRE(alice.next_line() == "+OK pong");
      ++asked;
    }
  }
  CHECK(asked > 400);
  // Nothing of it happened.
  CHECK(ok(alice, "GROUPS").starts_with("+OK groups count=1"));
  CHECK(ok(alice, "CONVERSATIONS").find("count=2") != std::string::npos);
}

}  // namespace mpim::testing
