package ai.tradesense.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One consumer's time in a group, from when it joins until it leaves or fails; a consumer that failed is not used
/// again. It fetches, is told by Kafka which partitions come and go, and commits what is done with.
///
/// **It is a lease.** Kafka takes partitions from a member that was silent for the length of its session, and tells
/// it when it is heard again. To know before, the member counts the length of its session from when it sent the
/// last commit that was accepted: a commit begins the session anew, at the coordinator later than here. So it
/// commits several times within a session, even if nothing has changed, and one whose commits are not answered
/// gives its partitions up no later than another can have them.
///
/// For use by the member's thread, but for [#commits], [#transactions] and [#wake].
final class Membership implements ConsumerRebalanceListener {
    private static final Duration WHILE_BUSY = Duration.ofMillis(5);
    private static final Duration WHILE_IDLE = Duration.ofMillis(100);
    private static final Duration MAX_DRAIN = Duration.ofSeconds(5);
    private static final int MAX_ATTEMPTS = 3; // of a last commit, if it is woken
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    private final KafkaTransport transport;
    private final KafkaSubscription subscription;
    private final String group;
    private final Duration lease;
    private final Duration answer;
    private final Consumer<byte[], byte[]> consumer;
    private final @Nullable Transactions transactions;
    private final BooleanSupplier closing;
    private final Runnable joined;
    private final CommitState commits;
    private final OwnPartitions partitions;
    private final Committer committer;
    private Set<String> topics = Set.of();
    private boolean ended;

    /// @param transactions in which positions are committed; null if they are by themselves
    /// @param closing whether nothing more should be waited for
    /// @param joined is told when the member has got partitions
    Membership(
            KafkaTransport transport,
            KafkaSubscription subscription,
            Places places,
            Consumer<byte[], byte[]> consumer,
            @Nullable Transactions transactions,
            BooleanSupplier closing,
            Runnable joined) {
        this.transport = transport;
        this.subscription = subscription;
        this.group = subscription.membership().group();
        this.lease = transport.settings().lease();
        this.answer = transport.properties().request();
        this.consumer = consumer;
        this.transactions = transactions;
        this.closing = closing;
        this.joined = joined;
        this.commits = transactions == null
                ? new CommitState(lease, System.nanoTime())
                : CommitState.inTransactions(lease, System.nanoTime());
        this.partitions = new OwnPartitions(subscription, consumer, places);
        this.committer = new Committer(group, consumer, partitions, commits, transactions);
    }

    CommitState commits() {
        return commits;
    }

    /// Null if positions are committed by themselves.
    @Nullable
    Transactions transactions() {
        return transactions;
    }

    void wake() {
        consumer.wakeup();
    }

    /// @throws RuntimeException if the consumer is of no use any more
    void step() {
        if (!followTopics()) {
            rest(WHILE_IDLE);
            return;
        }
        giveUpLapsed();
        place();
        partitions.pauseAndResume();
        partitions.take(poll());
        committer.commit();
        if (commits.catchesUp(System.nanoTime())) {
            subscription.signal();
        }
    }

    /// @return whether there are any
    private boolean followTopics() {
        Set<String> wanted = transport.topicsOf(subscription.membership());
        if (!wanted.equals(topics)) {
            consumer.subscribe(wanted, this);
            topics = wanted;
        }
        return !topics.isEmpty();
    }

    /// Waits, unless it is woken.
    private void rest(Duration atMost) {
        if (!closing.getAsBoolean()) {
            LockSupport.parkNanos(atMost.toNanos());
        }
    }

    /// [KafkaSubscription#poll] ends assignments when the lease is over.
    private void giveUpLapsed() {
        for (Assignment assignment : List.copyOf(partitions.assignments())) {
            if (assignment.hasEnded() || commits.hasLapsed(System.nanoTime())) {
                LOG.warn("{} of {} is given up: no commit was accepted for {}", assignment.partition(), group, lease);
                partitions.giveUp(assignment);
            }
        }
    }

