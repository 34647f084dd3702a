#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/ops/ctl_room.h"

using namespace mpim::testing;

namespace {

// A server that takes connections and never says a word.
class SilentServer {
 public:
  explicit SilentServer(const std::string& path)
      : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    REQUIRE(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(fd_, 8) == 0);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  ~SilentServer() { close(fd_); }

 private:
  int fd_;
};

}  // namespace

TEST_CASE("mpimctl alone shows what there is and where to start", "[ops]") {
  const CtlRoom room;
  const Finished done = room.ctl({});
  CHECK(done.exit_code == 0);
  CHECK(done.err.empty());
  for (const char* const word : {"dev up", "smoke", "help COMMAND", "offline", "session", "seed"})
    CHECK_THAT(done.out, Catch::Contains(word));
}

TEST_CASE("results go to stdout and errors to stderr", "[ops]") {
  const CtlRoom room;
  const Finished good = room.ctl({"help", "exit-codes"});
  CHECK(good.exit_code == 0);
  CHECK_THAT(good.out, Catch::Contains("70"));
  CHECK(good.err.empty());
  const Finished bad = room.ctl({"user", "lss"});
  CHECK(bad.exit_code == 2);
  CHECK(bad.out.empty());
  CHECK_THAT(bad.err, Catch::StartsWith("error: ") && Catch::Contains("\nhint: "));
}

TEST_CASE("wrong usage is exit code 2, with one JSON object when JSON was asked for", "[ops]") {
  const CtlRoom room;
  const Finished bad = room.ctl({"-o", "json", "group", "create", "lobby"});
  CHECK(bad.exit_code == 2);
  CHECK(bad.out.empty());
  const auto error = nlohmann::json::parse(bad.err);
  CHECK(error.at("code") == "BAD_REQUEST");
  CHECK_THAT(error.at("message").get<std::string>(), Catch::Contains("--owner"));
  CHECK_THAT(error.at("hint").get<std::string>(), Catch::Contains("group create --help"));
  CHECK(error.at("retryable") == false);
  CHECK(error.at("request_id").is_null());
}

TEST_CASE("without a server every command that needs one is exit code 7 and says how to start one",
          "[ops]") {
  const CtlRoom room;
  const std::vector<std::string> words = GENERATE(
      std::vector<std::string>{"user", "ls"}, std::vector<std::string>{"group", "show", "1001"},
      std::vector<std::string>{"route", "ls"}, std::vector<std::string>{"session", "ls"},
      std::vector<std::string>{"offline", "stats"}, std::vector<std::string>{"msg", "show", "1"},
      std::vector<std::string>{"dev", "status"}, std::vector<std::string>{"smoke"},
      std::vector<std::string>{"seed", "--users", "3"});
  const Finished down = room.ctl(words);
  INFO(words[0]);
  CHECK(down.exit_code == 7);
  CHECK(down.out.empty());
  CHECK_THAT(down.err, Catch::Contains("mpimctl dev up"));
}

TEST_CASE("a server that does not answer in time is exit code 8", "[ops]") {
  const CtlRoom room;
  const SilentServer silent(room.path("s.sock"));
  const Finished late = room.ctl(
      {"user", "ls", "--admin-socket", room.path("s.sock"), "--timeout", "200ms", "-o", "json"});
  CHECK(late.exit_code == 8);
  const auto error = nlohmann::json::parse(late.err);
  CHECK(error.at("code") == "DEADLINE");
  CHECK(error.at("retryable") == true);
  CHECK_FALSE(error.at("request_id").get<std::string>().empty());
}

TEST_CASE("nothing is asked where nobody can answer: the missing flag is named", "[ops]") {
  const CtlRoom room;
  const Finished no_password = room.ctl({"user", "add", "dora"});
  CHECK(no_password.exit_code == 2);
  CHECK_THAT(no_password.err, Catch::Contains("--password-stdin") &&
                                  Catch::Contains("--password-file") &&
                                  Catch::Contains("MPIM_PASSWORD"));
  std::filesystem::create_directories(room.data_dir());
  room.write_file("state/mpim/mpim.db", "");
  const Finished no_yes = room.ctl({"dev", "reset"});
  CHECK(no_yes.exit_code == 2);
  CHECK_THAT(no_yes.err, Catch::Contains("--yes"));
  CHECK(std::filesystem::exists(room.path("state/mpim/mpim.db")));
}

TEST_CASE("a password file that others can read is warned about", "[ops]") {
  const CtlRoom room;
  room.write_file("open.txt", "sesame-open\n");
  namespace fs = std::filesystem;
  fs::permissions(room.path("open.txt"), fs::perms::owner_read | fs::perms::others_read);
  CHECK_THAT(room.ctl({"user", "add", "x", "--password-file", "open.txt"}).err,
             Catch::Contains("chmod 600"));
  fs::permissions(room.path("open.txt"), fs::perms::owner_read);
  CHECK_THAT(room.ctl({"user", "add", "x", "--password-file", "open.txt"}).err,
             !Catch::Contains("chmod 600"));
}

TEST_CASE("no escape byte goes into a pipe, whatever colour was asked for", "[ops]") {
  const CtlRoom room;
  for (const char* const colour : {"auto", "always", "never"}) {
    const Finished table = room.ctl({"config", "show", "--color", colour});
    CHECK(table.exit_code == 0);
    CHECK(table.out.find('\x1b') == std::string::npos);
    CHECK(room.ctl({"user", "ls", "--color", colour}).err.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("a result that cannot be written is no success", "[ops]") {
  const CtlRoom room;
  const Finished full = run(
      "/bin/sh", {"-c", "\"$0\" config show > /dev/full", program_path("mpimctl")}, room.options());
  CHECK(full.exit_code == 1);
  CHECK_THAT(full.err, Catch::Contains("could not be written"));
}

TEST_CASE("help and the Markdown reference come from one tree", "[ops]") {
  const CtlRoom room;
  const auto tree = nlohmann::json::parse(room.ctl({"help", "--json"}).out);
  CHECK(tree.at("kind") == "CommandTree");
  const std::string markdown = room.ctl({"help", "--markdown"}).out;
  for (const auto& command : tree.at("item").at("commands"))
    CHECK_THAT(markdown, Catch::Contains("### mpimctl " + command.at("name").get<std::string>()));
  CHECK(room.ctl({"help", "user", "add"}).out == room.ctl({"user", "add", "--help"}).out);
}

TEST_CASE("version works without a server", "[ops]") {
  const CtlRoom room;
  const auto item = room.ask({"version"});
  CHECK(item.at("client") == MPIM_VERSION);
  CHECK(item.at("server").is_null());
}
