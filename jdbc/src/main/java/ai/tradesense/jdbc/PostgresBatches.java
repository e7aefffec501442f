package ai.tradesense.jdbc;

import java.util.List;

/// The record of what the log in PostgreSQL holds: a hash for each append, computed where the events get their
/// positions, see [BatchHash].
final class PostgresBatches {
    /// As [PostgresSchema#APPEND_FUNCTION], and notes the hash. What is hashed of a batch is when it was recorded,
    /// in microseconds as int64, and the records; the other columns follow from these.
    static final String APPEND_FUNCTION = """
            CREATE OR REPLACE FUNCTION append_events(partitions int[], seconds bigint[], ids text[], sources text[],
              types text[], subjects text[], correlations text[], causations text[], records bytea[], at timestamptz)
            RETURNS bigint[] LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off
              SET jit = off AS $$
            DECLARE
              last bigint;
              given bigint[];
              count_added int;
              stored bytea;
            BEGIN
              PERFORM 1 FROM log FOR UPDATE;
              SELECT greatest(floor, (SELECT max(position) FROM events)) INTO last FROM log;
              WITH brought AS MATERIALIZED (
                SELECT e.*, (SELECT s.position FROM events s WHERE s.id = e.id AND s.source = e.source) IS NULL AS fresh
                FROM unnest(partitions, seconds, ids, sources, types, subjects, correlations, causations, records)
                  WITH ORDINALITY AS e(partition, second, id, source, type, subject, correlation_id, causation_id,
                    record, n)),
              placed AS (
                SELECT b.*, CASE WHEN fresh THEN last + count(*) FILTER (WHERE fresh) OVER (ORDER BY n) END AS position
                FROM brought b),
              added AS (
                INSERT INTO events (position, partition, recorded_at, second, id, source, type, subject,
                  correlation_id, causation_id, record)
                SELECT position, partition, at, second, id, source, type, subject, correlation_id, causation_id, record
                FROM placed WHERE fresh ORDER BY n)
              SELECT array_agg(position ORDER BY n), count(position), string_agg(record, '' ORDER BY n) FILTER (WHERE fresh)
                INTO given, count_added, stored FROM placed;
              IF count_added > 0 THEN
                INSERT INTO batches (first_position, events, hash) VALUES (last + 1, count_added, sha256(
                  coalesce((SELECT hash FROM batches ORDER BY first_position DESC LIMIT 1), decode(repeat('00', 32), 'hex'))
                  || int8send(last + 1) || int4send(count_added)
                  || int8send((extract(epoch FROM at) * 1000000)::bigint) || stored));
              END IF;
              RETURN given;
            END $$""";

    /// The statements that lead to the version of the schema that has it.
    static final List<String> STEPS = List.of("""
            CREATE TABLE batches (
              first_position bigint PRIMARY KEY,
              events int NOT NULL,
              hash bytea NOT NULL
            )""", APPEND_FUNCTION);

    private PostgresBatches() {}
}
