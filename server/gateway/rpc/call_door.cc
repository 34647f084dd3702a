#include "server/gateway/rpc/call_door.h"

#include <algorithm>
#include <utility>

#include "server/telemetry/log.h"

namespace mpim {
namespace {

// Whose typing is told at most so often is counted by session; a device without one has this.
SessionId stand_in_for(DeviceId device) { return SessionId((uint64_t{1} << 63) | device.value); }

// Messages have limits of their own, and to confirm lightens the load.
bool is_counted(const Request& request) {
  return !std::holds_alternative<SendRequest>(request) &&
         !std::holds_alternative<ConfirmRequest>(request);
}

}  // namespace

// A peer for one request.
class CallDoor::Call final : public Peer {
 public:
  Call(std::weak_ptr<CallDoor*> door, const wire::Method& method, Message in, CallFrom from,
       Done done)
      : door_(std::move(door)),
        method_(method),
        in_(std::move(in)),
        address_(std::move(from.address)),
        token_(std::move(from.token)),
        done_(std::move(done)) {}

  // What ends it when its time is over.
  void set_late(TimerId timer) { late_ = timer; }
  const std::string& token() const { return token_; }
  Parsed request(const wire::WireLimits& limits) const { return method_.from(*in_, limits); }

  void finish_with(Result<Message> result) {
    if (answered_) return;
    answered_ = true;
    const std::shared_ptr<Peer> kept = shared_from_this();
    if (const auto door = door_.lock()) {
      if (late_) (*door)->services_.loop.cancel(*late_);
      (*door)->calls_.erase(std::static_pointer_cast<Call>(kept));
    }
    done_(std::move(result));
  }

  void answer(Ticket, const Response& response) override {
    Message out(method_.response().New());
    const Result<void> told = method_.to(response, *out);
    if (!told.ok()) return finish_with(told.error());
    finish_with(std::move(out));
  }
  void finish() override {}
  bool gone() const override { return answered_; }
  const std::string& address() const override { return address_; }

  // Nothing is pushed to who has no session.
  uint64_t push(LiveEntry&, bool) override { return 0; }
  void notice(const Notice&) override {}
  void signal(const Signal&) override {}
  bool congested() const override { return false; }
  void close(const Error&) override {}

 private:
  const std::weak_ptr<CallDoor*> door_;
  const wire::Method& method_;
  const Message in_;
  const std::string address_;
  const std::string token_;
  Done done_;
  std::optional<TimerId> late_;
  bool answered_ = false;
};

CallDoor::CallDoor(const WorkerServices& services, const CallLimits& limits)
    : services_(services), limits_(limits), dispatch_(services), requests_(limits.requests) {}

CallDoor::~CallDoor() { self_.reset(); }

void CallDoor::call(const wire::Method& method, Message in, CallFrom from, Done done) {
  if (from.token.empty())
    return done(Error{Code::kNotLoggedIn, "say who asks: Authorization: Bearer <token>"});
  const Millis timeout = std::min(from.timeout.value_or(limits_.timeout_max), limits_.timeout_max);
  const auto call =
      std::make_shared<Call>(self_, method, std::move(in), std::move(from), std::move(done));
  if (timeout <= Millis(0))
    return call->finish_with(Error{Code::kDeadline, "the time given was over before it began"});
  calls_.insert(call);
  call->set_late(services_.loop.after(timeout, [late = std::weak_ptr<Call>(call)] {
    if (const auto waiting = late.lock())
      waiting->finish_with(Error{Code::kDeadline, "the time given is over"});
  }));
  services_.users.who(call->token(), then(call, &CallDoor::asked));
}

Reply<Caller> CallDoor::then(const std::shared_ptr<Call>& call,
                             void (CallDoor::*next)(const std::shared_ptr<Call>&,
                                                    const Result<Caller>&)) {
  return Reply<Caller>(services_.loop,
                       [door = std::weak_ptr(self_), weak = std::weak_ptr<Call>(call),
                        next](const Result<Caller>& who) {
                         const auto self = door.lock();
                         const auto asked = weak.lock();
                         if (self != nullptr && asked != nullptr && !asked->gone())
                           ((*self)->*next)(asked, who);
                       });
}

// A message may wait for the store, if it is sure who sends it; whatever else is asked needs it.
void CallDoor::asked(const std::shared_ptr<Call>& call, const Result<Caller>& who) {
  const bool unanswered =
      !who.ok() && (who.error().code == Code::kUnavailable || who.error().code == Code::kBusy);
  if (!unanswered) return begin(call, who);
  const Parsed request = call->request(limits_.wire);
  if (!request.ok() || !std::holds_alternative<SendRequest>(*request)) return begin(call, who);
  services_.users.who_lately(call->token(), then(call, &CallDoor::begin));
}

void CallDoor::begin(const std::shared_ptr<Call>& call, const Result<Caller>& who) {
  if (!who.ok()) return call->finish_with(who.error());
  Parsed request = call->request(limits_.wire);
  if (!request.ok()) return call->finish_with(request.error());
  const Result<void> allowed = may_ask(*request, who->user);
  if (!allowed.ok()) return call->finish_with(allowed.error());
  Login login;
  login.who = {who->user, who->device, 0};
  login.since = services_.loop.clock().wall();
  login.session_id = stand_in_for(who->device);
  call->login = login;
  dispatch_.dispatch(std::move(*request), call, 0);
}

Result<void> CallDoor::may_ask(const Request& request, UserId user) {
  if (!requests_.limits() || !is_counted(request)) return {};
  const uint32_t wait = requests_.take(user.value, services_.loop.clock().steady());
  if (wait == 0) return {};
  return rate_limited("limits.requests_per_s", "requests", requests_.rate(), wait);
}

}  // namespace mpim
