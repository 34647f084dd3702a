// TLS and the PROXY protocol at a real mpimd, spoken by curl, openssl and Python.
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

constexpr const char* kClient = MPIM_FIXTURES_DIR "/../tests/system/tls_client.py";

void openssl(const std::vector<std::string>& words) {
  const Finished end = run("openssl", words);
  INFO(end.err);
  REQUIRE(end.exit_code == 0);
}

// A certificate for localhost that is its own authority: NAME.pem and NAME.key.
void make_certificate(const std::string& name, int days = 30) {
  openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
           name + ".key", "-out", name + ".csr", "-subj",
           "/CN=" + std::filesystem::path(name).filename().string()});
  std::ofstream(name + ".ext") << "subjectAltName=IP:127.0.0.1,DNS:localhost\n";
  openssl({"x509", "-req", "-in", name + ".csr", "-signkey", name + ".key", "-out", name + ".pem",
           "-days", std::to_string(days), "-extfile", name + ".ext"});
}

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

SettingTexts with_tls(const std::string& name, SettingTexts others = {}) {
  others.insert({{"line.tls", "true"},
                 {"http.tls", "true"},
                 {"tls.certificate", quoted(name + ".pem")},
                 {"tls.key", quoted(name + ".key")}});
  return others;
}

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

// With Python's ssl.
Finished talk(const std::string& address, const std::string& ca, const std::string& before,
              const std::vector<std::string>& lines) {
  std::vector<std::string> words{kClient, "talk", address, ca, hex(before)};
  words.insert(words.end(), lines.begin(), lines.end());
  return run("python3", words);
}

Finished curl(const std::string& ca, const std::string& http, const std::string& path,
              const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"-sS", "--cacert", ca, "https://" + http + path};
  words.insert(words.end(), more.begin(), more.end());
  return run("curl", words);
}

std::string sessions(TestServer& server) {
  return run(program_path("mpimctl"), {"session", "ls", "--admin-socket", server.running().admin()})
      .out;
}

// True once the server has closed; false if it has not within 20 s.
bool closes(const std::string& address, const std::string& sent) {
  LineConnection client(address);
  client.send_raw(sent);
  while (client.next_line()) {
  }
  return client.at_end();
}

}  // namespace

TEST_CASE("the line protocol and HTTP come in TLS 1.2 and 1.3, and in nothing older", "[system]") {
  const TempDir files;
  make_certificate(files / "a");
  TestServer server(with_tls(files / "a"));
  const std::string ca = files / "a.pem";
  const std::string line = server.running().line();
  const Finished spoken = talk(line, ca, "", {"REGISTER ann password", "PING"});
  INFO(spoken.out << spoken.err);
  CHECK(spoken.exit_code == 0);
  CHECK(spoken.out.starts_with("TLSv1.3 TLS_"));
  CHECK(spoken.out.find("http/1.1\n+OK welcome") != std::string::npos);
  CHECK(spoken.out.find("\n+OK uid=1001") != std::string::npos);
  const std::string http = server.running().http();
  CHECK(curl(ca, http, "/healthz").out.find("\"certificate\"") != std::string::npos);
  CHECK(curl(ca, http, "/healthz", {"--tls-max", "1.2"}).out.starts_with("{\"status\":\"ok\""));
  CHECK(curl(ca, http, "/metrics").out.find("\nmpim_tls_expiry_days 29.") != std::string::npos);
  // Two requests on one connection.
  CHECK(curl(ca, http, "/healthz", {"https://" + http + "/readyz", "-w", "%{num_connects}"})
            .out.ends_with("}\n0"));
  for (const char* const older : {"-tls1_1", "-tls1"}) {
    const Finished refused =
        run("openssl", {"s_client", "-connect", line, older, "-cipher", "DEFAULT@SECLEVEL=0"});
    CHECK(refused.exit_code != 0);
    CHECK(refused.out.find("Cipher is (NONE)") != std::string::npos);
  }
  const Finished weak = run("openssl", {"s_client", "-connect", line, "-tls1_2", "-cipher",
                                        "AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA"});
  CHECK(weak.exit_code != 0);
  CHECK(run("curl", {"-sS", "http://" + http + "/healthz"}).exit_code != 0);
}

