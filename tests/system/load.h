// People who keep writing and reading while their server is killed under them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/line_connection.h"

namespace mpim::testing {

// What all of them share: where the server is, how far they are, what went wrong.
// Threads  any.
class LoadBoard {
 public:
  // The server is at `address` now.
  void announce(std::string address);
  std::string address() const;
  // Waits for the server to be elsewhere than `there`, or for the end.
  void wait_for_another(const std::string& there);

  void answered();  // one more send was
  void received();  // one more message was, for the first time
  // False when it takes too long, or something went wrong.
  bool wait_for_answered(uint64_t count);
  bool wait_for_received(uint64_t count);
  uint64_t answered_count() const;

  void stop_sending();
  bool sending() const;
  void end();
  bool ended() const;

  void fault(std::string what);
  std::vector<std::string> faults() const;

 private:
  bool wait_for(const uint64_t& counter, uint64_t count);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string address_;
  uint64_t answered_ = 0;
  uint64_t received_ = 0;
  bool sending_ = true;
  bool ended_ = false;
  std::vector<std::string> faults_;
};

// Where a sender writes to: "SEND 1001", "SENDGROUP 1002".
using Destination = std::string;

// Sends numbered texts, several at once, each with a client id that it keeps until it is answered,
// whatever happens to the connection. In between it sends what must be refused.
class LoadSender {
 public:
  // `forbidden` is a group that he may not write to.
  LoadSender(LoadBoard& board, std::string name, std::string token, std::vector<Destination> to,
             std::string forbidden);
  LoadSender(LoadSender&&) = delete;
  ~LoadSender();

  // Once it ended: what the server answered +OK to, by message id.
  const std::map<uint64_t, std::string>& acknowledged() const { return acknowledged_; }
  void join();

 private:
  struct Outstanding {
    std::string request;
    std::string text;
    std::string refusal;  // the code it must get; empty: +OK
  };
  void run();
  bool log_in();
  void write_more();
  Outstanding next_request();
  std::string first_text_for(uint64_t number) const;
  bool take_reply(const std::string& reply);

  LoadBoard& board_;
  const std::string name_;
  const std::string token_;
  const std::vector<Destination> to_;
  const std::string forbidden_;
  uint64_t made_ = 0;
  std::deque<Outstanding> waiting_;  // made, not answered
  size_t sent_ = 0;                  // so many of them were sent on this connection
  std::optional<LineConnection> connection_;
  std::map<uint64_t, std::string> acknowledged_;
  std::thread thread_;
};

// What one person has seen of a conversation: texts by seq, from the first on without a gap. An
// EVENT counts as its line from kind= on.
struct Seen {
  uint64_t first = 0;
  std::vector<std::string> texts;
  // False: a gap, or a repeat that says something else.
  bool take(uint64_t seq, const std::string& text);
};
using SeenLog = std::map<std::string, Seen>;  // by conversation

// Puts a MSG or EVENT line where it belongs. False: a gap, or a repeat that is none. `fresh` tells
// whether it was there for the first time.
bool take_entry(SeenLog& log, const std::string& line, bool& fresh);

// Reads with ack=client and drops repeats, as a client should.
class LoadReceiver {
 public:
  LoadReceiver(LoadBoard& board, std::string name, std::string token);
  LoadReceiver(LoadReceiver&&) = delete;
  ~LoadReceiver();

  const SeenLog& seen() const { return seen_; }  // once it ended
  void join();

 private:
  void run();
  bool log_in();
  void take(const std::string& line);
  void acknowledge();

  LoadBoard& board_;
  const std::string name_;
  const std::string token_;
  std::optional<LineConnection> connection_;
  std::map<std::string, std::string> to_acknowledge_;  // conversation to the newest id
  size_t unacknowledged_ = 0;
  SeenLog seen_;
  std::thread thread_;
};

}  // namespace mpim::testing
