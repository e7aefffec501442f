package ai.tradesense.kafka;

import ai.tradesense.transport.RecentEvents;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/// Which events are in a partition, as far as this process knows: those at its end when it was first used, and what
/// was sent from here since. For use by the thread of the [Appender].
///
/// What was sent without an answer is *in doubt*: it is in the window, and may not be in the partition. When the doubt
/// is over, what turned out to be missing is in `missing` until it is sent again.
final class SentEvents {
    private static final int MAX_MISSING = 100_000;

    private final TopicPartition topicPartition;
    private final RecentEvents window;
    private final Set<EventKey> missing = new HashSet<>();
    private final Set<EventKey> inDoubt = new HashSet<>();
    private long knownUntil; // the offset behind the last record that the window knows; what is in doubt is not before

    SentEvents(TopicPartition topicPartition, int remembered) {
        this.topicPartition = topicPartition;
        this.window = new RecentEvents(remembered);
    }

    TopicPartition topicPartition() {
        return topicPartition;
    }

    /// An event is in the partition.
    void found(EventKey key) {
        window.add(key.source(), key.id());
        inDoubt.remove(key);
        missing.remove(key);
    }

    void knownUntil(long offset) {
        knownUntil = offset;
    }

    long knownUntil() {
        return knownUntil;
    }

    /// An event is about to be sent.
    ///
    /// @return false if it is in the partition already, or about to be
    boolean add(EventKey key) {
        boolean isNew = window.add(key.source(), key.id());
        return missing.isEmpty() ? isNew : missing.remove(key) || isNew;
    }

    /// Nobody knows whether these are in the partition.
    void doubt(List<EventKey> keys) {
        inDoubt.addAll(keys);
    }

    boolean isInDoubt() {
        return !inDoubt.isEmpty();
    }

    /// Everything that is in the partition has been [#found]. To forget what is missing would lose it; so when that is
    /// too much, everything is forgotten.
    void doubtIsOver() {
        missing.addAll(inDoubt);
        inDoubt.clear();
        if (missing.size() > MAX_MISSING) {
            window.clear();
            missing.clear();
        }
    }
}
