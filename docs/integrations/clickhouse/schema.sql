-- The legal record of many cgnd nodes and many years, in ClickHouse. Works from 18.16 (Debian 12) on; what newer servers
-- allow beyond it stands in ../clickhouse.md.
--
--     clickhouse-client --multiquery < schema.sql
--
-- Rows are added by `cgnctl log export --format clickhouse`, and may be added twice: a row is replaced by the one that came last.
-- The server drops the replaced one when it merges; who reads with FINAL, as all does here, does not see it until then either.
-- Times are milliseconds since 1970 UTC, addresses numbers (IPv4NumToString), kinds as in docs/log.md.

CREATE DATABASE IF NOT EXISTS cgn;

-- Rows about blocks: 1 continued, 16 allocated, 17 released.
CREATE TABLE IF NOT EXISTS cgn.blocks
(
    node UInt32,
    file UInt64,              -- first row of the day file that it stands in
    day Date,                 -- on which that file was opened
    seq UInt64,               -- without a gap per node
    kind UInt8,
    wall_ms Int64,
    boot_ms Int64,
    external UInt32,
    first UInt16,
    last UInt16,
    subscriber UInt32,
    subscriber_length UInt8,
    realm String,
    pool String,
    allocated_ms Int64
) ENGINE = ReplacingMergeTree() PARTITION BY toYYYYMM(day) ORDER BY (external, first, node, seq, file);

-- All other rows: starts, steps of the clock, identities, configuration, holds, heartbeats.
CREATE TABLE IF NOT EXISTS cgn.notes
(
    node UInt32,
    file UInt64,
    day Date,
    seq UInt64,
    kind UInt8,
    wall_ms Int64,
    boot_ms Int64,
    subscriber UInt32,
    subscriber_length UInt8,
    realm String,
    allocated_ms Int64,
    detail String
) ENGINE = ReplacingMergeTree() PARTITION BY toYYYYMM(day) ORDER BY (kind, subscriber, node, seq, file);

-- What each day file covers. The row of a file is written after its rows: what is not here is not covered.
CREATE TABLE IF NOT EXISTS cgn.files
(
    node UInt32,
    file UInt64,              -- its first row
    day Date,
    last_seq UInt64,
    name String,
    node_name String,
    opened_ms Int64,
    from_ms Int64,            -- it covers [from_ms, to_ms]
    to_ms Int64,
    reach_ms Int64,           -- rows may be stamped this early
    complete UInt8,           -- it tells of all blocks that were held when it was opened
    finished UInt8,
    end_reason String,        -- why it covers no more
    computed_first Array(UInt32),  -- external addresses whose blocks are computed (deterministic pools), as ranges
    computed_last Array(UInt32),
    exported_ms Int64
) ENGINE = ReplacingMergeTree(exported_ms) PARTITION BY toYYYYMM(day) ORDER BY (node, file);

-- The files of each node, in order, as chains without a gap. `origin` is the latest file, at or before it in its chain, that
-- tells of all blocks held: from there on rows must be read. 0: there is none.
CREATE VIEW IF NOT EXISTS cgn.chains AS
SELECT
    node,
    own.1 AS file,
    joined.1 AS last_seq,
    joined.2 AS to_ms,
    joined.3 AS chain,
    own.2 AS from_ms,
    own.3 AS reach_ms,
    own.4 AS name,
    own.5 AS node_name,
    own.6 AS computed_first,
    own.7 AS computed_last,
    joined.4.1 AS origin,
    joined.4.2 AS origin_from_ms,
    joined.4.3 AS origin_opened_ms
FROM
(
    SELECT
        node,
        -- 1 file, 2 last_seq, 3 from, 4 to, 5 reach, 6 opened, 7 complete, 8 name, 9 node_name, 10 and 11 computed
        arraySort(s -> s.1, groupArray((file, last_seq, from_ms, to_ms, reach_ms, opened_ms, complete, name, node_name,
            computed_first, computed_last))) AS files,
        arrayEnumerate(files) AS numbers,
        -- Rows after the next file's first are void.
        arrayMap(a -> a = length(files) ? files[a].2 : least(files[a].2, toUInt64(files[a + 1].1 - 1)), numbers) AS lasts,
        arrayMap(b -> b > 1 AND lasts[b - 1] + 1 = files[b].1, numbers) AS follows,
        arrayCumSum(arrayMap(c -> 1 - c, follows)) AS chain_of,
        arrayMap(d -> d < length(files) AND follows[d + 1] ? greatest(files[d].4, files[d + 1].6) : files[d].4, numbers)
            AS ends,
        arrayFilter(e -> files[e].7, numbers) AS whole,
        arrayCumSum(arrayMap(g -> files[g].7, numbers)) AS whole_so_far,
        arrayMap(h -> whole_so_far[h] > 0 AND chain_of[whole[whole_so_far[h]]] = chain_of[h]
            ? (files[whole[whole_so_far[h]]].1, files[whole[whole_so_far[h]]].3, files[whole[whole_so_far[h]]].6)
            : (toUInt64(0), toInt64(0), toInt64(0)), numbers) AS origins,
        arrayJoin(numbers) AS n,
        (files[n].1, files[n].3, files[n].5, files[n].8, files[n].9, files[n].10, files[n].11) AS own,
        (lasts[n], ends[n], chain_of[n], origins[n]) AS joined
    FROM cgn.files FINAL
    GROUP BY node
);

