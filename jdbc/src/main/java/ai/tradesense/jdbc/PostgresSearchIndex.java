package ai.tradesense.jdbc;

import java.util.List;

/// The index that searches by type, source, correlation, cause and time go by: for each 128 pages of events, about
/// 2,600 of them, filters of what stands there.
///
/// The filters have a fixed size. Those of the version before grew with what they held until a row of the index did
/// not fit a page, and then nothing could be appended any more.
final class PostgresSearchIndex {
    /// The statements that lead to the version of the schema that has it.
    static final List<String> STEPS = List.of("DROP INDEX events_rest", """
            CREATE INDEX events_rest ON events USING brin (
              type text_bloom_ops (n_distinct_per_range = 128),
              source text_bloom_ops (n_distinct_per_range = 256),
              correlation_id text_bloom_ops (n_distinct_per_range = 2600, false_positive_rate = 0.05),
              causation_id text_bloom_ops (n_distinct_per_range = 2600, false_positive_rate = 0.05),
              second) WITH (autosummarize = on)""");

    private PostgresSearchIndex() {}
}
