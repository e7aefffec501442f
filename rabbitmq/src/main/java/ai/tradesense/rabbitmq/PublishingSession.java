package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.Outgoing.Message;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/// A connection to publish on and what was published on it without a word of the broker so far. Used by the
/// thread of the [Publisher]; what the client calls back goes there by way of [Events].
final class PublishingSession {
    private static final int TIMEOUTS_OF_AN_EVENT = 3;
    static final Comparator<Pending> BY_QUEUE = Comparator.comparing((Pending each) -> each.message.domain())
            .thenComparingInt(each -> each.message.partition().number());

    /// What the broker says.
    interface Events {
        void confirmed(PublishingSession session, long number, boolean multiple, boolean accepted);

        /// There is no queue for what has this number.
        void returned(PublishingSession session, long number);

        /// The broker takes events again.
        void unblocked();

        void closed(PublishingSession session, Throwable cause);
    }

    /// An event that is published, and who waits for it. The broker owes two answers: one for the event's
    /// queues and one for the history.
    static final class Pending {
        final Message message;
        private final List<Outgoing> waiting = new ArrayList<>(1);
        private int owed;
        boolean returned;

        Pending(Message message) {
            this.message = message;
        }

        void await(Outgoing by) {
            waiting.add(by);
            by.awaitOne();
        }

        /// Hears one of the broker's answers.
        ///
        /// @return whether it was the last one
        boolean isAnswered() {
            return --owed == 0;
        }

        void confirmed() {
            waiting.forEach(Outgoing::confirmed);
        }

        void fail(RuntimeException failure) {
            waiting.forEach(each -> each.fail(failure));
        }
    }

    /// What was published as one message, and when.
    private record Owed(List<Pending> events, long since) {}

    final Connection connection;
    final Set<String> announced = new HashSet<>();
    private final Channel channel;
    private final Topology topology;
    private final int eventsPerMessage;
    private final NavigableMap<Long, Owed> unconfirmed = new TreeMap<>();
    private volatile long heardAt = System.nanoTime();
    private volatile long takenSince = heardAt; // since when the broker has not been blocked
    private long last;

    PublishingSession(Connection connection, Channel channel, Topology topology, int eventsPerMessage, Events events)
            throws IOException {
        this.connection = connection;
        this.channel = channel;
        this.topology = topology;
        this.eventsPerMessage = eventsPerMessage;
        channel.confirmSelect();
        channel.addConfirmListener(new ConfirmListener() {
            @Override
            public void handleAck(long number, boolean multiple) {
                heardAt = System.nanoTime();
                events.confirmed(PublishingSession.this, number, multiple, true);
            }

            @Override
            public void handleNack(long number, boolean multiple) {
                heardAt = System.nanoTime();
                events.confirmed(PublishingSession.this, number, multiple, false);
            }
        });
        channel.addReturnListener(returned ->
                events.returned(this, Long.parseLong(returned.getProperties().getCorrelationId())));
        connection.addBlockedListener(reason -> {}, () -> {
            takenSince = System.nanoTime();
            events.unblocked();
        });
        channel.addShutdownListener(cause -> events.closed(this, cause));
    }

    /// Publishes events for the first time, in the order of each subject; those of a partition together.
    ///
    /// The history has them first: a group that binds its queues in between finds there what did not reach them.
    /// The messages of a queue follow each other, so that what it confirms is a range of numbers.
    void publish(List<Pending> round) throws IOException {
        long now = System.nanoTime();
        round.sort(BY_QUEUE);
        for (EventBatch batch : EventBatch.forHistories(round)) {
            long number = owe(batch.events(), now);
            channel.basicPublish(
                    "", topology.history(batch.domain()), true, batch.historyProperties(number), batch.body());
        }
        for (EventBatch batch : EventBatch.forQueues(round, eventsPerMessage)) {
            owe(batch.events(), now);
            channel.basicPublish(
                    topology.exchange(batch.partition()),
                    batch.routingKey(),
                    batch.queueProperties(),
                    batch.queueBody());
        }
    }

    /// @return the number by which the broker will confirm what is published next
    private long owe(List<Pending> events, long now) {
        events.forEach(each -> each.owed++);
        unconfirmed.put(++last, new Owed(events, now));
        return last;
    }

    boolean isAwaitingAnswers() {
        return !unconfirmed.isEmpty();
    }

    /// Whether the broker owes an answer for too long: any at all, or that to the oldest event.
    boolean isSilent(long nowNanos, Duration timeout) {
        if (unconfirmed.isEmpty()) {
            return false;
        }
        long oldest = Math.max(unconfirmed.firstEntry().getValue().since - nowNanos, takenSince - nowNanos);
        long heard = Math.max(heardAt - nowNanos, oldest);
        return -heard > timeout.toNanos() || -oldest > TIMEOUTS_OF_AN_EVENT * timeout.toNanos();
    }

    /// There is no queue for a message, as will be confirmed.
    void returned(long number) {
        Owed owed = unconfirmed.get(number);
        if (owed != null) {
            owed.events.forEach(each -> each.returned = true);
        }
    }

    /// Takes out what the broker has answered. An event is among it once for each answer.
    List<Pending> take(long number, boolean multiple) {
        if (!multiple) {
            Owed one = unconfirmed.remove(number);
            return one == null ? List.of() : one.events;
        }
        NavigableMap<Long, Owed> head = unconfirmed.headMap(number, true);
        List<Pending> taken = new ArrayList<>();
        head.values().forEach(each -> taken.addAll(each.events));
        head.clear();
        return taken;
    }
}
