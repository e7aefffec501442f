package ai.tradesense.rabbitmq;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.rabbitmq.Outgoing.Identity;
import ai.tradesense.transport.CompletedOffsets;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Receipt;
import ai.tradesense.transport.Undecodable;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One queue, consumed on a channel of its own. The numbers that the broker gives to deliveries are those of the
/// channel: nothing that belongs to an earlier one can be acknowledged on a later one.
final class Feed extends DefaultConsumer {
    private static final int MAX_PREFETCH = 65_535;
    private static final Duration UNTIL_QUIET = Duration.ofMillis(200);
    private static final String UNKNOWN_FORM = "application/octet-stream";
    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);

    /// What a message is.
    enum Kind {
        EVENT,
        /// A backlog comes first.
        BACKLOG,
        BACKLOG_END
    }

    /// A message that has arrived.
    record Arrived(long tag, Kind kind, Delivery delivery) {}

    /// Where a delivered message stands.
    record Place(Feed feed, long tag, String text) implements Receipt {
        @Override
        public String toString() {
            return text;
        }
    }

    private final Consumption consumption;
    private final String queue;
    private final CompletedOffsets tags = new CompletedOffsets(1);

    // Guarded by the consumption.
    final ArrayDeque<Arrived> arrived = new ArrayDeque<>();

    // Guarded by this.
    private final TreeSet<Long> acknowledgedOutOfOrder = new TreeSet<>();
    private final ArrayDeque<Long> delivered = new ArrayDeque<>();
    private long acknowledged;
    private volatile long acknowledgedAtNanos = System.nanoTime();

    Feed(Consumption consumption, Channel channel, String queue) {
        super(channel);
        this.consumption = consumption;
        this.queue = queue;
    }

    void begin(int prefetch) throws IOException {
        getChannel().basicQos(Math.min(prefetch, MAX_PREFETCH));
        getChannel().basicConsume(queue, false, this);
    }

    // What the client calls.

    @Override
    public void handleDelivery(String ignored, Envelope envelope, BasicProperties properties, byte[] body) {
        long tag = envelope.getDeliveryTag();
        Kind kind = kind(properties);
        consumption.arrived(this, new Arrived(tag, kind, delivery(tag, properties, body)));
    }

    @Override
    public void handleCancel(String ignored) {
        consumption.queueIsGone();
    }

    @Override
    public void handleShutdownSignal(String ignored, ShutdownSignalException cause) {
        consumption.closed(this, cause);
    }

    private static Kind kind(BasicProperties properties) {
        Map<String, Object> headers = properties.getHeaders();
        if (headers == null) {
            return Kind.EVENT;
        }
        if (headers.containsKey(GroupJoin.BACKLOG)) {
            return Kind.BACKLOG;
        }
        return headers.containsKey(GroupJoin.BACKLOG_END) ? Kind.BACKLOG_END : Kind.EVENT;
    }

    private Delivery delivery(long tag, BasicProperties properties, byte[] body) {
        try {
            DomainEvent event = EventBinding.read(properties, body);
            consumption.requireOwn(event);
            String text = consumption.partition() + ":" + event.source() + " " + event.id();
            return Delivery.of(new Place(this, tag, text), event);
        } catch (RuntimeException problem) {
            String contentType = properties.getContentType();
            Place place = new Place(this, tag, consumption.partition() + ":" + nameOf(properties, body));
            return Delivery.undecodable(
                    place, new Undecodable(body, contentType == null ? UNKNOWN_FORM : contentType, problem));
        }
    }

    /// The broker gives a message no name that it would keep when it comes again.
    private static String nameOf(BasicProperties properties, byte[] body) {
        Identity identity = EventBinding.identity(properties);
        if (identity != null) {
            return identity.source() + " " + identity.id();
        }
        CRC32C checksum = new CRC32C();
        checksum.update(body);
        return "message of " + body.length + " bytes, CRC-32C " + HexFormat.of().toHexDigits(checksum.getValue(), 8);
    }

    // What is done with.

    /// Given to the worker, in order.
    void deliver(long tag) {
        tags.deliver(tag);
        synchronized (this) {
            delivered.add(tag);
        }
    }

    /// Settles what was delivered of this transport, unless its consumption has ended.
    ///
    /// @return how many were outstanding
    static int settle(Collection<Delivery> done) {
        int completed = 0;
        for (Delivery delivery : done) {
            if (delivery.receipt() instanceof Place place
                    && !place.feed.consumption.hasEnded()
                    && place.feed.complete(place.tag)) {
                completed++;
            }
        }
        return completed;
    }

    /// Whether it was outstanding; it is not any more.
    boolean complete(long tag) {
        return tags.complete(tag);
    }

    int outstanding() {
        return tags.outstanding();
    }

    /// Acknowledges what is done with up to the first that is not, in one frame; behind it, one by one and only
    /// if asked to.
    void acknowledge(boolean outOfOrder) {
        try {
            acknowledgeUpTo(tags.lowMark() - 1);
            if (outOfOrder) {
                acknowledgeOutOfOrder();
            }
        } catch (IOException | AlreadyClosedException closed) {
            LOG.debug("{} is closed; what was not acknowledged comes again", queue, closed);
        }
    }

    private synchronized void acknowledgeUpTo(long done) throws IOException {
        long last = 0;
        while (!delivered.isEmpty() && delivered.element() <= done) {
            long tag = delivered.remove();
            if (!acknowledgedOutOfOrder.remove(tag)) {
                last = tag; // the broker takes only a number that it still waits for
            }
        }
        if (last > acknowledged) {
            getChannel().basicAck(last, true);
            acknowledged = last;
            acknowledgedAtNanos = System.nanoTime();
        }
    }

    private synchronized void acknowledgeOutOfOrder() throws IOException {
        List<Long> done = new ArrayList<>();
        for (Long tag : delivered) {
            if (!tags.isOutstanding(tag) && !acknowledgedOutOfOrder.contains(tag)) {
                done.add(tag);
            }
        }
        for (Long tag : done) {
            getChannel().basicAck(tag, false);
            acknowledgedOutOfOrder.add(tag);
            acknowledgedAtNanos = System.nanoTime();
        }
    }

    /// Whether the last acknowledgement was sent long enough ago for the queue to have it. The broker's channel
    /// does not wait for the queue when it is closed: while the queue is slow, acknowledgements wait in the channel
    /// and go with it.
    boolean isQuiet(long nowNanos) {
        return nowNanos - acknowledgedAtNanos > UNTIL_QUIET.toNanos();
    }

    /// Ends it in order: when this returns, the broker has what was acknowledged, and gives the rest to the
    /// next.
    ///
    /// @return whether the broker was heard
    boolean leave() {
        acknowledge(true);
        try {
            // Not cancelled before: the next consumer would get what is in the queue ahead of what is given back
            // here.
            getChannel().close();
            return true;
        } catch (Exception closed) {
            LOG.debug("{} is closed already", queue, closed);
            return false;
        }
    }

    /// Ends it, and waits for nobody: the broker may be silent.
    void end() {
        Broker.abandon(getChannel());
    }

    @Nullable
    Identity identityOf(Arrived message) {
        DomainEvent event = message.delivery.event();
        return event == null ? null : new Identity(event.source().toString(), event.id());
    }
}
