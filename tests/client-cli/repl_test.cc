// The REPL against a fake server, seen through a terminal of a few rows.
#include "client-cli/repl/repl.h"

#include <locale.h>

#include <catch2/catch.hpp>
#include <condition_variable>
#include <fstream>
#include <future>
#include <iterator>
#include <mutex>

#include "client-cli/commands/command.h"
#include "tests/client-cli/fake_server.h"
#include "tests/client-cli/tiny_terminal.h"

namespace mpim::chat {
namespace {

using testing::FakeConnection;
using testing::FakeServer;
using testing::message;
using testing::TinyTerminal;

// A person at a terminal.
class Person {
 public:
  explicit Person(const FakeServer& server, size_t columns = 70, bool ansi = true)
      : terminal_(columns, 12, !ansi), loop_("repl") {
    ::setlocale(LC_CTYPE, "C.UTF-8");
    ChatOptions options;
    options.server = server.address();
    options.time = TimeStyle::kNone;
    options.color = ColorChoice::kNever;
    Repl::Outside outside;
    outside.write = [this](std::string_view bytes) { write(bytes); };
    outside.ansi = ansi;
    outside.columns = columns;
    outside.link.retry_first = Millis(5);
    outside.link.retry_last = Millis(20);
    loop_.start();
    on_loop([&] {
      repl_ = std::make_unique<Repl>(loop_, options, std::move(outside),
                                     [this](int code) { ended_.set_value(code); });
    });
  }
  ~Person() {
    on_loop([&] { repl_.reset(); });
    loop_.stop();
  }

  void on_loop(std::function<void()> work) {
    std::promise<void> done;
    loop_.post([&] {
      work();
      done.set_value();
    });
    done.get_future().get();
  }
  void begin(Account account) {
    on_loop([&] { repl_->begin(std::move(account)); });
  }
  void type(std::string bytes) {
    on_loop([&] { repl_->typed(bytes); });
  }
  bool sees(const std::string& text) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, FakeConnection::kPatience,
                             [&] { return terminal_.text().find(text) != std::string::npos; });
  }
  std::string screen() {
    const std::lock_guard lock(mutex_);
    return terminal_.text();
  }
  std::string all() {
    const std::lock_guard lock(mutex_);
    return written_;
  }
  int exit_code() { return ended_.get_future().get(); }

 private:
  void write(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    terminal_.write(bytes);
    written_ += bytes;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  TinyTerminal terminal_;  // guarded
  std::string written_;    // guarded
  EventLoop loop_;
  std::unique_ptr<Repl> repl_;
  std::promise<int> ended_;
};

// Accepts, and answers what a REPL asks first.
FakeConnection welcome(FakeServer& server) {
  FakeConnection wire = server.accept();
  wire.welcome();
  REQUIRE(wire.request() == "GROUPS");
  wire.say("+OK groups count=1\nGROUP id=1001 conv=9 members=2 name=\"tea\"\n");
  REQUIRE(wire.request() == "MEMBERS 1001");
  wire.say(
      "+OK members count=2 more=0\nMEMBER uid=1001 role=owner name=\"alice\"\n"
      "MEMBER uid=1002 role=member name=\"bob\"\n");
  return wire;
}

// The next request, past the counting of what is unread.
std::string request(FakeConnection& wire) {
  while (true) {
    const std::string line = wire.request();
    if (line != "UNREAD") return line;
    wire.say("+OK unread total=0 count=0\n");
  }
}

const Account kAlice{"alice", "pw", "", "default"};

}  // namespace

TEST_CASE("a message appears above the line being typed, with its sender's name", "[client-cli]") {
  FakeServer server;
  Person person(server);
  person.begin(kAlice);
  FakeConnection wire = welcome(server);
  person.type("/to bob\r");
  person.type("half a th");
  wire.say(message(1, "你好"));
  REQUIRE(person.sees("bob: 你好"));
  CHECK(person.screen().ends_with("alice → bob> half a th"));
}

TEST_CASE("what is new when somebody comes back is messages, not joins", "[client-cli]") {
  FakeServer server;
  Person person(server);
  person.begin(kAlice);
  FakeConnection wire = server.accept();
  wire.say("+OK welcome fake\n");
  wire.line();
  const bool written = GENERATE(true, false);
  wire.say("+OK uid=1001 pending=3 unread=" + std::string(written ? "1" : "0") +
           " token=t epoch=e\n");
  REQUIRE(wire.request() == "GROUPS");
  wire.say("+OK groups count=0\n" + message(1, "hi"));
  REQUIRE(person.sees("1002: hi"));
  const bool told = person.screen().find("1 unread; /unread says from whom") != std::string::npos;
  CHECK(told == written);
  CHECK((person.all().find("unread") != std::string::npos) == written);
  CHECK(person.all().find("3 ") == std::string::npos);
}

