#include <array>
#include <iostream>
#include <iterator>

#include "ops/data/commands.h"
#include "ops/data/manifest.h"
#include "ops/whole_file.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    {"file", FlagType::kText, "FILE", "what should exist; - is stdin (needed)", {}, 'f'},
});
constexpr auto kExamples = std::to_array<std::string_view>({"apply -f fixtures/demo.json"});
constexpr auto kColumns = std::to_array<Column>({
    {"WHAT", "what"},
    {"NAME", "name"},
    {"ID", "id", Cell::kNumber},
    {"CHANGE", "change"},
});

Result<std::string> text_of(const std::string& path) {
  if (path != "-") return read_whole_file(path);
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

Result<int> apply_file(Call& call) {
  const std::string path = call.arguments().text("file");
  if (path.empty()) return call.usage("`--file` is missing: which file?");
  MPIM_TRY(const std::string text, text_of(path));
  const auto manifest = parse_manifest(text, path);
  if (!manifest) return call.failing(manifest.error(), "fixtures/demo.json shows the form");
  MPIM_TRY(auto changes, apply_manifest(call, *manifest));
  call.show_list(std::move(changes), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kApplyForm{
    .detail =
        "Makes what is missing and leaves the rest as it is: applying a file again changes "
        "nothing.\n"
        "The file is JSON: {\"users\": [{\"name\", \"password\"}], \"groups\": [{\"name\",\n"
        "\"description\", \"owner\", \"members\": [...]}]}.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "ChangeList",
    .run = apply_file,
};

}  // namespace mpim::ops
