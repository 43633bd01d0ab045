// SPDX-License-Identifier: Apache-2.0
// The door for RADIUS accounting.
#include "daemon/radius_listener.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <fstream>

#include "cgn/control.hpp"
#include "daemon/clock.hpp"

namespace cgn::daemon {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kMostSenders = 1024;  // strangers included; more are counted under 0.0.0.0
constexpr int kBuffer = 4 << 20;
constexpr Duration kEpisodeEnds = std::chrono::seconds{60};

sockaddr_in address_of(Endpoint e) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = e.address.net();
  address.sin_port = e.port.net();
  return address;
}

Result<std::string> secret_of(const config::RadiusClient& client) {
  if (client.secret_file.empty()) return client.secret;
  std::ifstream file{client.secret_file};
  std::string secret;
  if (!std::getline(file, secret) || secret.empty()) {
    return fail("cannot read a secret from " + client.secret_file, "its first line is the secret; root reads it alone");
  }
  return secret;
}

radius::IdentityAttribute attribute_of(config::IdentityAttribute attribute) {
  switch (attribute) {
    case config::IdentityAttribute::user_name: return radius::IdentityAttribute::user_name;
    case config::IdentityAttribute::calling_station_id: return radius::IdentityAttribute::calling_station_id;
    case config::IdentityAttribute::class_: return radius::IdentityAttribute::class_;
    case config::IdentityAttribute::chargeable_user_identity:
      return radius::IdentityAttribute::chargeable_user_identity;
  }
  return radius::IdentityAttribute::user_name;
}

Result<io::Fd> open_socket(Endpoint listen) {
  io::Fd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return fail_errno("make a socket for RADIUS accounting");
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kBuffer, sizeof kBuffer);
  const auto address = address_of(listen);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno("listen for RADIUS accounting on " + to_string(listen), errno,
                      "[radius] listen names an address of this machine and a free UDP port");
  }
  return fd;
}

}  // namespace

void RadiusListener::Outbox::put(Word word) {
  {
    const std::lock_guard guard{lock};
    words.push_back(std::move(word));
  }
  ::eventfd_write(wake.get(), 1);
}

Result<std::unique_ptr<RadiusListener>> RadiusListener::start(const config::Radius& config, IdentityDesk& desk) {
  std::map<Ipv4, Client> clients;
  for (const auto& client : config.clients) {
    TRY(secret, secret_of(client));
    clients.emplace(client.address, Client{std::move(secret), client.realm});
  }
  TRY(socket, open_socket(config.listen));
  std::unique_ptr<RadiusListener> listener{new RadiusListener{config, desk, std::move(clients)}};
  listener->socket_ = std::move(socket);
  listener->outbox_->wake = io::Fd{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  if (!listener->outbox_->wake) return fail_errno("make an eventfd for RADIUS accounting");
  listener->thread_ = std::thread{[raw = listener.get()] { raw->run(); }};
  return listener;
}

RadiusListener::RadiusListener(config::Radius config, IdentityDesk& desk, std::map<Ipv4, Client> clients)
    : config_{std::move(config)}, desk_{desk}, clients_{std::move(clients)}, outbox_{std::make_shared<Outbox>()} {}

RadiusListener::~RadiusListener() {
  stop_ = true;
  if (outbox_->wake) ::eventfd_write(outbox_->wake.get(), 1);
  if (thread_.joinable()) thread_.join();
}

void RadiusListener::run() {
  while (!stop_) {
    std::array polled{pollfd{.fd = socket_.get(), .events = POLLIN, .revents = 0},
                      pollfd{.fd = outbox_->wake.get(), .events = POLLIN, .revents = 0}};
    ::poll(polled.data(), polled.size(), 1000);
    eventfd_t count = 0;
    ::eventfd_read(outbox_->wake.get(), &count);
    send_words();
    receive();
    end_episodes(now().mono);
  }
}

// What has come, up to a batch, in as few questions to the brain as may be.
void RadiusListener::receive() {
  std::vector<IdentityDesk::Order> orders;
  for (std::size_t i = 0; i < kBatch; ++i) {
    Datagram datagram{.bytes = std::vector<std::byte>(radius::kLongest + 1)};
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const auto got = ::recvfrom(socket_.get(), datagram.bytes.data(), datagram.bytes.size(), 0,
                                reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 0) break;
    datagram.bytes.resize(static_cast<std::size_t>(got));
    datagram.sender = {Ipv4::from_net(from.sin_addr.s_addr), Port::from_net(from.sin_port)};
    take(datagram, orders);
  }
  if (orders.empty()) return;
  hear(orders, desk_.submit(orders));
}

void RadiusListener::take(const Datagram& datagram, std::vector<IdentityDesk::Order>& orders) {
  const auto sender = datagram.sender.address;
  count(sender, &RadiusCounters::requests);
  const auto client = clients_.find(sender);
  if (client == clients_.end()) return drop(sender, &RadiusCounters::unknown, "is no [[radius.client]]");
  const auto packet = radius::parse(datagram.bytes);
  if (!packet || packet->code != radius::kAccountingRequest) {
    return drop(sender, &RadiusCounters::malformed, "sent what is no Accounting-Request");
  }
  if (!radius::is_authentic(*packet, client->second.secret)) {
    return drop(sender, &RadiusCounters::bad_secret, "does not know the secret of its [[radius.client]]");
  }
  const auto key = radius::Replies::key_of(datagram.sender, *packet);
  switch (replies_.take(key, now().mono)) {
    case radius::Replies::What::in_the_works: return count(sender, &RadiusCounters::repeated);
    case radius::Replies::What::answered:
      count(sender, &RadiusCounters::repeated);
      return send(datagram.sender, *replies_.answer(key));
    case radius::Replies::What::fresh: break;
  }
  take_request(*packet, datagram, client->second, orders);
}

void RadiusListener::take_request(const radius::Packet& packet, const Datagram& datagram, const Client& client,
                                  std::vector<IdentityDesk::Order>& orders) {
  const auto sender = datagram.sender.address;
  const auto key = radius::Replies::key_of(datagram.sender, packet);
  const auto accounting = radius::read_accounting(packet, attribute_of(config_.identity_attribute));
  if (!accounting) {
    replies_.dropped(key);
    return drop(sender, &RadiusCounters::malformed, "sent a malformed request: " + accounting.error().what);
  }
  const auto done = answer_later(key, radius::response_to(packet, client.secret));
  const auto arrival = now().wall;
  const auto nas = accounting->nas.empty() ? to_string(sender) : accounting->nas;
  const Sender from{.realm = client.realm, .source = "radius:" + nas, .by = to_string(sender)};
  switch (accounting->status) {
    case radius::Status::on:
    case radius::Status::off: return begin_or_end_nas(*accounting, from, done);
    case radius::Status::start:
    case radius::Status::stop:
    case radius::Status::interim: break;
    case radius::Status::other: return done(true);
  }
  const bool too_old = arrival - moment_of(*accounting, arrival).latest >= journal::kLatestReport;
  if (too_old) count(sender, &RadiusCounters::late);
  if (!accounting->address) count(sender, &RadiusCounters::outside);
  if (too_old || !accounting->address) return done(true);
  orders.push_back({report_of(*accounting, from, arrival, config_.use_netmask), done});
}

void RadiusListener::begin_or_end_nas(const radius::Accounting& accounting, const Sender& from,
                                      const IdentityDesk::Done& done) {
  const auto ended = desk_.end_all_of(from.source, from.by, moment_of(accounting, now().wall), done);
  if (!ended) return done(false);
  spdlog::info("{} {}: {} sessions ended", from.source,
               accounting.status == radius::Status::on ? "begins anew" : "goes down", *ended);
}

IdentityDesk::Done RadiusListener::answer_later(const radius::Replies::Key& key, std::vector<std::byte> answer) {
  return [outbox = outbox_, key, answer = std::move(answer)](bool durable) { outbox->put({key, answer, durable}); };
}

// What the desk said at once.
void RadiusListener::hear(const std::vector<IdentityDesk::Order>& orders,
                          const Result<std::vector<IdentityDesk::Answer>>& answers) {
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const auto sender = Ipv4::parse(orders[i].report.claim.by).value_or(Ipv4{});
    if (!answers) {
      orders[i].done(false);
      continue;
    }
    const auto& answer = answers->at(i);
    if (!answer) {
      // None of ours, and no better the next time: the NAS need not repeat it.
      count(sender, &RadiusCounters::outside);
      orders[i].done(true);
    } else if (*answer == IdentityDesk::Outcome::undecided) {
      orders[i].done(false);
    } else if (*answer == IdentityDesk::Outcome::late) {
      count(sender, &RadiusCounters::late);
    }
  }
}

