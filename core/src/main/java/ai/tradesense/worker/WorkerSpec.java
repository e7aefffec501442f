package ai.tradesense.worker;

import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.parking.Followers;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.retry.FailurePolicy;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.TransactionalTransport;
import ai.tradesense.transport.Transport;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a worker said of itself when it was registered, checked.
record WorkerSpec(
        EventWorker worker,
        String name,
        String group,
        TypeFilter filter,
        FailurePolicy failurePolicy,
        Followers followers,
        BreakerPolicy breakerPolicy,
        int concurrency,
        StartFrom startFrom,
        boolean isReplayable,
        boolean isTransactional) {
    /// More lanes than this help nobody.
    static final int MAX_CONCURRENCY = 1_024;

    /// An event that waits longer than this for others is not taken.
    private static final Duration MAX_BATCH_AGE = Duration.ofDays(1);

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    /// Asks a worker.
    ///
    /// @throws IllegalArgumentException saying what of it cannot be
    static WorkerSpec of(EventWorker worker) {
        String name = worker.workerName();
        requireName("the worker's name", name);
        String group = worker.consumerGroup();
        requireName("the consumer group of worker '" + name + "'", group);
        if (worker.isTransactional() && worker instanceof BatchWorker) {
            throw new IllegalArgumentException("worker '" + name
                    + "' is transactional and processes batches, expected one that processes event by event");
        }
        if (worker instanceof BatchWorker batches) {
            requireBatches(name, batches);
        }
        return new WorkerSpec(
                worker,
                name,
                group,
                filterOf(name, worker.subscribesTo()),
                require(name, "failurePolicy", worker.failurePolicy()),
                require(name, "followersOfDeadLetters", worker.followersOfDeadLetters()),
                require(name, "circuitBreaker", worker.circuitBreaker()),
                requireConcurrency(name, worker.concurrency()),
                require(name, "startFrom", worker.startFrom()),
                worker.isReplayable(),
                worker.isTransactional());
    }

    /// Joins the worker's group.
    ///
    /// @throws IllegalArgumentException if the worker is transactional and the transport is not
    Subscription join(Transport transport, int maxInFlight, Runnable signal, WorkerMeters meters) {
        GroupMembership membership = new GroupMembership(group, filter.domains(), startFrom, maxInFlight);
        if (!isTransactional) {
            return transport.subscribe(membership, signal);
        }
        if (transport instanceof TransactionalTransport transactional) {
            return transactional.subscribeTransactionally(membership, signal, meters::published);
        }
        throw new IllegalArgumentException("worker '" + name
                + "' is transactional, and what is published on '" + transport.name()
                + "' cannot become durable together with a position; register it without");
    }

    /// The types that a worker wants.
    ///
    /// @throws IllegalArgumentException naming the worker, and a pattern that can match no type
    static TypeFilter filterOf(String name, Set<String> patterns) {
        try {
            return TypeFilter.of(patterns);
        } catch (InvalidEventException wrong) {
            throw new IllegalArgumentException("worker '" + name + "' cannot subscribe: " + wrong.problem(), wrong);
        }
    }

    static int requireConcurrency(String name, int concurrency) {
        if (concurrency < 1 || concurrency > MAX_CONCURRENCY) {
            throw new IllegalArgumentException("the concurrency of worker '" + name + "' is " + concurrency
                    + ", expected 1 to " + MAX_CONCURRENCY);
        }
        return concurrency;
    }

    private static void requireBatches(String name, BatchWorker worker) {
        Duration age = require(name, "maxBatchAge", worker.maxBatchAge());
        if (age.isNegative() || age.compareTo(MAX_BATCH_AGE) > 0) {
            throw new IllegalArgumentException(
                    "the maxBatchAge of worker '" + name + "' is " + age + ", expected zero to " + MAX_BATCH_AGE);
        }
    }

    /// A worker is written by somebody else, who may have forgotten something.
    private static <T> T require(String name, String what, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException("the " + what + " of worker '" + name + "' is null");
        }
        return value;
    }

    /// A worker is written by somebody else, who may have forgotten its name.
    private static void requireName(String what, @Nullable String name) {
        if (name == null || !NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(what + " is " + (name == null ? "null" : "'" + name + "'")
                    + ", expected 1 to 100 letters, digits, '-', '_' or '.', the first a letter or digit");
        }
    }
}
