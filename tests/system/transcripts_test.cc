// Plays fixtures/transcripts against a real mpimd.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

const std::filesystem::path kFolder = MPIM_FIXTURES_DIR "/transcripts";

// sorted
constexpr auto kPlayed = std::to_array<std::string_view>({
    "client_ids.txt",
    "closed_registration.txt",
    "conversation_rate.txt",
    "errors.txt",
    "group.txt",
    "groups/group_admins.txt",
    "groups/group_bad_requests.txt",
    "groups/group_dissolved.txt",
    "groups/group_joining.txt",
    "groups/group_limits.txt",
    "groups/group_owners.txt",
    "help.txt",
    "history.txt",
    "locked_out.txt",
    "log_in.txt",
    "offline.txt",
    "people/friends.txt",
    "people/own_devices.txt",
    "people/private_changes.txt",
    "people/profiles.txt",
    "presence/last_seen.txt",
    "presence/presence.txt",
    "presence/short_break.txt",
    "presence/typing.txt",
    "presence/watch_limit.txt",
    "pull_and_ack.txt",
    "rates.txt",
    "reading/edits.txt",
    "reading/read_on_pull.txt",
    "reading/repeats.txt",
    "reading/window.txt",
    "receipts.txt",
    "search.txt",
    "search_off.txt",
    "two_devices.txt",
    "two_people.txt",
});
static_assert(std::ranges::is_sorted(kPlayed));

std::string text_of(const std::string& name) {
  std::ifstream file(kFolder / name);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string played(std::string_view text) {
  const Transcript transcript = read_transcript(text);
  TestServer server(transcript.settings);
  std::string difference = play(transcript, server);
  if (difference.empty()) server.stop();
  return difference;
}

std::string played_file(const std::string& name) {
  REQUIRE(std::ranges::binary_search(kPlayed, name));
  return played(text_of(name));
}

}  // namespace

TEST_CASE("two people talk: each send has one answer, each message one push with the same id",
          "[system][G1][G2][G3][G40][M1]") {
  REQUIRE(played_file("two_people.txt") == "");
}

TEST_CASE("every verb but the way in is refused before a log-in, and each step of it is told",
          "[system][G5][G6][G19][P12]") {
  REQUIRE(played_file("log_in.txt") == "");
}

TEST_CASE("a group hears what its members write and who comes and goes, and outsiders may not",
          "[system][G3][G41][M3][M5][M6][P16][P17]") {
  REQUIRE(played_file("group.txt") == "");
}

TEST_CASE(
    "owner, admins and members may what the table says, and each change is told to all at once",
    "[system][M6][P16][P17][P18][P19][P20]") {
  REQUIRE(played_file("groups/group_admins.txt") == "");
}

TEST_CASE("a group is joined as its policy says: by all, after approval, or by invitation",
          "[system][M6][P17]") {
  REQUIRE(played_file("groups/group_joining.txt") == "");
}

TEST_CASE("a dissolved group takes nothing more, and its history stays for who belonged",
          "[system][M6][P16][P19]") {
  REQUIRE(played_file("groups/group_dissolved.txt") == "");
}

TEST_CASE("whoever owns a group after its owner, all who are in it learn of it",
          "[system][P16][P17][P18][P19]") {
  REQUIRE(played_file("groups/group_owners.txt") == "");
}

TEST_CASE("a limit that is reached names its setting and the way out", "[system][P17]") {
  REQUIRE(played_file("groups/group_limits.txt") == "");
}

TEST_CASE("bad requests about groups get one error each, and nothing of them happens",
          "[system][G25][P16][P18]") {
  REQUIRE(played_file("groups/group_bad_requests.txt") == "");
}

TEST_CASE("messages of people and groups wait through kill -9 and come back once",
          "[system][G4][M2][M3][M5][M9][M31]") {
  REQUIRE(played_file("offline.txt") == "");
}

TEST_CASE("PULL pages what waits, ACK is cumulative, and what was not acknowledged comes again",
          "[system][G4][M12][M13][M42]") {
  REQUIRE(played_file("pull_and_ack.txt") == "");
}

TEST_CASE("a repeated client id gets the first id again, also after kill -9",
          "[system][G27][M48][M49]") {
  REQUIRE(played_file("client_ids.txt") == "");
}

TEST_CASE("two devices of one user both receive, each with a place of its own",
          "[system][G30][P6]") {
  REQUIRE(played_file("two_devices.txt") == "");
}

TEST_CASE("each bad request gets one error with its code, and nothing of it is stored",
          "[system][G25][G42][G49]") {
  REQUIRE(played_file("errors.txt") == "");
}

TEST_CASE("a search finds words of any script in what its reader may read, and nothing else",
          "[system][M19][X14]") {
  REQUIRE(played_file("search.txt") == "");
}

TEST_CASE("search can be turned off", "[system][M19]") {
  REQUIRE(played_file("search_off.txt") == "");
}

TEST_CASE("HELP lists exactly the verbs there are", "[system][G49]") {
  REQUIRE(played_file("help.txt") == "");
}

TEST_CASE("REGISTER can be closed to strangers", "[system][P12]") {
  REQUIRE(played_file("closed_registration.txt") == "");
}

TEST_CASE("too many wrong passwords lock the name out, and say for how long",
          "[system][P12][G49]") {
  REQUIRE(played_file("locked_out.txt") == "");
}

