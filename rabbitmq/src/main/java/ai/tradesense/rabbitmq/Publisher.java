package ai.tradesense.rabbitmq;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.rabbitmq.Outgoing.Identity;
import ai.tradesense.rabbitmq.Outgoing.Message;
import ai.tradesense.rabbitmq.PublishingSession.Pending;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.RecentEvents;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes with confirms, many of them under way. Publishers' own threads encode; one thread does everything
/// else, so that nothing here needs a lock: it publishes, hears what the broker confirms, and knows which events
/// are under way and which were confirmed lately.
///
/// When a connection breaks, what was under way fails: whether it is there is not known, and only who sent it
/// can say whether it still matters. Before a new connection publishes anything, the old one must have ended at
/// the broker, or what lingers on its way could arrive behind what was sent later. So each connection holds an
/// exclusive queue, and the next one waits until it can have it. Then it reads the latest events of the domains
/// in question: what is found among them and sent again is published again all the same, for a broker that was
/// killed may have put it into one queue and not into another, but it is reported as a duplicate.
///
/// What several senders wait for is published in rounds, of which the events of a partition are few messages, and
/// those of a domain in its history, too ([EventBatch]); an event is confirmed when its queues and the history have
/// it.
///
/// Who waited for a timeout waits no longer; that alone ends nothing. A connection is given up if the broker says
/// nothing on it for a timeout, or leaves an event unconfirmed for several: connecting and reading what is there
/// may take longer than senders wait, and who gave up meanwhile must not end the connection that was made for them.
final class Publisher implements AutoCloseable, PublishingSession.Events {
    private static final int MAX_UNCONFIRMED = 10_000; // events
    private static final int ROUND = 1_000; // events
    private static final long SOON_MILLIS = 50;
    private static final long RETRY_MILLIS = 500;
    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

    /// What the thread is told.
    private sealed interface Note {
        record Send(Outgoing outgoing) implements Note {}

        record Confirmed(PublishingSession session, long number, boolean multiple, boolean accepted) implements Note {}

        record Returned(PublishingSession session, long number) implements Note {}

        record Closed(PublishingSession session, Throwable cause) implements Note {}

        record Wake() implements Note {}
    }

    private final Broker broker;
    private final Topology topology;
    private final Partitioning partitioning;
    private final Registry registry;
    private final History history;
    private final int remembered;
    private final int eventsPerMessage;
    private final String id = UUID.randomUUID().toString();
    private final BlockingQueue<Note> notes = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile @Nullable RabbitTransportException trouble;
    private volatile @Nullable Connection connection; // that of the session, or of the one to come
    private volatile boolean closed;

    // Touched by the thread alone.
    private final Deque<Outgoing> waiting = new ArrayDeque<>();
    private final Map<Identity, Pending> pending = new HashMap<>();
    private final RecentEvents confirmed;
    private final RecentEvents recalled;
    private final Set<String> toRecall = new HashSet<>();
    private final Set<String> recalledDomains = new HashSet<>();
    private @Nullable PublishingSession session;
    private long restUntil = System.nanoTime();
    private boolean waitingForLock;

    Publisher(Broker broker, Topology topology, Partitioning partitioning, Registry registry, RabbitSettings settings) {
        this.broker = broker;
        this.topology = topology;
        this.partitioning = partitioning;
        this.registry = registry;
        this.history = new History(broker);
        this.remembered = settings.remembered();
        this.eventsPerMessage = settings.eventsPerMessage();
        this.confirmed = new RecentEvents(remembered);
        this.recalled = new RecentEvents(remembered);
        this.thread =
                Thread.ofPlatform().daemon(true).name("rabbitmq-publisher").start(this::run);
    }

    /// Why nothing can be published now; null if it can, as far as is known.
    @Nullable
    String trouble() {
        if (isBlocked()) {
            return broker.blockedSentence();
        }
        RabbitTransportException now = trouble;
        return now == null ? null : now.sentence();
    }

    private boolean isBlocked() {
        Connection now = connection;
        return now != null && broker.isBlocked(now);
    }

