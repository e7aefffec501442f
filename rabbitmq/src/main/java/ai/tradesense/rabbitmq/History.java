package ai.tradesense.rabbitmq;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.rabbitmq.Outgoing.Identity;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the stream that keeps a domain's events: ours in batches ([EventBatch]), those of other clients, and
/// of earlier versions, one by one as they came. To know where its end is, a mark is appended and read up to:
/// marks carry a header of their own and no event.
final class History {
    static final String MARK = "tradesense_mark";

    private static final String OFFSET = "x-stream-offset";
    private static final int PREFETCH = 256;
    private static final int ACKNOWLEDGE_EVERY = 64;
    private static final int FIRST_LOOK = 128; // messages
    private static final Logger LOG = LoggerFactory.getLogger(History.class);

    /// What is kept.
    sealed interface Kept {
        /// What identifies it; null if it is no event, or in structured mode.
        @Nullable
        Identity identity();
    }

    /// One of ours.
    record OurEvent(DomainEvent event) implements Kept {
        @Override
        public Identity identity() {
            return new Identity(event.source().toString(), event.id());
        }
    }

    /// A message as it came.
    record AnyMessage(Delivery delivery) implements Kept {
        @Override
        public @Nullable Identity identity() {
            return EventBinding.identity(delivery.getProperties());
        }
    }

    /// Takes what was read.
    interface Reader {
        void take(Kept kept) throws IOException;
    }

    private interface MessageReader {
        void take(Delivery message) throws IOException;
    }

    private final Broker broker;

    History(Broker broker) {
        this.broker = broker;
    }

    /// Reads everything that is there.
    void readAll(Connection connection, String stream, Reader reader) throws IOException {
        read(connection, stream, "first", mark(connection, stream), message -> open(message, reader));
    }

    /// Reads at least the last so many events, if there are as many. How many a message holds shows when it is
    /// read, so it looks back farther and farther.
    void readLast(Connection connection, String stream, int count, Reader reader) throws IOException {
        String mark = mark(connection, stream);
        long[] last = {0};
        read(connection, stream, "last", null, message -> last[0] = offset(message));
        List<Kept> found = new ArrayList<>();
        for (long look = FIRST_LOOK; ; look *= 4) {
            long from = Math.max(0, last[0] - look);
            found.clear();
            read(connection, stream, from, mark, message -> open(message, found::add));
            if (found.size() >= count || from == 0 || look >= count) {
                break;
            }
        }
        for (Kept kept : found) {
            reader.take(kept);
        }
    }

    private static void open(Delivery message, Reader reader) throws IOException {
        List<DomainEvent> batch = EventBatch.isBatch(message.getProperties()) ? readBatch(message) : List.of();
        for (DomainEvent event : batch) {
            reader.take(new OurEvent(event));
        }
        if (batch.isEmpty()) {
            reader.take(new AnyMessage(message));
        }
    }

    /// @return nothing if it is none, whatever is wrong with it: no group could begin again
    private static List<DomainEvent> readBatch(Delivery message) {
        try {
            return EventBatch.read(message.getProperties(), message.getBody());
        } catch (RuntimeException foreign) {
            LOG.warn("a message with the header of a batch is none", foreign);
            return List.of();
        }
    }

    private static long offset(Delivery message) {
        Object offset = message.getProperties().getHeaders().get(OFFSET);
        return offset instanceof Number number ? number.longValue() : 0;
    }

    private String mark(Connection connection, String stream) throws IOException {
        String mark = UUID.randomUUID().toString();
        Channel channel = broker.channel(connection);
        try {
            channel.confirmSelect();
            BasicProperties properties = new BasicProperties.Builder()
                    .deliveryMode(2)
                    .headers(Map.of(MARK, mark))
                    .build();
            channel.basicPublish("", stream, properties, new byte[0]);
            broker.awaitConfirms(channel, "a mark in " + stream);
        } finally {
            Broker.abandon(channel);
        }
        return mark;
    }

    /// @param mark where to end; null after the first message
    private void read(Connection connection, String stream, Object from, @Nullable String mark, MessageReader reader)
            throws IOException {
        BlockingQueue<Delivery> arrived = new LinkedBlockingQueue<>();
        Channel channel = broker.channel(connection);
        try {
            channel.basicQos(PREFETCH);
            channel.basicConsume(stream, false, Map.of(OFFSET, from), new DefaultConsumer(channel) {
                @Override
                public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body) {
                    arrived.add(new Delivery(envelope, properties, body));
                }
            });
            boolean more = true;
            for (long count = 1; more; count++) {
                Delivery message = next(channel, stream, arrived);
                Map<String, Object> headers = message.getProperties().getHeaders();
                Object found = headers == null ? null : headers.get(MARK);
                if (found == null || mark == null) {
                    reader.take(message);
                }
                more = mark != null && !(found != null && found.toString().equals(mark));
                if (count % ACKNOWLEDGE_EVERY == 0) {
                    channel.basicAck(message.getEnvelope().getDeliveryTag(), true);
                }
            }
        } catch (InterruptedException interrupted) {
            throw Broker.interrupted(interrupted);
        } finally {
            Broker.abandon(channel);
        }
    }

    private Delivery next(Channel channel, String stream, BlockingQueue<Delivery> arrived)
            throws InterruptedException, IOException {
        long due = System.nanoTime() + broker.timeout().toNanos();
        while (true) {
            Delivery message = arrived.poll(Duration.ofMillis(50).toNanos(), TimeUnit.NANOSECONDS);
            if (message != null) {
                return message;
            }
            ShutdownSignalException closed = channel.getCloseReason();
            if (closed != null) {
                throw new IOException("the channel was closed while reading " + stream, closed);
            }
            if (System.nanoTime() - due > 0) {
                throw new RabbitTransportException(
                        Reason.NO_ANSWER,
                        broker.address() + " has not given " + stream + " within " + broker.timeout(),
                        null);
            }
        }
    }
}
