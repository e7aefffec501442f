package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.Outgoing.Message;
import com.rabbitmq.client.BlockedListener;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/// A connection to publish on and what was published on it without a word of the broker so far. Used by the
/// thread of the [Publisher]; what the client calls back goes there by way of [Events].
final class PublishingSession {
    /// What the broker says.
    interface Events {
        void confirmed(PublishingSession session, long number, boolean multiple, boolean accepted);

        void returned(PublishingSession session, Outgoing.Identity identity);

        void blocked(PublishingSession session, boolean isBlocked);

        void closed(PublishingSession session, Throwable cause);
    }

    /// An event that was published, and who waits for it.
    static final class Pending {
        final Message message;
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
    volatile boolean blocked;
    private final Channel channel;
    private final String exchange;
    private final NavigableMap<Long, Pending> unconfirmed = new TreeMap<>();
    private long last;

    PublishingSession(Connection connection, Channel channel, String exchange, Events events) throws IOException {
        this.connection = connection;
        this.channel = channel;
        this.exchange = exchange;
        channel.confirmSelect();
        channel.addConfirmListener(new ConfirmListener() {
            @Override
            public void handleAck(long number, boolean multiple) {
                events.confirmed(PublishingSession.this, number, multiple, true);
            }

            @Override
            public void handleNack(long number, boolean multiple) {
                events.confirmed(PublishingSession.this, number, multiple, false);
            }
        });
        channel.addReturnListener(returned -> {
            Outgoing.Identity identity = EventBinding.identity(returned.getProperties());
            if (identity != null) {
                events.returned(this, identity);
            }
        });
        connection.addBlockedListener(new BlockedListener() {
            @Override
            public void handleBlocked(String reason) {
                events.blocked(PublishingSession.this, true);
            }

            @Override
            public void handleUnblocked() {
                events.blocked(PublishingSession.this, false);
            }
        });
        channel.addShutdownListener(cause -> events.closed(this, cause));
    }

    void publish(Pending pending) throws IOException {
        Message message = pending.message;
        unconfirmed.put(++last, pending);
        channel.basicPublish(exchange, message.routingKey(), true, message.properties(), message.body());
    }

    int unconfirmed() {
        return unconfirmed.size();
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

    /// Ends the connection. Nothing that was not confirmed will be.
    List<Pending> end() {
        Broker.abandon(connection);
        return take(Long.MAX_VALUE, true);
    }
}