TEST_CASE("mpim-chat and mpimctl speak TLS with a server they can trust, and with no other",
          "[system]") {
  const TempDir files;
  make_certificate(files / "a");
  make_certificate(files / "stranger");
  TestServer server(with_tls(files / "a"));
  const std::string line = "tls://" + server.running().line();
  std::ofstream(files / "password") << "password\n";
  const auto chat = [&](const std::string& trusted, std::vector<std::string> words) {
    const std::vector<std::string> first{"--server",        line,
                                         "--http",          "https://" + server.running().http(),
                                         "--password-file", files / "password",
                                         "--timeout",       "5s"};
    words.insert(words.begin(), first.begin(), first.end());
    words.insert(words.begin(), {"SSL_CERT_FILE=" + trusted, program_path("mpim-chat")});
    return run("env", words);
  };
  REQUIRE(chat(files / "a.pem", {"ann", "--register", "--wait", "0ms"}).exit_code == 0);
  REQUIRE(chat(files / "a.pem", {"bob", "--register", "--wait", "0ms"}).exit_code == 0);
  const Finished sent = chat(files / "a.pem", {"--as", "ann", "--to", "bob", "--send", "in TLS"});
  INFO(sent.out << sent.err);
  CHECK(sent.exit_code == 0);
  CHECK(
      chat(files / "a.pem", {"--as", "bob", "--count", "1", "--wait", "10s"}).out.find("in TLS") !=
      std::string::npos);
  const Finished stranger = chat(files / "stranger.pem", {"--as", "ann", "--wait", "0ms"});
  CHECK(stranger.exit_code == 7);
  CHECK(stranger.err.find("its certificate is not trusted") != std::string::npos);
  CHECK(stranger.err.find("SSL_CERT_FILE") != std::string::npos);
  CHECK(stranger.err.find("in time") == std::string::npos);  // nor was it tried again
  CHECK(stranger.err.find("trying again") == std::string::npos);
  const Finished token =
      run(program_path("mpimctl"), {"token", "issue", "--admin", "--output", "json",
                                    "--admin-socket", server.running().admin()});
  const std::string shown = nlohmann::json::parse(token.out).at("item").at("token");
  const auto users = [&](const std::string& trusted) {
    return run("env",
               {"SSL_CERT_FILE=" + trusted, "MPIM_ADMIN_TOKEN=" + shown, program_path("mpimctl"),
                "--server", "https://" + server.running().http(), "user", "ls"});
  };
  const Finished listed = users(files / "a.pem");
  INFO(token.out << token.err << listed.out << listed.err);
  CHECK(listed.out.find("ann") != std::string::npos);
  const Finished untrusted = users(files / "stranger.pem");
  CHECK(untrusted.exit_code == 7);
  CHECK(untrusted.err.find("is not trusted") != std::string::npos);
  CHECK(untrusted.err.find("SSL_CERT_FILE") != std::string::npos);
}

TEST_CASE("whoever speaks plainly to a TLS port, or TLS to a plain one, is told", "[system]") {
  const TempDir files;
  make_certificate(files / "a");
  // Before the client has lost its patience the server hangs up, or after.
  const std::string timeout = GENERATE("300", "10000");
  TestServer server(with_tls(files / "a", {{"tls.handshake_timeout_ms", timeout}}));
  TestServer plain;
  std::ofstream(files / "password") << "password\n";
  const auto chat = [&](const std::string& address) {
    const Finished end =
        run(program_path("mpim-chat"), {"ann", "--server", address, "--password-file",
                                        files / "password", "--timeout", "1s", "--wait", "0ms"});
    CHECK(end.exit_code == 7);
    return end.err;
  };
  const std::string line = server.running().line();
  const std::string told = chat(line);
  INFO(told);
  CHECK(told.find("in time: the server ") != std::string::npos);
  CHECK(told.find("; does it speak TLS? then write tls://" + line) != std::string::npos);
  CHECK(chat("tls://" + plain.running().line()).find("there is none at this port") !=
        std::string::npos);
  const auto users = [&](const std::string& url) {
    const Finished end =
        run("env", {"MPIM_ADMIN_TOKEN=x", program_path("mpimctl"), "--server", url, "user", "ls"});
    CHECK(end.exit_code == 7);
    return end.err;
  };
  const std::string http = users("http://" + server.running().http());
  INFO(http);
  CHECK(http.find("does it speak TLS? then write https://") != std::string::npos);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"smoke"}, {"bench", "connect", "--duration", "100ms"}}) {
    std::vector<std::string> whole = words;
    whole.insert(whole.end(), {"--admin-socket", server.running().admin()});
    const Finished end = run(program_path("mpimctl"), whole);
    INFO(end.out << end.err);
    CHECK(end.exit_code == 2);
    CHECK(end.err.find("wants TLS") != std::string::npos);
  }
  CHECK(users("https://" + plain.running().http()).find("a port without TLS is http://") !=
        std::string::npos);
}

