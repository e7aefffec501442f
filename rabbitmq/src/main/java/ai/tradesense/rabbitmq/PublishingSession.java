package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.Outgoing.Message;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/// A connection to publish on and what was published on it without a word of the broker so far. Used by the
/// thread of the [Publisher]; what the client calls back goes there by way of [Events].
final class PublishingSession {
    private static final int TIMEOUTS_OF_AN_EVENT = 3;

    /// What the broker says.
    interface Events {
        void confirmed(PublishingSession session, long number, boolean multiple, boolean accepted);

        void returned(PublishingSession session, Outgoing.Identity identity);

        /// The broker takes events again.
        void unblocked();

        void closed(PublishingSession session, Throwable cause);
    }

    /// An event that was published, and who waits for it.
    static final class Pending {
        final Message message;
        private long since;
        private final List<Outgoing> waiting = new ArrayList<>(1);
        boolean returned;

        Pending(Message message) {
            this.message = message;
        }

        void await(Outgoing by) {
            waiting.add(by);
            by.awaitOne();
        }

        void confirmed() {
            waiting.forEach(Outgoing::confirmed);
        }

        void fail(RuntimeException failure) {
            waiting.forEach(each -> each.fail(failure));
        }
    }

    final Connection connection;
    final Set<String> announced = new HashSet<>();
    private final Channel channel;
    private final String exchange;
    private final NavigableMap<Long, Pending> unconfirmed = new TreeMap<>();
    private volatile long heardAt = System.nanoTime();
    private volatile long takenSince = heardAt; // since when the broker has not been blocked
    private long last;

    PublishingSession(Connection connection, Channel channel, String exchange, Events events) throws IOException {
        this.connection = connection;
        this.channel = channel;
        this.exchange = exchange;
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
        channel.addReturnListener(returned -> {
            Outgoing.Identity identity = EventBinding.identity(returned.getProperties());
            if (identity != null) {
                events.returned(this, identity);
            }
        });
        connection.addBlockedListener(reason -> {}, () -> {
            takenSince = System.nanoTime();
            events.unblocked();
        });
        channel.addShutdownListener(cause -> events.closed(this, cause));
    }

    void publish(Pending pending) throws IOException {
        Message message = pending.message;
        pending.since = System.nanoTime();
        unconfirmed.put(++last, pending);
        channel.basicPublish(exchange, message.routingKey(), true, message.properties(), message.body());
    }

    int unconfirmed() {
        return unconfirmed.size();
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

    /// Takes those out that the broker has spoken of.
    List<Pending> take(long number, boolean multiple) {
        if (!multiple) {
            Pending one = unconfirmed.remove(number);
            return one == null ? List.of() : List.of(one);
        }
        NavigableMap<Long, Pending> head = unconfirmed.headMap(number, true);
        List<Pending> taken = new ArrayList<>(head.values());
        head.clear();
        return taken;
    }
}
