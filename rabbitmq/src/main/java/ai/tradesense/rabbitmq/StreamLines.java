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
import java.util.concurrent.atomic.AtomicInteger;
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
    private static final int CREDITS = 64; // chunks, of which each may hold a line alone
    private static final int ASKED_TOGETHER = 16;
    private static final String SYNC = "sync ";
    private static final Logger LOG = LoggerFactory.getLogger(StreamLines.class);

    private final StreamBroker broker;
    private final String stream;
    private final Map<String, String> arguments;
    private final Consumer<String> reader;
    private final Runnable ended;
    private final Map<String, Awaited> awaited = new ConcurrentHashMap<>();
    private volatile @Nullable Connected connected;
    private volatile long next; // the offset to read on from

    /// @param owed chunks that came and for which no others were asked
    private record Connected(StreamLink link, int writer, CompletableFuture<Integer> reader, AtomicInteger owed) {}

    /// What is waited for, which comes or fails.
    private static final class Awaited {
        private final CountDownLatch over = new CountDownLatch(1);
        private volatile @Nullable RabbitTransportException failure;
    }

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
            writeAndAwait(List.of());
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
        connected = new Connected(link, writing, reading, new AtomicInteger());
        try {
            reading.complete(link.subscribe(stream, where, CREDITS, this));
        } finally {
            reading.cancel(false); // unless it is complete
        }
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

    /// Appends lines and returns when they were read, and so everything that was written before. Blocks, for as long
    /// as reading gets on.
    void writeAndAwait(List<String> lines) {
        String mark = UUID.randomUUID().toString();
        Awaited reading = new Awaited();
        awaited.put(mark, reading);
        try {
            List<String> all = new ArrayList<>(lines);
            all.add(SYNC + mark);
            write(all);
            long seen = next;
            while (!reading.over.await(broker.timeout().toNanos(), TimeUnit.NANOSECONDS)) {
                if (next == seen) {
                    throw new RabbitTransportException(
                            Reason.NO_ANSWER,
                            broker.address() + " has not given " + stream + " within " + broker.timeout(),
                            null);
                }
                seen = next;
            }
            RabbitTransportException failure = reading.failure;
            if (failure != null) {
                throw failure;
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
        if (now != null && now.owed.incrementAndGet() >= ASKED_TOGETHER) {
            int chunks = now.owed.getAndSet(0);
            CompletableFuture<Void> _ = now.reader.thenAccept(id -> now.link.credit(id, chunks));
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
                Awaited found = awaited.remove(line.substring(SYNC.length()));
                if (found != null) {
                    found.over.countDown();
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
        Connected now = connected;
        if (now != null && now.link.isOpen() && why.reason() != Reason.GONE) {
            return; // of a connection before this one
        }
        failAwaited(why);
        if (now != null) {
            connected = null;
            ended.run();
        }
    }

    private void failAwaited(RabbitTransportException why) {
        for (Awaited each : awaited.values()) {
            each.failure = why;
            each.over.countDown();
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
            }
        }
    }
}