    /// Publishes in order and returns when everything is confirmed.
    List<Published> send(List<DomainEvent> events) {
        Outgoing outgoing = new Outgoing(events, partitioning);
        Note.Send note = new Note.Send(outgoing);
        notes.add(note);
        if (closed) {
            outgoing.fail(closedFailure());
        }
        try {
            outgoing.done().get(broker.timeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException silent) {
            RabbitTransportException failure = silence(silent);
            outgoing.fail(failure); // so that it is not published any more, if it was not yet
            boolean _ = notes.remove(note);
            throw failure;
        } catch (ExecutionException failure) {
            throw broker.translate(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new RabbitTransportException(
                    Reason.NO_ANSWER, "interrupted; whether the events are there is not known", interrupted);
        }
        List<Published> outcome = new ArrayList<>(events.size());
        for (int index = 0; index < events.size(); index++) {
            outcome.add(new Published(events.get(index).id(), outgoing.isDuplicate(index)));
        }
        return outcome;
    }

    private RabbitTransportException silence(TimeoutException silent) {
        return isBlocked()
                ? new RabbitTransportException(Reason.BLOCKED, broker.blockedSentence(), silent)
                : new RabbitTransportException(
                        Reason.NO_ANSWER,
                        broker.address() + " has not confirmed within " + broker.timeout()
                                + "; whether the events are there is not known",
                        silent);
    }

    // What the client calls back.

    @Override
    public void confirmed(PublishingSession from, long number, boolean multiple, boolean accepted) {
        notes.add(new Note.Confirmed(from, number, multiple, accepted));
    }

    @Override
    public void returned(PublishingSession from, long number) {
        notes.add(new Note.Returned(from, number));
    }

    @Override
    public void unblocked() {
        notes.add(new Note.Wake());
    }

    @Override
    public void closed(PublishingSession from, Throwable cause) {
        notes.add(new Note.Closed(from, cause));
    }

    // What the thread does.

    private void run() {
        try {
            while (!closed) {
                Note note = notes.poll(patienceMillis(), TimeUnit.MILLISECONDS);
                try {
                    for (; note != null; note = notes.poll()) {
                        take(note);
                    }
                    step();
                } catch (RuntimeException | Error failure) { // also of memory: nobody else would go on publishing
                    LOG.error("publishing to {} failed; beginning anew", broker.address(), failure);
                    rest(failure);
                }
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
        end();
    }

    private long patienceMillis() {
        if (waitingForLock) {
            return SOON_MILLIS;
        }
        PublishingSession current = session;
        if (current == null) {
            return trouble != null ? RETRY_MILLIS : Long.MAX_VALUE;
        }
        return current.isAwaitingAnswers() ? broker.timeout().toMillis() / 2 : Long.MAX_VALUE;
    }

    private void step() {
        failIfSilent();
        while (!waiting.isEmpty() && waiting.element().isDone()) {
            waiting.remove(); // nobody waits for it any more
        }
        boolean toConnect = session == null && (!waiting.isEmpty() || trouble != null || waitingForLock);
        if (!toConnect && waiting.isEmpty()) {
            return;
        }
        if (toConnect && isResting()) {
            return;
        }
        try {
            PublishingSession current = toConnect ? connect() : session;
            while (current != null && !waiting.isEmpty() && hasRoom(current)) {
                publishRound(current);
            }
        } catch (IOException | RuntimeException failure) {
            rest(failure);
        }
    }

    private void rest(Throwable failure) {
        failAll(broker.translate(failure));
        restUntil = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SOON_MILLIS);
    }

    /// Whether the last attempt to connect failed a moment ago. Who tries again at once is told again at once, and
    /// that must not put the next attempt off.
    private boolean isResting() {
        RabbitTransportException last = trouble;
        if (last == null || System.nanoTime() - restUntil >= 0) {
            return false;
        }
        waiting.forEach(each -> each.fail(new RabbitTransportException(last.reason(), last.sentence(), null)));
        waiting.clear();
        return true;
    }

    private boolean hasRoom(PublishingSession current) {
        return !broker.isBlocked(current.connection) && pending.size() < MAX_UNCONFIRMED;
    }

    private void take(Note note) {
        switch (note) {
            case Note.Send send -> waiting.add(send.outgoing);
            case Note.Confirmed word when word.session == session -> confirmed(word);
            case Note.Returned word when word.session == session -> word.session.returned(word.number);
            case Note.Closed end when end.session == session -> failAll(broken(end.cause));
            case Note.Confirmed _,
                    Note.Returned _,
                    Note.Closed _,
                    Note.Wake _ -> {} // of a connection before, or to look
        }
    }

    /// What a silent connection had under way has an unknown outcome.
    private void failIfSilent() {
        PublishingSession current = session;
        if (current != null
                && !broker.isBlocked(current.connection)
                && current.isSilent(System.nanoTime(), broker.timeout())) {
            failAll(new RabbitTransportException(
                    Reason.NO_ANSWER, "no answer from " + broker.address() + " within " + broker.timeout(), null));
        }
    }

    private RabbitTransportException broken(Throwable cause) {
        RabbitTransportException said = broker.translate(cause);
        String sentence = "the connection to " + broker.address()
                + " broke before the events were confirmed; whether they are there is not known";
        return switch (said.reason()) {
            case NOT_PERMITTED, NOT_TRUSTED, UNSUITABLE, GONE ->
                new RabbitTransportException(said.reason(), sentence + ": " + said.sentence(), cause);
            case UNREACHABLE, NO_ANSWER, BLOCKED, REFUSED, CLOSED ->
                new RabbitTransportException(Reason.NO_ANSWER, sentence, cause);
        };
    }

    private void confirmed(Note.Confirmed word) {
        for (Pending each : word.session.take(word.number, word.multiple)) {
            Identity identity = each.message.identity();
            boolean last = each.isAnswered();
            if (pending.get(identity) != each) {
                continue; // it was refused before
            }
            if (!word.accepted) {
                refuse(
                        each,
                        "refused " + identity + ": a queue for " + each.message.routingKey()
                                + " is full or not available");
            } else if (last && each.returned) {
                word.session.announced.clear(); // so that what is missing is declared again
                refuse(each, "has no queue for the history of " + each.message.routingKey() + " of " + identity);
            } else if (last) {
                pending.remove(identity);
                confirmed.add(identity.source(), identity.id());
                each.confirmed();
            }
        }
    }

    private void refuse(Pending event, String why) {
        pending.remove(event.message.identity());
        event.fail(new RabbitTransportException(Reason.REFUSED, broker.address() + " " + why, null));
    }

    /// Publishes what several senders wait for together, as far as there is room.
    private void publishRound(PublishingSession current) throws IOException {
        List<Pending> round = new ArrayList<>();
        while (!waiting.isEmpty() && round.size() < ROUND) {
            Outgoing next = waiting.element();
            if (!next.isDone()) {
                add(current, next, round);
            }
            waiting.remove();
        }
        current.publish(round);
    }

    private void add(PublishingSession current, Outgoing outgoing, List<Pending> round) throws IOException {
        for (Message message : outgoing.messages()) {
            if (!current.announced.contains(message.domain())) {
                announce(current, message.domain());
            }
        }
        for (int index = 0; index < outgoing.messages().size(); index++) {
            Message message = outgoing.messages().get(index);
            Identity identity = message.identity();
            Pending underWay = pending.get(identity);
            if (underWay != null) {
                outgoing.duplicate(index);
                underWay.await(outgoing);
            } else if (confirmed.contains(identity.source(), identity.id())) {
                outgoing.duplicate(index);
            } else {
                if (recalled.contains(identity.source(), identity.id())) {
                    outgoing.duplicate(index);
                }
                Pending now = new Pending(message);
                now.await(outgoing);
                pending.put(identity, now);
                round.add(now);
            }
        }
        outgoing.completeIfConfirmed();
    }

    /// A domain's history must be there before its first event, and everybody must know of the domain, so that
    /// no group misses anything.
    private void announce(PublishingSession current, String domain) throws IOException {
        Channel channel = broker.channel(current.connection);
        try {
            topology.declareDomain(channel, domain);
        } finally {
            Broker.abandon(channel);
        }
        if (!registry.domains().contains(domain)) {
            registry.addDomain(current.connection, domain);
        }
        if (!recalledDomains.contains(domain)) {
            recall(current.connection, domain);
            recalledDomains.add(domain);
        }
        current.announced.add(domain);
    }

    private void recall(Connection asked, String domain) throws IOException {
        int[] read = {0};
        LOG.debug("reading the latest events of {}", domain);
        history.readLast(asked, topology.history(domain), remembered, kept -> {
            Identity identity = kept.identity();
            if (identity != null) {
                recalled.add(identity.source(), identity.id());
                read[0]++;
            }
        });
        LOG.debug("{} events of {} were read", read[0], domain);
    }

    /// A session, or null while the connection before is still there.
    private @Nullable PublishingSession connect() throws IOException {
        Connection made = connection;
        if (made == null || !made.isOpen()) {
            made = broker.connect("publisher");
            connection = made;
        }
        waitingForLock = !lock(made);
        if (waitingForLock) {
            return null;
        }
        Channel channel = broker.channel(made);
        topology.declareCommon(channel);
        for (String domain : List.copyOf(toRecall)) {
            topology.declareDomain(channel, domain);
            recall(made, domain);
            toRecall.remove(domain);
        }
        PublishingSession begun = new PublishingSession(made, channel, topology, eventsPerMessage, this);
        session = begun;
        trouble = null;
        return begun;
    }

    private boolean lock(Connection asking) throws IOException {
        Channel channel = broker.channel(asking);
        try {
            channel.queueDeclare(topology.publisher(id), false, true, false, Map.of());
            return true;
        } catch (IOException | ShutdownSignalException failure) {
            if (Broker.refusedWith(AMQP.RESOURCE_LOCKED, failure)) {
                return false;
            }
            throw failure;
        } finally {
            Broker.abandon(channel);
        }
    }

    private void failAll(RabbitTransportException failure) {
        LOG.debug("what is under way has failed", failure);
        trouble = failure;
        session = null;
        Connection ended = connection;
        connection = null;
        waitingForLock = false;
        if (ended != null) {
            Broker.abandon(ended);
        }
        pending.values().forEach(each -> {
            toRecall.add(each.message.domain());
            each.fail(failure);
        });
        pending.clear();
        waiting.forEach(each -> each.fail(failure));
        waiting.clear();
    }

    private RabbitTransportException closedFailure() {
        return new RabbitTransportException(Reason.CLOSED, "the transport to " + broker.address() + " is closed", null);
    }

    private void end() {
        failAll(closedFailure());
        for (Note note = notes.poll(); note != null; note = notes.poll()) {
            if (note instanceof Note.Send(Outgoing outgoing)) {
                outgoing.fail(closedFailure());
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        notes.add(new Note.Wake());
        try {
            if (!thread.join(broker.timeout())) {
                thread.interrupt();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
