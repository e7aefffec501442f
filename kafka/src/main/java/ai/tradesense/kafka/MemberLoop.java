package ai.tradesense.kafka;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Delivery;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps one member of a group going, in a thread of its own that never stops polling: handlers may take as long as
/// they like, and a partition of which enough was fetched pauses. A [Membership] that fails is followed by another.
final class MemberLoop {
    private static final Duration AFTER_FAILURE = Duration.ofMillis(500);
    private static final Duration MAX_JOIN = Duration.ofMillis(1_500);
    private static final Logger LOG = LoggerFactory.getLogger(MemberLoop.class);

    private final KafkaTransport transport;
    private final KafkaSubscription subscription;
    private final Places places;
    private final String group;
    private final @Nullable TransactionSource transactionSource;
    private final Thread thread;
    private final CountDownLatch joined = new CountDownLatch(1);
    private volatile Membership membership;
    private volatile boolean closed;
    private volatile @Nullable KafkaTransportException failure;
    private @Nullable String instance; // of the thread

    /// @param transactionSource of transactions in which positions are committed; null if they are by themselves
    /// @throws KafkaTransportException if Kafka refuses
    MemberLoop(
            KafkaTransport transport,
            KafkaSubscription subscription,
            Map<TopicPartition, Long> startOffsets,
            @Nullable TransactionSource transactionSource) {
        this.transport = transport;
        this.subscription = subscription;
        this.group = subscription.membership().group();
        this.places = new Places(startOffsets, transport.partitioning());
        this.transactionSource = transactionSource;
        this.instance = transport.settings().instance();
        try {
            this.membership = newMembership();
        } catch (KafkaException refused) {
            throw KafkaTransportException.of(refused, transport.settings().servers());
        }
        this.thread = Thread.ofPlatform().daemon(true).name("kafka-" + group).unstarted(this::run);
    }

    private Membership newMembership() {
        Transactions transactions = transactionSource == null ? null : transactionSource.begin();
        try {
            KafkaConsumer<byte[], byte[]> consumer = transport.newMember(group, instance);
            return new Membership(
                    transport, subscription, places, consumer, transactions, () -> closed, joined::countDown);
        } catch (RuntimeException refused) {
            if (transactions != null) {
                transactions.close();
            }
            throw refused;
        }
    }

    // What others call.

    /// Begins, and waits for partitions for a short while, if there are any topics.
    void start() {
        boolean work = !transport.topicsOf(subscription.membership()).isEmpty();
        thread.start();
        if (work) {
            try {
                if (!joined.await(MAX_JOIN.toMillis(), TimeUnit.MILLISECONDS)) {
                    LOG.debug("{} has no partition yet", group);
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Something was settled, so that there is something to commit. Does not wait.
    void settled() {
        membership.commits().want(System.nanoTime());
    }

    /// These were settled, to be committed in a transaction. Does not wait.
    void settle(Collection<Delivery> done) {
        transactions().settle(done);
        settled();
    }

    /// A delivery has caused events, to be published in the transaction that commits it.
    void caused(Delivery delivery, List<DomainEvent> events) {
        transactions().caused(delivery, events);
    }

    private Transactions transactions() {
        return Objects.requireNonNull(membership.transactions(), "the member publishes in no transactions");
    }

    void topicsChanged() {
        LockSupport.unpark(thread);
    }

    /// Whether the session may be over without a word from Kafka.
    boolean hasLapsed() {
        return membership.commits().hasLapsed(System.nanoTime());
    }

    /// Whether nothing should begin, because what is done with cannot be committed.
    boolean isBehind() {
        return membership.commits().isBehind(System.nanoTime());
    }

    /// What went wrong since this was asked last; null if nothing did.
    @Nullable
    KafkaTransportException takeFailure() {
        KafkaTransportException taken = failure;
        if (taken != null) {
            failure = null;
        }
        return taken;
    }

    /// Commits what is done with and leaves.
    void close() {
        closed = true;
        LockSupport.unpark(thread);
        membership.wake();
        try {
            thread.join(transport.settings().timeout().multipliedBy(2));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // What the thread does.

    private void run() {
        while (!closed) {
            try {
                membership.step();
            } catch (WakeupException closing) {
                LOG.debug("{} is woken", group);
            } catch (InterruptException interrupted) {
                closed = true;
            } catch (RuntimeException | Error trouble) { // also an error is no reason to be no member any more
                tell(trouble);
                membership.abandon();
                subscription.signal();
                joinAnew();
            }
        }
        membership.leave();
    }

    /// Tries until it can: the name of a broker may not be known for a while, or a certificate be missing.
    private void joinAnew() {
        for (boolean again = true; again && !closed; ) {
            LockSupport.parkNanos(AFTER_FAILURE.toNanos());
            try {
                membership = newMembership();
                again = false;
            } catch (RuntimeException | Error refused) {
                tell(refused);
                subscription.signal();
            }
        }
    }

    /// A name that another process has is left to it, or each would put the other out of the group for ever.
    private void tell(Throwable trouble) {
        if (KafkaTransportException.isCausedBy(trouble, FencedInstanceIdException.class)) {
            LOG.error("another process is called {} in {}, too; this one goes on without a name", instance, group);
            instance = null;
        }
        KafkaTransportException told =
                KafkaTransportException.of(trouble, transport.settings().servers());
        LOG.error("{} joins again", group, told);
        failure = told;
    }
}
