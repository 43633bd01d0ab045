-- Is every row of every file here? A line for each file of which rows are missing: node, name, how many rows it has, how many
-- are here. No line: all are.
--
--     clickhouse-client --multiquery < check.sql

SELECT node, name, rows, found
FROM
(
    SELECT node, file, name, last_seq - file + 1 AS rows, last_seq
    FROM cgn.chains
)
ALL LEFT JOIN
(
    SELECT node, file, uniqExact(seq) AS found
    FROM
    (
        SELECT node, file, seq FROM (SELECT node, file, seq FROM cgn.blocks UNION ALL SELECT node, file, seq FROM cgn.notes)
        ALL INNER JOIN (SELECT node, file, last_seq FROM cgn.chains) USING (node, file)
        WHERE seq <= last_seq
    )
    GROUP BY node, file
) USING (node, file)
WHERE rows != found
ORDER BY node, file;
