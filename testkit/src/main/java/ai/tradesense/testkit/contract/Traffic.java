package ai.tradesense.testkit.contract;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Publishers and consumers that go on whatever happens, as those of an application would, and a book of what
/// was sent and what came.
///
/// A publisher repeats what failed until it is there, in order. A consumer settles what it gets and polls
/// again after a failure. The book knows sets of ids: what was lost, what came that nobody sent, what came
/// twice to the same assignment of a partition, and which subjects came out of order.
public final class Traffic implements AutoCloseable {
    private static final int SUBJECTS = 8;
    private static final int BATCH = 5;
    private static final long BETWEEN_BATCHES_NANOS = 500_000;
    private static final long AFTER_FAILURE_NANOS = 20_000_000;
    private static final String GROUP = "readers";

    private final EventFactory events;
    private final Duration patience;
    private final AtomicBoolean publishing = new AtomicBoolean(true);
    private final AtomicBoolean consuming = new AtomicBoolean(true);
    private final List<Thread> publishers = new ArrayList<>();
    private final List<Consumer> consumers = new CopyOnWriteArrayList<>();
    private final AtomicInteger publishFailures = new AtomicInteger();
    private final Book book = new Book();

    /// Of events that nobody else sends.
    ///
    /// @param patience how long anything may take
    public Traffic(Duration patience) {
        this(new EventFactory(), patience);
    }

    Traffic(EventFactory events, Duration patience) {
        this.events = events;
        this.patience = patience;
    }

    /// Begins to publish events of subjects of its own.
    public void publish(Transport transport) {
        int publisher = publishers.size();
        publishers.add(Thread.ofPlatform()
                .daemon(true)
                .name("publisher-" + publisher)
                .start(() -> {
                    for (int number = 0; publishing.get(); number++) {
                        publish(transport, publisher, number);
                        LockSupport.parkNanos(BETWEEN_BATCHES_NANOS);
                    }
                }));
    }

    private void publish(Transport transport, int publisher, int number) {
        List<DomainEvent> batch = new ArrayList<>(BATCH);
        for (int each = 0; each < BATCH; each++) {
            batch.add(events.order("account-" + publisher + "-" + (number * BATCH + each) % SUBJECTS));
        }
        book.attempted(batch);
        boolean sent = false;
        while (!sent && !Thread.interrupted()) {
            try {
                transport.send(batch);
                book.sent(batch);
                sent = true;
            } catch (TransportException failure) {
                publishFailures.incrementAndGet();
                LockSupport.parkNanos(AFTER_FAILURE_NANOS);
            }
        }
    }

    /// Begins to consume for the group.
    public Consumer consume(Transport transport) {
        Consumer consumer = new Consumer(transport);
        consumers.add(consumer);
        consumer.thread.start();
        return consumer;
    }

    /// Waits until so many more events were sent, and came.
    public void flows(int more) {
        int sent = book.countSent() + more;
        int processed = book.countProcessed() + more;
        Expect.soon(more + " more events", patience, () -> {
            failIfConsumerFailed();
            return book.countSent() >= sent && book.countProcessed() >= processed;
        });
    }

    /// Waits until a publisher was refused or left without an answer.
    void awaitPublishFailure() {
        int before = publishFailures.get();
        Expect.soon("a publisher that fails", patience, () -> publishFailures.get() > before);
    }

    /// Publishes no more, waits until all has come, and asserts that it came as it should.
    public void endAndCheck() throws InterruptedException {
        publishing.set(false);
        for (Thread publisher : publishers) {
            if (!publisher.join(patience)) {
                publisher.interrupt();
                throw new AssertionError("a publisher did not come to an end within " + patience);
            }
        }
        try {
            Expect.soon("all that was sent", patience, () -> {
                failIfConsumerFailed();
                return book.lost().isEmpty();
            });
        } catch (RuntimeException missing) {
            throw new AssertionError(book.describe(), missing);
        }
        Expect.soon("a lag of 0", patience, () -> consumers.stream().anyMatch(Consumer::hasNoLag));
        consuming.set(false);
        for (Consumer consumer : consumers) {
            consumer.end();
        }
        failIfConsumerFailed();
        book.check();
    }

    /// How many deliveries came although their event had come before.
    int redelivered() {
        return book.redelivered();
    }

    private void failIfConsumerFailed() {
        for (Consumer consumer : consumers) {
            Throwable failure = consumer.failure;
            if (failure != null) {
                throw new AssertionError("a consumer failed: " + failure, failure);
            }
        }
    }

    @Override
    public void close() {
        publishing.set(false);
        consuming.set(false);
        publishers.forEach(Thread::interrupt);
        consumers.forEach(consumer -> consumer.thread.interrupt());
    }

    /// One member of the group.
    public final class Consumer {
        private final Subscription subscription;
        private final Thread thread;
        private final Map<Partition, Set<String>> assignments = new HashMap<>();
        private final AtomicInteger losses = new AtomicInteger();
        private final AtomicInteger owned = new AtomicInteger();
        private volatile boolean leaving;
        private volatile @Nullable Throwable failure;

