package ai.tradesense.redis;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.redis.RedisTransportException.Reason;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisNoScriptException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Appends what publishers send, many publishers in one round trip: while a round is under way, what arrives
/// is gathered for the next one. A publisher's own thread encodes; one thread writes; the answer wakes the
/// publisher.
///
/// A round is one script call per partition, sent together. Events that one publisher sent together are never
/// spread over two calls of a partition, of which the first could fail and the second not: their order would
/// be lost.
final class Appender implements AutoCloseable {
    private static final int MAX_REQUEST_EVENTS = 500;
    private static final int MAX_REQUEST_BYTES = 1 << 20;
    private static final int MAX_CALL_EVENTS = 500; // one request may come on top
    private static final int MAX_ROUND_EVENTS = 4_000;
    private static final int ROUNDS_UNDER_WAY = 2;

    private final Link link;
    private final Keys keys;
    private final Partitioning partitioning;
    private final byte[] remembered;
    private final Map<Partition, List<byte[]>> keysOf = new ConcurrentHashMap<>();
    private final LinkedBlockingQueue<Request> queue = new LinkedBlockingQueue<>();
    private final Semaphore rounds = new Semaphore(ROUNDS_UNDER_WAY);
    private final Thread writer;
    private volatile boolean closed;
    private volatile @Nullable String trouble;

    Appender(Link link, Keys keys, Partitioning partitioning, int remembered) {
        this.link = link;
        this.keys = keys;
        this.partitioning = partitioning;
        this.remembered = Keys.bytes(Integer.toString(remembered));
        this.writer = Thread.ofPlatform().daemon(true).name("redis-appender").start(this::write);
    }

    /// Why the last round failed; null if it did not.
    @Nullable
    String trouble() {
        return trouble;
    }

    /// Appends in order and returns when everything is there.
    List<Published> append(List<DomainEvent> events) {
        List<Published> outcome = new ArrayList<>(events.size());
        int from = 0;
        while (from < events.size()) {
            Request request = new Request(events.size() - from);
            int to = from;
            while (to < events.size() && request.hasRoom()) {
                DomainEvent event = events.get(to);
                request.add(
                        partitioning.of(event.type().domain(), event.subject()),
                        Keys.bytes(event.source() + " " + event.id()),
                        CloudEventJson.write(event.envelope()));
                to++;
            }
            append(request);
            for (int index = from; index < to; index++) {
                outcome.add(new Published(events.get(index).id(), request.duplicate[index - from]));
            }
            from = to;
        }
        return outcome;
    }

