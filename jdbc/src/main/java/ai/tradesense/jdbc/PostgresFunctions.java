package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The functions of the log in PostgreSQL that say what becomes of events, as they are now.
final class PostgresFunctions {
    /// Does what `append_events` does, see [PostgresBatches], in less time if all events are new, as they nearly
    /// always are: they are inserted without a look whether they are there. If one is, that is undone, and
    /// `append_events` looks.
    ///
    /// What is undone is a transaction within the transaction, of which one with many units
    /// ([PostgresSchema#APPEND_STREAMS_FUNCTION]) would have as many, and everybody's snapshots would be slower.
    static final String APPEND_NEW_FUNCTION = """
            CREATE OR REPLACE FUNCTION append_new_events(partitions int[], seconds bigint[], ids text[],
              sources text[], types text[], subjects text[], correlations text[], causations text[],
              records bytea[], at timestamptz)
            RETURNS bigint[] LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off
              SET jit = off AS $$
            DECLARE
              last bigint;
              given bigint[];
              stored bytea;
            BEGIN
              PERFORM 1 FROM log FOR UPDATE;
              SELECT greatest(floor, (SELECT max(position) FROM events)) INTO last FROM log;
              BEGIN
                INSERT INTO events (position, partition, recorded_at, second, id, source, type, subject,
                  correlation_id, causation_id, record)
                SELECT last + e.n, e.partition, at, e.second, e.id, e.source, e.type, e.subject, e.correlation_id,
                  e.causation_id, e.record
                FROM unnest(partitions, seconds, ids, sources, types, subjects, correlations, causations, records)
                  WITH ORDINALITY AS e(partition, second, id, source, type, subject, correlation_id, causation_id,
                    record, n);
              EXCEPTION WHEN unique_violation THEN
                RETURN append_events(partitions, seconds, ids, sources, types, subjects, correlations, causations,
                  records, at);
              END;
              SELECT array_agg(last + e.n ORDER BY e.n), string_agg(e.record, '' ORDER BY e.n) INTO given, stored
                FROM unnest(records) WITH ORDINALITY AS e(record, n);
              IF stored IS NOT NULL THEN
                INSERT INTO batches (first_position, events, hash) VALUES (last + 1, cardinality(given), sha256(
                  coalesce((SELECT hash FROM batches ORDER BY first_position DESC LIMIT 1), decode(repeat('00', 32), 'hex'))
                  || int8send(last + 1) || int4send(cardinality(given))
                  || int8send((extract(epoch FROM at) * 1000000)::bigint) || stored));
              END IF;
              RETURN given;
            END $$""";

    /// The statements that lead to the version of the schema that has them.
    static final List<String> STEPS = List.of(APPEND_NEW_FUNCTION);

    private static final SortedMap<String, String> BY_NAME = new TreeMap<>(
            Map.of("append_events", PostgresBatches.APPEND_FUNCTION, "append_new_events", APPEND_NEW_FUNCTION));

    private PostgresFunctions() {}

    /// Which of them is another one than it should be, in words; empty if none is.
    static String problem(Connection connection) throws SQLException {
        try (PreparedStatement find =
                connection.prepareStatement("SELECT prosrc FROM pg_proc WHERE oid = to_regproc(?)::oid")) {
            for (Map.Entry<String, String> function : BY_NAME.entrySet()) {
                find.setString(1, function.getKey());
                try (ResultSet row = find.executeQuery()) {
                    boolean isOurs = row.next() && function.getValue().contains("$$" + row.getString(1) + "$$");
                    if (!isOurs) {
                        return "the function " + function.getKey() + " is not that of version "
                                + PostgresSchema.version();
                    }
                }
            }
        }
        return "";
    }
}
