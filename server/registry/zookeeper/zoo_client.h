// A session with ZooKeeper that is made anew when it has ended.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/loop/event_loop.h"
#include "server/registry/zookeeper/zoo_address.h"

struct _zhandle;  // NOLINT(bugprone-reserved-identifier): the C client calls it so

namespace mpim {

// A node of ZooKeeper's tree.
struct ZooNode {
  std::string text;
  int32_t version = 0;     // counts its changes
  int64_t changed_by = 0;  // the transaction that did last, unique in an ensemble
  int64_t owner = 0;       // the session it lives with; 0: it stays
};

// Threads  up(), why() and ask-like calls: its loop's own, like everything called back; up() from
//          any. ZooKeeper's C client has threads of its own, which only post to the loop.
// Order    answers come in the order of the questions.
// Rights   with a name and a password in its address it makes what only they may read or change.
// Time     a server that says nothing is left for another one; what was under way then fails. A
//          session that was not connected for twice its length is given up for a new one.
// Errors   kUnavailable: not connected, or the connection was lost with the question under way:
//          whether it was done is not known. kDenied: it belongs to somebody else. kNotFound,
//          kExists, kConflict as each call says.
// Lifetime stop() on the loop before it is destroyed: it waits for the client's threads, at most
//          some seconds.
class ZooClient {
 public:
  template <class T>
  using Done = UniqueFunction<void(Result<T>)>;

  // The session ends when its servers have heard nothing for so long, within the bounds that their
  // tickTime sets.
  ZooClient(EventLoop& loop, ZooAddress address, Millis session);
  ~ZooClient();
  ZooClient(const ZooClient&) = delete;
  ZooClient& operator=(const ZooClient&) = delete;

  // These before start(). Connected, or not any more; and: what was watched has changed.
  void on_change(std::function<void(bool up)> changed) { changed_ = std::move(changed); }
  void on_watched(std::function<void(const std::string& path)> watched) {
    watched_ = std::move(watched);
  }
  void start();
  void stop();

  bool up() const { return up_; }
  std::string why() const;  // not up: what is in the way
  int64_t session() const;  // its number
  Millis session_length() const;
  const std::string& root() const { return address_.path; }
  EventLoop& loop() { return loop_; }

  // kExists; kNotFound: what is above it is missing.
  void create(const std::string& path, const std::string& text, bool with_session, Done<bool> done);
  // kNotFound, and nothing is watched.
  void get(const std::string& path, bool watch, Done<ZooNode> done);
  // kConflict: it has another version; kNotFound.
  void set(const std::string& path, const std::string& text, int32_t version, Done<ZooNode> done);
  void remove(const std::string& path, Done<bool> done);
  void children(const std::string& path, bool watch, Done<std::vector<std::string>> done);

 private:
  struct Calls;  // what the C client calls

  void open();
  void close();
  void give_up_later();
  void session_event(uint64_t run, int state);
  void set_up(bool up, std::string why);

  EventLoop& loop_;
  const ZooAddress address_;
  const Millis session_;
  std::function<void(bool)> changed_;
  std::function<void(const std::string&)> watched_;
  _zhandle* handle_ = nullptr;
  uint64_t run_ = 0;  // of the handle: what an earlier one says is passed over
  TimerId again_;
  bool stopped_ = true;
  std::atomic<bool> up_{false};
  mutable std::mutex mutex_;
  std::string why_ = "not connected yet";  // guarded
};

}  // namespace mpim
