// SPDX-License-Identifier: Apache-2.0
// The verbs: one function each, one file each. The command tree (app.cpp) reads arguments and calls them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cgnctl/session.hpp"

namespace cgn::cgnctl {

Exit status(const Session&);
Exit version(const Session&);

// --- show
// -------------------------------------------------------------------------------------------------------------
Exit show_pool(const Session&, const std::string& name);  // empty: all
Exit show_address(const Session&, const std::string& address);
Exit show_subscriber(const Session&, const std::string& address, const std::string& realm);  // empty: whichever it is

struct BlockArguments {
  std::string pool{};
  std::string address{};
  std::string subscriber{};
  std::string realm{};
};
Exit show_block(const Session&, const BlockArguments&);

struct MappingArguments {
  std::string internal{};
  std::string external{};
  std::string proto{};
  std::string realm{};
  std::uint64_t limit = 100;  // 0: all
};
Exit show_mapping(const Session&, const MappingArguments&);
Exit show_drops(const Session&);
Exit show_dataplane(const Session&);
Exit show_alarms(const Session&);
Exit show_static(const Session&);
Exit show_radius(const Session&);

// --- the legal record
// -------------------------------------------------------------------------------------------------
struct LookupArguments {
  std::string target{};  // IP or IP:PORT
  std::string at{};
  std::string proto{};
  std::string tolerance = "1s";
  std::string case_reference{};
  std::string log_dir{};
  std::string batch{};   // a CSV file, "-" for standard input
  std::string report{};  // text (the page for the file), json, csv; empty: as the global options say
  std::string audit_file{};
};
Exit lookup(const Session&, const LookupArguments&);

struct WhereisArguments {
  std::string subscriber{};
  std::string from{};  // empty: a day before `to`
  std::string to{};    // empty: now
  std::string log_dir{};
  std::optional<std::string> realm{};  // none: every one
  std::string case_reference{};
  std::string audit_file{};
};
Exit whereis(const Session&, const WhereisArguments&);

struct AuditArguments {
  std::string case_reference{};  // empty: all
  std::string log_dir{};
  std::string audit_file{};
};
Exit log_audit(const Session&, const AuditArguments&);

// --- identities
// -------------------------------------------------------------------------------------------------------
struct IdentityArguments {
  std::string subscriber{};
  std::string id{};
  std::string realm{};  // empty: the default one
  std::string from{};   // empty: now
  bool yes = false;
};
Exit subscriber_set(const Session&, const IdentityArguments&);
Exit subscriber_end(const Session&, const IdentityArguments&);
Exit subscriber_import(const Session&, const std::string& file);  // "-": standard input
Exit subscriber_show(const Session&, const std::string& whom);    // an address or an identity

// --- events and actions
// -----------------------------------------------------------------------------------------------
Exit monitor_blocks(const Session&);
struct ClearArguments {
  std::string realm{};  // empty: the one in which there is something to clear
  bool yes = false;
};
Exit clear_subscriber(const Session&, const std::string& address, const ClearArguments&);
Exit clear_mapping(const Session&, const std::string& mapping, const ClearArguments&);  // "IP:PORT/proto"
Exit reload(const Session&, bool dry_run);
Exit detach(const Session&, bool yes);

// --- configuration
// ----------------------------------------------------------------------------------------------------
Exit config_check(const Session&, const std::string& file, bool offline);
Exit config_show(const Session&, const std::string& file, bool defaults);  // empty file: the daemon's

// --- deterministic pools
// ----------------------------------------------------------------------------------------------
struct DetArguments {
  std::string target{};   // an internal address, or EXTERNAL:PORT
  std::string realm{};    // of the internal address; empty: the default one
  std::string batch{};    // a file with one of them a line, "-" for standard input
  std::string config{};   // compute from this file
  std::string log_dir{};  // or from the record of this log
  std::string at{};       // as it was in force then; empty: now
};
Exit det_forward(const Session&, const DetArguments&);
Exit det_reverse(const Session&, const DetArguments&);
Exit det_parameters(const Session&, const DetArguments&);

// --- conformance
// ------------------------------------------------------------------------------------------------------
struct SelftestArguments {
  bool list = false, verbose = false;
  std::string only{};  // empty: all rows
  std::string against = "cgnd";
  std::string mode = "both";
};
Exit selftest(const Session&, const SelftestArguments&);

}  // namespace cgn::cgnctl
