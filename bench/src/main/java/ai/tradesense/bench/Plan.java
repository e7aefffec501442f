package ai.tradesense.bench;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What is to be measured.
///
/// @param transport ours
/// @param events in one round
/// @param batch the most events in one publish
/// @param publishers threads that publish
/// @param subjects accounts that the events are about
/// @param rounds measured rounds
/// @param warmup rounds before those
/// @param rate events per second of an open loop; null for a closed one
/// @param firstRetry after how long what failed is tried again for the first time
/// @param blocking how long the handler blocks for each event
record Plan(
        TransportName transport,
        int events,
        int batch,
        int publishers,
        int subjects,
        int rounds,
        int warmup,
        @Nullable Integer rate,
        Duration firstRetry,
        Duration blocking) {
    /// How a round is driven, in words.
    String loop() {
        return rate == null
                ? "closed: the next batch when the one before has returned"
                : "open, after a closed one to warm up: events fall due at a fixed rate,"
                        + " and latencies count from the first tenth of a round on";
    }
}
