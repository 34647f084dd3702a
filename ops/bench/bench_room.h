// What every `mpimctl bench` needs: where the server is, accounts of its own, and connections.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ops/bench/load/link_watch.h"
#include "ops/bench/load/load_run.h"
#include "ops/bench/load/log_ins.h"
#include "ops/bench/load/stop_signals.h"
#include "ops/bench/refusals.h"
#include "ops/call.h"

namespace mpim::ops {

// A throwaway user, and the resume token of its device `default`.
struct BenchAccount {
  uint64_t id = 0;
  std::string name = {};
  std::string token = {};
};

// Makes accounts through the admin socket, with one password hash for all of them, and logs each in
// once for its token. They are removed when the room goes, whatever became of the measurement;
// what they wrote stays in the conversations, as with `user rm`.
//
// Threads  one.
// Errors   a refusal carries the setting that stands behind it as a hint. What cannot be removed is
//          told on stderr.
// Lifetime outlives the connections made from it. While it lives, Ctrl-C and SIGTERM are a flag:
//          whatever waits returns early then, and the command ends with stopped().
class BenchRoom {
 public:
  static Result<std::unique_ptr<BenchRoom>> open(Call& call, uint32_t accounts);
  ~BenchRoom();
  BenchRoom(const BenchRoom&) = delete;
  BenchRoom& operator=(const BenchRoom&) = delete;

  Call& call() { return call_; }
  LoadLoop& loop() { return loop_; }
  const ServerPlace& server() const { return server_; }
  const std::string& http() const { return http_; }
  const std::vector<BenchAccount>& accounts() const { return accounts_; }
  const std::string& word() const { return word_; }  // what the names of this run share

  // Connections 0 to count - 1, not open yet.
  LoadLinks links(uint32_t count);
  // Logs every link in with a token; link i is account `first + i`. Then `next` listens.
  Result<void> log_in(LoadLinks& links, size_t first, std::string_view options, uint32_t window,
                      LoadListener& next);
  // The error for a refusal, with its hint.
  Error refusal(const Error& why, RefusedAt at);
  // The exit code after a signal.
  static bool stopped() { return StopSignals::caught() != 0; }
  static int stopped_code() { return 128 + StopSignals::caught(); }

 private:
  BenchRoom(Call& call, LoadLoop loop);
  Result<void> make_accounts(uint32_t count);
  Result<void> take_tokens();
  void remove_accounts();

  Call& call_;
  StopSignals signals_;
  LoadLoop loop_;
  ServerPlace server_;
  std::string http_;
  std::string word_;
  std::string password_;
  std::vector<BenchAccount> accounts_;
};

}  // namespace mpim::ops