TEST_CASE("a sent message is shown when it is stored", "[client-cli][M69]") {
  FakeServer server;
  Person person(server);
  person.begin(kAlice);
  FakeConnection wire = welcome(server);
  REQUIRE(person.sees("connected"));
  person.type("/to bob\rhello\r");
  CHECK(request(wire).find(" \"hello\" cid=") != std::string::npos);
  wire.say("+OK msg_id=7516192769 seq=1\n");
  CHECK(person.sees("→ bob: hello ✓"));
}

TEST_CASE("a message that takes long is shown as under way, then as stored", "[client-cli][M69]") {
  FakeServer server;
  Person person(server);
  person.begin(kAlice);
  FakeConnection wire = welcome(server);
  REQUIRE(person.sees("connected"));
  person.type("@bob slow\r");
  CHECK(person.sees("→ bob: slow …"));
  request(wire);
  wire.say("+OK msg_id=7516192769 seq=1\n");
  CHECK(person.sees("stored: slow"));
}

TEST_CASE("a message that is queued is shown so, then as stored or refused", "[client-cli][M69]") {
  FakeServer server;
  Person person(server);
  person.begin(kAlice);
  FakeConnection wire = welcome(server);
  REQUIRE(person.sees("connected"));
  person.type("@bob later\r");
  const auto cid_in = [](const std::string& line) { return line.substr(line.find(" cid=") + 5); };
  const std::string first = cid_in(request(wire));
  wire.say("+OK queued=q1-1-0\n");
  CHECK(person.sees("→ bob: later (queued)"));
  person.type("@bob never\r");
  const std::string second = cid_in(request(wire));
  wire.say("+OK queued=q1-1-1\n");
  CHECK(person.sees("→ bob: never (queued)"));
  wire.say("MSG id=7516192769 from=1001 ts=1 conv=7 seq=1 cid=" + first + " text=\"later\"\n");
  CHECK(person.sees("stored: later"));
  wire.say("NOTICE kind=refused queued=q1-1-1 cid=" + second +
           " code=BLOCKED text=\"bob wants no messages\"\n");
  CHECK(person.sees("not sent to bob: never"));
}

TEST_CASE("an unknown command is never sent", "[client-cli]") {
  FakeServer server;
  Person person(server);
  person.begin(kAlice);
  FakeConnection wire = welcome(server);
  REQUIRE(person.sees("connected"));
  person.type("/to bob\r/jion 1001\r");
  CHECK(person.sees("did you mean /join?"));
  person.type("//shrug\r");
  CHECK(request(wire).find("\"/shrug\"") != std::string::npos);
}

TEST_CASE("a text goes elsewhere when it says so", "[client-cli]") {
  FakeServer server;
  Person person(server);
  person.begin(kAlice);
  FakeConnection wire = welcome(server);
  REQUIRE(person.sees("connected"));
  person.type("@carol to you\r");
  CHECK(request(wire).starts_with("SEND @carol \"to you\""));
  person.type("@1005 by number\r");
  CHECK(request(wire).starts_with("SEND 1005 \"by number\""));
  person.type("#tea to all\r");
  CHECK(request(wire).starts_with("SENDGROUP 1001 \"to all\""));
  person.type("to nobody\r");
  CHECK(person.sees("nobody to talk to yet"));
}

TEST_CASE("a password is asked for and never seen", "[client-cli]") {
  FakeServer server;
  Person person(server);
  person.begin({"alice", "", "", "default"});
  REQUIRE(person.sees("Password for alice:"));
  person.type("hun");
  person.type("ter2\r");
  FakeConnection wire = server.accept();
  CHECK(wire.welcome().find("\"hunter2\"") != std::string::npos);
  CHECK(person.sees("connected"));
  person.type("\x1b[A\x1b[A");
  CHECK(person.all().find("hun") == std::string::npos);
  CHECK(person.all().find("ter2") == std::string::npos);
}

TEST_CASE("the prompt shows what is unread and that the server is away", "[client-cli]") {
  FakeServer server;
  Person person(server);
  person.begin(kAlice);
  {
    FakeConnection wire = welcome(server);
    wire.say(message(1, "a") + message(2, "b"));
    CHECK(person.sees("alice [2 new]>"));
  }
  CHECK(person.sees("offline"));
  FakeConnection back = welcome(server);
  CHECK(person.sees("connected"));
}

