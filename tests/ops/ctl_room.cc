#include "tests/ops/ctl_room.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace mpim::testing {

void CtlRoom::start_server(const std::vector<std::string>& flags, const std::string& program) {
  std::filesystem::create_directories(dir_ / "state");
  MpimdProcess::Options options;
  options.program = program;
  options.flags = {"--config", path("server.toml")};
  options.flags.insert(options.flags.end(), flags.begin(), flags.end());
  // Cheap hashes: these tests are about something else.
  write_file("server.toml", "[auth]\nargon2_memory_kib = 64\nargon2_passes = 1\n" + settings_);
  server_.emplace(data_dir(), options);
}

StartOptions CtlRoom::options() const {
  StartOptions options;
  options.directory = dir_.path();
  options.environment = {
      {"HOME", dir_.path()}, {"XDG_STATE_HOME", dir_ / "state"}, {"TERM", "xterm-256color"}};
  for (const char* const unset :
       {"XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "MPIM_PASSWORD", "NO_COLOR"})
    options.environment[unset] = "";
  return options;
}

void CtlRoom::write_file(std::string_view name, std::string_view text) const {
  std::ofstream(path(name), std::ios::binary) << text;
}

std::string CtlRoom::read_file(std::string_view name) const {
  std::ostringstream text;
  text << std::ifstream(path(name), std::ios::binary).rdbuf();
  return text.str();
}

Finished CtlRoom::ctl(const std::vector<std::string>& words, const StartOptions& options) const {
  return run(program_path("mpimctl"), words, options);
}

nlohmann::json CtlRoom::ask(std::vector<std::string> words) const {
  words.insert(words.end(), {"-o", "json"});
  const Finished done = ctl(words);
  INFO("mpimctl " << words[0] << " " << (words.size() > 1 ? words[1] : "") << ": " << done.err);
  REQUIRE(done.exit_code == 0);
  const auto document = nlohmann::json::parse(done.out);
  REQUIRE(document.at("apiVersion") == "mpim/v1");
  REQUIRE(document.at("kind").is_string());
  REQUIRE(document.at("warnings").is_array());
  REQUIRE(document.size() == 4);
  return document.contains("items") ? document.at("items") : document.at("item");
}

std::string CtlRoom::add_user(const std::string& name) const {
  StartOptions with_password = options();
  with_password.environment["MPIM_PASSWORD"] = kSesame;
  const Finished done = ctl({"user", "add", name, "-o", "json"}, with_password);
  INFO(done.err);
  REQUIRE(done.exit_code == 0);
  return nlohmann::json::parse(done.out).at("items").at(0).at("id");
}

}  // namespace mpim::testing