    /// Finds out where to read on. While it has other partitions, it asks again rather than wait for so long that it
    /// could not commit for those.
    private void place() {
        Duration patience = partitions.hasNone() ? answer : least(answer, lease.dividedBy(10));
        try {
            partitions.passGaps(patience);
            if (!partitions.areAllPlaced()) {
                Map<TopicPartition, Assignment> found = partitions.find(patience);
                committer.claim(found, patience);
                partitions.begin(found);
                joined.run();
            }
        } catch (RetriableException | CommitFailedException | RebalanceInProgressException notNow) {
            LOG.debug("{} cannot place its partitions yet", group, notNow);
        }
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private ConsumerRecords<byte[], byte[]> poll() {
        try {
            return consumer.poll(commits.isBusy() || partitions.areBusy() ? WHILE_BUSY : WHILE_IDLE);
        } catch (OffsetOutOfRangeException gone) {
            gone.offsetOutOfRangePartitions().forEach(partitions::foundNothing);
            return ConsumerRecords.empty();
        }
    }

    // Told by the consumer while it polls or closes.

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
        partitions.add(assigned);
    }

    /// What is under way may end, and is committed.
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
        List<Assignment> held = partitions.hold(revoked);
        drain(held);
        held.forEach(subscription::lose);
        boolean committed = false;
        for (int attempt = 1; !committed && attempt <= MAX_ATTEMPTS; attempt++) {
            committed = committer.commitLast(held, answer);
        }
        if (!committed) {
            LOG.warn("{} could not commit {} before they were taken; what was done comes again", group, held);
        }
        remove(revoked);
    }

    private void drain(List<Assignment> held) {
        long until = System.nanoTime() + least(lease.dividedBy(2), MAX_DRAIN).toNanos();
        while (!closing.getAsBoolean()
                && System.nanoTime() < until
                && held.stream().anyMatch(each -> !each.hasEnded() && each.outstanding() > 0)) {
            rest(WHILE_BUSY);
            committer.apply();
        }
    }

    /// Somebody else may have them already.
    @Override
    public void onPartitionsLost(Collection<TopicPartition> lost) {
        remove(lost);
    }

    private void remove(Collection<TopicPartition> gone) {
        partitions.remove(gone);
        if (transactions != null) {
            transactions.forgetEnded();
        }
    }

    // The end.

    /// Commits what is done with and leaves, unless it has ended. While a group shares its work anew, no commit is
    /// accepted.
    void leave() {
        if (ended) {
            return;
        }
        committer.apply();
        partitions.assignments().forEach(subscription::lose);
        long until = System.nanoTime() + answer.toNanos();
        try {
            while (!committer.commitLast(partitions.assignments(), answer) && System.nanoTime() < until) {
                pollOnTheWayOut();
            }
        } catch (RuntimeException failed) {
            LOG.warn("{} could not commit; what was done comes again", group, failed);
        }
        close();
    }

    private void pollOnTheWayOut() {
        try {
            ConsumerRecords<byte[], byte[]> _ = consumer.poll(WHILE_BUSY);
        } catch (WakeupException | OffsetOutOfRangeException closed) {
            LOG.debug("{} is leaving", group);
        }
    }

    /// Ends after a failure. What is done with is committed if that can still be done, in one attempt: Kafka accepts
    /// nothing for partitions that somebody else has. Of transactions nobody knows how far they are.
    void abandon() {
        List<Assignment> last = List.copyOf(partitions.assignments());
        partitions.removeAll();
        if (transactions == null && !commits.hasLapsed(System.nanoTime())) {
            commitAfterFailure(last);
        }
        close();
    }

    private void commitAfterFailure(List<Assignment> last) {
        try {
            if (!committer.commitLast(last, least(answer, lease.dividedBy(10)))) {
                LOG.warn("{} could not commit {} after a failure; what was done comes again", group, last);
            }
        } catch (RuntimeException | Error failed) {
            LOG.warn("{} could not commit {} after a failure; what was done comes again", group, last, failed);
        }
    }

    private void close() {
        ended = true;
        try {
            consumer.close(CloseOptions.timeout(answer));
        } catch (RuntimeException | Error failed) { // a failure on the way out ends nothing else
            LOG.debug("{} could not leave in order", group, failed);
        }
        if (transactions != null) {
            transactions.close();
        }
    }
}