TEST_CASE("a certificate is exchanged under connections that stay, a broken one is not taken",
          "[system]") {
  const TempDir files;
  make_certificate(files / "live");
  make_certificate(files / "next");
  std::filesystem::copy(files / "live.pem", files / "both");
  std::ofstream(files / "both", std::ios::app) << std::ifstream(files / "next.pem").rdbuf();
  // Once by SIGHUP, once by looking at the files.
  const std::string watch = GENERATE("3600000", "50");
  TestServer server(with_tls(files / "live", {{"tls.watch_ms", watch}}));
  const Finished held =
      run("python3", {kClient, "reload", server.running().line(), files / "both", files / "live",
                      files / "next", watch == "50" ? "0" : std::to_string(server.pid())});
  INFO(held.out << held.err);
  CHECK(held.out == "held 20\n");
  const std::string ready =
      run("curl", {"-sS", "--unix-socket", server.running().admin(), "http://node/readyz"}).out;
  CHECK(ready.find("\"status\":\"ok\"") != std::string::npos);
  CHECK(ready.find("the newer one is refused: tls.certificate = ") != std::string::npos);
  CHECK(
      curl(files / "both", server.running().http(), "/metrics").out.find("\nmpim_tls_refused 1") !=
      std::string::npos);
  std::filesystem::rename(files / "next.pem", files / "live.pem");
  if (watch != "50") {  // a good one lies there, and the node has not looked yet
    const Finished doctor =
        run(program_path("mpimctl"),
            {"doctor", "--config", server.config(), "--admin-socket", server.running().admin()});
    INFO(doctor.out << doctor.err);
    CHECK(doctor.out.find("the node serves an older certificate") != std::string::npos);
    CHECK(doctor.out.find("no certificate in PEM") != std::string::npos);
  }
  const Finished end = server.finish();
  REQUIRE(end.exit_code == 0);
  // However often it looked at it.
  const size_t refused = end.err.find("no certificate in PEM");
  REQUIRE(refused != std::string::npos);
  CHECK(end.err.find("no certificate in PEM", refused + 1) == std::string::npos);
}

TEST_CASE("a certificate that cannot be served refuses the start with a sentence", "[system]") {
  const TempDir files;
  make_certificate(files / "good");
  make_certificate(files / "other");
  make_certificate(files / "old", -1);
  openssl({"genrsa", "-out", files / "rsa.key", "2048"});
  openssl({"ec", "-in", files / "good.key", "-aes128", "-passout", "pass:secret", "-out",
           files / "locked.key"});
  std::ofstream(files / "text") << "nonsense\n";
  struct Row {
    std::string certificate;
    std::string key;
    const char* sentence;
  };
  const std::vector<Row> rows = {
      {files / "none", files / "good.key", "none: No such file"},
      {files / "good.pem", files / "none", "tls.key = "},
      {files / "text", files / "good.key", "no certificate in PEM"},
      {files / "good.pem", files / "text", "no key in PEM without a password"},
      {files / "good.pem", files / "locked.key", "no key in PEM without a password"},
      {files / "good.pem", files / "other.key", "it is not the key of tls.certificate"},
      {files / "good.pem", files / "rsa.key", "it is not the key of tls.certificate"},
      {files / "old.pem", files / "old.key", "it expired on 20"},
      {"", "", "line.tls = true needs tls.certificate and tls.key"},
  };
  for (const Row& row : rows) {
    const std::string config = files / "mpimd.toml";
    write_settings_file(config, {{"line.tls", "true"},
                                 {"line.listen", quoted("127.0.0.1:0")},
                                 {"http.listen", quoted("127.0.0.1:0")},
                                 {"tls.certificate", quoted(row.certificate)},
                                 {"tls.key", quoted(row.key)}});
    const Finished end = run(
        program_path("mpimd"),
        {"--config", config, "--data-dir", files / "data", "--admin-socket", files / "admin.sock"});
    INFO(row.sentence << " / " << end.err);
    CHECK(end.exit_code == 2);
    CHECK(end.err.find(row.sentence) != std::string::npos);
  }
}