TEST_CASE("presence is told to people of one's groups, exact over devices, and to nobody else",
          "[system][P7][P8][P9]") {
  REQUIRE(played_file("presence/presence.txt") == "");
}

TEST_CASE("last seen survives a restart", "[system][P8]") {
  REQUIRE(played_file("presence/last_seen.txt") == "");
}

TEST_CASE("a short break and quick changes are no news", "[system][P9]") {
  REQUIRE(played_file("presence/short_break.txt") == "");
}

TEST_CASE("a session follows so many people and no more", "[system][P9]") {
  REQUIRE(played_file("presence/watch_limit.txt") == "");
}

TEST_CASE("typing reaches who is there, once in a while, and nobody who may not know",
          "[system][P9]") {
  REQUIRE(played_file("presence/typing.txt") == "");
}

TEST_CASE("a flooder is refused with the limit's name and a time; others are not held up",
          "[system][G44]") {
  REQUIRE(played_file("rates.txt") == "");
}

TEST_CASE("a conversation's rate counts whoever sends", "[system][G44]") {
  REQUIRE(played_file("conversation_rate.txt") == "");
}

TEST_CASE("friends are asked, accepted, rejected, removed and blocked, and both sides hear of it",
          "[system][P14][P13][M7]") {
  REQUIRE(played_file("people/friends.txt") == "");
}

TEST_CASE("a profile is edited and seen at once, and may let friends alone write",
          "[system][P15][P13][M7]") {
  REQUIRE(played_file("people/profiles.txt") == "");
}

TEST_CASE("what changed outside the log is told to other devices, and after an absence",
          "[system][P14][P15][M32]") {
  REQUIRE(played_file("people/private_changes.txt") == "");
}

TEST_CASE("a user lists and revokes his devices, and another password ends their sessions",
          "[system][G30][P12]") {
  REQUIRE(played_file("people/own_devices.txt") == "");
}

TEST_CASE("every transcript is played", "[system]") {
  std::set<std::string> there;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kFolder)) {
    const std::string name = entry.path().lexically_relative(kFolder);
    const bool codecs = name.starts_with("codec_") || name.starts_with("json/");
    if (entry.path().extension() == ".txt" && !codecs) there.insert(name);
  }
  REQUIRE(there == std::set<std::string>(kPlayed.begin(), kPlayed.end()));
}

TEST_CASE("a transcript that is not so is told with its line, what it says and what came",
          "[system]") {
  const std::string difference =
      played("alice> PING\nalice< +OK pong\nalice> PING\nalice< +OK gnop\n");
  REQUIRE(difference ==
          "   alice> PING\n   alice< +OK pong\n   alice> PING\n"
          "at line 4 for alice\n - +OK gnop\n + +OK pong\n");
  REQUIRE(played("alice> PING\n") ==
          "   alice> PING\nat the end for alice\n - nothing more\n + +OK pong\n");
  REQUIRE(played("alice> QUIT\nalice< +OK bye\nalice< +OK bye\n").ends_with(" + (nothing came)\n"));
  REQUIRE(played("alice says hello\n") == "line 1 says nothing: alice says hello");
}

TEST_CASE("a placeholder learns a word once and then holds to it", "[system]") {
  std::map<std::string, std::string> captures;
  REQUIRE(matches("+OK msg_id=<ID> seq=1", "+OK msg_id=77 seq=1", captures));
  REQUIRE(captures.at("ID") == "77");
  REQUIRE(matches("MSG id=<ID> <...> text=\"hi\"", "MSG id=77 from=1 seq=1 text=\"hi\"", captures));
  REQUIRE_FALSE(matches("MSG id=<ID> <...>", "MSG id=78 from=1", captures));
  REQUIRE_FALSE(matches("MSG id=<ID>", "MSG id=777", captures));
  REQUIRE_FALSE(matches("a <*> c", "a b b c", captures));
  REQUIRE_FALSE(matches("a=<*> c", "a= c", captures));
  REQUIRE(matches("usage: SEND <uid>", "usage: SEND <uid>", captures));
  REQUIRE(filled_in("ACK <ID> <uid> <OTHER>", captures) == "ACK 77 <uid> <OTHER>");
}

TEST_CASE("what was said is read back in both directions, edited, recalled and hidden",
          "[system][G2][M14][M17][M18][M24][M26][M28][M29][M63]") {
  REQUIRE(played_file("history.txt") == "");
}

TEST_CASE("what is not acknowledged is pushed again, and then the line is dead", "[system][M58]") {
  REQUIRE(played_file("reading/repeats.txt") == "");
}

TEST_CASE("an edit is for those who may read the message, and could when it was edited",
          "[system][M17][M24]") {
  REQUIRE(played_file("reading/edits.txt") == "");
}

TEST_CASE("of what waits the newest so many are pushed, and a notice tells where the others are",
          "[system][M16]") {
  REQUIRE(played_file("reading/window.txt") == "");
}

TEST_CASE("what PULL read=1 gives is read once it is acknowledged, and not before",
          "[system][M32]") {
  REQUIRE(played_file("reading/read_on_pull.txt") == "");
}

TEST_CASE("a sender is told when his message was delivered and read, and sees it afterwards",
          "[system][M10][M30][M50][M51]") {
  REQUIRE(played_file("receipts.txt") == "");
}

}  // namespace mpim::testing
