package ai.tradesense.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
    private static final int WAITS_PER_TIMEOUT = 3; // so that the second round is answered in time, too
    private static final int AT_KNOWN = 1; // where the script expects the last entry that is known
    private static final byte[] NOTHING = new byte[0];
    private static final Logger LOG = LoggerFactory.getLogger(Appender.class);

    private final Link link;
    private final Keys keys;
    private final Partitioning partitioning;
    private final byte[] remembered;
    private final int replicas;
    private final Consumer<String> losses;
    private final Map<Partition, Stream> streams = new HashMap<>(); // of the writer's thread
    private final LinkedBlockingQueue<Request> queue = new LinkedBlockingQueue<>();
    private final Semaphore rounds = new Semaphore(ROUNDS_UNDER_WAY);
    private final Thread writer;
    private volatile boolean closed;
    private volatile @Nullable String trouble;
    private volatile @Nullable String tooFewReplicas;

    /// @param losses is told what Redis had confirmed and no longer has
    Appender(Link link, Keys keys, Partitioning partitioning, RedisSettings settings, Consumer<String> losses) {
        this.link = link;
        this.keys = keys;
        this.partitioning = partitioning;
        this.remembered = Keys.bytes(Integer.toString(settings.remembered()));
        this.replicas = settings.replicas();
        this.losses = losses;
        this.writer = Thread.ofPlatform().daemon(true).name("redis-appender").start(this::write);
    }

    /// Why the last round failed; null if it did not.
    @Nullable
    String trouble() {
        return trouble != null ? trouble : tooFewReplicas;
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
            } catch (RuntimeException | Error failure) { // who publishes next needs this thread
                trouble = String.valueOf(failure.getMessage());
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
        AtomicInteger open = new AtomicInteger(calls.size() + (replicas > 0 ? 1 : 0));
        Runnable whenEnded = () -> {
            if (open.decrementAndGet() == 0) {
                rounds.release();
            }
        };
        boolean sent = false;
        try {
            Link.Connected connected = link.connected();
            gathered.forEach(request -> request.sent(calls, connected));
            connected.connection().setAutoFlushCommands(false);
            for (Call call : calls) {
                call.begin(connected, whenEnded);
            }
            if (replicas > 0) {
                awaitReplicas(connected, List.copyOf(gathered), whenEnded);
            }
            connected.connection().flushCommands();
            sent = true;
        } finally {
            if (!sent && open.getAndSet(0) > 0) { // whatever else ends of this round comes below 0
                rounds.release();
            }
        }
    }

    /// WAIT looks how far replicas are behind what this connection has written last. So that this is behind all of
    /// the round, also of what was there before, something is written that always counts.
    private void awaitReplicas(Link.Connected connected, List<Request> requests, Runnable whenEnded) {
        long millis = link.timeout().toMillis() / WAITS_PER_TIMEOUT;
        CompletionStage<Long> answer;
        try {
            CompletionStage<String> written = connected.commands().set(keys.rounds(), remembered);
            answer = written.thenCombine(
                    connected.commands().waitForReplication(replicas, millis), (nothing, have) -> have);
        } catch (RuntimeException failure) {
            answer = CompletableFuture.failedFuture(failure);
        }
        answer.whenComplete((have, failure) -> {
            RedisTransportException problem = failure == null ? tooFew(have, millis) : link.translate(failure);
            if (failure == null) {
                tooFewReplicas = problem == null ? null : problem.getMessage();
            }
            for (Request request : requests) {
                if (problem == null) {
                    request.succeeded();
                } else {
                    request.fail(problem);
                }
            }
            whenEnded.run();
        });
    }

    private @Nullable RedisTransportException tooFew(long have, long millis) {
        return have >= replicas
                ? null
                : new RedisTransportException(
                        Reason.NOT_REPLICATED,
                        have + " of " + replicas + " replicas of " + link.address() + " had the events within " + millis
                                + " ms; whether they survive a failover is not known",
                        null);
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
                        call = new Call(streams.computeIfAbsent(partition, this::stream));
                        open.put(partition, call);
                        all.add(call);
                    }
                    own.put(partition, call);
                }
                call.add(request, index);
            }
            request.awaits(own.size() + (replicas > 0 ? 1 : 0));
        }
        return all;
    }

    private Stream stream(Partition partition) {
        return new Stream(
                keys.stream(partition),
                List.of(Keys.bytes(keys.stream(partition)), keys.younger(partition), keys.older(partition)));
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

    /// What is known of the stream of a partition.
    private final class Stream {
        private final String name;
        private final List<byte[]> keys;
        private volatile Link.@Nullable Connected lookedAtBy;
        private volatile byte[] last = NOTHING;

        Stream(String name, List<byte[]> keys) {
            this.name = name;
            this.keys = keys;
        }

        /// The last entry that was confirmed, if the server behind a connection has not been asked for it yet:
        /// another connection may lead to another server.
        byte[] lastToLookFor(Link.Connected connected) {
            if (connected.equals(lookedAtBy)) {
                return NOTHING;
            }
            lookedAtBy = connected;
            return last;
        }

        /// Whether it was looked at is not known.
        void failed() {
            lookedAtBy = null;
        }

        void appended(byte[] id) {
            if (id.length > 0) {
                last = id;
            }
        }

        void lost(byte[] left, byte[] known) {
            String text =
                    link.address() + " has lost what it had confirmed, as a replica that lagged has when it takes over:"
                            + " gone are the entries of " + name + " behind " + new String(left, UTF_8) + " up to "
                            + new String(known, UTF_8);
            LOG.error("{}", text);
            losses.accept(text);
        }
    }

    /// The events of one partition in one round.
    private final class Call {
        private final Stream stream;
        private final List<byte[]> arguments = new ArrayList<>();
        private final List<Request> requests = new ArrayList<>();
        private final List<Integer> indexes = new ArrayList<>();
        private Runnable whenEnded = () -> {};
        private boolean ended;
        private boolean reloaded;

        Call(Stream stream) {
            this.stream = stream;
            arguments.add(remembered);
            arguments.add(NOTHING);
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
            arguments.set(AT_KNOWN, stream.lastToLookFor(connected));
            run(connected);
        }

        private void run(Link.Connected connected) {
            RedisFuture<List<Object>> answer;
            try {
                answer = connected.run(Script.APPEND, stream.keys, arguments);
            } catch (RuntimeException failure) {
                end(null, failure);
                return;
            }
            answer.whenComplete((outcome, failure) -> {
                if (failure instanceof RedisNoScriptException && replicas > 0) {
                    link.abandon(connected); // WAIT was before what would be done now; a new connection brings them
                    end(null, failure);
                } else if (failure instanceof RedisNoScriptException && !reloaded) {
                    reloaded = true; // nothing was done; an operator made Redis forget its scripts
                    connected.commands().scriptLoad(Script.APPEND.source()).whenComplete((digest, refused) -> {
                        run(connected);
                        connected.connection().flushCommands();
                    });
                    connected.connection().flushCommands();
                } else {
                    end(outcome, failure);
                }
            });
        }

        /// The first outcome counts.
        void end(@Nullable List<Object> outcome, @Nullable Throwable failure) {
            synchronized (this) {
                if (ended) {
                    return;
                }
                ended = true;
            }
            trouble = failure == null ? null : link.translate(failure).getMessage();
            if (outcome == null) {
                stream.failed();
            } else {
                byte[] left = (byte[]) outcome.get(1);
                if (left.length > 0) {
                    stream.lost(left, arguments.get(AT_KNOWN));
                }
                stream.appended((byte[]) outcome.getFirst());
                for (Object number : outcome.subList(2, outcome.size())) {
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
