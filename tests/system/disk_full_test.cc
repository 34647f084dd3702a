// A disk without room: refused is refused, stored is stored, and it ends by itself.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>
#include <set>

#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

constexpr size_t kDiskBytes = 8'388'608;
constexpr size_t kSendsMax = 10'000;

// A file system of its own and of a few megabytes; needs root.
class SmallDisk {
 public:
  SmallDisk() {
    const std::string options = "size=" + std::to_string(kDiskBytes);
    mounted_ = ::mount("tmpfs", path().c_str(), "tmpfs", 0, options.c_str()) == 0;
    if (!mounted_) REQUIRE((errno == EPERM || errno == EACCES));  // may not, rather than cannot
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  std::string path() const { return directory_.path(); }

  // Takes all the room there is.
  void fill() {
    const int file = ::open(filler().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(file >= 0);
    for (off_t bytes = kDiskBytes; bytes > 0; bytes /= 2)
      for (off_t at = ::lseek(file, 0, SEEK_END); ::posix_fallocate(file, at, bytes) == 0;)
        at = ::lseek(file, 0, SEEK_END);
    ::close(file);
  }
  void free() { std::filesystem::remove(filler()); }

 private:
  std::string filler() const { return path() + "/filler"; }

  TempDir directory_;
  bool mounted_ = false;
};

// Sends numbered texts until one is refused with UNAVAILABLE; those that were stored, in order.
std::vector<std::string> send_until_full(LineConnection& sender, const std::string& to) {
  std::vector<std::string> stored;
  for (size_t i = 0; i < kSendsMax; ++i) {
    const std::string text = "before-" + std::to_string(i) + "-" + std::string(3'000, 'x');
    const std::string answer =
        sender.ask("SEND " + to + " \"" + text + "\" cid=b" + std::to_string(i));
    INFO(answer);
    if (answer.starts_with("-ERR UNAVAILABLE ")) return stored;
    REQUIRE(answer.starts_with("+OK msg_id="));
    stored.push_back(text);
  }
  FAIL("a full disk was never noticed");
  return stored;
}

}  // namespace

TEST_CASE(
    "with a full disk a send is refused and nothing is half done; with room it goes on by itself",
    "[system][M56][G49][O28]") {
  SmallDisk disk;
  if (!disk.mounted()) {
    WARN("skipped: only root may mount a file system, and outside of most containers");
    return;
  }
  TestServer server({}, disk.path() + "/data");
  LineConnection alice = server.log_in("alice");
  const std::string bob = server.uid("bob");
  ok(alice, "SEND " + bob + " first");

  disk.fill();
  std::vector<std::string> stored = send_until_full(alice, bob);
  // Told to operators as well; and reading still works.
  REQUIRE(server.http_get("/healthz").starts_with("HTTP/1.1 503"));
  REQUIRE(server.metric("mpim_store_failures_total") >= 1);
  LineConnection carol = server.connect();
  const std::string told = carol.ask("REGISTER carol secret");
  CHECK(told.starts_with("-ERR UNAVAILABLE "));
  CHECK(told.find(disk.path()) == told.npos);
  nothing_else(alice);
  refused(alice, "SEND " + bob + " \"lost\" cid=lost", "UNAVAILABLE");
  refused(alice, "CREATEGROUP tea", "UNAVAILABLE");
  ok(alice, "GROUPS");

  disk.free();
  std::string answer = alice.ask("SEND " + bob + " \"after\" cid=after");
  while (answer.starts_with("-ERR UNAVAILABLE "))
    answer = alice.ask("SEND " + bob + " \"after\" cid=after");
  INFO(answer);
  REQUIRE(answer.starts_with("+OK msg_id="));
  stored.insert(stored.begin(), "first");
  stored.push_back("after");

  server.kill_and_start();
  LineConnection fresh = server.log_in("bob", "device=fresh sync=manual");
  std::vector<std::string> seen;
  for (const std::string& line : pull_all(fresh)) {
    REQUIRE(number_field(line, "seq") == seen.size() + 1);
    seen.push_back(field(line, "text"));
  }
  REQUIRE(seen == stored);
  LineConnection alice_again = server.log_in("alice");
  REQUIRE(ok(alice_again, "GROUPS") == "+OK groups count=0");
  server.stop();
}

}  // namespace mpim::testing
