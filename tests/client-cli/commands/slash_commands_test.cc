// Every slash command of mpim-chat, typed at a terminal into the real program that talks to a real
// server: what it asks the server for, and what it says.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "client-cli/commands/command.h"
#include "tests/client-cli/commands/verb_ways.h"
#include "tests/support/mpimd_process.h"
#include "tests/support/process.h"

namespace mpim::chat {
namespace {

using mpim::testing::MpimdProcess;
using mpim::testing::Process;
using mpim::testing::StartOptions;
using mpim::testing::TempDir;
using testing::kVerbWays;
using testing::VerbWay;

constexpr std::chrono::seconds kPatience{60};

// Who types what, and what his screen says from then on. Nothing typed: he goes on looking.
// In both, <dir> is a folder, and <id> the message he was told the id of last. What is told is a
// part of a row, or behind = a whole one, or behind > a verb that was asked of the server.
struct Step {
  std::string_view who;
  std::string_view typed;
  std::vector<std::string_view> told;
};

// What stands on a dumb terminal: of each row what was written over it last.
std::vector<std::string> rows_of(const std::string& written) {
  std::vector<std::string> rows;
  for (size_t at = 0; at <= written.size();) {
    const size_t end = std::min(written.find('\n', at), written.size());
    std::string row = written.substr(at, end - at);
    while (row.ends_with('\r')) row.pop_back();
    rows.push_back(row.substr(row.rfind('\r') + 1));
    at = end + 1;
  }
  return rows;
}

std::string replaced(std::string text, std::string_view mark, const std::string& by) {
  for (size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += by.size())
    text.replace(at, mark.size(), by);
  return text;
}

// Somebody at a terminal.
struct Seat {
  Process program;
  size_t from = 0;    // where what he sees of his step begins
  std::string doing;  // the command he is at: "/who"; "@" or "#" for a text to somebody

  // The lines of the protocol, which /raw shows, are not what is said to a person.
  std::string seen() const {
    std::string all;
    for (const std::string& row : rows_of(program.out().substr(from)))
      if (!row.starts_with("> ") && !row.starts_with("< ")) all += row + "\n";
    return all;
  }
  std::vector<std::string> verbs_sent() const {
    std::vector<std::string> verbs;
    for (const std::string& row : rows_of(program.out().substr(from)))
      if (row.starts_with("> ")) verbs.push_back(row.substr(2, row.find(' ', 2) - 2));
    return verbs;
  }
  std::string last_id() const {
    constexpr std::string_view kAnswer = "< +OK msg_id=";
    const std::string out = program.out();
    const size_t at = out.rfind(kAnswer);
    if (at == std::string::npos) return "0";
    const size_t begin = at + kAnswer.size();
    return out.substr(begin, out.find_first_not_of("0123456789", begin) - begin);
  }
};

// A server, and people who talk to it.
class Stage {
 public:
  Stage() : server_(folder_ / "data") {
    std::ofstream(folder_ / "note.txt") << "12345";
    std::ofstream(folder_ / "dot.png") << "\x89PNG\r\n\x1a\n and so on";
  }

  void sit_down(const std::string& who, std::vector<std::string> arguments) {
    StartOptions start;
    start.environment = {{"MPIM_SERVER", server_.line()},
                         {"MPIM_HTTP", server_.http()},
                         {"MPIM_PASSWORD", "password"},
                         {"XDG_STATE_HOME", folder_ / who},
                         {"LANG", "C.UTF-8"},
                         {"LC_ALL", ""},
                         {"TERM", "dumb"},
                         {"TZ", "UTC"}};
    start.terminal = true;
    start.columns = 250;
    arguments.insert(arguments.end(), {"--time", "none"});
    seats_.emplace(
        who, Seat{Process(mpim::testing::program_path("mpim-chat"), arguments, start), 0, {}});
  }
  void play(const std::vector<Step>& steps) {
    for (const Step& step : steps) play_step(step);
  }
  // What was asked of the server under a command.
  const std::set<std::string>& sent(const std::string& command) { return sent_[command]; }
  const std::set<std::string>& played() const { return played_; }
  int exit_code(const std::string& who) {
    Seat& seat = seats_.at(who);
    const int code = seat.program.finish(kPatience).exit_code;
    note_sent(seat);
    return code;
  }

