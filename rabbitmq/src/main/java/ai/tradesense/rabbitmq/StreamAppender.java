package ai.tradesense.rabbitmq;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.rabbitmq.Outgoing.Identity;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.rabbitmq.StreamBroker.Purpose;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes to streams. One thread takes what all publishers have handed over and sends it, many events at a time
/// and without waiting for those before; publishers wait until theirs are confirmed.
final class StreamAppender implements AutoCloseable {
    /// How many of the last events of a partition are read before the first is sent to it, so that a restart
    /// recognises what was sent just before.
    private static final int REREAD = 4_096;

    private static final int MAX_REQUEST_EVENTS = 4_096;
    private static final int MAX_UNCONFIRMED = 100_000;
    private static final long MAX_UNCONFIRMED_BYTES = 64L << 20;

    /// For each stream that was just sent to, nothing is sent for so long. Only its last entry counts, since
    /// those before it are full. An entry costs the broker as much to write and to give to a reader as a hundred
    /// events in it do, so that many small ones would keep it from the readers.
    private static final Duration PER_STREAM = Duration.ofNanos(500_000);

    private static final Duration A_MOMENT = Duration.ofMillis(1);
    private static final Duration TICK = Duration.ofMillis(50);
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(100);
    private static final StreamRequest WAKE_UP = new StreamRequest(List.of(), new Partitioning(1));
    private static final Logger LOG = LoggerFactory.getLogger(StreamAppender.class);

    private final StreamBroker broker;
    private final RabbitStreamSettings settings;
    private final Partitioning partitioning;
    private final StreamDirectory directory;
    private final StreamTail tail;
    private final String reference = "tradesense-" + UUID.randomUUID();
    private final LinkedBlockingQueue<StreamRequest> queue = new LinkedBlockingQueue<>();

    // Of the appender's thread.
    private final Map<Partition, StreamWriter> writers = new HashMap<>();
    private final Map<Partition, Refusal> refusals = new HashMap<>(); // of those that could not be connected

    private final Thread thread;
    private volatile @Nullable String trouble;
    private volatile boolean closed;
    private long nextTurn = System.nanoTime();

    private record Refusal(long nextAttempt, RuntimeException why) {
        boolean isOver() {
            return System.nanoTime() - nextAttempt >= 0;
        }
    }

