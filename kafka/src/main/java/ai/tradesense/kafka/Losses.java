package ai.tradesense.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.kafka.Assignment.Position;
import ai.tradesense.kafka.KafkaTransportException.Reason;
import ai.tradesense.transport.Undecodable;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a group is to be told of records that are gone from a partition before it had them. Until it has settled
/// that, its position stays before them, so that it is told again if this process ends. Not for use by several
/// threads at once, but for [#before].
final class Losses {
    private static final Logger LOG = LoggerFactory.getLogger(Losses.class);

    /// @param from where the group was
    record Loss(long from, String text) {
        Undecodable undecodable() {
            return new Undecodable(
                    text.getBytes(UTF_8), "text/plain", new KafkaTransportException(Reason.LOST, text, null));
        }
    }

    private final ArrayDeque<Loss> untold = new ArrayDeque<>();
    private final Set<Long> unsettled = new HashSet<>(); // from where
    private volatile @Nullable Position before;

    /// Notes that records are gone.
    ///
    /// @param beginning what Kafka has begins there
    /// @param stayAt where the group's position stays until it has settled this; null if it goes on
    void note(String group, TopicPartition partition, long from, long beginning, @Nullable Position stayAt) {
        String text = from < beginning
                ? (beginning - from) + " records of " + partition + " from " + from
                        + " on were deleted before the group " + group + " had processed them"
                : partition + " ends before " + from + ", where the group " + group
                        + " was: it was cut off or made anew; the group reads it from " + beginning + " on";
        LOG.error("{}", text);
        untold.add(new Loss(from, text));
        if (stayAt != null) {
            unsettled.add(from);
            before = before == null ? stayAt : before;
        }
    }

    /// The next one to be told; null if there is none.
    @Nullable
    Loss next() {
        return untold.poll();
    }

    boolean areUntold() {
        return !untold.isEmpty();
    }

    /// Where the position stays; null if it moves.
    @Nullable
    Position before() {
        return before;
    }

    /// Whether the position moves again, now that this is settled.
    boolean settle(long from) {
        if (!unsettled.remove(from) || !unsettled.isEmpty()) {
            return false;
        }
        before = null;
        return true;
    }
}