 private:
  void play_step(const Step& step) {
    Seat& seat = seats_.at(std::string(step.who));
    const std::string typed = filled(step.typed, seat);
    if (!typed.empty()) begin(seat, typed);
    for (const std::string_view told : step.told) {
      const std::string text = filled(told, seat);
      REQUIRE(typed.find(text) == std::string::npos);  // its echo would do
      const bool came = waits_for(seat, text);
      INFO(step.who << " typed '" << typed << "' and waits for '" << text << "', but sees\n"
                    << seat.program.out().substr(seat.from));
      REQUIRE(came);
    }
  }
  void begin(Seat& seat, const std::string& typed) {
    note_sent(seat);
    seat.from = seat.program.out().size();
    const bool elsewhere = typed.starts_with('@') || typed.starts_with('#');
    if (elsewhere) seat.doing = typed.substr(0, 1);
    if (typed.starts_with('/')) seat.doing = typed.substr(0, typed.find(' '));
    played_.insert(seat.doing);
    seat.program.write(typed + "\r");
  }
  void note_sent(const Seat& seat) {
    for (const std::string& verb : seat.verbs_sent()) sent_[seat.doing].insert(verb);
  }
  std::string filled(std::string_view text, const Seat& seat) const {
    return replaced(replaced(std::string(text), "<dir>", folder_.path().string()), "<id>",
                    seat.last_id());
  }
  static bool has_told(const Seat& seat, const std::string& told) {
    if (told.starts_with("> ")) {
      const std::vector<std::string> verbs = seat.verbs_sent();
      return std::ranges::find(verbs, told.substr(2)) != verbs.end();
    }
    const std::string text = told.starts_with('=') ? "\n" + told.substr(1) + "\n" : told;
    return ("\n" + seat.seen()).find(text) != std::string::npos;
  }
  static bool waits_for(Seat& seat, const std::string& told) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!has_told(seat, told)) {
      if (std::chrono::steady_clock::now() > until) return false;
      seat.program.wait_for_text("\r", std::chrono::milliseconds(20), seat.program.out().size());
    }
    return true;
  }

  TempDir folder_;
  MpimdProcess server_;
  std::map<std::string, Seat> seats_;
  std::map<std::string, std::set<std::string>> sent_;
  std::set<std::string> played_;
};

const std::vector<Step> kFirst{{"alice", "", {"* connected to"}}};  // so she is user 1001

const std::vector<Step> kBeginning{
    {"bob", "", {"* connected to"}},
    {"carol", "", {"/login NAME, or /register NAME if you are new"}},
    {"alice", "/raw", {"the lines of the protocol are shown"}},
    {"bob", "/raw", {"the lines of the protocol are shown"}},
    {"carol", "/raw", {"the lines of the protocol are shown"}},
    {"carol", "/register carol", {"New password for carol:"}},
    {"carol", "carols-first", {"* connected to"}},
    {"alice", "/raw PING", {"+OK pong"}},
    {"alice", "/help", {"/unread", "count what you have not read", "//text begins with /"}},
    {"alice", "/help who", {"/who [#GROUP|off]: say who is there"}},
    {"alice", "/json", {"what comes is shown as JSON"}},
    {"bob", "@alice look", {"-> alice: look ok"}},
    {"alice", "", {"\"event\":\"message\"", "\"text\":\"look\""}},
    {"alice", "/json", {"what comes is shown as text"}},
};

