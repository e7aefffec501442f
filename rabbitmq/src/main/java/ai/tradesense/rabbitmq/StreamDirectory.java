package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.rabbitmq.StreamBroker.Purpose;
import ai.tradesense.rabbitmq.StreamBroker.Question;
import ai.tradesense.transport.Partition;
import com.rabbitmq.stream.impl.Client.StreamParametersBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// What all transports of a prefix must know and the broker cannot be asked: the number of partitions, and which
/// domains there are. It is a stream of a few lines:
///
/// ```
/// partitions 8     the first line of this kind counts
/// domain Trading   all its streams are there, and none is empty
/// ```
///
/// And how streams are named and made. Safe for use by several threads.
final class StreamDirectory {
    /// What the transports of a prefix tell each other is not much, and old lines are not needed.
    private static final long LINES_BYTES = 8L << 20;

    private static final long LINES_SEGMENT_BYTES = 1L << 20;
    private static final String BEGINNING = "beginning";
    private static final int MARKS_REST = 10; // timeouts

    private final StreamBroker broker;
    private final RabbitStreamSettings settings;
    private final Partitioning partitioning;
    private final Runnable changed;
    private final StreamLines lines;
    private final ReentrantLock opening = new ReentrantLock();
    private final Map<Partition, Long> marked = new ConcurrentHashMap<>(); // when a stream was last taken for empty

    // Guarded by this.
    private int partitions;
    private volatile Set<String> domains = Set.of(); // changed under this, and read without

    /// @param changed called when something was learned; must not block
    StreamDirectory(StreamBroker broker, RabbitStreamSettings settings, Partitioning partitioning, Runnable changed) {
        this.broker = broker;
        this.settings = settings;
        this.partitioning = partitioning;
        this.changed = changed;
        this.lines = new StreamLines(broker, settings.prefix() + ".directory", Map.of(), this::learn, changed);
    }

    // Names.

    String stream(Partition partition) {
        return settings.prefix() + "." + partition;
    }

    String groupLog(String group) {
        return settings.prefix() + ".group." + group;
    }

    static Map<String, String> groupLogArguments() {
        return new StreamParametersBuilder()
                .maxLengthBytes(LINES_BYTES)
                .maxSegmentSizeBytes(LINES_SEGMENT_BYTES)
                .build();
    }

    Map<String, String> partitionArguments() {
        return new StreamParametersBuilder()
                .maxLengthBytes(settings.retentionBytes())
                .maxSegmentSizeBytes(settings.segmentBytes())
                .maxAge(settings.retention())
                .build();
    }

    // Reading and following.

    private void learn(String line) {
        String[] words = line.split(" ", 2);
        synchronized (this) {
            switch (words[0]) {
                case "partitions" -> partitions = partitions == 0 ? Integer.parseInt(words[1]) : partitions;
                case "domain" -> {
                    Set<String> more = new TreeSet<>(domains);
                    more.add(words[1]);
                    domains = Set.copyOf(more);
                }
                default -> {} // of a later version
            }
        }
        changed.run();
    }

    /// Reads everything, and follows what is written from now on, unless it does. Blocks.
    ///
    /// @throws RabbitTransportException if the broker cannot be reached, or has it otherwise
    void open() {
        opening.lock(); // and not this: lines are told by a thread that needs it
        try {
            if (!lines.isOpen()) {
                if (lines.open()) {
                    restate();
                }
                requireSuitable();
            }
        } finally {
            opening.unlock();
        }
    }

    /// It is a new stream: if there was one before, what is known of it is said again.
    private void restate() {
        List<String> known = new ArrayList<>();
        synchronized (this) {
            if (partitions > 0) {
                known.add("partitions " + partitions);
            }
            domains.forEach(domain -> known.add("domain " + domain));
        }
        if (!known.isEmpty()) {
            lines.writeAndAwait(known);
        }
    }

    /// Whether all is as the settings say.
    private void requireSuitable() {
        int found;
        synchronized (this) {
            found = partitions;
        }
        if (found == 0) {
            lines.writeAndAwait(List.of("partitions " + settings.partitions()));
            synchronized (this) {
                found = partitions;
            }
        }
        if (found != settings.partitions()) {
            throw new RabbitTransportException(
                    Reason.UNSUITABLE,
                    broker.address() + " holds events under the prefix '" + settings.prefix() + "' in " + found
                            + " partitions per domain, expected " + settings.partitions(),
                    null);
        }
    }

    Set<String> domains() {
        return new TreeSet<>(domains);
    }

    boolean knows(String domain) {
        return domains.contains(domain);
    }

    // Making.

    /// Sees to it that a domain has its streams. Blocks.
    void require(String domain) {
        if (knows(domain)) {
            return;
        }
        open();
        opening.lock();
        try {
            if (!knows(domain)) {
                for (Partition partition : partitioning.ofDomain(domain)) {
                    make(partition);
                }
                lines.writeAndAwait(List.of("domain " + domain));
            }
        } finally {
            opening.unlock();
        }
    }

    /// Makes a stream, unless it is there, and sees to it that it is not empty. Blocks.
    void make(Partition partition) {
        String stream = stream(partition);
        boolean _ = broker.create(stream, partitionArguments());
        Mark mark = new Mark();
        broker.told(() -> {
            StreamLink link = broker.toWrite(stream, Purpose.CONTROL);
            int id = link.declare(stream, "", mark);
            try {
                link.publish(id, StreamMessages.wrapped(StreamMessages.mark(BEGINNING)));
                mark.await(stream);
            } finally {
                link.undeclare(id);
            }
        });
    }

    /// Asks for something in the stream of a partition, which is made before if it is gone, or if it was left without
    /// its mark by who made it. Blocks.
    <T> T asked(Partition partition, Question<T> question) {
        try {
            return question.answer();
        } catch (RabbitTransportException failure) {
            if (failure.reason() != Reason.GONE && !(failure.reason() == Reason.NO_ANSWER && isToMark(partition))) {
                throw failure;
            }
            make(partition);
            return question.answer();
        }
    }

    /// An answer may be missing for other reasons, and a mark may take the timeout: so not each time.
    private boolean isToMark(Partition partition) {
        long now = System.nanoTime();
        long rest = MARKS_REST * broker.timeout().toNanos();
        Long before = marked.get(partition);
        if (before != null && now - before < rest) {
            return false;
        }
        marked.put(partition, now);
        return true;
    }

    void close() {
        lines.close();
    }

    /// Waits for one confirmation.
    private final class Mark implements StreamLink.Writer {
        private final CountDownLatch confirmed = new CountDownLatch(1);

        void await(String stream) {
            try {
                Duration timeout = broker.timeout();
                if (!confirmed.await(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                    throw new RabbitTransportException(
                            Reason.NO_ANSWER,
                            broker.address() + " has not confirmed a mark in " + stream + " within " + timeout,
                            null);
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new RabbitTransportException(Reason.NO_ANSWER, "interrupted", interrupted);
            }
        }

        @Override
        public void confirmed(long publishingId) {
            confirmed.countDown();
        }

        @Override
        public void refused(long publishingId, short code) {
            // Nothing is confirmed then.
        }

        @Override
        public void ended(RabbitTransportException why) {
            // Nothing is confirmed then.
        }
    }
}
