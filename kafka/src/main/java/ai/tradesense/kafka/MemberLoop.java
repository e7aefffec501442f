package ai.tradesense.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Fetches for one member of a group and commits what is done with, in a thread of its own that never stops
/// polling: handlers may take as long as they like, and a partition of which enough was fetched pauses.
///
/// **Membership is a lease.** Kafka takes partitions from a member that was silent for the length of its session,
/// and tells it when it is heard again. To know before, the member counts the length of its session from when it
/// sent the last commit that was accepted: a commit begins the session anew, at the coordinator later than here. So
/// it commits several times within a session, even if nothing has changed, and one whose commits are not answered
/// gives its partitions up no later than another can have them.
final class MemberLoop implements ConsumerRebalanceListener {
    private static final Duration WHILE_BUSY = Duration.ofMillis(5);
    private static final Duration WHILE_IDLE = Duration.ofMillis(100);
    private static final Duration AFTER_FAILURE = Duration.ofMillis(500);
    private static final Duration MAX_DRAIN = Duration.ofSeconds(5);
    private static final Duration MAX_JOIN = Duration.ofMillis(1_500);
    private static final Logger LOG = LoggerFactory.getLogger(MemberLoop.class);

    private final KafkaTransport transport;
    private final KafkaSubscription subscription;
    private final Places places;
    private final String group;
    private final Duration lease;
    private final Duration answer;
    private final Thread thread;
    private final CountDownLatch joined = new CountDownLatch(1);
    private final CommitState commits;
    private final @Nullable Transactions transactions;
    private volatile boolean closed;
    private volatile @Nullable KafkaTransportException failure;

    // Of the thread alone, but for wakeup.
    private volatile KafkaConsumer<byte[], byte[]> consumer;
    private @Nullable String instance;
    private Set<String> topics = Set.of();
    private final Map<TopicPartition, Assignment> mine = new LinkedHashMap<>();
    private final Set<TopicPartition> unplaced = new HashSet<>(); // assigned, and it is not known from where on
    private final Map<TopicPartition, Assignment> lapsed = new HashMap<>(); // should nobody else have had them
    private final Map<TopicPartition, Long> outOfRange = new HashMap<>();

    /// @param transactions in which positions are committed; null if they are by themselves
    MemberLoop(
            KafkaTransport transport,
            KafkaSubscription subscription,
            StartOffsets startOffsets,
            @Nullable Transactions transactions) {
        this.transport = transport;
        this.subscription = subscription;
        this.group = subscription.membership().group();
        this.lease = transport.settings().lease();
        this.answer = transport.properties().request();
        this.places = new Places(group, startOffsets, transport.partitioning(), answer);
        this.transactions = transactions;
        this.commits = transactions == null
                ? new CommitState(lease, System.nanoTime())
                : CommitState.inTransactions(lease, System.nanoTime());
        this.instance = transport.settings().instance();
        this.consumer = transport.newMember(group, instance);
        this.thread = Thread.ofPlatform().daemon(true).name("kafka-" + group).unstarted(this::run);
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
        commits.want(System.nanoTime());
    }

    void topicsChanged() {
        LockSupport.unpark(thread);
    }

    /// Whether the session may be over without a word from Kafka.
    boolean hasLapsed() {
        return commits.hasLapsed(System.nanoTime());
    }