TEST_CASE("who does not finish a handshake, or sends something else, is cut", "[system]") {
  const bool over_http = GENERATE(false, true);
  const TempDir files;
  make_certificate(files / "a");
  TestServer server(with_tls(files / "a", {{"tls.handshake_timeout_ms", "300"}}));
  const std::string address = over_http ? server.running().http() : server.running().line();
  CHECK(closes(address, ""));
  CHECK(closes(address, std::string("\x16\x03\x01\x02", 4)));  // the beginning of a ClientHello
  CHECK(closes(address, "GET / HTTP/1.1\r\nHost: t\r\n\r\n"));
  CHECK(talk(server.running().line(), files / "a.pem", "", {"PING"}).exit_code == 0);
}

TEST_CASE("behind a balancer the client's own address counts", "[system]") {
  TestServer server(SettingTexts{{"line.proxy", "true"}, {"proxy.timeout_ms", "300"}});
  const std::string line = server.running().line();
  const std::string binary = std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", 16) +
                             std::string("\xC0\x00\x02\x08\xC0\x00\x02\x01\x12\x67\x23\x28", 12);
  LineConnection one(line);
  one.send_raw("PROXY TCP4 192.0.2.7 192.0.2.1 4711 9000\r\nREGISTER ann password\r\n");
  REQUIRE(one.next_line().value_or("").starts_with("+OK welcome"));
  REQUIRE(one.next_line().value_or("").starts_with("+OK uid="));
  LineConnection two(line);
  // In pieces, and with the first request right behind.
  for (const std::string& piece : {binary.substr(0, 3), binary.substr(3, 15), binary.substr(18)})
    two.send_raw(piece);
  two.send_raw("REGISTER bob password\r\n");
  REQUIRE(two.next_line().value_or("").starts_with("+OK welcome"));
  REQUIRE(two.next_line().value_or("").starts_with("+OK uid="));
  LineConnection local(line);
  local.send_raw("PROXY UNKNOWN\r\nREGISTER cid password\r\n");
  REQUIRE(local.next_line().value_or("").starts_with("+OK welcome"));
  REQUIRE(local.next_line().value_or("").starts_with("+OK uid="));
  const std::string listed = sessions(server);
  INFO(listed);
  CHECK(listed.find("192.0.2.7:4711") != std::string::npos);
  CHECK(listed.find("192.0.2.8:4711") != std::string::npos);
  CHECK(listed.find("127.0.0.1:") != std::string::npos);
  CHECK(closes(line, ""));             // too late
  CHECK(closes(line, "PROXY TCP4 "));  // the rest too late
  CHECK(closes(line, "LOGIN ann password\r\n"));
}

TEST_CASE("only a balancer that is trusted may say whom it speaks for", "[system]") {
  TestServer server({{"line.proxy", "true"}, {"proxy.from", quoted("192.0.2.0/24")}});
  CHECK(closes(server.running().line(), "PROXY TCP4 192.0.2.7 192.0.2.1 4711 9000\r\nPING\r\n"));
}

TEST_CASE("TLS follows the PROXY header", "[system]") {
  const TempDir files;
  make_certificate(files / "a");
  TestServer server(with_tls(files / "a", {{"line.proxy", "true"}, {"http.proxy", "true"}}));
  const std::string header = "PROXY TCP6 2001:db8::7 2001:db8::1 4711 9000\r\n";
  const Finished spoken = talk(server.running().line(), files / "a.pem", header, {"PING"});
  INFO(spoken.out << spoken.err);
  CHECK(spoken.exit_code == 0);
  CHECK(curl(files / "a.pem", server.running().http(), "/healthz", {"--haproxy-protocol"})
            .out.starts_with("{\"status\":\"ok\""));
  CHECK(talk(server.running().line(), files / "a.pem", "", {"PING"}).exit_code == 3);
}

}  // namespace mpim::testing
