-- Who held an external address and port at a time? The answers of `cgnctl lookup`, for any number of questions at once.
--
-- In:  the external table `questions`: id UInt32, node UInt32, external String, first UInt16, last UInt16, at_ms Int64,
--      tolerance_ms Int64 (a port: first = last; no port: 0 and 65535). See ../clickhouse.md for how it is given.
-- Out: a line a question. holders: 'subscriber realm identity', sorted; loans: (subscriber, realm, first port, last port,
--      held from, held to (0: still held when the record ends), row that tells of it).

SELECT id, node, verdict, arrayStringConcat(holders, '|') AS candidates, loans, reason
FROM
(
    -- 7. One answer a question: all chains of files that cover its time must say the same.
    SELECT
        id, node,
        arraySort(groupUniqArrayArrayIf(names, covered)) AS all_names,
        arraySort(groupUniqArrayArrayIf(told_loans, covered)) AS all_loans,
        groupUniqArrayIf((verdict_here, arraySort(names)), covered) AS answers,
        any(at_ms) > toUnixTimestamp(now()) * 1000 AS lies_in_future,
        multiIf(lies_in_future OR empty(answers), 'NOT COVERED', length(answers) > 1, 'AMBIGUOUS', answers[1].1) AS verdict,
        if(verdict = 'NOT COVERED', emptyArrayString(), all_names) AS holders,
        if(verdict = 'NOT COVERED', arraySlice(all_loans, 1, 0), all_loans) AS loans,
        multiIf(
            lies_in_future, 'the time lies in the future',
            empty(answers) AND max(known_to) = 0, 'no file of this node is so old',
            empty(answers), concat('the record has a hole after ', toString(max(known_to)), ' ms'),
            anyIf(reason_here, covered)) AS reason
    FROM
    (
        -- 6. The verdict of a chain.
        SELECT
            id, node, chain, covered, at_ms, known_to,
            groupUniqArrayArrayIf(held_by, named) AS names,
            groupArrayIf((holder_address, holder_realm, loan.4, loan.5, loan.6, loan.7, loan.1), named) AS told_loans,
            max(unsure) AS name_unsure,
            multiIf(doubt != '' OR name_unsure, 'NOT COVERED',
                judged = 'ONE HOLDER' AND length(names) > 1, 'AMBIGUOUS', judged) AS named_as,
            (named_as = 'NOBODY' OR named_as = 'ONE HOLDER' AND tolerance_ms > 120000) AND NOT knows_all AS hidden,
            if(hidden, 'NOT COVERED', named_as) AS verdict_here,
            multiIf(
                doubt != '', doubt,
                name_unsure, 'the record''s own clock was wrong around this time: cgnctl lookup',
                hidden, 'the record does not cover the whole tolerance around this time',
                named_as = 'AMBIGUOUS' AND judged = 'ONE HOLDER', 'whose address it was changed within the tolerance',
                named_as = 'AMBIGUOUS' AND length(names) = 1, 'the holder''s time begins or ends within the tolerance',
                named_as = 'AMBIGUOUS', 'several held it within the tolerance', '') AS reason_here
        FROM
        (
            -- 5. Whose the holder's address may have been while the window and the loan overlap. '': nobody's who is known.
            SELECT
                id, node, chain, covered, at_ms, tolerance_ms, known_to, doubt, judged, knows_all, loan,
                loan.1 > 0 AS named,
                loan.2.2 = 32 ? IPv4NumToString(loan.2.1) : concat(IPv4NumToString(loan.2.1), '/', toString(loan.2.2))
                    AS holder_address,
                loan.2.3 = '' ? 'default' : loan.2.3 AS holder_realm,
                concat(holder_address, ' ', holder_realm) AS holder,
                -- 1 id, 2 and 3 began between, 4 first row, 5 its event, 6 last row, 7 its event, 8 and 9 ended between
                groupArrayIf((term_id, began.1, began.2, first_seq, first_event, last_seq, last_event, ended.1, ended.2),
                    first_seq > 0) AS rows,
                -- Names that became known after the clock went back: not read here.
                stepped_back > 0 AND arrayExists(g -> g.6 > stepped_back, rows) AS unsure,
                arraySort(s -> s.1, arrayMap(m -> (m.4, m.3), arrayFilter(f -> f.5 = 'set', rows))) AS beginnings,
                arrayMap(r -> (r.1, r.2, r.3,
                    r.7 != 'set' ? (r.8, r.9)
                        : (arrayExists(b -> b.1 > r.6, beginnings)
                            ? (r.3, arrayFirst(c -> c.1 > r.6, beginnings).2)
                            : (toInt64(9000000000000000), toInt64(9000000000000000)))), rows) AS terms,
                arrayFilter(t -> t.3 < t.4.1, terms) AS certain,
                arrayConcat([overlap_from],
                    arrayFilter(e -> e > overlap_from AND e < overlap_to, arrayMap(d -> d.4.1, certain))) AS instants,
                arrayDistinct(arrayConcat(
                    arrayMap(p -> p.1, arrayFilter(q -> q.2 < overlap_to AND q.4.2 > overlap_from, terms)),
                    arrayAll(a -> arrayExists(k -> k.3 <= a AND a < k.4.1, certain), instants) ? emptyArrayString() : ['']
                )) AS ids,
                arrayMap(i -> concat(holder, ' ', i), ids) AS held_by
            FROM
            (
                -- 4. The rows of each term of an identity.
                SELECT
                    id, node, chain, covered, at_ms, tolerance_ms, known_to, doubt, judged, knows_all, loan,
                    overlap_from, overlap_to, stepped_back,
                    seq >= run_first AND reach_ms <= window_to + 86400000 AND seq > 0 AS counts,
                    if(counts, (identity, session, from_earliest, from_latest, if(event = 'was', seq, 0)),
                        ('', '', toInt64(0), toInt64(0), toUInt64(0))) AS term,
                    term.1 AS term_id,
                    if(counts, min(seq), 0) AS first_seq,
                    argMin(event, seq) AS first_event,
                    max(seq) AS last_seq,
                    argMax(event, seq) AS last_event,
                    argMin(wall_ms, seq) < term.4 ? (toInt64(-9000000000000000), toInt64(-9000000000000000)) : (term.3, term.4)
                        AS began,
                    (argMax(to_earliest, seq), argMax(to_latest, seq)) AS ended
                FROM
                (
                    SELECT
                        id, node, chain, covered, at_ms, tolerance_ms, known_to, doubt, judged, knows_all, run_first,
                        stepped_back, loan,
                        loan.2.1 AS subscriber, loan.2.2 AS subscriber_length, loan.2.3 AS realm,
                        at_ms - greatest(tolerance_ms, 1) + 1 AS window_from,
                        at_ms + greatest(tolerance_ms, 1) AS window_to,
                        greatest(window_from, loan.6) AS held_from,
                        loan.7 = 0 ? window_to : least(window_to, loan.7) AS held_to,
                        held_from < held_to ? held_from : window_from AS overlap_from,
                        held_from < held_to ? held_to : window_to AS overlap_to
                    FROM
                    (
                        -- 3. The loans in and near the window, judged.
                        SELECT
                            id, node, chain, covered, at_ms, tolerance_ms, known_to, run_first,
                            -- 1 row, 2 holder, 3 distance, 4 and 5 ports, 6 from, 7 to, 8 row that gave it last
                            arraySort(s -> s.1, groupArrayIf((told, holder, distance, block.1, block.2, since, until, given),
                                held)) AS all_loans,
                            arrayFilter(i -> i.3 = -1, all_loans) AS inside,
                            arrayFilter(n -> n.3 >= 0 AND n.3 < tolerance_ms AND (empty(inside) OR n.2 != inside[1].2),
                                all_loans) AS near,
                            arrayExists(o -> o.2 != inside[1].2, inside) OR notEmpty(near) AS contested,
                            arrayConcat(inside, near) AS who,
                            (run_first = 1 OR at_ms - tolerance_ms >= run_from)
                                AND least(at_ms + tolerance_ms, toUnixTimestamp(now()) * 1000) <= run_to AS knows_all,
                            any(arrayReduce('min', arrayMap(w -> w.1, arrayFilter(v -> v.4 AND v.1 >= run_first, steps))))
                                AS stepped_back,
                            multiIf(
                                computed, 'the blocks of this address are computed: cgnctl det reverse',
                                any(arrayExists(s -> s.1 >= run_first AND s.1 <= run_last AND at_ms >= s.2 - tolerance_ms
                                    AND at_ms <= s.3 + tolerance_ms, steps))
                                OR any(arrayExists(s -> s.1 >= run_first AND s.1 <= run_last AND s.2 <= at_ms
                                    AND at_ms < s.3, wrong)),
                                'the record''s own clock was wrong around this time: cgnctl lookup', '') AS doubt,
                            multiIf(contested, 'AMBIGUOUS', empty(inside), 'NOBODY', 'ONE HOLDER') AS judged
                        FROM
                        (
                            -- 2. When each loan began and ended: [begins, ends). Distance -1: the time asked for lies in it.
                            SELECT
                                id, node, chain, covered, at_ms, tolerance_ms, run_first, run_from, run_last, run_to, computed,
                                known_to, told, given, steps, wrong, run_opened,
                                (loan.1, loan.2) AS block,
                                (loan.3, loan.4, loan.5) AS holder,
                                loan.6 AS since,
                                arrayFirst(r -> r.1 > given, releases) AS released,
                                arrayFirst(b -> b.1 > given AND b.1 <= run_last, boots) AS rebooted,
                                told_by != 16 AND since > run_opened ? toInt64(-9000000000000000) : since AS begins,
                                multiIf(released.1 > 0, released.2, rebooted.1 > 0, rebooted.2, toInt64(0)) AS until,
                                until = 0 ? toInt64(9000000000000000) : until AS ends,
                                counts AND ends > begins AS held,
                                multiIf(begins <= at_ms AND at_ms < ends, toInt64(-1), begins > at_ms, begins - at_ms,
                                    at_ms - ends) AS distance
                            FROM
                            (
                                -- 1. The rows of each loan: known by block, subscriber, realm, and since when.
                                SELECT
                                    id, node, chain, covered, at_ms, tolerance_ms, run_first, run_from, run_opened, run_last,
                                    run_to, computed, known_to,
                                    seq > 0 AND seq >= run_first AND seq <= run_last AND first <= q_last AND last >= q_first
                                        AS counts,
                                    if(counts, (first, last, subscriber, subscriber_length, realm, allocated_ms),
                                        (toUInt16(0), toUInt16(0), toUInt32(0), toUInt8(0), '', toInt64(0))) AS loan,
                                    min(seq) AS told,
                                    argMin(kind, seq) AS told_by,
                                    maxIf(seq, kind != 17) AS given,
                                    arraySort(x -> x.1, groupArrayIf((seq, wall_ms), kind = 17)) AS releases
                                FROM
                                (
                                    -- 0. The files that each question needs, chain by chain.
                                    SELECT
                                        id, node, external, chain, q_first, q_last, at_ms, tolerance_ms,
                                        max(needed AND from_ms <= at_ms AND at_ms <= to_ms) AS covered,
                                        minIf(origin, needed) AS run_first,
                                        argMinIf(origin_from_ms, file, needed) AS run_from,
                                        argMinIf(origin_opened_ms, file, needed) AS run_opened,
                                        maxIf(last_seq, needed) AS run_last,
                                        argMaxIf(to_ms, file, needed) AS run_to,
                                        max(needed AND arrayExists((f, l) -> f <= external AND external <= l, computed_first,
                                            computed_last)) AS computed,
                                        maxIf(to_ms, from_ms <= at_ms) AS known_to
                                    FROM
                                    (
                                        SELECT *, origin != 0 AND to_ms >= at_ms - tolerance_ms
                                            AND reach_ms <= at_ms + tolerance_ms AS needed
                                        FROM
                                        (
                                            SELECT id, node, IPv4StringToNum(external) AS external, first AS q_first,
                                                last AS q_last, at_ms, tolerance_ms
                                            FROM questions
                                        )
                                        ALL LEFT JOIN cgn.chains USING node
                                    )
                                    GROUP BY id, node, external, chain, q_first, q_last, at_ms, tolerance_ms
                                )
                                ALL LEFT JOIN
                                (
                                    SELECT node, chain, external, seq, kind, wall_ms, first, last, subscriber,
                                        subscriber_length, realm, allocated_ms
                                    FROM
                                    (
                                        SELECT node, file, external, seq, kind, wall_ms, first, last, subscriber,
                                            subscriber_length, realm, allocated_ms
                                        FROM cgn.blocks FINAL
                                        WHERE external IN (SELECT IPv4StringToNum(external) FROM questions)
                                    )
                                    ALL INNER JOIN (SELECT node, file, chain, last_seq FROM cgn.chains) USING (node, file)
                                    WHERE seq <= last_seq
                                ) USING (node, external, chain)
                                GROUP BY id, node, chain, covered, at_ms, tolerance_ms, run_first, run_from, run_opened,
                                    run_last, run_to, computed, known_to, counts, loan
                            )
                            ALL LEFT JOIN
                            (
                                SELECT
                                    node,
                                    arrayMap((a, b) -> (a, b), boot_seq, boot_wall_ms) AS boots,
                                    arrayMap((c, d, e, f) -> (c, d, e, f), step_seq, step_from_ms, step_to_ms, step_back)
                                        AS steps,
                                    arrayMap((g, h, k) -> (g, h, k), wrong_seq, wrong_from_ms, wrong_to_ms) AS wrong
                                FROM cgn.clocks
                            ) USING node
                        )
                        GROUP BY id, node, chain, covered, at_ms, tolerance_ms, run_first, run_from, run_last, run_to, computed,
                            known_to
                    )
                    LEFT ARRAY JOIN who AS loan
                )
                ALL LEFT JOIN
                (
                    SELECT node, chain, subscriber, subscriber_length, realm, reach_ms, seq, wall_ms, event, id AS identity,
                        session, from_earliest, from_latest, to_earliest, to_latest
                    FROM cgn.identities
                    WHERE subscriber IN (SELECT subscriber FROM cgn.blocks
                        WHERE external IN (SELECT IPv4StringToNum(external) FROM questions))
                ) USING (node, chain, subscriber, subscriber_length, realm)
                GROUP BY id, node, chain, covered, at_ms, tolerance_ms, known_to, doubt, judged, knows_all, loan, overlap_from,
                    overlap_to, stepped_back, counts, term
            )
            GROUP BY id, node, chain, covered, at_ms, tolerance_ms, known_to, doubt, judged, knows_all, loan, overlap_from,
                overlap_to, stepped_back
        )
        GROUP BY id, node, chain, covered, at_ms, tolerance_ms, known_to, doubt, judged, knows_all
    )
    GROUP BY id, node
)
ORDER BY id
