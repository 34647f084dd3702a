#include "server/gateway/transport/transport.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <thread>

#include "server/gateway/connection/output_buffer.h"
#include "server/loop/event_loop.h"
#include "tests/gateway/whole_stack.h"

namespace mpim {
namespace {

struct FixedClock final : Clock {
  explicit FixedClock(Timestamp at) : now(at) {}
  Timestamp wall() const override { return now; }
  Instant steady() const override { return {}; }
  Timestamp now;
};

TlsFiles make_files(const std::string& dir) {
  const std::string name = dir + "/tls";
  REQUIRE(std::system(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                       "-subj /CN=localhost -days 30 -keyout " +
                       name + ".key -out " + name + ".pem 2> /dev/null")
                          .c_str()) == 0);
  return {name + ".pem", name + ".key"};
}

// A server's side over one end of a pair, a blocking client of OpenSSL's own over the other.
struct TlsPair {
  TlsPair() {
    ::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    client_end.reset(ends[0]);
    UniqueFd server_end(ends[1]);
    const int small = 4'096;
    for (const int fd : ends) ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    REQUIRE(::fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    context = TlsContext::open(make_files(scratch.path), system_clock()).value();
    client_context.reset(SSL_CTX_new(TLS_client_method()));
    client.reset(SSL_new(client_context.get()));
    SSL_set_fd(client.get(), client_end.get());
    TlsOwner tls = context->accept(ends[1]);
    server = Transport(std::move(server_end), std::move(tls));
    std::thread connecting([&] { CHECK(SSL_connect(client.get()) == 1); });
    while (true) {
      const Transport::Handshake step = server.handshake();
      if (step == Transport::Handshake::kDone || step == Transport::Handshake::kFailed) break;
      wait(step == Transport::Handshake::kWantsRead ? POLLIN : POLLOUT);
    }
    connecting.join();
  }
  void wait(short what) const {
    pollfd one{server.fd(), what, 0};
    ::poll(&one, 1, 10'000);
  }

  const ScratchDirectory scratch;
  std::unique_ptr<TlsContext> context;
  std::unique_ptr<ssl_ctx_st, FreeTls> client_context;
  UniqueFd client_end;
  TlsOwner client;
  Transport server;
};

std::string pattern(size_t bytes) {
  std::string text(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
  return text;
}

}  // namespace

TEST_CASE("in TLS what is queued arrives whole, whatever the socket takes and how it grows",
          "[gateway]") {
  TlsPair pair;
  const std::string sent = pattern(1'000'000);
  std::string received;
  std::thread reading([&] {
    std::array<char, 10'000> room;
    while (received.size() < sent.size()) {
      const int got = SSL_read(pair.client.get(), room.data(), room.size());
      if (got <= 0) break;
      received.append(room.data(), static_cast<size_t>(got));
    }
  });
  OutputBuffer out;
  size_t queued = 0;
  bool was_full = false;
  while (queued < sent.size() || !out.empty()) {
    // Copied and shared pieces, more of them while a record waits to be taken.
    const size_t more = std::min<size_t>(1 + queued * 31 % 9'000, sent.size() - queued);
    if (queued % 2 == 0) {
      out.append(std::string_view(sent).substr(queued, more));
    } else {
      out.append(std::make_shared<const std::string>(sent.substr(queued, more)));
    }
    queued += more;
    const ssize_t written = out.write_to(pair.server);
    if (written >= 0) continue;
    REQUIRE(errno == EAGAIN);
    was_full = true;
    if (queued == sent.size() || out.size() > 100'000) pair.wait(POLLOUT);
  }
  reading.join();
  CHECK(was_full);
  CHECK((received == sent));
}

TEST_CASE("in TLS a read takes all that a record has, and an end without a word is an end",
          "[gateway]") {
  TlsPair pair;
  const std::string sent = pattern(200'000);
  int written = 0;
  std::thread writing([&] {
    written = SSL_write(pair.client.get(), sent.data(), static_cast<int>(sent.size()));
    ::shutdown(pair.client_end.get(), SHUT_WR);  // no close_notify
  });
  std::string received;
  std::array<char, Transport::kReadBytesMin> room;
  while (true) {
    const ssize_t got = pair.server.read(room);
    if (got == 0) break;
    if (got > 0) {
      received.append(room.data(), static_cast<size_t>(got));
      continue;
    }
    REQUIRE(errno == EAGAIN);
    CHECK_FALSE(pair.server.read_waits_for_write());
    // Whatever OpenSSL held back, the socket would not tell of.
    pair.wait(POLLIN);
  }
  writing.join();
  CHECK(written == static_cast<int>(sent.size()));
  CHECK((received == sent));
  CHECK(pair.server.read(room) == 0);
}

TEST_CASE("an end is told with close_notify", "[gateway]") {
  TlsPair pair;
  pair.server.end_output();
  char byte = 0;
  const int got = SSL_read(pair.client.get(), &byte, 1);
  CHECK(SSL_get_error(pair.client.get(), got) == SSL_ERROR_ZERO_RETURN);
}

TEST_CASE("a certificate is served between its two days alone", "[gateway]") {
  const ScratchDirectory scratch;
  const TlsFiles files = make_files(scratch.path);
  const Timestamp now = system_clock().wall();
  const Millis day = std::chrono::hours(24);
  FixedClock clock(now);
  const auto context = TlsContext::open(files, clock).value();
  CHECK(context->status().expires_at > now + day * 29);
  CHECK_FALSE(*context->reload_if_changed());
  clock.now = now + day * 31;
  CHECK(context->reload().error().message.find("it expired on ") != std::string::npos);
  CHECK_FALSE(context->status().trouble.empty());
  clock.now = now - day * 2;
  CHECK(context->reload().error().message.find("it is not valid before ") != std::string::npos);
  clock.now = now;
  CHECK(context->reload().ok());
  CHECK(context->status().trouble.empty());
}

TEST_CASE("a certificate that was refused is served once it is valid, untouched", "[gateway]") {
  const ScratchDirectory scratch;
  const TlsFiles files = make_files(scratch.path);
  FixedClock clock(system_clock().wall());
  const auto context = TlsContext::open(files, clock).value();
  clock.now = clock.now - std::chrono::hours(48);
  make_files(scratch.path);
  CHECK_FALSE(context->reload_if_changed().ok());
  CHECK_FALSE(context->reload_if_changed().ok());
  clock.now = clock.now + std::chrono::hours(49);
  CHECK(*context->reload_if_changed());
  CHECK(context->status().trouble.empty());
  CHECK_FALSE(*context->reload_if_changed());
}

}  // namespace mpim
