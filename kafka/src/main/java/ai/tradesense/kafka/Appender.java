package ai.tradesense.kafka;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.kafka.KafkaTransportException.Reason;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/// Appends what publishers send, many publishers in one round: while a round is under way, what arrives is gathered
/// for the next one. A publisher's own thread encodes; one thread appends and flushes; its end wakes the
/// publishers.
///
/// A round has at most one batch per partition, which Kafka stores as a whole or not at all, and the events that
/// one publisher sent together are in one round. So it cannot happen that the first of two events is refused and
/// the second is stored, which would be in the wrong order when the first is sent again.
///
/// **When an answer is missing**, the batch may be stored, or not, or be on its way still. Before anything else
/// goes to that partition, a *fence* goes there: a record that is no event. Kafka takes what a producer sends in
/// sequence or not at all, so that nothing which was sent before the fence can arrive behind it; what is in doubt is
/// then found by reading up to the fence ([the idempotent
/// producer](https://cwiki.apache.org/confluence/display/KAFKA/KIP-98),
/// [its epochs](https://cwiki.apache.org/confluence/display/KAFKA/KIP-360)).
final class Appender implements AutoCloseable {
    /// How many of the last events of a partition are looked at before the first one is sent there.
    static final int REREAD = 4_096;

    private static final int CHUNK_BYTES = 200 << 10; // of a partition in a round, and below what a batch may be
    private static final int MAX_REQUEST_BYTES = 128 << 10; // of a partition
    private static final int MAX_REQUEST_EVENTS = 2_000;
    private static final int MAX_ROUND_EVENTS = 8_000;

    private final KafkaSettings settings;
    private final ClientProperties properties;
    private final Partitioning partitioning;
    private final KafkaProducer<byte[], byte[]> producer;
    private final LinkedBlockingQueue<Request> queue = new LinkedBlockingQueue<>();
    private final Map<TopicPartition, SentEvents> sent = new HashMap<>(); // of the thread
    private final Map<TopicPartition, SentEvents> learning = new HashMap<>(); // of it, too: not known well enough yet
    private final Thread thread;
    private volatile boolean closed;
    private volatile @Nullable String trouble;

    Appender(KafkaSettings settings, ClientProperties properties, Partitioning partitioning) {
        this.settings = settings;
        this.properties = properties;
        this.partitioning = partitioning;
        this.producer =
                new KafkaProducer<>(properties.producer(), new ByteArraySerializer(), new ByteArraySerializer());
        this.thread = Thread.ofPlatform().daemon(true).name("kafka-appender").start(this::run);
    }

    /// Why the last round failed; null if it did not.
    @Nullable
    String trouble() {
        return trouble;
    }

    /// Events that one publisher sent together.
    private static final class Request {
        private final List<Outgoing> items = new ArrayList<>();
        private final CompletableFuture<boolean[]> done = new CompletableFuture<>(); // which are duplicates
        private final Map<TopicPartition, Integer> bytes = new HashMap<>();
        private boolean[] duplicates = new boolean[0];

        /// @return false if there is no room for it
        private boolean add(Outgoing item) {
            int size = bytes.merge(item.partition(), item.size(), Integer::sum);
            if (items.size() == MAX_REQUEST_EVENTS || (size > MAX_REQUEST_BYTES && size > item.size())) {
                return false;
            }
            items.add(item);
            return true;
        }
    }

    /// What goes to one partition in one round.
    private static final class Chunk {
        private final SentEvents sent;
        private final List<EventKey> keys = new ArrayList<>();
        private int bytes;
        private volatile long lastOffset = -1;
        private volatile @Nullable Exception failure;

        private Chunk(SentEvents sent) {
            this.sent = sent;
        }

        private boolean hasRoomFor(int size) {
            return keys.isEmpty() || bytes + size <= CHUNK_BYTES;
        }

        private void answered(long offset, @Nullable Exception refusal) {
            if (refusal != null) {
                failure = refusal;
            } else {
                lastOffset = Math.max(lastOffset, offset); // by the producer's own thread
            }
        }
    }

    // What publishers do.

