package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.events.InvalidEventException;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.rabbitmq.StreamBroker.Purpose;
import com.rabbitmq.stream.OffsetSpecification;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A stream of lines of text that everybody who is concerned reads from the beginning and then follows. All of them
/// see the same lines in the same order, and that order decides: who writes something knows what came of it when
/// the line comes back.
///
/// What was read is kept when the connection breaks; reading goes on behind it. A line may be lost with a
/// connection, and the whole stream may be deleted: whoever writes says it again until it has come back.
///
/// [#open] and [#write] are for one thread at a time. Lines are told by a thread of the connection.
final class StreamLines implements StreamLink.Reader, StreamLink.Writer {
    private static final int CREDITS = 10;
    private static final String SYNC = "sync ";
    private static final Logger LOG = LoggerFactory.getLogger(StreamLines.class);

    private final StreamBroker broker;
    private final String stream;
    private final Map<String, String> arguments;
    private final Consumer<String> reader;
    private final Runnable ended;
    private final Map<String, CountDownLatch> awaited = new ConcurrentHashMap<>();
    private volatile @Nullable Connected connected;
    private volatile long next; // the offset to read on from

    private record Connected(StreamLink link, int writer, CompletableFuture<Integer> reader) {}

    /// @param arguments with which the stream is made
    /// @param reader told each line
    /// @param ended called when the connection is broken or the stream gone; must not block
    StreamLines(
            StreamBroker broker,
            String stream,
            Map<String, String> arguments,
            Consumer<String> reader,
            Runnable ended) {
        this.broker = broker;
        this.stream = stream;
        this.arguments = arguments;
        this.reader = reader;
        this.ended = ended;
    }

    boolean isOpen() {
        Connected now = connected;
        return now != null && now.link.isOpen();
    }

    /// Makes the stream if it is not there, and returns when everything was read that was written before. Blocks.
    ///
    /// @return whether it was made
    boolean open() {
        if (isOpen()) {
            return false;
        }
        try {
            boolean made = broker.create(stream, arguments);
            if (made) {
                next = 0;
            }
            connect(broker.toRead(stream, Purpose.CONTROL));
            sync();
            return made;
        } catch (RuntimeException failure) {
            RabbitTransportException said = broker.translate(failure, broker.address());
            if (said.reason() == Reason.NO_ANSWER) {
                next = 0; // it may be another stream than the one that was read
            }
            close();
            throw said;
        }
    }

    private void connect(StreamLink link) {
        int writing = link.declare(stream, "", this);
        long from = next;
        OffsetSpecification where = from == 0 ? OffsetSpecification.first() : OffsetSpecification.offset(from);
        CompletableFuture<Integer> reading = new CompletableFuture<>();
        connected = new Connected(link, writing, reading);
        try {
            reading.complete(link.subscribe(stream, where, CREDITS, this));
        } finally {
            reading.cancel(false); // unless it is complete
        }
    }

    /// Returns when everything was read that was written before. Blocks.
    void sync() {
        writeAndAwait(List.of());
    }

    /// Appends lines. Does not wait.
    void write(List<String> lines) {
        Connected now = connected;
        if (now == null) {
            throw new RabbitTransportException(Reason.UNREACHABLE, "there is no connection to " + stream, null);
        }
        byte[] text = String.join("\n", lines).getBytes(UTF_8);
        broker.told(() -> now.link.publish(now.writer, StreamMessages.wrapped(StreamMessages.text(text))));
    }

    /// Appends lines and returns when they were read. Blocks.
    void writeAndAwait(List<String> lines) {
        String mark = UUID.randomUUID().toString();
        CountDownLatch latch = new CountDownLatch(1);
        awaited.put(mark, latch);
        try {
            List<String> all = new ArrayList<>(lines);
            all.add(SYNC + mark);
            write(all);
            if (!latch.await(broker.timeout().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new RabbitTransportException(
                        Reason.NO_ANSWER,
                        broker.address() + " has not given " + stream + " within " + broker.timeout(),
                        null);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new RabbitTransportException(Reason.NO_ANSWER, "interrupted", interrupted);
        } finally {
            awaited.remove(mark);
        }
    }

    @Override
    public void chunk(long firstOffset, long messages) {
        Connected now = connected;
        if (now != null) {
            CompletableFuture<Void> _ = now.reader.thenAccept(id -> now.link.credit(id, 1));
        }
    }

    @Override
    public void message(long offset, byte[] body) {
        if (offset < next) {
            return;
        }
        next = offset + 1;
        String text;
        try {
            text = new String(AmqpMessage.decode(body).body(), UTF_8);
        } catch (InvalidEventException foreign) {
            LOG.error("a message of {} at {} is none of ours and is left out", stream, offset, foreign);
            return;
        }
        text.lines().forEach(line -> {
            if (line.startsWith(SYNC)) {
                CountDownLatch latch = awaited.remove(line.substring(SYNC.length()));
                if (latch != null) {
                    latch.countDown();
                }
            } else {
                read(line);
            }
        });
    }

    private void read(String line) {
        try {
            reader.accept(line);
        } catch (RuntimeException unreadable) {
            LOG.error("a line of {} cannot be read and is left out: {}", stream, line, unreadable);
        }
    }

    @Override
    public void confirmed(long publishingId) {
        // That it was read says more.
    }

    @Override
    public void refused(long publishingId, short code) {
        LOG.warn("{} refuses a line of {}: {}", broker.address(), stream, StreamLink.sentence(code));
        abandon();
    }

    @Override
    public void ended(RabbitTransportException why) {
        if (connected != null) {
            connected = null;
            ended.run();
        }
    }

    /// Gives the connection up, which seems to be silent. [#open] makes another one.
    void abandon() {
        Connected now = connected;
        connected = null;
        if (now != null) {
            now.link.abandon();
        }
    }

    /// Reads no more.
    void close() {
        Connected now = connected;
        connected = null;
        if (now != null && now.link.isOpen()) {
            try {
                now.link.undeclare(now.writer);
                int reading = now.reader.isDone() && !now.reader.isCompletedExceptionally() ? now.reader.join() : -1;
                if (reading >= 0) {
                    now.link.unsubscribe(reading);
                }
            } catch (RuntimeException silent) {
                LOG.debug("the connection of {} is given up", stream, silent);
                now.link.abandon();
            }
        }
    }
}