    private void append(Request request) {
        queue.add(request);
        if (closed) {
            failQueued();
        }
        try {
            request.done.get(link.timeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException silent) {
            if (queue.remove(request)) {
                throw new RedisTransportException(
                        Reason.NO_ANSWER,
                        "nothing could be sent to " + link.address() + " within " + link.timeout(),
                        silent);
            }
            request.giveUp();
            throw new RedisTransportException(
                    Reason.NO_ANSWER,
                    link.address() + " has not answered within " + link.timeout()
                            + "; whether the events are there is not known",
                    silent);
        } catch (ExecutionException failure) {
            throw link.translate(failure.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new RedisTransportException(
                    Reason.NO_ANSWER, "interrupted; whether the events are there is not known", interrupted);
        }
    }

    // What the writer's thread does.

    private void write() {
        List<Request> gathered = new ArrayList<>();
        while (!closed) {
            try {
                gather(gathered);
                send(gathered);
            } catch (InterruptedException closing) {
                break;
            } catch (RuntimeException failure) {
                trouble = failure.getMessage();
                gathered.forEach(request -> request.fail(failure));
            }
            gathered.clear();
        }
        gathered.forEach(request -> request.fail(closedFailure()));
        failQueued();
    }

    private void gather(List<Request> gathered) throws InterruptedException {
        Request first = queue.take();
        gathered.add(first);
        rounds.acquire();
        int events = first.size();
        for (Request next = queue.peek(); next != null && events < MAX_ROUND_EVENTS; next = queue.peek()) {
            Request taken = queue.poll();
            if (taken != null) {
                gathered.add(taken);
                events += taken.size();
            }
        }
    }

    private void send(List<Request> gathered) {
        List<Call> calls = calls(gathered);
        AtomicInteger open = new AtomicInteger(calls.size());
        boolean underWay = false;
        try {
            Link.Connected connected = link.connected();
            underWay = true;
            gathered.forEach(request -> request.sent(calls, connected));
            connected.connection().setAutoFlushCommands(false);
            for (Call call : calls) {
                call.begin(connected, () -> {
                    if (open.decrementAndGet() == 0) {
                        rounds.release();
                    }
                });
            }
            connected.connection().flushCommands();
        } finally {
            if (!underWay) {
                rounds.release();
            }
        }
    }

    /// The calls of a round, those of a partition in order.
    private List<Call> calls(List<Request> gathered) {
        List<Call> all = new ArrayList<>();
        Map<Partition, Call> open = new HashMap<>();
        for (Request request : gathered) {
            Map<Partition, Call> own = new LinkedHashMap<>();
            for (int index = 0; index < request.size(); index++) {
                Partition partition = request.partitions.get(index);
                Call call = own.get(partition);
                if (call == null) {
                    call = open.get(partition);
                    if (call == null || call.size() >= MAX_CALL_EVENTS) {
                        call = new Call(keysOf.computeIfAbsent(partition, this::keysOf));
                        open.put(partition, call);
                        all.add(call);
                    }
                    own.put(partition, call);
                }
                call.add(request, index);
            }
            request.awaits(own.size());
        }
        return all;
    }

    private List<byte[]> keysOf(Partition partition) {
        return List.of(Keys.bytes(keys.stream(partition)), keys.younger(partition), keys.older(partition));
    }

    private void failQueued() {
        for (Request request = queue.poll(); request != null; request = queue.poll()) {
            request.fail(closedFailure());
        }
    }

    private RedisTransportException closedFailure() {
        return new RedisTransportException(Reason.CLOSED, link.address() + " is closed", null);
    }

    @Override
    public void close() {
        closed = true;
        writer.interrupt();
        failQueued();
    }

    /// What one publisher sends, or as much of it as fits.
    private final class Request {
        private final List<Partition> partitions;
        private final List<byte[]> identities;
        private final List<byte[]> bodies;
        private int bytes;
        private boolean[] duplicate = new boolean[0];
        private final AtomicInteger awaited = new AtomicInteger();
        private final CompletableFuture<Boolean> done = new CompletableFuture<>();
        private volatile Link.@Nullable Connected connected;
        private volatile List<Call> round = List.of();

        Request(int events) {
            int most = Math.min(events, MAX_REQUEST_EVENTS);
            this.partitions = new ArrayList<>(most);
            this.identities = new ArrayList<>(most);
            this.bodies = new ArrayList<>(most);
        }

        boolean hasRoom() {
            return bodies.size() < MAX_REQUEST_EVENTS && bytes < MAX_REQUEST_BYTES;
        }

        int size() {
            return bodies.size();
        }

        void add(Partition partition, byte[] identity, byte[] body) {
            partitions.add(partition);
            identities.add(identity);
            bodies.add(body);
            bytes += body.length;
        }

        void awaits(int calls) {
            awaited.set(calls);
            duplicate = new boolean[size()];
        }

        void sent(List<Call> calls, Link.Connected by) {
            round = calls;
            connected = by;
        }

        void succeeded() {
            if (awaited.decrementAndGet() == 0) {
                done.complete(true);
            }
        }

        void fail(Throwable failure) {
            done.completeExceptionally(failure);
        }

        /// No answer came: what is under way on this connection has an unknown outcome.
        void giveUp() {
            Link.Connected silent = connected;
            if (silent != null) {
                link.abandon(silent);
                RedisTransportException failure = new RedisTransportException(
                        Reason.NO_ANSWER, "no answer from " + link.address() + " within " + link.timeout(), null);
                round.forEach(call -> call.end(null, failure));
            }
        }
    }

    /// The events of one partition in one round.
    private final class Call {
        private final List<byte[]> streamKeys;
        private final List<byte[]> arguments = new ArrayList<>();
        private final List<Request> requests = new ArrayList<>();
        private final List<Integer> indexes = new ArrayList<>();
        private Runnable whenEnded = () -> {};
        private boolean ended;
        private boolean reloaded;

        Call(List<byte[]> streamKeys) {
            this.streamKeys = streamKeys;
            arguments.add(remembered);
        }

        int size() {
            return indexes.size();
        }

        void add(Request request, int index) {
            arguments.add(request.identities.get(index));
            arguments.add(request.bodies.get(index));
            requests.add(request);
            indexes.add(index);
        }

        void begin(Link.Connected connected, Runnable whenItHasEnded) {
            whenEnded = whenItHasEnded;
            run(connected);
        }

        private void run(Link.Connected connected) {
            RedisFuture<List<Object>> answer;
            try {
                answer = connected.run(Script.APPEND, streamKeys, arguments);
            } catch (RuntimeException failure) {
                end(null, failure);
                return;
            }
            answer.whenComplete((duplicates, failure) -> {
                if (failure instanceof RedisNoScriptException && !reloaded) {
                    reloaded = true; // nothing was done; an operator made Redis forget its scripts
                    connected.commands().scriptLoad(Script.APPEND.source()).whenComplete((digest, refused) -> {
                        run(connected);
                        connected.connection().flushCommands();
                    });
                    connected.connection().flushCommands();
                } else {
                    end(duplicates, failure);
                }
            });
        }

        /// The first outcome counts.
        void end(@Nullable List<Object> duplicates, @Nullable Throwable failure) {
            synchronized (this) {
                if (ended) {
                    return;
                }
                ended = true;
            }
            trouble = failure == null ? null : link.translate(failure).getMessage();
            if (duplicates != null) {
                for (Object number : duplicates) {
                    int at = (int) ((Long) number - 1);
                    requests.get(at).duplicate[indexes.get(at)] = true;
                }
            }
            Request last = null;
            for (Request request : requests) {
                if (request != last) {
                    last = request;
                    if (failure != null) {
                        request.fail(failure);
                    } else {
                        request.succeeded();
                    }
                }
            }
            whenEnded.run();
        }
    }
}
