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

TEST_CASE("every command says how it is used", "[client-cli]") {
  CHECK(slash_commands().size() == 16);
  std::ifstream file(MPIM_CHAT_DOCUMENT);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  for (const SlashCommand& command : slash_commands()) {
    const std::string usage = std::string(command.name) + (command.arguments.empty() ? "" : " ") +
                              std::string(command.arguments);
    CHECK(page.find("`" + usage + "`") != std::string::npos);
    CHECK(command.name.starts_with('/'));
    CHECK_FALSE(command.help.empty());
    CHECK(find_slash_command(command.name) == &command);
  }
  CHECK(find_slash_command("/nothing") == nullptr);
}

}  // namespace mpim::chat
