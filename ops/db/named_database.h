// Databases that are named on the line, to be copied from or into.
#pragma once

#include <string>

#include "ops/db/database.h"

namespace mpim::ops {

// sqlite:PATH, of the file or of its data directory, or mysql://...; kBadRequest, with this
// command's help, for anything else.
// `password` is for a server's address that has none.
Result<StorePlace> place_named(Call& call, const std::string& name,
                               const std::string& password = {});

// To be read, with the newest schema. A file in a data directory is under that one's lock, and
// `settled`: the index of its log is written to its end. Errors as open_database, and kVersion.
Result<Database> open_source(Call& call, const StorePlace& place, bool settled);

// To be filled, with the newest schema: made where it is missing. Nobody else fills it meanwhile:
// kConflict. Errors as open_database, and those of migrate().
Result<Database> open_target(Call& call, const StorePlace& place);

// A backup, to be read. kBadRequest: it is damaged. Errors as open_source.
Result<Database> open_backup(Call& call, const std::string& file);
// What an error says of a backup that can be opened: pages that cannot be read are damage.
Error as_damaged(Error error);

// To be looked at before it is filled: it may be a part of a copy. Errors as open_source.
Result<Database> open_to_look(Call& call, const StorePlace& place);

// True where a database to be filled would have to be made first.
Result<bool> is_missing(const StorePlace& place);

}  // namespace mpim::ops
