// SPDX-License-Identifier: Apache-2.0
// cgnctl monitor blocks: port blocks as they are lent and come back, one line each, until interrupted.
#include <fmt/format.h>

#include <ostream>

#include "cgn/realm.hpp"
#include "cgnctl/client.hpp"
#include "cgnctl/csv.hpp"
#include "cgnctl/instant.hpp"
#include "cgnctl/render.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

// "held 03:11:09", or nothing when the event is no end.
std::string held(const control::BlockNews& news) {
  const auto from = parse_time(news.allocated_at, {});
  const auto to = parse_time(news.at, {});
  if (news.event != "released" || !from || !to || *to < *from) return {};
  const auto seconds = std::chrono::floor<std::chrono::seconds>(*to - *from).count();
  return "held " + duration_text(static_cast<std::uint64_t>(seconds));
}

std::string realm_of(const control::BlockNews& news) {
  return is_default_realm(news.realm) ? std::string{} : "realm " + news.realm + "  ";
}

std::string line_of(const control::BlockNews& news) {
  const char sign = news.event == "allocated" ? '+' : news.event == "released" ? '-' : '=';
  const auto clock = news.at.size() > 11 ? news.at.substr(11) : news.at;
  const auto block = fmt::format("{}:{}-{}", news.external, news.first_port, news.last_port);
  auto line = fmt::format("{} {} {:<18} {:<27} {}  {}", clock, sign, news.subscriber, block, news.pool,
                          realm_of(news) + held(news));
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string text_of(const control::Json& json, Format format) {
  const auto news = json.get<control::BlockNews>();
  switch (format) {
    case Format::json:
    case Format::pretty: return control::to_text(json) + "\n";
    case Format::csv:
      return to_csv({news.at, news.event, news.subscriber, news.external, std::to_string(news.first_port),
                     std::to_string(news.last_port), news.pool});
    case Format::text: break;
  }
  const auto gap = news.lost == 0 ? "" : fmt::format("({} events were lost: this reader was too slow)\n", news.lost);
  return gap + line_of(news);
}

}  // namespace

Exit monitor_blocks(const Session& session) {
  if (session.options.format == Format::csv && session.options.headers) {
    session.out << to_csv({"AT", "EVENT", "SUBSCRIBER", "EXTERNAL", "FIRST-PORT", "LAST-PORT", "POOL"}) << std::flush;
  }
  const auto reply = Client{session.options}.lines(control::path::kMonitorBlocks, {}, [&](const auto& json) {
    session.out << text_of(json, session.options.format) << std::flush;
    return static_cast<bool>(session.out);
  });
  if (reply.exit != Exit::ok) return session.fail(reply.exit, reply.error);
  return Exit::ok;
}

}  // namespace cgn::cgnctl