    /// Appends in order and returns when everything is there.
    List<Published> append(List<DomainEvent> events) {
        List<Published> outcome = new ArrayList<>(events.size());
        Request request = new Request();
        for (DomainEvent event : events) {
            Outgoing item = Outgoing.of(event, partitioning, settings.maxMessageBytes());
            if (!request.add(item)) {
                await(request, outcome);
                request = new Request();
                boolean _ = request.add(item);
            }
        }
        await(request, outcome);
        return outcome;
    }

    private void await(Request request, List<Published> outcome) {
        queue.add(request);
        if (closed) {
            failQueued();
        }
        try {
            boolean[] duplicates = request.done.get();
            for (int index = 0; index < duplicates.length; index++) {
                outcome.add(new Published(request.items.get(index).key().id(), duplicates[index]));
            }
        } catch (ExecutionException failure) {
            throw KafkaTransportException.of(Objects.requireNonNull(failure.getCause()), settings.servers());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new KafkaTransportException(
                    Reason.NO_ANSWER, "interrupted; whether the events are there is not known", interrupted);
        }
    }

    // What the appender's thread does.

    private void run() {
        ArrayDeque<Request> waiting = new ArrayDeque<>();
        List<Request> round = new ArrayList<>();
        try {
            while (!closed) {
                if (waiting.isEmpty()) {
                    waiting.add(queue.take());
                }
                queue.drainTo(waiting);
                round.clear();
                doRound(waiting, round);
            }
        } catch (InterruptedException | InterruptException closing) {
            Thread.currentThread().interrupt();
        } finally {
            closed = true;
            round.forEach(Appender::refuse);
            waiting.forEach(Appender::refuse);
            failQueued();
        }
    }

    private void failQueued() {
        for (Request request = queue.poll(); request != null; request = queue.poll()) {
            refuse(request);
        }
    }

    private static void refuse(Request request) {
        request.done.completeExceptionally(
                new KafkaTransportException(Reason.CLOSED, "the transport was closed", null));
    }

    private void doRound(ArrayDeque<Request> waiting, List<Request> round) {
        Map<TopicPartition, Chunk> chunks = new LinkedHashMap<>();
        try {
            getReady(waiting);
            gather(waiting, round, chunks);
            producer.flush();
        } catch (InterruptException closing) {
            chunks.values().forEach(chunk -> chunk.answered(-1, closing));
            throw closing;
        } catch (RuntimeException | Error failure) { // also an error is no reason to append nothing any more
            RuntimeException told = failure instanceof RuntimeException problem
                    ? problem
                    : new KafkaTransportException(Reason.NO_ANSWER, failure.toString(), failure);
            if (chunks.isEmpty()) { // nothing was sent: those who asked for it are told
                trouble = told.getMessage();
                waiting.forEach(request -> request.done.completeExceptionally(told));
                waiting.clear();
                return;
            }
            chunks.values().forEach(chunk -> chunk.answered(-1, told));
        }
        end(round, chunks);
    }

    private void gather(ArrayDeque<Request> waiting, List<Request> round, Map<TopicPartition, Chunk> chunks) {
        int events = 0;
        while (!waiting.isEmpty() && events < MAX_ROUND_EVENTS && fits(waiting.element(), chunks)) {
            Request request = waiting.remove();
            round.add(request);
            events += request.items.size();
            request.duplicates = new boolean[request.items.size()];
            for (int index = 0; index < request.items.size(); index++) {
                Outgoing item = request.items.get(index);
                Chunk chunk = chunks.computeIfAbsent(item.partition(), each -> new Chunk(sentTo(each)));
                request.duplicates[index] = !chunk.sent.add(item.key());
                if (!request.duplicates[index]) {
                    chunk.keys.add(item.key());
                    chunk.bytes += item.size();
                    send(item.record(), chunk);
                }
            }
        }
    }

    /// Once one record of a round could not even be given to the producer, the others of it are not tried: each
    /// would wait as long.
    private void send(ProducerRecord<byte[], byte[]> record, Chunk chunk) {
        Future<?> _ = producer.send( // its callback says all
                record, (metadata, refusal) -> chunk.answered(metadata == null ? -1 : metadata.offset(), refusal));
        Exception failure = chunk.failure;
        if (failure != null) {
            throw failure instanceof RuntimeException runtime
                    ? runtime
                    : new KafkaTransportException(Reason.REFUSED, String.valueOf(failure.getMessage()), failure);
        }
    }

