/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * How every packet ends: the one list of verdicts.
 *
 * What        Enum, counter, word of the command line and docs/counters.md are made of it. Part of abi.h, which includes it.
 * Life-cycle  The order is the kernel's array of counters: a change of it is a change of CGN_ABI_VERSION.
 */
#ifndef CGN_VERDICTS_H
#define CGN_VERDICTS_H

/*
 * The verdicts: X(NAME, "word", side, end, "what it means", "what to do about it").
 * side: K = only the kernel program ends a packet so, S = only the slow path (a packet that the kernel counted as
 * punted), B = both. Sum over K and B counted by the kernel = packets the program received; sum over S and B counted by
 * the slow path = packets taken from AF_XDP.
 * end: SENT = left by a port of ours, as it was, translated or as its own answer; PASSED = given to the kernel; WAITS = not
 * ended yet, another verdict follows; REFUSED = dropped.
 */
#define CGN_VERDICTS(X) \
	X(CONTINUE, "continue", K, WAITS, "not a verdict yet: go on to the next stage (never counted)", "report a bug if it is not 0") \
	X(TRANSLATED, "translated", B, SENT, "rewritten by a live mapping and forwarded", "-") \
	X(HAIRPINNED, "hairpinned", B, SENT, "one subscriber to another's (or its own) external endpoint, both translations done", "-") \
	X(PUNTED, "punted", K, WAITS, "handed to the slow path: first packet of a flow, a fragment, a next hop to resolve, or TCP control of a shared mapping", "-") \
	X(NOT_IPV4, "not_ipv4", K, PASSED, "ARP, IPv6, LLDP, LACP, PPPoE, MPLS and the like: to the kernel", "-") \
	X(ARP_ANSWERED, "arp_answered", K, SENT, "ARP request for a pool address on a connected subnet, answered with our MAC", "-") \
	X(MULTICAST, "multicast", K, PASSED, "IPv4 multicast or broadcast: to the kernel, never translated", "-") \
	X(LOCAL, "local", K, PASSED, "to an address of this box: to the kernel (BGP, SSH, a resolver)", "-") \
	X(TRANSIT, "transit", K, PASSED, "neither subscriber nor pool: routed by the kernel", "-") \
	X(BYPASSED, "bypassed", B, SENT, "forwarded untranslated, because a bypass rule says so", "-") \
	X(ECHO_ANSWERED, "echo_answered", K, SENT, "echo request to a pool address, answered by us", "-") \
	X(FOREIGN_MAC, "foreign_mac", K, REFUSED, "unicast frame for another station", "check the switch: it floods, or the port is mirrored") \
	X(UNKNOWN_LINK, "unknown_link", K, REFUSED, "VLAN tags that no configured interface has", "add the VLAN sub-interface to [interfaces]") \
	X(TRUNCATED, "truncated", K, REFUSED, "a header ended before its length, or a length contradicts another", "look for a broken device upstream") \
	X(HEADER_CHECKSUM, "header_checksum", K, REFUSED, "wrong IPv4 header checksum", "look for a broken device or cable upstream") \
	X(IP_OPTIONS, "ip_options", K, REFUSED, "IPv4 options whose lengths contradict the header", "look for a broken or hostile sender") \
	X(SOURCE_ROUTE, "source_route", K, REFUSED, "a strict or loose source route (RFC 7126)", "find the sender") \
	X(LAND, "land", K, REFUSED, "source and destination address are the same", "find the sender") \
	X(MARTIAN_SOURCE, "martian_source", K, REFUSED, "source address that no sender can have (0/8, 127/8, 169.254/16, 224/4, 240/4, our own)", "find the sender by its MAC (tcpdump on the port)") \
	X(MARTIAN_DESTINATION, "martian_destination", K, REFUSED, "destination address that cannot be routed (0/8, 127/8, 169.254/16, 240/4)", "find the sender") \
	X(SPOOFED_SUBSCRIBER, "spoofed_subscriber", K, REFUSED, "a subscriber's source address on an external port", "filter at the border (BCP 38)") \
	X(UNKNOWN_SOURCE, "unknown_source", K, REFUSED, "source on an internal port that no rule, connected or transit prefix covers", "add a [[rule]] for the prefix, or a transit prefix") \
	X(INTERNAL_TO_INTERNAL, "internal_to_internal", K, REFUSED, "one subscriber's internal address straight to another's", "normal; subscribers meet by hairpin") \
	X(HOST_SERVICE_REFUSED, "host_service_refused", K, REFUSED, "a subscriber to a service of this box that [interfaces] subscriber_to_host does not list", "add the service if it is meant to be reached") \
	X(NO_MAPPING, "no_mapping", B, REFUSED, "inbound to a pool address and port that nobody holds (normal: scans)", "-") \
	X(FILTERED, "filtered", B, REFUSED, "to a mapping whose pool admits only remotes that the subscriber spoke to", "normal with address-dependent filtering") \
	X(PROTOCOL, "protocol", B, REFUSED, "a transport that is not translated; its sender is told by ICMP 3/2", "cgnctl show counters --explain") \
	X(SCTP_PORT, "sctp_port", S, REFUSED, "SCTP whose port cannot be kept: its checksum covers ports, so they are never changed", "normal when two subscribers of one address use the same port") \
	X(TUNNEL_TAKEN, "tunnel_taken", S, REFUSED, "ESP or GRE to a remote that another subscriber of the same external address speaks to, and nothing tells them apart", "let them use UDP encapsulation, or give one of them an address of its own") \
	X(ICMP_CHECKSUM, "icmp_checksum", K, REFUSED, "an ICMP error with a wrong checksum, or quoting a header with a wrong one (RFC 5508 REQ-3)", "look for a broken device upstream") \
	X(ICMP_UNMATCHED, "icmp_unmatched", K, REFUSED, "an ICMP error about a packet that no mapping of its sender or receiver explains, or naming a path MTU below 576", "normal in small numbers; scans and spoofing else") \
	X(ICMP_TYPE, "icmp_type", K, REFUSED, "an ICMP type that is never translated (redirect, source quench, router discovery, mask)", "-") \
	X(FRAGMENT_TINY, "fragment_tiny", K, REFUSED, "a first fragment without its whole transport header, or a later one that begins inside it (RFC 1858, 3128)", "find the sender") \
	X(FRAGMENT_OVERLAP, "fragment_overlap", S, REFUSED, "a fragment that overlaps another of its datagram, which is refused whole", "find the sender") \
	X(FRAGMENT_DUPLICATE, "fragment_duplicate", S, REFUSED, "a fragment that came twice", "-") \
	X(FRAGMENT_TIMEOUT, "fragment_timeout", S, REFUSED, "held for the rest of its datagram, which did not come in time", "normal in small numbers; a flood else") \
	X(FRAGMENT_LIMIT, "fragment_limit", S, REFUSED, "more fragments or datagrams in pieces than a sender, or all, may have waiting", "look for a flood: cgnctl top") \
	X(TTL_EXCEEDED, "ttl_exceeded", B, REFUSED, "TTL would reach 0 here; its sender is told, within the limits", "normal with traceroute; look for a routing loop if it grows") \
	X(TOO_BIG, "too_big", B, REFUSED, "larger than the next hop's MTU and not to be fragmented; its sender is told, within the limits", "normal with path MTU discovery; clamp the MSS if it grows") \
	X(NO_ROUTE, "no_route", B, REFUSED, "the kernel has no route to the translated destination", "ip route get ADDRESS") \
	X(NO_PORT, "no_port", B, REFUSED, "the route leads out of an interface that cgnd does not own", "add the interface to [interfaces]") \
	X(NEXT_HOP_UNRESOLVED, "next_hop_unresolved", S, REFUSED, "the next hop did not answer ARP in time", "check the router that the route names") \
	X(POLICED, "policed", K, REFUSED, "more first packets or fragments than this sender may have in the slow path", "cgnctl show subscriber ADDRESS; [limits] new_mappings_per_second") \
	X(POLICED_STRANGERS, "policed_strangers", K, REFUSED, "more first packets than subscribers without a block may send together", "a scan of unused addresses, or a mass return after an outage") \
	X(SLOW_PATH_AWAY, "slow_path_away", K, REFUSED, "no daemon takes punted packets now: new flows fail, established ones go on", "systemctl status cgnd") \
	X(HELD, "held", S, WAITS, "waits for its port block's row to be synced, for its next hop, or for the first fragment of its datagram; counted again with its end", "-") \
	X(HOLD_FULL, "hold_full", S, REFUSED, "no room in the queue of held packets (4 a mapping, 16 a subscriber, 4096 in all)", "a slow log disk: cgnctl status") \
	X(NO_JOURNAL, "no_journal", S, REFUSED, "the legal log could not record the block in time, so it was not given", "cgnctl status: log store") \
	X(NO_RULE, "no_rule", S, REFUSED, "no [[rule]] gives this subscriber a pool", "add a [[rule]]") \
	X(SUBSCRIBER_LIMIT, "subscriber_limit", S, REFUSED, "the pool already serves max_subscribers", "raise max_subscribers or add addresses") \
	X(POOL_FULL, "pool_full", S, REFUSED, "the pool has no block left for this subscriber", "add addresses: cgnctl show pool") \
	X(BLOCK_LIMIT, "block_limit", S, REFUSED, "the subscriber holds max_blocks_per_subscriber and all their ports are in use", "cgnctl show subscriber ADDRESS") \
	X(PORT_LIMIT, "port_limit", S, REFUSED, "the subscriber holds ports_per_subscriber of this protocol", "cgnctl show subscriber ADDRESS") \
	X(MAPPING_LIMIT, "mapping_limit", S, REFUSED, "the subscriber holds mappings_per_subscriber", "cgnctl show subscriber ADDRESS") \
	X(RATE_LIMIT, "rate_limit", S, REFUSED, "the subscriber opens more than new_mappings_per_second", "cgnctl show subscriber ADDRESS") \
	X(PERMISSION_LIMIT, "permission_limit", S, REFUSED, "a mapping with dependent filtering speaks to [limits] permissions_per_mapping remotes, or all mappings to [limits] permissions", "raise the limit that was reached, or filter endpoint-independent") \
	X(TABLE_FULL, "table_full", S, REFUSED, "the mapping table holds [limits] mappings", "raise [limits] mappings") \
	X(MIDSTREAM, "midstream", S, REFUSED, "TCP from inside that does not begin with SYN and has no mapping", "normal after a reboot") \
	X(ALG_CUT, "alg_cut", S, REFUSED, "a segment of a control connection that begins or ends inside a line an ALG has rewritten, or changes one more before that one was acknowledged; TCP sends it again", "normal in small numbers") \
	X(MALFORMED, "malformed", S, REFUSED, "a punted frame that the slow path could not read", "report a bug") \
	X(SLOW_PATH_ERROR, "slow_path_error", S, REFUSED, "the kernel refused an entry or a frame", "see the daemon's log")

enum cgn_verdict {
#define CGN_X(name, word, side, end, meaning, remedy) CGN_VERDICT_##name,
	CGN_VERDICTS(CGN_X)
#undef CGN_X
	CGN_VERDICT_COUNT
};

#endif
