#include "tests/system/test_server.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace mpim::testing {
namespace {

constexpr std::string_view kPassword = "secret";

// The fields of /proc/PID/stat behind the program's name, which may hold anything but ")".
std::vector<std::string> stat_fields(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  std::vector<std::string> fields;
  for (std::string one; rest >> one;) fields.push_back(one);
  return fields;
}

}  // namespace

SettingTexts cheap_settings() {
  return {{"auth.address_attempts_max", "1000000"},
          {"auth.argon2_memory_kib", "8"},
          {"auth.argon2_passes", "1"},
          {"auth.attempts_max", "1000000"},
          {"auth.password_min_length", "1"},
          {"auth.registrations_per_minute", "0"}};
}

void write_settings_file(const std::string& path, const SettingTexts& settings) {
  std::ofstream file(path);
  for (const auto& [name, value] : settings) file << name << " = " << value << "\n";
}

TestServer::TestServer(const SettingTexts& settings, std::string data_dir)
    : data_dir_(data_dir.empty() ? directory_ / "data" : std::move(data_dir)),
      config_(directory_ / "mpimd.toml") {
  SettingTexts all = settings;
  all.merge(cheap_settings());
  write_settings_file(config_, all);
  std::filesystem::create_directories(data_dir_);
  start();
}

TestServer::~TestServer() { look_for_reports(); }

// A sanitizer reports on stderr, and the exit code that tells of it is lost with a kill.
void TestServer::look_for_reports() {
  const std::string said = running_->process().err();
  const bool reported =
      said.find("Sanitizer") != said.npos || said.find("runtime error:") != said.npos;
  if (reported) FAIL_CHECK(said);
}

void TestServer::start() {
  MpimdProcess::Options options;
  options.flags = {"--config", config_};
  running_ = std::make_unique<MpimdProcess>(data_dir_, options);
}

Finished TestServer::finish() {
  Finished end = running_->stop();
  look_for_reports();
  return end;
}

void TestServer::stop() {
  const Finished end = finish();
  INFO(end.err);
  REQUIRE_FALSE(end.timed_out);
  REQUIRE(end.exit_code == 0);
}

void TestServer::kill() {
  running_->kill();
  look_for_reports();
}

void TestServer::restart() {
  stop();
  start();
}

void TestServer::kill_and_start() {
  kill();
  start();
}

LineConnection TestServer::connect(const LineConnection::Options& options) {
  LineConnection connection(address(), options);
  const auto welcome = connection.next_line();
  REQUIRE(welcome.value_or("nothing came").starts_with("+OK welcome mpim/"));
  return connection;
}

LineConnection TestServer::log_in(const std::string& name, const std::string& options,
                                  const LineConnection::Options& socket) {
  (void)uid(name);
  LineConnection connection = connect(socket);
  ok(connection, "LOGIN " + name + " " + std::string(kPassword) + " " + options);
  return connection;
}

const std::string& TestServer::uid(const std::string& name) {
  const auto known = uids_.find(name);
  if (known != uids_.end()) return known->second;
  LineConnection connection = connect();
  const std::string made = ok(connection, "REGISTER " + name + " " + std::string(kPassword));
  ok(connection, "QUIT");
  return uids_.emplace(name, field(made, "uid")).first->second;
}

std::string TestServer::http_get(const std::string& path) const {
  LineConnection connection(running_->http());
  connection.send_raw("GET " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  std::string answer;
  while (const auto line = connection.next_line()) answer += *line + "\n";
  return answer;
}

double TestServer::metric(std::string_view name) const {
  std::istringstream lines(http_get("/metrics"));
  const std::string wanted = std::string(name) + " ";
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(wanted)) return std::stod(line.substr(wanted.size()));
  FAIL("there is no metric " << name);
  return 0;
}

std::string ok(LineConnection& connection, std::string_view request) {
  const std::string answer = connection.ask(request);
  INFO("asked: " << request.substr(0, 200));
  INFO("answer: " << answer);
  REQUIRE((answer == "+OK" || answer.starts_with("+OK ")));
  return answer;
}

std::string refused(LineConnection& connection, std::string_view request, std::string_view code) {
  const std::string answer = connection.ask(request);
  INFO("asked: " << request.substr(0, 200));
  INFO("answer: " << answer);
  REQUIRE(answer.starts_with("-ERR " + std::string(code) + " "));
  return answer;
}

std::string next_message(LineConnection& connection) {
  const std::string line = connection.next_push().value_or("nothing came");
  INFO(line);
  REQUIRE(line.starts_with("MSG "));
  return line;
}

void nothing_else(LineConnection& connection) {
  connection.send("PING");
  REQUIRE(connection.next_line().value_or("nothing came") == "+OK pong");
}

std::vector<std::string> pull_all(LineConnection& fresh_device) {
  std::vector<std::string> lines;
  fresh_device.send("PULL 1000");
  while (true) {
    const std::string line = fresh_device.next_line().value_or("nothing came");
    INFO(line);
    if (line.starts_with("+OK pull_done")) return lines;
    if (line.starts_with("+OK pull_more")) {
      ok(fresh_device, "ACK *");
      fresh_device.send("PULL 1000");
    } else if (!line.starts_with("NOTICE ")) {
      REQUIRE((line.starts_with("MSG ") || line.starts_with("EVENT ")));
      lines.push_back(line);
    }
  }
}

uint16_t port_of(const LineConnection& connection) {
  sockaddr_in own{};
  socklen_t length = sizeof own;
  REQUIRE(::getsockname(connection.descriptor(), reinterpret_cast<sockaddr*>(&own), &length) == 0);
  return ntohs(own.sin_port);
}

uint64_t resident_bytes(pid_t pid) {
  constexpr size_t kResident = 21;  // of proc(5)'s fields, counted from the one behind the name
  return std::stoull(stat_fields(pid).at(kResident)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

double cpu_seconds(pid_t pid) {
  constexpr size_t kUserTime = 11;
  constexpr size_t kSystemTime = 12;
  const auto fields = stat_fields(pid);
  const auto ticks = std::stoull(fields.at(kUserTime)) + std::stoull(fields.at(kSystemTime));
  return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace mpim::testing
