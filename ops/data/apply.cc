#include <algorithm>
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

Result<int> apply_file(Call& call) {
  const std::string path = call.arguments().text("file");
  if (path.empty()) return call.usage("`--file` is missing: which file?");
  const auto text = read_file_or_stdin(path);
  if (!text) return call.failing(text.error(), "`--file FILE` takes the path of a file, or -");
  const auto manifest = parse_manifest(*text, path);
  if (!manifest) return call.failing(manifest.error(), "fixtures/demo.json shows the form");
  Value::List changes;
  const auto applied = apply_manifest(call, *manifest, changes);
  const bool changed = std::ranges::any_of(
      changes, [](const Value& change) { return change.at("change").plain() != "none"; });
  if (!applied && !changed) return applied.error();
  std::vector<std::string> warnings;
  if (!applied) warnings.push_back("stopped: " + applied.error().message);
  call.show_list(std::move(changes), kColumns, std::move(warnings));
  return applied ? kDone : kPartial;
}

}  // namespace

const CommandForm kApplyForm{
    .detail =
        "Makes what is missing and leaves the rest as it is: applying a file again changes "
        "nothing.\n"
        "Everybody named must exist or have a password in the file; else nothing is done. Exit "
        "code "
        "3\n"
        "when the server refuses something on the way: what is listed was done.\n"
        "The file is JSON: {\"users\": [{\"name\", \"password\"}], \"groups\": [{\"name\",\n"
        "\"description\", \"owner\", \"members\": [...]}]}.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "ChangeList",
    .run = apply_file,
};

}  // namespace mpim::ops