        private Consumer(Transport transport) {
            this.subscription = transport.subscribe(
                    new GroupMembership(GROUP, Set.of(), StartFrom.BEGINNING, TransportSuite.MAX_IN_FLIGHT), () -> {});
            this.thread = Thread.ofPlatform()
                    .daemon(true)
                    .name("consumer-" + consumers.size())
                    .unstarted(() -> run(transport));
        }

        private void run(Transport transport) {
            while (consuming.get() && !leaving && !Thread.interrupted()) {
                try {
                    if (!poll(transport)) {
                        LockSupport.parkNanos(BETWEEN_BATCHES_NANOS);
                    }
                } catch (TransportException trouble) {
                    LockSupport.parkNanos(AFTER_FAILURE_NANOS);
                } catch (RuntimeException | AssertionError wrong) {
                    failure = wrong;
                    return;
                }
            }
        }

        private boolean poll(Transport transport) {
            Poll poll = subscription.poll(100);
            losses.addAndGet(poll.lost().size());
            poll.lost().forEach(assignments::remove);
            poll.assigned().forEach(partition -> assignments.put(partition, new HashSet<>()));
            owned.set(assignments.size());
            for (Delivery delivery : poll.deliveries()) {
                DomainEvent event = Member.eventOf(delivery);
                Partition partition = transport.partitionOf(event.type().domain(), event.subject());
                Set<String> seen = assignments.get(partition);
                if (seen == null) {
                    throw new AssertionError(event + " came of " + partition + ", which is not assigned");
                }
                book.processed(event, !seen.add(event.id()));
            }
            subscription.settle(poll.deliveries());
            return !poll.deliveries().isEmpty();
        }

        /// How many partitions it was told it has lost.
        int losses() {
            return losses.get();
        }

        /// How many partitions it has.
        int owned() {
            return owned.get();
        }

        private boolean hasNoLag() {
            try {
                return subscription.lag() == 0;
            } catch (TransportException unreachable) {
                return false;
            }
        }

        /// Leaves the group, having settled what it got.
        void leave() throws InterruptedException {
            leaving = true;
            end();
            failIfConsumerFailed();
            consumers.remove(this);
        }

        private void end() throws InterruptedException {
            if (!thread.join(patience)) {
                throw new AssertionError("a consumer did not come to an end within " + patience);
            }
            subscription.close();
        }
    }

    /// What was sent and what came.
    private static final class Book {
        private final Map<String, String> subjectOf = new HashMap<>();
        private final Map<String, List<String>> sentBySubject = new LinkedHashMap<>();
        private final Map<String, List<String>> processedBySubject = new HashMap<>();
        private final Set<String> sent = new LinkedHashSet<>();
        private final Set<String> processed = new HashSet<>();
        private final Set<String> unexpected = new LinkedHashSet<>();
        private final Set<String> twice = new LinkedHashSet<>();
        private int redelivered;

        synchronized void attempted(List<DomainEvent> batch) {
            for (DomainEvent event : batch) {
                subjectOf.put(event.id(), event.subject());
                sentBySubject
                        .computeIfAbsent(event.subject(), subject -> new ArrayList<>())
                        .add(event.id());
            }
        }

        synchronized void sent(List<DomainEvent> batch) {
            batch.forEach(event -> sent.add(event.id()));
        }

        synchronized void processed(DomainEvent event, boolean inSameAssignment) {
            if (!subjectOf.containsKey(event.id())) {
                unexpected.add(event.id());
            } else if (processed.add(event.id())) {
                processedBySubject
                        .computeIfAbsent(event.subject(), subject -> new ArrayList<>())
                        .add(event.id());
            } else {
                redelivered++;
                if (inSameAssignment) {
                    twice.add(event.id());
                }
            }
        }

        synchronized int countSent() {
            return sent.size();
        }

        synchronized int countProcessed() {
            return processed.size();
        }

        synchronized int redelivered() {
            return redelivered;
        }

        synchronized Set<String> lost() {
            Set<String> lost = new LinkedHashSet<>(sent);
            lost.removeAll(processed);
            return lost;
        }

        synchronized String describe() {
            Set<String> lost = lost();
            return lost.size() + " of " + sent.size() + " events were lost: "
                    + lost.stream().limit(20).toList();
        }

        /// Events of a subject come in the order of sending; one whose sending was given up may be missing.
        synchronized void check() {
            if (!lost().isEmpty() || !unexpected.isEmpty() || !twice.isEmpty() || sent.isEmpty()) {
                throw new AssertionError(
                        describe() + "; unexpected: " + unexpected + "; twice in one assignment: " + twice);
            }
            processedBySubject.forEach((subject, came) -> {
                List<String> expected = new ArrayList<>(sentBySubject.getOrDefault(subject, List.of()));
                expected.retainAll(new HashSet<>(came));
                if (!expected.equals(came)) {
                    throw new AssertionError(subject + " came out of order: expected " + expected + ", found " + came);
                }
            });
        }
    }
}
