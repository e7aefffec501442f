package ai.tradesense.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.kafka.Assignment.Position;
import ai.tradesense.kafka.KafkaTransportException.Reason;
import ai.tradesense.transport.Undecodable;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a group is to be told of records that are gone from a partition before it had them. Until it has settled
/// that, it gets nothing else of the partition and its position stays before them, so that it is told again if this
/// process ends. Not for use by several threads at once, but for [#areUnsettled].
final class Losses {
    private static final Logger LOG = LoggerFactory.getLogger(Losses.class);

    /// @param from where the group was
    /// @param place for whoever finds the same loss again the same; a partition may be cut off or made anew twice
    ///     before one offset, which nobody could tell from once
    record Loss(long from, String place, String text) {
        Undecodable undecodable() {
            return new Undecodable(
                    text.getBytes(UTF_8), "text/plain", new KafkaTransportException(Reason.LOST, text, null));
        }
    }

    private final ArrayDeque<Loss> untold = new ArrayDeque<>();
    private final Set<Long> unsettled = new HashSet<>(); // from where
    private volatile boolean open; // whether anything is unsettled
    private @Nullable Position stayAt;
    private Runnable whenSettled = () -> {};

    /// Notes that records are gone.
    ///
    /// @param beginning what Kafka has begins there
    /// @param stayAt the group's position until it has settled this; null if it is in sight of the assignment
    /// @param whenSettled is run once nothing is left to be settled; must not block
    void note(
            String group,
            TopicPartition partition,
            long from,
            long beginning,
            @Nullable Position stayAt,
            Runnable whenSettled) {
        String text = from < beginning
                ? (beginning - from) + " records of " + partition + " from " + from
                        + " on were deleted before the group " + group + " had processed them"
                : partition + " ends before " + from + ", where the group " + group
                        + " was: it was cut off or made anew; the group reads it from " + beginning + " on";
        LOG.error("{}", text);
        String place = "lost from " + from + (from < beginning ? "" : " " + UUID.randomUUID());
        untold.add(new Loss(from, place, text));
        unsettled.add(from);
        this.stayAt = stayAt == null ? this.stayAt : stayAt;
        this.whenSettled = whenSettled;
        open = true;
    }

    /// The next one to be told; null if there is none.
    @Nullable
    Loss next() {
        return untold.poll();
    }

    boolean areUntold() {
        return !untold.isEmpty();
    }

    boolean areUnsettled() {
        return open;
    }

    /// The position, as long as it is not in sight of the assignment; else null.
    @Nullable
    Position stayAt() {
        return stayAt;
    }

    /// Whether nothing is left to be settled, now that this is.
    boolean settle(long from) {
        if (!unsettled.remove(from) || !unsettled.isEmpty()) {
            return false;
        }
        stayAt = null;
        open = false;
        whenSettled.run();
        return true;
    }
}