TEST_CASE("the REPL works at twenty columns on a dumb terminal", "[client-cli]") {
  FakeServer server;
  Person person(server, 20, false);
  person.begin(kAlice);
  FakeConnection wire = welcome(server);
  REQUIRE(person.sees("* connected"));
  person.type("/to bob\r0123456789 你好 more");
  wire.say(message(1, "hi"));
  REQUIRE(person.sees("bob: hi"));
  CHECK(person.all().find('\x1b') == std::string::npos);
  CHECK(person.screen().ends_with("more"));
}

TEST_CASE("/search shows what was found, the newest last, and what it does not know",
          "[client-cli][M19]") {
  FakeServer server;
  Person person(server);
  person.begin(kAlice);
  FakeConnection wire = welcome(server);
  person.type("/search\r");
  REQUIRE(person.sees("what shall be found?"));
  person.type("/search tea 会议\r");
  REQUIRE(request(wire) == "SEARCH \"tea 会议\"");
  wire.say(
      "+OK found count=2 more=1 complete=0 next=9663676418\n"
      "FOUND id=9663676421 from=1002 group=1001 ts=1767225600123 conv=9 seq=5 text=\"Tea 会议\"\n"
      "FOUND id=7516192770 from=1001 ts=1767225600000 conv=7 seq=2 text=\"older tea 会议\"\n");
  REQUIRE(person.sees("some may be missing"));
  REQUIRE(person.sees("there is more"));
  const std::string screen = person.screen();
  CHECK(screen.find("#tea bob: Tea 会议") != std::string::npos);
  CHECK(screen.find("alice: older tea 会议") < screen.find("#tea bob: Tea 会议"));
  person.type("/search nothing\r");
  REQUIRE(request(wire) == "SEARCH \"nothing\"");
  wire.say("+OK found count=0 more=0 complete=1\n");
  REQUIRE(person.sees("nothing found"));
  person.type("/search ?\r");
  REQUIRE(request(wire) == "SEARCH \"?\"");
  wire.say("-ERR BAD_REQUEST there is no word to search for\n");
  REQUIRE(person.sees("BAD_REQUEST: there is no word to search for"));
}

TEST_CASE("Tab completes commands, people and groups", "[client-cli]") {
  FakeServer server;
  Person person(server);
  person.begin(kAlice);
  FakeConnection wire = welcome(server);
  REQUIRE(person.sees("connected"));
  person.type("/gr\t");
  CHECK(person.sees("> /groups"));
  person.type("\x15/to b\t");
  CHECK(person.sees("> /to bob"));
  person.type("\x15#t\thi\r");
  CHECK(request(wire).starts_with("SENDGROUP 1001 \"hi\""));
}

TEST_CASE("Ctrl-C clears the line, and twice it quits", "[client-cli]") {
  FakeServer server;
  Person person(server);
  person.begin({});
  person.type("something\x03");
  CHECK(person.screen().find("something") == std::string::npos);
  person.type("\x03");
  CHECK(person.exit_code() == 0);
}

TEST_CASE("who is there is said when asked, and when it changes", "[client-cli][P9]") {
  FakeServer server;
  Person person(server);
  person.begin(kAlice);
  FakeConnection wire = welcome(server);
  person.type("/who\r");
  CHECK(request(wire) == "WATCH friends");
  wire.say("+OK watch watched=0 count=0\n");
  CHECK(person.sees("nobody: you are told of friends"));
  person.type("/to #tea\r/who\r");
  CHECK(request(wire) == "MEMBERS 1001");
  wire.say("+OK members count=1 more=0\nMEMBER uid=1002 role=member name=\"bob\"\n");
  CHECK(request(wire) == "WATCH 1002");
  wire.say("+OK watch watched=1 count=1\nPRESENT user=1002 state=offline since=1767225600123\n");
  CHECK(person.sees("bob  last seen 2026-01-01 00:00 UTC"));
  wire.say("PRESENCE user=1002 state=away since=1767225600124\n");
  CHECK(person.sees("bob is away"));
  person.type("/away\r");
  CHECK(request(wire) == "AWAY");
  wire.say("-ERR BUSY try again\n");
  CHECK(person.sees("try again"));
  person.type("/back\r");
  CHECK(request(wire) == "BACK");
  wire.say("+OK back\n");
  CHECK(person.sees("you are shown as online"));
}

