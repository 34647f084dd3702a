// Calls of the contract's user services, however they came over HTTP: who asks, what, by when.
#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <unordered_set>

#include "server/core/unique_function.h"
#include "server/gateway/dispatch/dispatch.h"
#include "server/gateway/worker_services.h"
#include "server/protocol/wire/wire_methods.h"

namespace mpim {

struct CallLimits {
  wire::WireLimits wire;
  Rate requests;               // of one user; messages have limits of their own
  Millis timeout_max{30'000};  // also of a call that names none
};

// Who asks, from where, and how long he waits.
struct CallFrom {
  std::string token;
  std::string address;  // address:port
  std::optional<Millis> timeout;
};

// Checks the token, then the request, then has it answered as that token's device. There is no
// session: nothing is pushed, and PULL, ACK and WATCH are not among the methods.
// A message is taken while the store is away, too, as far as its token was shown here lately.
// Threads  the services' loop.
// Order    calls of one client may overtake each other.
// Errors   kNotLoggedIn without a token; kBadToken, kDisabled; kRateLimited; what the method
//          answers. kDeadline when the time is over: what had not begun by then is not done.
// Lifetime it may go while calls are under way: they are not answered then.
class CallDoor {
 public:
  using Message = std::unique_ptr<google::protobuf::Message>;
  using Done = UniqueFunction<void(Result<Message>)>;

  CallDoor(const WorkerServices& services, const CallLimits& limits);
  ~CallDoor();
  CallDoor(const CallDoor&) = delete;
  CallDoor& operator=(const CallDoor&) = delete;

  // What users' requests are held against from now on.
  void follow(Rate requests) { requests_.set_rate(requests); }
  // `in` is a message of the method's request type; `done` is called once.
  void call(const wire::Method& method, Message in, CallFrom from, Done done);

 private:
  class Call;

  Reply<Caller> then(const std::shared_ptr<Call>& call,
                     void (CallDoor::*next)(const std::shared_ptr<Call>&, const Result<Caller>&));
  void asked(const std::shared_ptr<Call>& call, const Result<Caller>& who);
  void begin(const std::shared_ptr<Call>& call, const Result<Caller>& who);
  Result<void> may_ask(const Request& request, UserId user);

  WorkerServices services_;
  const CallLimits limits_;
  Dispatch dispatch_;
  RateTable requests_;
  std::unordered_set<std::shared_ptr<Call>> calls_;  // Dispatch holds them weakly
  std::shared_ptr<CallDoor*> self_ = std::make_shared<CallDoor*>(this);
};

}  // namespace mpim