    private boolean fits(Request request, Map<TopicPartition, Chunk> chunks) {
        for (Map.Entry<TopicPartition, Integer> bytes : request.bytes.entrySet()) {
            Chunk chunk = chunks.get(bytes.getKey());
            if (chunk != null && !chunk.hasRoomFor(bytes.getValue())) {
                return false;
            }
        }
        return true;
    }

    private SentEvents sentTo(TopicPartition partition) {
        return Objects.requireNonNull(sent.get(partition), () -> partition + " was not made ready");
    }

    private void end(List<Request> round, Map<TopicPartition, Chunk> chunks) {
        String newTrouble = null;
        for (Chunk chunk : chunks.values()) {
            Exception failure = chunk.failure;
            if (failure != null) {
                chunk.sent.doubt(chunk.keys);
                newTrouble = String.valueOf(failure.getMessage());
            } else if (chunk.lastOffset >= 0) {
                chunk.sent.knownUntil(chunk.lastOffset + 1);
            }
        }
        trouble = newTrouble;
        for (Request request : round) {
            Exception failure = failureOf(request, chunks);
            if (failure != null) {
                request.done.completeExceptionally(failure);
            } else {
                request.done.complete(request.duplicates);
            }
        }
    }

    private static @Nullable Exception failureOf(Request request, Map<TopicPartition, Chunk> chunks) {
        for (Outgoing item : request.items) {
            Chunk chunk = chunks.get(item.partition());
            if (chunk == null) {
                return new KafkaTransportException(Reason.NO_ANSWER, "not sent, since others were refused", null);
            }
            Exception failure = chunk.failure;
            if (failure != null) {
                return failure;
            }
        }
        return null;
    }

    // What must be known before anything is sent.

    private void getReady(ArrayDeque<Request> waiting) {
        Map<TopicPartition, SentEvents> unknown = new HashMap<>();
        List<SentEvents> inDoubt = new ArrayList<>();
        for (Request request : waiting) {
            for (Outgoing item : request.items) {
                SentEvents known = sent.get(item.partition());
                if (known == null && !unknown.containsKey(item.partition())) {
                    for (Partition each : partitioning.ofDomain(
                            partitioning.domainOf(item.partition().topic()))) {
                        TopicPartition partition = partitioning.topicPartition(each);
                        unknown.put(
                                partition,
                                learning.computeIfAbsent(partition, its -> new SentEvents(its, settings.remembered())));
                    }
                } else if (known != null && known.isInDoubt() && !inDoubt.contains(known)) {
                    inDoubt.add(known);
                }
            }
        }
        if (!unknown.isEmpty()) {
            learn(unknown);
        }
        if (!inDoubt.isEmpty()) {
            endDoubt(inDoubt);
        }
    }

    private void learn(Map<TopicPartition, SentEvents> unknown) {
        try (TailReader reader = new TailReader(properties, settings.timeout())) {
            reader.readLast(unknown, Math.min(REREAD, settings.remembered()));
        }
        sent.putAll(unknown);
        learning.keySet().removeAll(unknown.keySet());
    }

    private void endDoubt(List<SentEvents> inDoubt) {
        Map<TopicPartition, Chunk> fences = new LinkedHashMap<>();
        for (SentEvents doubtful : inDoubt) {
            Chunk fence = new Chunk(doubtful);
            fences.put(doubtful.topicPartition(), fence);
            send(
                    EventRecords.fence(
                            doubtful.topicPartition().topic(),
                            doubtful.topicPartition().partition()),
                    fence);
        }
        producer.flush();
        Map<TopicPartition, SentEvents> doubted = new HashMap<>();
        Map<TopicPartition, Long> ends = new HashMap<>();
        fences.forEach((partition, fence) -> {
            Exception failure = fence.failure;
            if (failure != null) {
                throw KafkaTransportException.of(failure, settings.servers());
            }
            doubted.put(partition, fence.sent);
            ends.put(partition, fence.lastOffset);
        });
        try (TailReader reader = new TailReader(properties, settings.timeout())) {
            reader.readOn(doubted, ends);
        }
        inDoubt.forEach(SentEvents::doubtIsOver);
    }

    @Override
    public void close() {
        closed = true;
        producer.close(settings.timeout().dividedBy(4)); // what is under way may end
        thread.interrupt();
        try {
            thread.join(settings.timeout());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