-- Of each node: when its machine was booted (the row that tells, and its time: all blocks that the new boot does not continue
-- ended before), and the times around which its record's own clock cannot be taken at its word: steps (and whether it went back),
-- and notes of an offset of more than half a second. One array a column: Array(Tuple()) as a view's column is not read anew when
-- the server of 18.16 starts again.
CREATE VIEW IF NOT EXISTS cgn.clocks AS
SELECT
    node,
    arrayMap(a -> a.1, boots) AS boot_seq,
    arrayMap(b -> b.3, boots) AS boot_wall_ms,
    arrayMap(c -> c.1, steps) AS step_seq,
    arrayMap(d -> d.2, steps) AS step_from_ms,
    arrayMap(e -> e.3, steps) AS step_to_ms,
    arrayMap(f -> f.4, steps) AS step_back,
    arrayMap(g -> g.1, wrong) AS wrong_seq,
    arrayMap(h -> h.2, wrong) AS wrong_from_ms,
    arrayMap(k -> k.3, wrong) AS wrong_to_ms
FROM
(
    SELECT
        node,
        arraySort(s -> s.1, groupArrayIf((seq, kind, wall_ms, detail), kind IN (3, 5))) AS starts,
        arrayFilter((x, i) -> i > 1 AND x.2 = 3 AND starts[i - 1].4 != '' AND x.4 != starts[i - 1].4, starts,
            arrayEnumerate(starts)) AS boots,
        -- Somebody set the clock at some time since the row before, which `detail` has the time of.
        groupArrayIf((seq, least(wall_ms, allocated_ms)
                - (detail = '' ? 0 : greatest(allocated_ms - toInt64OrZero(detail), 0)),
            greatest(wall_ms, allocated_ms), wall_ms < allocated_ms), kind = 7) AS steps,
        arraySort(t -> t.1, groupArrayIf((seq, wall_ms, visitParamExtractBool(detail, 'synchronised')
            AND abs(visitParamExtractFloat(detail, 'offset_us')) > 500000), kind = 24)) AS notes,
        arrayMap(n -> (notes[n].1, notes[n].2, n < length(notes) ? notes[n + 1].2 : toInt64(9000000000000000)),
            arrayFilter(m -> notes[m].3, arrayEnumerate(notes))) AS wrong
    FROM (SELECT node, file, seq, kind, wall_ms, allocated_ms, detail FROM cgn.notes FINAL WHERE kind IN (3, 5, 7, 24))
    ALL INNER JOIN (SELECT node, file, last_seq FROM cgn.chains) USING (node, file)
    WHERE seq <= last_seq
    GROUP BY node
);

-- What the record says of whose an address was: `set` begins a term, `end` ends it, `was` tells of one that was over already. A
-- change lies between its two times.
CREATE VIEW IF NOT EXISTS cgn.identities AS
SELECT
    node, chain, reach_ms, seq, wall_ms, subscriber, subscriber_length, realm,
    visitParamExtractString(detail, 'event') AS event,
    visitParamExtractString(detail, 'id') AS id,
    visitParamExtractString(detail, 'session') AS session,
    visitParamExtractInt(detail, 'from_ms') AS from_latest,
    visitParamHas(detail, 'from_ms_earliest') ? visitParamExtractInt(detail, 'from_ms_earliest') : from_latest AS from_earliest,
    visitParamExtractInt(detail, 'to_ms') AS to_latest,
    visitParamHas(detail, 'to_ms_earliest') ? visitParamExtractInt(detail, 'to_ms_earliest') : to_latest AS to_earliest
FROM (SELECT node, file, seq, wall_ms, subscriber, subscriber_length, realm, detail FROM cgn.notes FINAL WHERE kind = 22)
ALL INNER JOIN (SELECT node, file, chain, reach_ms, last_seq FROM cgn.chains) USING (node, file)
WHERE seq <= last_seq;
