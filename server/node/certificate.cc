#include "server/node/certificate.h"

#include <fmt/format.h>

#include "server/telemetry/log.h"

namespace mpim {
namespace {

constexpr double kMsOfDay = 86'400'000;

// A listener that wants TLS, or empty.
std::string_view wants_tls(const Settings& settings) {
  if (settings.line.tls) return "line.tls";
  if (settings.ws.tls) return "ws.tls";
  return settings.http.tls ? "http.tls" : "";
}

Result<NetList> trusted(const Settings& settings) {
  Result<NetList> nets = NetList::parse(settings.proxy.from);
  if (!nets.ok()) return Error{Code::kBadRequest, "proxy.from: " + nets.error().message};
  return nets;
}

}  // namespace

Certificate::Certificate(const Settings& settings, Executor& home)
    : home_(home),
      every_(settings.tls.watch_ms),
      how_{.proxy_timeout = Millis(settings.proxy.timeout_ms),
           .handshake_timeout = Millis(settings.tls.handshake_timeout_ms)} {}

Certificate::~Certificate() {
  if (timer_) home_.cancel(timer_);
}

Result<std::unique_ptr<Certificate>> Certificate::open(const Settings& settings, Executor& home) {
  std::unique_ptr<Certificate> made(new Certificate(settings, home));
  MPIM_TRY(NetList nets, trusted(settings));
  made->how_.proxy_from = std::make_shared<const NetList>(std::move(nets));
  const std::string_view who = wants_tls(settings);
  if (who.empty()) return made;
  if (settings.tls.certificate.empty() || settings.tls.key.empty())
    return Error{Code::kBadRequest,
                 fmt::format("{} = true needs tls.certificate and tls.key: PEM files", who)};
  MPIM_TRY(made->context_,
           TlsContext::open({settings.tls.certificate, settings.tls.key}, home.clock()));
  made->how_.tls = made->context_;
  return made;
}

std::shared_ptr<const ArrivalOptions> Certificate::arrival(bool tls, bool proxy) const {
  if (!tls && !proxy) return nullptr;
  ArrivalOptions how = how_;
  if (!tls) how.tls = nullptr;
  if (!proxy) how.proxy_from = nullptr;
  return std::make_shared<const ArrivalOptions>(std::move(how));
}

void Certificate::start() {
  if (used()) look_later();
}

void Certificate::look_later() {
  timer_ = home_.after(every_, [this] {
    const std::string known = context_->status().trouble;
    const Result<bool> changed = context_->reload_if_changed();
    if (!changed.ok()) {
      if (changed.error().message != known) told(changed.error());
    } else if (*changed) {
      told({});
    }
    look_later();
  });
}

void Certificate::reload() {
  if (used()) told(context_->reload());
}

void Certificate::told(const Result<void>& loaded) const {
  if (loaded.ok()) return log_info("tls.reloaded", {{"days_left", days_left()}});
  log_warn("tls.refused", {{"why", loaded.error().message}, {"days_left", days_left()}});
}

double Certificate::days_left() const {
  if (!used()) return 0;
  const Timestamp ends = context_->status().expires_at;
  return static_cast<double>(ends.ms - home_.clock().wall().ms) / kMsOfDay;
}

HealthCheck Certificate::check() const {
  const double days = days_left();
  const std::string trouble = context_->status().trouble;
  std::string detail = days <= 0 ? "it has expired" : fmt::format("{:.1f} days left", days);
  if (!trouble.empty()) detail += "; the newer one is refused: " + trouble;
  return {"certificate", days > 0, std::move(detail)};
}

}  // namespace mpim