void RadiusListener::send_words() {
  std::vector<Word> words;
  {
    const std::lock_guard guard{outbox_->lock};
    words = std::exchange(outbox_->words, {});
  }
  for (auto& word : words) {
    const auto to = std::get<Endpoint>(word.key);
    if (!word.durable) {
      replies_.dropped(word.key);
      count(to.address, &RadiusCounters::unrecorded);
      continue;
    }
    send(to, word.answer);
    count(to.address, &RadiusCounters::answered);
    replies_.answered(word.key, std::move(word.answer));
  }
}

// One that does not leave is asked for again.
void RadiusListener::send(Endpoint to, const std::vector<std::byte>& answer) {
  const auto address = address_of(to);
  (void)::sendto(socket_.get(), answer.data(), answer.size(), 0, reinterpret_cast<const sockaddr*>(&address),
                 sizeof address);
}

void RadiusListener::count(Ipv4 sender, std::uint64_t RadiusCounters::*counter) {
  const std::lock_guard guard{facts_lock_};
  const bool room = senders_.size() < kMostSenders || senders_.contains(sender);
  ++(senders_[room ? sender : Ipv4{}].*counter);
}

void RadiusListener::drop(Ipv4 sender, std::uint64_t RadiusCounters::*counter, std::string what) {
  count(sender, counter);
  const std::lock_guard guard{facts_lock_};
  if (episodes_.size() >= kMostSenders && !episodes_.contains(sender)) return;
  auto& episode = episodes_[sender];
  const auto at = now();
  if (episode.count++ == 0) {
    episode.since = at.wall;
    spdlog::warn("radius: {} {}; its requests are dropped", to_string(sender), what);
  }
  episode.what = std::move(what);
  episode.last = at.mono;
}

void RadiusListener::end_episodes(Monotonic now) {
  const std::lock_guard guard{facts_lock_};
  std::erase_if(episodes_, [&](const auto& entry) {
    const auto& [sender, episode] = entry;
    if (now - episode.last < kEpisodeEnds) return false;
    spdlog::info("radius: over for {}, {} requests dropped since {}", to_string(sender), episode.count,
                 control::to_text(episode.since));
    return true;
  });
}

RadiusListener::Facts RadiusListener::facts() const {
  const std::lock_guard guard{facts_lock_};
  Facts facts{.listen = to_string(config_.listen), .senders = senders_};
  for (const auto& [sender, episode] : episodes_) {
    facts.troubles.push_back(fmt::format("radius: {} {}: {} requests dropped since {}", to_string(sender), episode.what,
                                         episode.count, control::to_text(episode.since)));
  }
  return facts;
}

}  // namespace cgn::daemon
