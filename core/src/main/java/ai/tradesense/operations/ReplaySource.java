package ai.tradesense.operations;

import ai.tradesense.operations.Selection.Stored;
import java.time.Instant;
import java.util.SequencedMap;

/// Where the events of replays come from, and who gets them. Safe for use by several threads; all methods block
/// for I/O and throw [ai.tradesense.store.StoreException] if it fails.
public interface ReplaySource {
    /// What is selected by now, once and for all.
    ///
    /// @throws InvalidOperationException if the selection makes no sense, or its worker is not here or not to be
    ///     replayed
    Replay freeze(Stored selection);

    /// Counts the events of a replay.
    ///
    /// @throws InvalidOperationException if there are more than `most`, or one of them cannot be decoded
    Survey survey(Replay replay, int most);

    /// Whether a worker is registered in this process.
    boolean isHere(String worker);

    /// How many more events may wait for a worker that is here, without a replay taking the place of what is live.
    long room(String worker);

    /// The next events behind the replay's cursor, at most `limit`, for a worker that is here.
    ///
    /// @throws InvalidOperationException if the next cannot be decoded
    ReplayPage next(Operation operation, Replay replay, int limit, Instant now);

    /// A worker that is here has events to be replayed.
    void handedOver(String worker);

    /// How many events are selected.
    ///
    /// @param byType how many of each type, those with the most first
    /// @param last the position of the last one; 0 if there is none
    record Survey(SequencedMap<String, Integer> byType, long last) {
        int total() {
            return byType.values().stream().mapToInt(Integer::intValue).sum();
        }
    }
}