TEST_CASE("who is typing stands beside the prompt until his message comes", "[client-cli][P9]") {
  FakeServer server;
  Person person(server, 78);
  person.begin(kAlice);
  FakeConnection wire = welcome(server);
  person.type("/to bob\r");
  wire.say("TYPING conv=7 from=1002\n");
  CHECK(person.sees("[bob is typing]>"));
  wire.say(message(1, "done"));
  CHECK(person.sees("bob: done"));
  CHECK(person.screen().find("is typing") == std::string::npos);
  // In another conversation it is nobody's business here.
  wire.say("TYPING conv=9 group=1001 from=1002\n" + message(2, "more"));
  CHECK(person.sees("bob: more"));
  CHECK(person.screen().find("is typing") == std::string::npos);
  person.type("/typing\r");
  CHECK(request(wire) == "TYPING 1002");
  person.type("/to #tea\r/typing\r");
  wire.say("+OK\n");
  CHECK(request(wire) == "TYPING group=1001");
}

TEST_CASE("every command says how it is used", "[client-cli]") {
  CHECK(slash_commands().size() == 58);
  std::ifstream file(MPIM_CHAT_DOCUMENT);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  for (const SlashCommand& command : slash_commands()) {
    std::string usage = std::string(command.name) + (command.arguments.empty() ? "" : " ") +
                        std::string(command.arguments);
    // As it stands in a table.
    for (size_t at = 0; (at = usage.find('|', at)) != std::string::npos; at += 2)
      usage.insert(at, 1, '\\');
    CHECK(page.find("`" + usage + "`") != std::string::npos);
    CHECK(command.name.starts_with('/'));
    CHECK_FALSE(command.help.empty());
    CHECK(find_slash_command(command.name) == &command);
  }
  CHECK(find_slash_command("/nothing") == nullptr);
}

TEST_CASE("friends are asked by a command, and a request that arrives is told by name",
          "[client-cli][P14]") {
  FakeServer server;
  Person person(server);
  person.begin(kAlice);
  FakeConnection wire = welcome(server);
  // Once this is shown, who is in the group is known as well.
  person.type("/groups\r");
  CHECK(request(wire) == "GROUPS");
  wire.say("+OK groups count=1\nGROUP id=1001 conv=9 members=2 name=\"tea\"\n");
  REQUIRE(person.sees("#1001  tea"));
  person.type("/add bob\r");
  CHECK(request(wire) == "ADDFRIEND 1002");
  wire.say("+OK friend uid=1002 state=asked version=1\n");
  CHECK(person.sees("asked bob; the answer comes here"));
  wire.say("CHANGE version=2 kind=friend user=1002 state=friends\n");
  CHECK(person.sees("bob and you are friends now"));
  wire.say("CHANGE version=3 kind=friend user=1009 state=requested\n");
  CHECK(request(wire) == "PROFILE 1009");
  wire.say("+OK profile uid=1009 name=\"dora\" display=\"\" about=\"\" avatar=0\n");
  CHECK(person.sees("dora asks to be your friend: /accept dora or /reject dora"));
  person.type("/accept dora\r");
  CHECK(request(wire) == "ACCEPT 1009");
  wire.say("-ERR NOT_FOUND user 1009 does not ask to be your friend\n");
  CHECK(person.sees("does not ask to be your friend"));
  person.type("/friends\r");
  CHECK(request(wire) == "GETFRIENDS limit=1000");
  wire.say("+OK friends count=1 more=0\nFRIEND uid=1002 state=friends name=\"bob\"\n");
  CHECK(person.sees("1002  bob"));
  person.type("/block\r");
  CHECK(person.sees("name somebody"));
  person.type("/block #tea\r");
  CHECK(person.sees("that is a group"));
}

TEST_CASE("another password is asked for twice, sent once, and never seen", "[client-cli][P12]") {
  FakeServer server;
  Person person(server);
  person.begin(kAlice);
  FakeConnection wire = welcome(server);
  REQUIRE(person.sees("connected"));
  person.type("/passwd hunter2\r");
  CHECK(person.sees("the passwords are asked for"));
  person.type("/passwd\r");
  REQUIRE(person.sees("Old password:"));
  person.type("pw-old\r");
  REQUIRE(person.sees("New password:"));
  person.type("pw-new\r");
  CHECK(request(wire) == "PASSWD \"pw-old\" \"pw-new\"");
  wire.say("+OK password token=t2\n");
  REQUIRE(person.sees("the password is changed"));
  CHECK(person.all().find("pw-old") == std::string::npos);
  CHECK(person.all().find("pw-new") == std::string::npos);
  wire.cut();
  FakeConnection again = server.accept();
  CHECK(again.welcome().find("AUTH t2") == 0);
}

}  // namespace mpim::chat