const std::vector<Step> kMessages{
    {"alice", "/to bob", {"alice -> bob"}},
    {"alice", "good morning", {"-> bob: good morning ok"}},
    {"bob", "", {"alice: good morning"}},
    {"alice", "", {"ok received by bob"}},
    {"bob", "/unread", {"1 from alice"}},
    {"bob", "/read all", {"1 marked as read"}},
    {"bob", "/read", {"nothing new here"}},
    {"alice", "", {"ok read by bob"}},
    {"alice", "/receipts", {"of 1: 1 received it, 1 read it", "bob  read"}},
    {"bob", "/to alice", {"bob -> alice"}},
    {"alice", "/typing", {"> TYPING"}},
    {"bob", "", {"[alice is typing]>"}},
    {"alice",
     "/history 1 ids",
     {"<id>  -> bob: good morning", "more before: /history 1 before=<id>"}},
    {"alice", "/history 1 before=<id>", {"bob: look"}},
    {"alice", "/history after=<id>", {"nothing more was said"}},
    {"alice", "/history 1 2h ids", {"bob: look", "there is more after: /history 1 after="}},
    {"alice", "/history since=2001-01-05 order=time", {"bob: look", "-> bob: good morning"}},
    {"alice", "/edit good evening", {"=changed"}},
    {"bob", "", {"alice changed a message: good evening"}},
    {"alice", "/history", {"bob: look", "-> bob: good evening (changed)"}},
    {"alice", "/search EVEN*", {"alice -> bob: good evening"}},
    {"alice", "/search EVEN* user=bob from=alice since=1h", {"alice -> bob: good evening"}},
    {"alice", "/search even* from=bob", {"nothing found"}},
    {"alice", "/search \"even*\" until=2001-01-05", {"nothing found"}},
    {"alice", "/search even* since=soon", {"BAD_REQUEST: 'soon' is no time"}},
    {"alice", "/conversations", {"bob  good evening"}},
    {"alice", "/recall", {"=taken back"}},
    {"bob", "", {"alice took back a message"}},
    {"alice", "not for me", {"-> bob: not for me ok"}},
    {"alice", "/delete <id>", {"gone from your own history"}},
    {"alice", "/search me", {"nothing found"}},
    {"alice", "/edit 12 angry men", {"=changed"}},
    {"bob", "", {"alice changed a message: 12 angry men"}},
    {"alice", "draft", {"-> bob: draft ok"}},
    {"alice", "/to carol", {"alice -> carol"}},
    {"alice", "/edit <id> draft two", {"=changed"}},
    {"bob", "", {"alice changed a message: draft two"}},
    {"alice", "@bob draft three", {"-> bob: draft three ok"}},
    {"alice", "/search draft limit=1", {"bob: draft three", "add a word, or before=<id>"}},
    {"alice", "/search draft before=<id>", {"bob: draft two"}},
    {"alice", "/recall <id>", {"=taken back"}},
    {"alice", "/to bob", {"alice -> bob"}},
    {"alice", "/file <dir>/note.txt a note", {"-> bob: a note ok"}},
    {"bob", "", {"alice [file, /save 1 PATH]: a note"}},
    {"bob", "/save 1 <dir>/copy.txt", {"saved <dir>/copy.txt, 5 bytes"}},
    {"alice", "/file <dir>/dot.png", {"-> bob: dot.png ok"}},
    {"bob", "", {"alice [image, /save 2 PATH]: dot.png"}},
    {"alice", "/ext [1] no object", {"BAD_REQUEST: /ext needs a JSON object"}},
    {"bob", "/json", {"what comes is shown as JSON"}},
    {"alice", R"(/ext {"a": {}} with more)", {"=-> bob: with more ok"}},
    {"bob", "", {R"("ext":"{\"a\":)", R"("text":"with more")"}},
    {"bob", "/json", {"what comes is shown as text"}},
};

const std::vector<Step> kPeople{
    {"alice", "/add bob", {"asked bob; the answer comes here"}},
    {"bob", "", {"alice asks to be your friend: /accept alice or /reject alice"}},
    {"bob", "/friends", {"1001  alice  (asks to be your friend: /accept or /reject)"}},
    {"bob", "/reject alice", {"alice is told no"}},
    {"alice", "", {"bob and you are not friends any more, or the request is settled"}},
    {"alice", "/add bob", {"asked bob"}},
    {"bob", "", {"alice asks to be your friend"}},
    {"bob", "/accept alice", {"=you are friends now"}},
    {"alice", "", {"bob and you are friends now"}},
    {"alice", "/who", {"bob  online"}},
    {"bob", "/away", {"you are shown as away until /back"}},
    {"alice", "", {"bob is away"}},
    {"bob", "/back", {"you are shown as online"}},
    {"alice", "", {"bob is online"}},
    {"alice", "/who off", {"you are told of nobody any more"}},
    {"alice", "/unfriend bob", {"bob and you are no friends"}},
    {"bob", "", {"alice and you are not friends any more"}},
    {"alice", "/block bob", {"bob is blocked: neither writes to the other"}},
    {"alice", "/blocks", {"1002  bob"}},
    {"bob", "are you there?", {"not sent to alice: are you there?", "BLOCKED"}},
    {"alice", "/unblock bob", {"bob may write to you again"}},
    {"alice", "/setprofile display=\"Alice A\" about=tea", {"display: Alice A", "about: tea"}},
    {"alice", "/setprofile avatar=2", {"picture: file 2"}},
    {"bob", "/profile alice", {"picture: file 2", "1001  alice", "display: Alice A", "about: tea"}},
};

const std::vector<Step> kGroups{
    {"alice", "/create tea all about it", {"made #tea: others come in with /join #1001"}},
    {"alice", "/groups", {"#1001  tea  members: 1"}},
    {"bob", "/join #1001", {"=joined", "bob -> #tea"}},
    {"alice", "", {"bob joined #tea"}},
    {"bob", "#tea hello", {"-> #tea: hello ok"}},
    {"alice", "", {"#tea bob: hello"}},
    {"alice", "/search hello group=#tea", {"#tea bob: hello"}},
    {"alice", "/search hello user=bob", {"nothing found"}},
    {"bob", "/members", {"1001  alice  owner", "1002  bob"}},
    {"alice",
     "/info",
     {"#1001  tea  members: 2  joining: open  you: owner", "about: all about it"}},
    {"alice", "/rename green tea", {"=renamed"}},
    {"bob", "", {"alice renamed #tea to green tea"}},
    {"alice", "/notice bring cups", {"=the notice is set"}},
    {"bob", "", {"alice set the notice of #", ": bring cups"}},
    {"alice", "/policy approval", {"=set"}},
    {"bob", "", {"alice set how #", " is joined: approval"}},
    {"carol", "/join #1001", {"asked: one of its admins must let you in"}},
    {"alice", "", {"carol asks to join #green tea"}},
    {"alice", "/requests", {"1003  carol asks to join: /approve or /refuse"}},
    {"alice", "/refuse carol", {"=refused"}},
    {"carol", "/join #1001", {"asked: one of its admins must let you in"}},
    {"alice", "", {"carol asks to join #green tea"}},
    {"alice", "/approve carol", {"=let in"}},
    {"carol", "", {"carol was added to #1001 by 1001"}},
    {"alice", "/role bob admin", {"=set"}},
    {"bob", "", {"bob is admin of #"}},
    {"alice", "/mute carol 5m", {"=muted"}},
    {"carol", "#1001 may I?", {"not sent to #", "MUTED"}},
    {"alice", "/unmute carol", {"=unmuted"}},
    {"carol", "#1001 may I now?", {"may I now? ok"}},
    {"alice", "/kick carol", {"=removed"}},
    {"carol", "", {"carol was removed from #"}},
    {"alice", "/invite carol", {"=invited"}},
    {"carol", "", {"alice invites you to #"}},
    {"carol", "/invites", {"invites you to #1001  green tea: /join #1001 or /decline #1001"}},
    {"carol", "/decline #1001", {"=declined"}},
    {"alice", "/transfer bob", {"handed over: you are an admin now"}},
    {"bob", "", {"bob is owner of #"}},
    {"alice", "/leave", {"left #green tea"}},
    {"bob", "/dissolve #1001", {"=dissolved"}},
};

const std::vector<Step> kEnd{
    {"phone", "", {"* connected to"}},
    {"alice", "/devices", {"default  last log-in ", "online  (this one)", "phone  last log-in"}},
    {"alice", "/revoke phone", {"phone is logged out"}},
    {"phone", "", {"BAD_TOKEN: this device was revoked", "/login NAME to try again"}},
    {"alice", "/reconnect", {"* connected to"}},
    {"carol", "/passwd", {"Old password:"}},
    {"carol", "carols-first", {"New password:"}},
    {"carol", "carols-second", {"the password is changed; your other devices are logged out"}},
    {"carol", "/login carol", {"Password for carol:"}},
    {"carol", "carols-second", {"* connected to"}},
    {"alice", "/quit", {}},
    {"bob", "/quit", {}},
    {"carol", "/quit", {}},
};

}  // namespace

TEST_CASE("every slash command is played against a real server, and asks for what it should",
          "[client-cli]") {
  Stage stage;
  stage.sit_down("alice", {"alice", "--register"});
  stage.play(kFirst);
  stage.sit_down("bob", {"bob", "--register"});
  stage.sit_down("carol", {});
  stage.play(kBeginning);
  stage.play(kMessages);
  stage.play(kPeople);
  stage.play(kGroups);
  stage.sit_down("phone", {"alice", "--device", "phone"});
  stage.play(kEnd);
  for (const char* const who : {"alice", "bob", "carol"}) CHECK(stage.exit_code(who) == 0);

  for (const SlashCommand& command : slash_commands()) {
    INFO(command.name << " is played by no step of this test");
    CHECK(stage.played().contains(std::string(command.name)));
  }
  for (const VerbWay& way : kVerbWays) {
    if (way.typed.empty()) continue;
    INFO(way.typed << " did not ask for " << way.verb);
    CHECK(stage.sent(std::string(way.typed)).contains(std::string(way.verb)));
  }
}

}  // namespace mpim::chat
