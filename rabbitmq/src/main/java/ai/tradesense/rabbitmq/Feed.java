package ai.tradesense.rabbitmq;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
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

/// One queue, consumed on a channel of its own. The numbers that the broker gives to messages, and we to their events,
/// are those of the channel: nothing that belongs to an earlier one can be acknowledged on a later one.
final class Feed extends DefaultConsumer {
    private static final int MAX_PREFETCH = 65_535;
    private static final Duration UNTIL_QUIET = Duration.ofMillis(500);
    private static final String UNKNOWN_FORM = "application/octet-stream";
    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);

    /// What a message is.
    enum Kind {
        EVENT,
        /// A backlog comes first.
        BACKLOG,
        BACKLOG_END
    }

    /// An event that has arrived, or a word of ours.
    ///
    /// @param number counts what has arrived on this channel
    /// @param begins whether it is the first of its message
    record Arrived(long number, Kind kind, Delivery delivery, boolean begins) {}

    /// Where a delivered event stands.
    ///
    /// @param what the event, or a name of what is none
    record Place(Feed feed, long number, Object what) implements Receipt {
        @Override
        public String toString() {
            return feed.consumption.partition() + ":"
                    + (what instanceof DomainEvent event ? event.source() + " " + event.id() : what);
        }
    }

    /// A message that is not acknowledged, and the numbers of its events.
    private record Held(long tag, long first, long last) {}

    private final Consumption consumption;
    private final String queue;
    private final Kind word;
    private final CompletedOffsets numbers = new CompletedOffsets(1);
    private long next = 1; // touched by the client's thread alone

    // Guarded by the consumption.
    final ArrayDeque<Arrived> arrived = new ArrayDeque<>();

    // Guarded by this.
    private final TreeSet<Long> acknowledgedOutOfOrder = new TreeSet<>();
    private final ArrayDeque<Held> messages = new ArrayDeque<>();
    private long delivered; // the last number that was
    private long acknowledged;
    private volatile long acknowledgedAtNanos = System.nanoTime();

    /// @param word of ours that may be in the queue; other words are no words there, whoever wrote them
    Feed(Consumption consumption, Channel channel, String queue, Kind word) {
        super(channel);
        this.consumption = consumption;
        this.queue = queue;
        this.word = word;
    }

    void begin(int prefetch) throws IOException {
        getChannel().basicQos(Math.min(prefetch, MAX_PREFETCH));
        getChannel().basicConsume(queue, false, this);
    }

    // What the client calls.

    @Override
    public void handleDelivery(String ignored, Envelope envelope, BasicProperties properties, byte[] body) {
        List<Arrived> events = open(properties, body);
        long first = next;
        next += events.size();
        synchronized (this) {
            messages.add(new Held(envelope.getDeliveryTag(), first, next - 1));
        }
        consumption.arrived(this, events);
    }

    /// What is in a message: several events if it is a batch.
    private List<Arrived> open(BasicProperties properties, byte[] body) {
        Kind kind = kind(properties);
        if (!EventBatch.isBatch(properties)) {
            return List.of(new Arrived(next, kind, delivery(next, properties, body), true));
        }
        try {
            List<DomainEvent> events = EventBatch.read(properties, body);
            List<Arrived> arrived = new ArrayList<>(events.size());
            for (DomainEvent event : events) {
                long number = next + arrived.size();
                arrived.add(new Arrived(number, kind, delivery(number, event), arrived.isEmpty()));
            }
            return arrived;
        } catch (RuntimeException problem) { // whatever it is, it must not end the channel, and come again and again
            return List.of(new Arrived(next, kind, undecodable(next, properties, body, problem), true));
        }
    }

    @Override
    public void handleCancel(String ignored) {
        consumption.queueIsGone();
    }

    @Override
    public void handleShutdownSignal(String ignored, ShutdownSignalException cause) {
        consumption.closed(this, cause);
    }

    private Kind kind(BasicProperties properties) {
        Map<String, Object> headers = properties.getHeaders();
        String header = word == Kind.BACKLOG ? GroupJoin.BACKLOG : GroupJoin.BACKLOG_END;
        return headers != null && headers.containsKey(header) ? word : Kind.EVENT;
    }

    private Delivery delivery(long number, BasicProperties properties, byte[] body) {
        try {
            DomainEvent event = EventBinding.read(properties, body);
            consumption.requireOwn(event);
            return Delivery.of(new Place(this, number, event), event);
        } catch (RuntimeException problem) {
            return undecodable(number, properties, body, problem);
        }
    }

    /// An event of a batch.
    private Delivery delivery(long number, DomainEvent event) {
        Place place = new Place(this, number, event);
        try {
            consumption.requireOwn(event);
            return Delivery.of(place, event);
        } catch (InvalidEventException problem) {
            byte[] json = CloudEventJson.write(event.envelope());
            return Delivery.undecodable(place, new Undecodable(json, CloudEventJson.MEDIA_TYPE, problem));
        }
    }

    private Delivery undecodable(long number, BasicProperties properties, byte[] body, RuntimeException problem) {
        String contentType = properties.getContentType();
        return Delivery.undecodable(
                new Place(this, number, nameOf(properties, body)),
                new Undecodable(body, contentType == null ? UNKNOWN_FORM : contentType, problem));
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
    synchronized void deliver(long number) {
        numbers.deliver(number);
        delivered = number;
    }

    /// Settles what was delivered of this transport, unless its consumption has ended.
    ///
    /// @return how many were outstanding
    static int settle(Collection<Delivery> done) {
        int completed = 0;
        for (Delivery delivery : done) {
            if (delivery.receipt() instanceof Place place
                    && !place.feed.consumption.hasEnded()
                    && place.feed.complete(place.number)) {
                completed++;
            }
        }
        return completed;
    }

    /// Whether a part of a message was delivered and the rest was not. The caller holds the consumption.
    boolean isWithinMessage() {
        Arrived after = arrived.peek();
        return after != null && !after.begins;
    }

    /// Whether it was outstanding; it is not any more.
    boolean complete(long number) {
        return numbers.complete(number);
    }

    int outstanding() {
        return numbers.outstanding();
    }

    /// Acknowledges the messages that are done with, each with all of its events, up to the first that is not, in
    /// one frame; behind it, one by one and only if asked to.
    void acknowledge(boolean outOfOrder) {
        try {
            acknowledgeUpTo(numbers.lowMark() - 1);
            if (outOfOrder) {
                acknowledgeOutOfOrder();
            }
        } catch (IOException | AlreadyClosedException closed) {
            LOG.debug("{} is closed; what was not acknowledged comes again", queue, closed);
        }
    }

    private synchronized void acknowledgeUpTo(long done) throws IOException {
        long last = 0;
        while (!messages.isEmpty() && messages.element().last <= done) {
            long tag = messages.remove().tag;
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
        for (Held message : messages) {
            if (message.last > delivered) {
                return;
            }
            if (isDone(message) && acknowledgedOutOfOrder.add(message.tag)) {
                getChannel().basicAck(message.tag, false);
                acknowledgedAtNanos = System.nanoTime();
            }
        }
    }

    private boolean isDone(Held message) {
        for (long number = message.first; number <= message.last; number++) {
            if (numbers.isOutstanding(number)) {
                return false;
            }
        }
        return true;
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
