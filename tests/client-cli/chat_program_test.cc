// mpim-chat and mpimd as they are run: exit codes, streams, and a server that goes and comes back.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/support/mpimd_process.h"
#include "tests/support/process.h"

namespace mpim {
namespace {

using testing::Finished;
using testing::MpimdProcess;
using testing::Process;
using testing::StartOptions;
using testing::TempDir;

constexpr std::chrono::seconds kPatience{60};

// A server, and programs that talk to it.
struct Town {
  explicit Town(const std::string& settings = "") : server(folder / "data", configured(settings)) {}

  TempDir folder;
  MpimdProcess server;

  MpimdProcess::Options configured(const std::string& settings) const {
    const std::string path = folder / "mpimd.toml";
    std::ofstream(path) << settings;
    return {.flags = {"--config", path}};
  }
  StartOptions options(std::string input = "") const {
    StartOptions start;
    start.environment = {{"MPIM_SERVER", server.line()},
                         {"MPIM_PASSWORD", "correct-horse-battery"},
                         {"XDG_STATE_HOME", folder / "state"},
                         {"TZ", "UTC"},
                         {"LANG", "C.UTF-8"},
                         {"LC_ALL", ""},
                         {"NO_COLOR", ""}};
    start.input = std::move(input);
    return start;
  }
  Finished chat(const std::vector<std::string>& arguments, std::string input = "") const {
    return testing::run(testing::program_path("mpim-chat"), arguments, options(std::move(input)),
                        kPatience);
  }
  Finished script(const std::string& text, std::vector<std::string> more = {}) const {
    const std::string path = folder / "talk.chat";
    std::ofstream(path) << text;
    more.insert(more.begin(), {"--batch", path});
    return chat(more);
  }
  // The accounts alice and bob.
  void populate() const {
    REQUIRE(script("user alice register\nuser bob register\nas alice login\nas bob login\n")
                .exit_code == 0);
  }
};

std::vector<nlohmann::json> events(const std::string& out, const std::string& kind) {
  std::vector<nlohmann::json> found;
  for (size_t at = 0; at < out.size();) {
    const size_t end = std::min(out.find('\n', at), out.size());
    auto object = nlohmann::json::parse(out.substr(at, end - at), nullptr, false);
    if (object.is_object() && object["event"] == kind) found.push_back(std::move(object));
    at = end + 1;
  }
  return found;
}

// The page for people who use the program.
std::string document() {
  std::ifstream file(MPIM_SOURCE_DIR "/docs/chat.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a script of two users talks through a real server", "[client-cli][X8][M1][M3][G16]") {
  const Town town;
  const Finished played = town.script(
      "user alice register\n"
      "user bob register\n"
      "as alice login\n"
      "as bob login\n"
      "as alice send bob \"hello \\\"you\\\" 你好\"\n"
      "as bob expect from=alice text=\"hello \\\"you\\\" 你好\" within 5s\n"
      "as bob assert unread=1\n"
      "as bob read\n"
      "as bob assert unread=0\n"
      "as alice create tea\n"
      "as bob join #tea\n"
      "as alice expect kind=join group=#tea\n"
      "as bob send #tea \"to all\"\n"
      "as alice expect group=#tea from=bob text=\"to all\"\n"
      "as bob disconnect\n"
      "as alice send bob away1\n"
      "as alice send bob away2\n"
      "as bob connect\n"
      "as bob expect text=away1\n"
      "as bob expect text=away2\n"
      "as bob assert received=3\n"
      "as alice send zed x fails NOT_FOUND\n");
  INFO(played.out << played.err);
  CHECK(played.exit_code == 0);
  CHECK(played.err.empty());
}

TEST_CASE("the sample scripts pass, and pass again", "[client-cli][X8]") {
  const char* const name = GENERATE("groups.chat", "offline.chat", "two_people.chat");
  const Town town;
  const std::string path = MPIM_SOURCE_DIR "/fixtures/chat/" + std::string(name);
  for (int time = 0; time < 2; ++time) {
    const Finished played = town.chat({"--batch", path});
    INFO(name << "\n" << played.out << played.err);
    CHECK(played.exit_code == 0);
  }
}

TEST_CASE("the script that the page about scripts explains can be played", "[client-cli][X8]") {
  const Town town;
  const std::string page = document();
  const std::string fence = "\n```chat\n";
  const size_t at = page.rfind(fence);
  REQUIRE(at != std::string::npos);
  const size_t begin = at + fence.size();
  const Finished played = town.script(page.substr(begin, page.find("\n```\n", begin) - begin));
  INFO(played.out << played.err);
  CHECK(played.exit_code == 0);
  CHECK(played.out.find("as ben logout") != std::string::npos);
}

TEST_CASE("a script fails with the code that says why", "[client-cli][X8]") {
  const Town town;
  town.populate();
  const std::string begin = "user alice\nuser bob\nas alice login\nas bob login\n";
  const Finished late =
      town.script(begin + "as alice send bob a\nas bob expect text=b within 100ms\n");
  CHECK(late.exit_code == 8);
  CHECK(late.err.find("talk.chat:6: ") != std::string::npos);
  CHECK(late.err.find("\"a\" from alice") != std::string::npos);
  CHECK(town.script(begin + "as bob assert unread=77\n").exit_code == 1);
  CHECK(town.script(begin + "as alice send bob x\nas bob refute text=x within 5s\n").exit_code ==
        1);
  CHECK(town.script(begin + "as bob fly\n").exit_code == 2);
  CHECK(town.script("user carol\nas carol login\n").exit_code == 4);
  CHECK(town.script(begin, {"-s", "127.0.0.1:1"}).exit_code == 7);
}

TEST_CASE("a script tells what happens to each of its users as JSON lines", "[client-cli][X8]") {
  const Town town;
  town.populate();
  const std::string talk =
      "user alice\nuser bob\nas alice login\nas bob login\nas alice send bob \"two\\nlines\"\n";
  const Finished played =
      town.script(talk + "as bob expect from=alice within 5s\n", {"-o", "jsonl"});
  INFO(played.out << played.err);
  CHECK(played.exit_code == 0);
  const auto received = events(played.out, "message");
  REQUIRE(received.size() == 1);
  CHECK(received.front()["as"] == "bob");
  CHECK(received.front()["text"] == "two\nlines");
  const auto sent = events(played.out, "sent");
  REQUIRE(sent.size() == 1);
  CHECK(sent.front()["as"] == "alice");
  CHECK(sent.front()["id"] == received.front()["id"]);
  std::istringstream lines(played.out);
  for (std::string line; std::getline(lines, line);)
    CHECK(nlohmann::json::parse(line, nullptr, false).is_object());
}

TEST_CASE("lines of a pipe are sent, and arrive in order and once", "[client-cli]") {
  const Town town;
  town.populate();
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "line " + std::to_string(i) + "\n";
  lines += "/help is a text here";
  const Finished sent = town.chat({"--as", "alice", "--to", "bob"}, lines);
  CHECK(sent.exit_code == 0);
  CHECK(sent.out.empty());
  const Finished got = town.chat({"--as", "bob", "--count", "101", "--wait", "20s", "-o", "jsonl"});
  CHECK(got.exit_code == 0);
  const auto messages = events(got.out, "message");
  REQUIRE(messages.size() == 101);
  for (size_t i = 0; i < 100; ++i) CHECK(messages[i]["text"] == "line " + std::to_string(i));
  CHECK(messages[100]["text"] == "/help is a text here");
  CHECK(town.chat({"--as", "bob", "--count", "1", "--wait", "100ms"}).exit_code == 8);
}

TEST_CASE("a line that is too long is refused once, and nothing of it is sent", "[client-cli]") {
  const Town town;
  town.populate();
  const std::string endless(200'000, 'x');
  const Finished sent =
      town.chat({"--as", "alice", "--to", "bob"}, "one\n" + endless + "\ntwo\n" + endless);
  CHECK(sent.exit_code == 3);
  CHECK(sent.err.find("65,536 bytes") != std::string::npos);
  const Finished got = town.chat({"--as", "bob", "--wait", "1s", "-o", "jsonl"});
  const auto messages = events(got.out, "message");
  REQUIRE(messages.size() == 2);
  CHECK(messages[1]["text"] == "two");
  CHECK(town.chat({"--as", "alice", "--to", "bob"}, endless).exit_code == 2);
}

TEST_CASE("a message that cannot be shown is not acknowledged", "[client-cli]") {
  const Town town;
  town.populate();
  REQUIRE(town.chat({"--as", "alice", "--to", "bob", "--send", "kept"}).exit_code == 0);
  const Finished full = testing::run("/bin/sh",
                                     {"-c", "\"$0\" --as bob --count 1 --wait 20s > /dev/full",
                                      testing::program_path("mpim-chat")},
                                     town.options(), kPatience);
  CHECK(full.exit_code == 1);
  CHECK(full.err.find("cannot write to stdout") != std::string::npos);
  CHECK(town.chat({"--as", "bob", "--count", "1", "--wait", "20s"}).out.find("kept") !=
        std::string::npos);
  CHECK(town.chat({"--as", "bob", "--count", "1", "--wait", "100ms"}).exit_code == 8);
}

TEST_CASE("no escape byte and no secret reaches a pipe", "[client-cli]") {
  const Town town;
  town.populate();
  town.chat({"--as", "alice", "--to", "bob", "--send", "\x1b[31mred"});
  const char* const color = GENERATE("auto", "always");
  const Finished got =
      town.chat({"--as", "bob", "--count", "1", "--wait", "20s", "-v", "--color", color});
  CHECK(got.out.find("^[[31mred") != std::string::npos);
  CHECK((got.out + got.err).find('\x1b') == std::string::npos);
  CHECK(got.err.find("LOGIN bob ***") != std::string::npos);
  CHECK(got.err.find("correct-horse") == std::string::npos);
}

TEST_CASE("the flags that take one of a few words list them", "[client-cli]") {
  const std::string chat = testing::program_path("mpim-chat");
  const Finished help = testing::run(chat, {"--help"});
  CHECK(help.exit_code == 0);
  const auto control = [](char c) { return c != '\n' && static_cast<unsigned char>(c) < ' '; };
  CHECK(std::ranges::none_of(help.out, control));
  for (const char* words : {"{jsonl,text}", "{iso,local,none,rel}", "{always,auto,never}"})
    CHECK(help.out.find(words) != std::string::npos);
  const std::string page = document();
  for (size_t at = help.out.find("--"); at < help.out.find("Examples:");
       at = help.out.find("--", at + 2)) {
    const std::string flag = help.out.substr(at, help.out.find_first_of(" ,\n", at) - at);
    INFO(flag);
    CHECK(page.find("`" + flag) != std::string::npos);
  }
  const Finished wrong = testing::run(chat, {"-o", "jsno"});
  CHECK(wrong.exit_code == 2);
  CHECK(wrong.err.find("jsno not in {jsonl,text}") != std::string::npos);
}

// The newest ten come by themselves; how many do not is told, neither one more nor one less.
TEST_CASE("what lies below the window is told with its right count", "[client-cli][M49]") {
  const Town town("[session]\nwindow_max = 10\n");
  town.populate();
  std::string lines;
  for (int i = 1; i <= 32; ++i) lines += "n" + std::to_string(i) + "\n";
  REQUIRE(town.chat({"--as", "alice", "--to", "bob"}, lines).exit_code == 0);
  const std::vector<std::string> listen{"--as", "bob", "--count", "10", "--wait", "20s"};
  SECTION("for people") {
    const Finished got = town.chat(listen);
    CHECK(got.err.find("* 22 entries with ") != std::string::npos);
    CHECK(got.out.find(": n23\n") != std::string::npos);
    CHECK(got.out.find(": n22\n") == std::string::npos);
  }
  SECTION("for programs") {
    std::vector<std::string> json = listen;
    json.insert(json.end(), {"-o", "jsonl"});
    const Finished got = town.chat(json);
    const auto gaps = events(got.out, "gap");
    REQUIRE(gaps.size() == 1);
    CHECK(gaps.front()["missing"] == "22");
    const auto messages = events(got.out, "message");
    REQUIRE(messages.size() == 10);
    CHECK(messages.front()["text"] == "n23");
  }
}

TEST_CASE("a message from another device of one's own says whom it went to", "[client-cli][G30]") {
  const Town town;
  town.populate();
  town.chat({"--as", "alice", "--device", "phone", "--wait", "1ms"});
  REQUIRE(town.chat({"--as", "alice", "--to", "bob", "--send", "from my desk"}).exit_code == 0);
  const Finished got = town.chat(
      {"--as", "alice", "--device", "phone", "--count", "1", "--wait", "20s", "-o", "jsonl"});
  const auto messages = events(got.out, "message");
  REQUIRE(messages.size() == 1);
  CHECK(messages.front()["from_name"] == "alice");
  CHECK(messages.front()["to"] == "1002");
}

TEST_CASE("what is wrong has its exit code", "[client-cli]") {
  const Town town;
  town.populate();
  CHECK(town.chat({"--as", "alice", "--to", "nobody", "--send", "x"}).exit_code == 5);
  CHECK(town.chat({"--as", "mallory", "--to", "bob", "--send", "x"}).exit_code == 4);
  CHECK(town.chat({"--as", "alice", "--to", "bob", "--send", "x", "-s", "127.0.0.1:1", "--timeout",
                   "300ms"})
            .exit_code == 7);
  CHECK(town.chat({"--to", "bob", "--send", "x"}).exit_code == 2);
  CHECK(town.chat({"--password", "x"}).exit_code == 2);
  const Finished long_text =
      town.chat({"--as", "alice", "--to", "bob", "--send", std::string(4'097, 'x')});
  CHECK(long_text.exit_code == 2);
  CHECK(long_text.err.find("TOO_LARGE") != std::string::npos);
}

// The same process before, during and after: its transcript is what a person at it would have read.
TEST_CASE("a server restarted under a chat costs no line and repeats none",
          "[client-cli][G16][M2][M49]") {
  Town town;
  town.populate();
  const std::string address = town.server.line();
  const std::string chat = testing::program_path("mpim-chat");
  const int lines = 30;
  Process bob(chat,
              {"--as", "bob", "--count", std::to_string(3 * lines), "--wait", "50s", "--timeout",
               "50s", "-o", "jsonl"},
              town.options());
  StartOptions typing = town.options();
  typing.keep_input = true;
  Process alice(chat, {"--as", "alice", "--to", "bob", "--timeout", "50s", "-o", "jsonl"}, typing);
  const auto say = [&](int from) {
    for (int i = from; i < from + lines; ++i) alice.write("n" + std::to_string(i) + "\n");
  };
  say(0);
  REQUIRE(bob.wait_for_text("\"n5\"", kPatience));
  const bool in_order = GENERATE(true, false);
  if (in_order)
    town.server.stop();
  else
    town.server.kill();
  say(lines);
  MpimdProcess again(town.folder / "data", {.flags = {"--line", address}});
  REQUIRE(again.line() == address);
  say(2 * lines);
  alice.close_input();
  const Finished sent = alice.finish(kPatience);
  INFO(sent.out << sent.err);
  CHECK(sent.exit_code == 0);
  const Finished got = bob.finish(kPatience);
  INFO(got.out << got.err);
  CHECK(got.exit_code == 0);
  const auto messages = events(got.out, "message");
  REQUIRE(messages.size() == static_cast<size_t>(3 * lines));
  std::set<std::string> places;
  for (size_t i = 0; i < messages.size(); ++i) {
    CHECK(messages[i]["text"] == "n" + std::to_string(i));
    places.insert(messages[i]["seq"].get<std::string>());
  }
  CHECK(places.size() == messages.size());
}

TEST_CASE("a token is kept when that is asked for, and lets its owner in", "[client-cli]") {
  Town town;
  town.populate();
  CHECK(town.chat({"--as", "alice", "--to", "bob", "--send", "1"}).exit_code == 0);
  CHECK_FALSE(std::filesystem::exists(town.folder / "state/mpim/tokens"));
  CHECK(town.chat({"--as", "alice", "--to", "bob", "--send", "2", "--remember"}).exit_code == 0);
  StartOptions start = town.options();
  start.environment["MPIM_PASSWORD"] = "";
  const std::vector<std::string> send{"--as", "alice", "--to", "bob", "--send", "3", "--remember"};
  CHECK(testing::run(testing::program_path("mpim-chat"), send, start, kPatience).exit_code == 0);
  for (const auto& file : std::filesystem::directory_iterator(town.folder / "state/mpim/tokens"))
    CHECK((file.status().permissions() & std::filesystem::perms::all) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("on a terminal two people talk", "[client-cli]") {
  const Town town;
  town.populate();
  StartOptions start = town.options();
  start.terminal = true;
  start.environment["TERM"] = "xterm";
  const std::string chat = testing::program_path("mpim-chat");
  Process alice(chat, {"alice", "--to", "bob"}, start);
  Process bob(chat, {"bob", "--to", "alice"}, start);
  REQUIRE(alice.wait_for_text("connected", kPatience));
  REQUIRE(bob.wait_for_text("connected", kPatience));
  alice.write("hello bob\r");
  CHECK(bob.wait_for_text("hello bob", kPatience));
  bob.write("hello alice\r");
  CHECK(alice.wait_for_text(": hello alice", kPatience));
  alice.write("\x04");
  const Finished ended = alice.finish(kPatience);
  CHECK(ended.exit_code == 0);
  CHECK(ended.out.find("\x1b[?2004l") != std::string::npos);
  bob.write("/quit\r");
  CHECK(bob.finish(kPatience).exit_code == 0);
}

TEST_CASE("a typed password is not echoed", "[client-cli]") {
  const Town town;
  StartOptions start = town.options();
  start.terminal = true;
  start.environment["MPIM_PASSWORD"] = "";
  start.environment["TERM"] = "dumb";
  Process carol(testing::program_path("mpim-chat"), {"carol", "--register"}, start);
  REQUIRE(carol.wait_for_text("New password for carol:", kPatience));
  carol.write("swordfish-99\r");
  REQUIRE(carol.wait_for_text("connected", kPatience));
  carol.write("\x04");
  const Finished ended = carol.finish(kPatience);
  CHECK(ended.exit_code == 0);
  CHECK(ended.out.find("swordfish") == std::string::npos);
  CHECK(ended.out.find('\x1b') == std::string::npos);
}

}  // namespace mpim