    StreamAppender(
            StreamBroker broker, RabbitStreamSettings settings, Partitioning partitioning, StreamDirectory directory) {
        this.broker = broker;
        this.settings = settings;
        this.partitioning = partitioning;
        this.directory = directory;
        this.tail = new StreamTail(broker, Purpose.PUBLISHING); // leases are not to wait for it
        this.thread = Thread.ofPlatform()
                .daemon(true)
                .name("rabbitmq-stream-appender")
                .unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// Why events cannot be sent; null if they can, as far as is known.
    @Nullable
    String trouble() {
        return trouble;
    }

    // What publishers do.

    /// Appends in order and returns when everything is there.
    List<Published> append(List<DomainEvent> events) {
        if (events.size() <= MAX_REQUEST_EVENTS) {
            return await(new StreamRequest(events, partitioning));
        }
        List<Published> outcome = new ArrayList<>(events.size());
        for (int from = 0; from < events.size(); from += MAX_REQUEST_EVENTS) {
            List<DomainEvent> part = events.subList(from, Math.min(events.size(), from + MAX_REQUEST_EVENTS));
            outcome.addAll(await(new StreamRequest(part, partitioning)));
        }
        return outcome;
    }

    private List<Published> await(StreamRequest request) {
        queue.add(request);
        if (closed) {
            failQueued();
        }
        try {
            boolean _ = request.done().get(settings.timeout().toNanos(), TimeUnit.NANOSECONDS);
            return request.outcome();
        } catch (ExecutionException failure) {
            Throwable cause = Objects.requireNonNull(failure.getCause());
            if (cause instanceof RabbitTransportException said) {
                throw new RabbitTransportException(said.reason(), said.sentence(), failure);
            }
            throw new RabbitTransportException(Reason.REFUSED, String.valueOf(cause.getMessage()), failure);
        } catch (TimeoutException silent) {
            abandon(request);
            String known = trouble;
            throw new RabbitTransportException(
                    Reason.NO_ANSWER,
                    broker.address() + " has not confirmed it within " + settings.timeout()
                            + (known == null ? "; its memory or disk may be short" : ": " + known),
                    silent);
        } catch (InterruptedException interrupted) {
            abandon(request);
            Thread.currentThread().interrupt();
            throw new RabbitTransportException(
                    Reason.NO_ANSWER, "interrupted; whether the events are there is not known", interrupted);
        }
    }

    private void abandon(StreamRequest request) {
        request.abandon();
        boolean _ = queue.remove(request);
    }

    private void wakeUp() {
        if (queue.isEmpty()) {
            queue.add(WAKE_UP);
        }
    }

    /// How many requests wait to be begun.
    int queued() {
        return queue.size();
    }

    // What the appender's thread does.

    private void run() {
        try {
            while (!closed) {
                StreamRequest first = queue.poll(TICK.toNanos(), TimeUnit.NANOSECONDS);
                awaitTurn();
                tend();
                List<StreamRequest> waiting = new ArrayList<>();
                if (first != null) {
                    waiting.add(first);
                }
                queue.drainTo(waiting);
                Set<StreamWriter> touched = new LinkedHashSet<>();
                for (StreamRequest request : waiting) {
                    if (request != WAKE_UP && !request.isAbandoned()) {
                        awaitRoom(request, touched);
                        begin(request, touched);
                    }
                }
                flush(touched);
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error unexpected) {
            LOG.error("nothing can be published any more", unexpected);
            trouble = unexpected.toString();
        } finally {
            closed = true;
            RabbitTransportException over =
                    new RabbitTransportException(Reason.CLOSED, "the transport was closed", null);
            writers.values().forEach(writer -> writer.fail(over));
            failQueued();
        }
    }

    /// What comes meanwhile goes into the same entries.
    private void awaitTurn() {
        for (long left = nextTurn - System.nanoTime(); left > 0 && !closed; left = nextTurn - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
        }
    }

    private void flush(Set<StreamWriter> touched) {
        long sent = touched.stream().filter(StreamWriter::flush).count();
        if (sent > 0) {
            nextTurn = System.nanoTime() + sent * PER_STREAM.toNanos();
        }
    }

    private void failQueued() {
        for (StreamRequest request = queue.poll(); request != null; request = queue.poll()) {
            request.fail(new RabbitTransportException(Reason.CLOSED, "the transport was closed", null));
        }
    }

    /// More is sent when some of what was sent is confirmed.
    private void awaitRoom(StreamRequest request, Set<StreamWriter> touched) {
        while (!request.isAbandoned() && !hasRoom() && !closed) {
            flush(touched);
            LockSupport.parkNanos(this, A_MOMENT.toNanos());
            tend();
        }
    }

    private boolean hasRoom() {
        long bytes = 0;
        int size = 0;
        for (StreamWriter writer : writers.values()) {
            bytes += writer.bytes();
            size += writer.size();
        }
        return size < MAX_UNCONFIRMED && bytes < MAX_UNCONFIRMED_BYTES;
    }

    private void begin(StreamRequest request, Set<StreamWriter> touched) {
        if (request.isAbandoned()) {
            return;
        }
        List<StreamWriter> found = new ArrayList<>(request.items().size());
        try {
            request.items().forEach(item -> found.add(connected(item.partition())));
        } catch (RuntimeException failure) {
            request.fail(failure);
            return;
        }
        for (int index = 0; index < found.size(); index++) {
            StreamWriter writer = found.get(index);
            writer.add(request, index);
            touched.add(writer);
        }
    }

    /// @throws RuntimeException if it cannot be connected now, or could not a moment ago
    private StreamWriter connected(Partition partition) {
        StreamWriter known = writers.get(partition);
        if (known != null && known.isConnected()) {
            return known;
        }
        Refusal refusal = refusals.get(partition);
        if (refusal != null && !refusal.isOver()) {
            throw refusal.why;
        }
        long began = System.nanoTime();
        try {
            StreamWriter writer = known == null ? learned(partition) : known;
            writers.put(partition, writer);
            connect(partition, writer);
            return writer;
        } catch (RuntimeException failure) {
            note(failure);
            long now = System.nanoTime(); // whatever it took, there is as much time for others
            refusals.put(partition, new Refusal(now + Math.max(now - began, BETWEEN_ATTEMPTS.toNanos()), failure));
            throw failure;
        }
    }

    /// Before the first event goes to a partition.
    private StreamWriter learned(Partition partition) {
        directory.require(partition.topic());
        String stream = directory.stream(partition);
        StreamWriter writer = new StreamWriter(broker, stream, reference, settings.remembered(), this::wakeUp);
        long end = directory.asked(partition, () -> tail.end(stream));
        long from = Math.max(0, end - Math.min(REREAD, settings.remembered()));
        tail.read(stream, from, end, (offset, body) -> {
            Identity identity = identity(body);
            if (identity != null) {
                writer.found(identity);
            }
        });
        return writer;
    }

    private static @Nullable Identity identity(byte[] body) {
        try {
            return StreamMessages.identity(AmqpMessage.decode(body));
        } catch (InvalidEventException foreign) {
            return null;
        }
    }

    private void connect(Partition partition, StreamWriter writer) {
        try {
            writer.connect();
        } catch (RabbitTransportException failure) {
            if (failure.reason() != Reason.GONE) {
                throw failure;
            }
            LOG.error("the stream of {} is not there any more and is made anew", partition);
            directory.make(partition);
            writer.connect();
        }
        refusals.remove(partition);
        if (trouble != null && refusals.isEmpty()) {
            LOG.info("{} answers again", broker.address());
            trouble = null;
        }
    }

    private void note(RuntimeException failure) {
        if (trouble == null && !closed) {
            LOG.error("nothing can be published; trying again", failure);
        }
        trouble = failure instanceof RabbitTransportException said ? said.sentence() : failure.toString();
    }

    /// Gives up connections that are silent, and makes those again on which something is not confirmed.
    private void tend() {
        long now = System.nanoTime();
        long patience = settings.timeout().toNanos();
        for (StreamWriter writer : writers.values()) {
            if (writer.isSilent(now, patience)) {
                trouble = broker.address() + " confirms nothing";
                writer.abandon();
            }
        }
        for (Map.Entry<Partition, StreamWriter> each : writers.entrySet()) {
            if (!each.getValue().isConnected() && each.getValue().hasUnconfirmed()) {
                tryAgain(each.getKey());
            }
        }
        List.copyOf(refusals.keySet()).forEach(this::tryAgain);
    }

    private void tryAgain(Partition partition) {
        Refusal refusal = refusals.get(partition);
        if (refusal == null || refusal.isOver()) {
            try {
                StreamWriter _ = connected(partition);
            } catch (RuntimeException failure) {
                LOG.debug("{} cannot be published to", partition, failure);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        queue.add(WAKE_UP);
        thread.interrupt();
        try {
            thread.join(settings.timeout());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
