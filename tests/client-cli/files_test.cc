// Files between two people at terminals, through a real server.
#include <catch2/catch.hpp>
#include <condition_variable>
#include <fstream>
#include <future>
#include <mutex>
#include <sstream>

#include "client-cli/repl/repl.h"
#include "server/loop/event_loop.h"
#include "tests/support/mpimd_process.h"

namespace mpim::chat {
namespace {

using testing::MpimdProcess;
using testing::TempDir;

// Somebody at a terminal who has just made his account.
class Person {
 public:
  Person(const MpimdProcess& server, const std::string& name) : loop_(name) {
    ChatOptions options;
    options.server = server_address(server.line()).value();
    options.http = server_address(server.http()).value();
    options.time = TimeStyle::kNone;
    options.color = ColorChoice::kNever;
    options.enroll = true;
    options.name = name;
    Repl::Outside outside;
    outside.ansi = false;
    outside.write = [this](std::string_view bytes) {
      const std::lock_guard lock(mutex_);
      seen_ += bytes;
      changed_.notify_all();
    };
    loop_.start();
    on_loop([&] {
      repl_ = std::make_unique<Repl>(loop_, options, std::move(outside), [](int) {});
      repl_->begin({.name = name, .password = "password", .token = {}});
    });
    REQUIRE(sees("* connected"));
  }
  ~Person() {
    on_loop([&] { repl_.reset(); });
    loop_.stop();
  }
  void type(const std::string& line) {
    on_loop([&] { repl_->typed(line + "\r"); });
  }
  bool sees(const std::string& text) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60),
                             [&] { return seen_.find(text) != std::string::npos; });
  }
  std::string seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  void on_loop(std::function<void()> work) {
    std::promise<void> done;
    loop_.post([&] {
      work();
      done.set_value();
    });
    done.get_future().get();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string seen_;  // guarded
  EventLoop loop_;
  std::unique_ptr<Repl> repl_;
};

std::string text_of(const std::string& path) {
  const std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("a file is sent with /file and fetched with /save", "[client-cli][G40]") {
  const TempDir folder;
  const MpimdProcess server(folder / "data");
  Person alice(server, "alice");
  Person bob(server, "bob");
  const std::string picture = "\x89PNG\r\n\x1A\n" + std::string(100'000, 'p');
  std::ofstream(folder / "a tea.png") << picture;
  alice.type("/to bob");
  alice.type("/file \"" + (folder / "a tea.png") + "\" look at this");
  INFO(alice.seen());
  REQUIRE(bob.sees(": look at this"));
  INFO(bob.seen());
  CHECK(bob.sees("[image, /save 1 PATH]"));
  bob.type("/save 1 " + (folder / "copy.png"));
  REQUIRE(bob.sees("saved " + (folder / "copy.png") + ", 98 KiB"));
  CHECK(text_of(folder / "copy.png") == picture);

  bob.type("/save 1 " + (folder / "copy.png"));
  CHECK(bob.sees("EXISTS"));
  bob.type("/save 2 " + (folder / "other.png"));
  CHECK(bob.sees("no upload 2"));
  CHECK_FALSE(std::filesystem::exists(folder / "other.png"));
  alice.type("/file " + (folder / "nothing"));
  CHECK(alice.sees("NOT_FOUND"));
  alice.type("/file");
  CHECK(alice.sees("the path of a file"));
  // Without a text it is called by its name.
  std::ofstream(folder / "notes.txt") << "milk";
  alice.type("/file " + (folder / "notes.txt"));
  CHECK(bob.sees("[file, /save 2 PATH]: notes.txt"));
}

}  // namespace mpim::chat
