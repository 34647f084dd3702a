// A link on a loop of its own, for tests that play its server.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "client-cli/link/link.h"
#include "tests/client-cli/fake_server.h"

namespace mpim::chat::testing {

// Options with which nothing takes long.
inline LinkOptions quick(const FakeServer& server) {
  LinkOptions options;
  options.server = server.address();
  options.retry_first = Millis(5);
  options.retry_last = Millis(20);
  options.ack_after = Millis(5);
  options.hole_grace = Millis(5);
  return options;
}

// The test talks to it from outside and waits for what it tells.
class Client final : public LinkListener {
 public:
  explicit Client(LinkOptions options) : loop_("test") {
    loop_.start();
    on_loop([&] { link_ = std::make_unique<Link>(loop_, *this, std::move(options)); });
  }
  ~Client() override {
    on_loop([&] { link_.reset(); });
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
  void start(bool enroll = false, Account account = {"alice", "secret pw", "", "default"}) {
    on_loop([&] { link_->start(account, enroll); });
  }
  std::string send(const std::string& text, Destination to = UserNamed{"bob"}) {
    std::string id;
    on_loop([&] { id = *link_->send(to, text); });
    return id;
  }
  Link& link() { return *link_; }

  // What was told so far: "1:hi", "sent c-1 seq=4", "online", "gap 3".
  std::vector<std::string> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  bool hears(const std::string& what, size_t times = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, FakeConnection::kPatience, [&] {
      return std::count(told_.begin(), told_.end(), what) >= static_cast<long>(times);
    });
  }
  std::vector<std::string> shown() {
    std::vector<std::string> messages;
    for (const std::string& one : told())
      if (one.find(':') != std::string::npos) messages.push_back(one);
    return messages;
  }

 private:
  void tell(std::string what) {
    const std::lock_guard lock(mutex_);
    told_.push_back(std::move(what));
    changed_.notify_all();
  }
  void on_status(const LinkStatus& status) override {
    std::string what(name_of(status.state));
    if (status.state == LinkState::kStopped && status.why)
      what += " " + std::string(mpim::name_of(status.why->code));
    tell(what);
  }
  void on_logged_in(const LoggedIn& who) override {
    tell(who.restored ? "restored" : who.first ? "first" : "again");
  }
  void on_entry(const Entry& entry) override {
    tell(std::to_string(entry.seq.value) + ":" + entry.text);
  }
  void on_gap(ConversationId, uint64_t count, std::string_view) override {
    tell("gap " + std::to_string(count));
  }
  void on_sent(const Outgoing& message, const Result<Stored>& outcome) override {
    tell(outcome.ok()
             ? "sent " + message.text + " seq=" + std::to_string(outcome->id.seq().value) +
                   (outcome->duplicate ? " dup" : "")
             : "refused " + message.text + " " + std::string(mpim::name_of(outcome.error().code)));
  }
  void on_traffic(bool, std::string_view) override {}

  EventLoop loop_;
  std::unique_ptr<Link> link_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> told_;  // guarded
};

// The id of an entry of conversation 7, as message() makes them.
inline std::string id(uint64_t seq) {
  return std::to_string(MessageId(ConversationId(7), Seq(seq)).value);
}

}  // namespace mpim::chat::testing
