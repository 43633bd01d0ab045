-- Is every row of every file here, and once? A line for each file of which that is not so: node, name, how many rows it has, how
-- many of them are here, how many rows are here that it does not have. No line: all is well.
--
--     clickhouse-client --multiquery < check.sql

SELECT node, name, rows, found, stored - found AS surplus
FROM
(
    SELECT node, file, name, last_seq - file + 1 AS rows, last_seq
    FROM cgn.chains
)
ALL LEFT JOIN
(
    SELECT node, file, uniqExact(seq) AS found, count() AS stored
    FROM
    (
        SELECT node, file, seq
        FROM (SELECT node, file, seq FROM cgn.blocks FINAL UNION ALL SELECT node, file, seq FROM cgn.notes FINAL)
        ALL INNER JOIN (SELECT node, file, last_seq FROM cgn.chains) USING (node, file)
        WHERE seq <= last_seq
    )
    GROUP BY node, file
) USING (node, file)
WHERE rows != found OR stored != found
ORDER BY node, file;