    /// Whether nothing should begin, because what is done with cannot be committed.
    boolean isBehind() {
        return commits.isBehind(System.nanoTime());
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
        consumer.wakeup();
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
                step();
            } catch (WakeupException closing) {
                LOG.debug("{} is woken", group);
            } catch (OffsetOutOfRangeException gone) {
                gone.offsetOutOfRangePartitions().forEach(this::displace);
            } catch (InterruptException interrupted) {
                closed = true;
            } catch (RuntimeException trouble) {
                beginAnew(trouble);
            }
        }
        leave();
    }

    private void step() {
        if (!followTopics()) {
            rest(WHILE_IDLE);
            return;
        }
        giveUpLapsed();
        place();
        pauseAndResume();
        take(consumer.poll(isBusy() ? WHILE_BUSY : WHILE_IDLE));
        commit();
        if (commits.catchesUp(System.nanoTime())) {
            subscription.signal();
        }
    }

    /// Waits, unless it is woken.
    private void rest(Duration atMost) {
        if (!closed) {
            LockSupport.parkNanos(atMost.toNanos());
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

    private boolean isBusy() {
        return commits.isBusy()
                || !unplaced.isEmpty()
                || mine.values().stream().anyMatch(each -> each.outstanding() > 0 || !each.hasRoom());
    }

    private void pauseAndResume() {
        Set<TopicPartition> paused = consumer.paused();
        List<TopicPartition> toPause = new ArrayList<>();
        List<TopicPartition> toResume = new ArrayList<>();
        mine.forEach((partition, assignment) -> {
            if (paused.contains(partition)) {
                if (assignment.hasMuchRoom()) {
                    toResume.add(partition);
                }
            } else if (!assignment.hasRoom()) {
                toPause.add(partition);
            }
        });
        consumer.pause(toPause);
        consumer.resume(toResume);
    }

    private void take(ConsumerRecords<byte[], byte[]> records) {
        if (records.nextOffsets().isEmpty()) {
            return;
        }
        records.nextOffsets().forEach((partition, next) -> {
            Assignment assignment = mine.get(partition);
            if (assignment != null) {
                assignment.fetched(records.records(partition), next.offset());
            }
        });
        subscription.signal();
    }

    // Where partitions are read from.

    /// Kafka has none of what comes next in a partition. If that was only to be remembered, nothing is lost.
    private void displace(TopicPartition partition, long offset) {
        Assignment assignment = mine.get(partition);
        if (assignment == null || !assignment.isPast(offset)) {
            outOfRange.put(partition, offset);
        }
        unplace(partition);
    }

    private void unplace(TopicPartition partition) {
        Assignment assignment = mine.remove(partition);
        if (assignment != null) {
            subscription.lose(assignment);
        }
        consumer.pause(List.of(partition));
        unplaced.add(partition);
    }

    /// [KafkaSubscription#poll] ends assignments when the lease is over.
    private void giveUpLapsed() {
        for (Assignment assignment : List.copyOf(mine.values())) {
            if (assignment.hasEnded() || hasLapsed()) {
                LOG.warn("{} of {} is given up: no commit was accepted for {}", assignment.partition(), group, lease);
                lapsed.put(assignment.topicPartition(), assignment);
                unplace(assignment.topicPartition());
            }
        }
    }

    /// Finds out where to read on in partitions that are new here. They are this member's if Kafka accepts a commit
    /// for them.
    private void place() {
        if (unplaced.isEmpty()) {
            return;
        }
        try {
            Map<TopicPartition, Assignment> placed = places.find(consumer, unplaced, lapsed, outOfRange);
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            placed.forEach((partition, assignment) ->
                    offsets.put(partition, assignment.position().committable()));
            long sentAt = System.nanoTime();
            consumer.commitSync(offsets, answer);
            commits.accepted(sentAt);
            placed.forEach((partition, assignment) -> {
                consumer.seek(partition, assignment.readFrom());
                mine.put(partition, assignment);
                subscription.gain(assignment);
            });
            consumer.resume(placed.keySet());
            unplaced.clear();
            lapsed.clear();
            outOfRange.clear();
            joined.countDown();
        } catch (RetriableException | CommitFailedException notNow) {
            LOG.debug("{} cannot place {} yet", group, unplaced, notNow);
        }
    }

    // Committing.

    private void commit() {
        long now = System.nanoTime();
        boolean prove = commits.mustProve(now);
        if (mine.isEmpty() || !(prove || commits.isDue(now))) {
            return;
        }
        commits.begin(now);
        commitInTransaction();
        Map<TopicPartition, OffsetAndMetadata> offsets = Assignment.uncommitted(mine.values());
        if (offsets.isEmpty()) {
            if (!prove) {
                commits.nothing();
                return;
            }
            Assignment any = mine.values().iterator().next();
            offsets.put(any.topicPartition(), any.position().committable());
        }
        commits.sent();
        consumer.commitAsync(offsets, (committed, refusal) -> {
            if (refusal == null) {
                accepted(committed, now);
            } else {
                commits.refused();
                LOG.debug("{} could not commit {}", group, committed, refusal);
            }
        });
    }

    /// In a transactional group, positions that handlers have moved are committed so, and in no other way.
    /// Blocks until it is done.
    private void commitInTransaction() {
        if (transactions == null) {
            return;
        }
        apply();
        Map<TopicPartition, OffsetAndMetadata> positions = Assignment.uncommitted(mine.values());
        if (!positions.isEmpty()) {
            transactions.commit(positions, mine.values(), consumer.groupMetadata());
            note(positions);
        }
    }

    private void accepted(Map<TopicPartition, OffsetAndMetadata> committed, long sentAt) {
        commits.accepted(sentAt);
        note(committed);
    }

    private void note(Map<TopicPartition, OffsetAndMetadata> committed) {
        committed.forEach((partition, position) -> {
            Assignment assignment = mine.get(partition);
            if (assignment != null) {
                assignment.committed(position);
            }
        });
    }

    // Assignments that come and go, told by the consumer while it polls or closes.

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        consumer.pause(partitions);
        partitions.forEach(partition -> consumer.seek(partition, 0)); // until it is placed
        unplaced.addAll(partitions);
    }

    /// What is under way may end, and is committed.
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        List<Assignment> revoked = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            Assignment assignment = mine.get(partition);
            if (assignment != null) {
                assignment.hold();
                revoked.add(assignment);
            }
        }
        drain(revoked);
        revoked.forEach(subscription::lose);
        boolean committed = commitLast(revoked);
        for (int more = 1; !committed && more <= 2; more++) { // it was woken
            committed = commitLast(revoked);
        }
        if (!committed) {
            LOG.warn("{} could not commit {} before they were taken; what was done comes again", group, revoked);
        }
        forget(partitions);
    }

    private void drain(List<Assignment> revoked) {
        Duration patience = lease.dividedBy(2).compareTo(MAX_DRAIN) < 0 ? lease.dividedBy(2) : MAX_DRAIN;
        long until = System.nanoTime() + patience.toNanos();
        while (!closed
                && System.nanoTime() < until
                && revoked.stream().anyMatch(each -> !each.hasEnded() && each.outstanding() > 0)) {
            rest(WHILE_BUSY);
            apply();
        }
    }

    /// Moves positions by what was settled, where that is not done at once.
    private void apply() {
        if (transactions != null) {
            transactions.apply();
        }
    }

    /// @return false if it is worth another try
    private boolean commitLast(Collection<Assignment> assignments) {
        try {
            commitInTransaction();
            Map<TopicPartition, OffsetAndMetadata> offsets = Assignment.uncommitted(assignments);
            if (offsets.isEmpty()) {
                return true;
            }
            consumer.commitSync(offsets, answer);
            return true;
        } catch (WakeupException | RebalanceInProgressException again) {
            return false;
        } catch (KafkaException refused) {
            LOG.warn("{} could not commit {}; what was done comes again", group, assignments, refused);
            return true;
        }
    }

    private void forget(Collection<TopicPartition> partitions) {
        partitions.forEach(partition -> {
            mine.remove(partition);
            unplaced.remove(partition);
            lapsed.remove(partition);
            outOfRange.remove(partition);
        });
    }

    /// Somebody else may have them already.
    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            Assignment assignment = mine.get(partition);
            if (assignment != null) {
                subscription.lose(assignment);
            }
        }
        forget(partitions);
    }

    // Trouble, and the end.

    /// A consumer that failed is not used again. A name that another process has is left to it, or each would put the
    /// other out of the group for ever.
    private void beginAnew(RuntimeException trouble) {
        if (trouble instanceof FencedInstanceIdException) {
            LOG.error("another process is called {} in {}, too; this one goes on without a name", instance, group);
            instance = null;
        }
        KafkaTransportException told =
                KafkaTransportException.of(trouble, transport.settings().servers());
        LOG.error("{} joins again", group, told);
        failure = told;
        onPartitionsLost(Set.copyOf(mine.keySet()));
        unplaced.clear();
        lapsed.clear();
        outOfRange.clear();
        subscription.signal();
        closeConsumer();
        rest(AFTER_FAILURE);
        topics = Set.of();
        commits.reset();
        consumer = transport.newMember(group, instance);
    }

    /// While a group shares its work anew, no commit is accepted.
    private void leave() {
        apply();
        mine.values().forEach(subscription::lose);
        long until = System.nanoTime() + answer.toNanos();
        while (!commitLast(mine.values()) && System.nanoTime() < until) {
            try {
                ConsumerRecords<byte[], byte[]> _ = consumer.poll(WHILE_BUSY);
            } catch (WakeupException | OffsetOutOfRangeException closing) {
                LOG.debug("{} is leaving", group);
            } catch (KafkaException failed) {
                LOG.warn("{} could not commit; what was done comes again", group, failed);
                break;
            }
        }
        closeConsumer();
    }

    private void closeConsumer() {
        try {
            consumer.close(CloseOptions.timeout(answer));
        } catch (RuntimeException failed) {
            LOG.debug("{} could not leave in order", group, failed);
        }
        if (transactions != null) {
            transactions.end();
        }
    }
}
