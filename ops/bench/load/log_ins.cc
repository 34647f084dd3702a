#include "ops/bench/load/log_ins.h"

#include "ops/bench/load/stop_signals.h"

namespace mpim::ops {
namespace {

constexpr std::chrono::milliseconds kLook{50};

}  // namespace

Result<void> LogIns::run(LoadLinks& links, const Line& line, const Done& done) {
  line_ = &line;
  done_ = &done;
  started_ = settled_ = 0;
  heard_ = LoadClock::now();
  while (settled_ < links.size() && StopSignals::caught() == 0) {
    MPIM_CHECKED(start_more(links));
    const LoadTime now = LoadClock::now();
    if (now - heard_ > plan_.patience)
      return Error{Code::kDeadline, plan_.server.text + " does not answer log-ins"};
    loop_.turn(now + kLook);
  }
  return {};
}

Result<void> LogIns::start_more(LoadLinks& links) {
  while (started_ < links.size() && started_ - settled_ < plan_.window) {
    const auto opened = links[started_++]->open(plan_.server, *this);
    if (opened) continue;
    ++settled_;
    ++refused_;
    if (!first_refusal_) first_refusal_ = opened.error();
    if (succeeded() == 0) return opened.error();
  }
  return {};
}

void LogIns::on_reply(LoadLink& link, const Asked& asked, const LoadReply& reply) {
  heard_ = LoadClock::now();
  if (reply.error != nullptr) return settle_refused(link, *reply.error);
  if (asked.what == Asked::What::kGreeting)
    return link.ask({.what = Asked::What::kLogIn}, (*line_)(link.index()));
  if (asked.what != Asked::What::kLogIn || reply.ok == nullptr) return;
  ++settled_;
  took_.record(std::chrono::duration_cast<Micros>(heard_ - link.opened_at()));
  (*done_)(link.index(), *reply.ok);
}

void LogIns::settle_refused(LoadLink& link, const Error& why) {
  ++settled_;
  ++refused_;
  if (!first_refusal_) first_refusal_ = why;
  link.close();
}

void LogIns::on_gone(LoadLink& link, const Error& why) {
  heard_ = LoadClock::now();
  settle_refused(link, why);
}

}  // namespace mpim::ops
