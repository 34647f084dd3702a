// The node's certificate, looked at again and again, and how connections come to its listeners.
#pragma once

#include <memory>

#include "server/config/settings.h"
#include "server/core/executor.h"
#include "server/gateway/http/http_api.h"
#include "server/gateway/transport/arrival.h"

namespace mpim {

// Threads  open() before `home` runs; start() and the destructor then or on it; the rest on it.
// Errors   open(): kBadRequest with the setting and what is wrong with it. A certificate that is
//          refused later is logged, once for each reason; the one before stays, and the new one is
//          tried again at each look.
class Certificate {
 public:
  // Nothing is opened where no listener wants TLS.
  static Result<std::unique_ptr<Certificate>> open(const Settings& settings, Executor& home);
  ~Certificate();
  // From now on the files are looked at each tls.watch_ms.
  void start();
  // Now, changed or not.
  void reload();

  // None for a plain listener.
  std::shared_ptr<const ArrivalOptions> arrival(bool tls, bool proxy) const;

  bool used() const { return context_ != nullptr; }
  double days_left() const;
  bool refused() const { return used() && !context_->status().trouble.empty(); }
  // Not ok once it has expired. A new one that was refused is told, but the old one serves.
  HealthCheck check() const;

 private:
  Certificate(const Settings& settings, Executor& home);
  void look_later();
  void told(const Result<void>& loaded) const;

  Executor& home_;
  const Millis every_;
  ArrivalOptions how_;
  std::shared_ptr<TlsContext> context_;
  TimerId timer_;
};

}  // namespace mpim
