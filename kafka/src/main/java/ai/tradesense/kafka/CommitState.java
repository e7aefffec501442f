package ai.tradesense.kafka;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// When to commit next, and what the answers to commits prove: until when this member's partitions are its own, and
/// whether what it does now could be committed soon.
///
/// Told by the member's thread alone; [#want], [#hasLapsed] and [#isBehind] are for every thread. Times are those of
/// [System#nanoTime()].
final class CommitState {
    private static final Duration BETWEEN_COMMITS = Duration.ofMillis(5);
    private static final Duration MAX_UNCOMMITTED = Duration.ofMillis(25);
    private static final Duration BETWEEN_TRANSACTIONS = Duration.ofMillis(25);
    private static final Duration MAX_NOT_IN_TRANSACTION = Duration.ofMillis(250);
    private static final long NEVER = 0; // a time that is not taken for another one if it should come
    private static final int RENEWALS_PER_LEASE = 5;

    private final long leaseNanos;
    private final long betweenNanos;
    private final long maxUncommittedNanos;
    private final AtomicLong wantedSince = new AtomicLong(NEVER);
    private volatile long proof; // when the last commit was sent that was accepted
    private volatile long unansweredSince = NEVER; // since when what is in the commit under way was to be committed
    private volatile boolean refused; // the last one was
    private volatile boolean toldBehind; // somebody waits to hear that commits are in time again
    private boolean underWay;
    private long sentAt;

    /// Of positions that are committed by themselves.
    CommitState(Duration lease, long now) {
        this(lease, BETWEEN_COMMITS, MAX_UNCOMMITTED, now);
    }

    /// Of positions that are committed in transactions. Those cost more, and what is not in one yet does no
    /// harm if it comes again.
    static CommitState inTransactions(Duration lease, long now) {
        return new CommitState(lease, BETWEEN_TRANSACTIONS, MAX_NOT_IN_TRANSACTION, now);
    }

    private CommitState(Duration lease, Duration between, Duration maxUncommitted, long now) {
        this.leaseNanos = lease.toNanos();
        this.betweenNanos = between.toNanos();
        this.maxUncommittedNanos = maxUncommitted.toNanos();
        this.proof = now;
        this.sentAt = now;
    }

    /// There is something to commit.
    void want(long now) {
        if (wantedSince.get() == NEVER) {
            wantedSince.compareAndSet(NEVER, now);
        }
    }

    /// Whether the session may be over without a word from Kafka.
    boolean hasLapsed(long now) {
        return now - proof > leaseNanos;
    }

    /// Whether what is done with is not committed in time: commits are refused, because the group shares its work
    /// anew, or not answered, or the member's thread is busy with something else. Nothing should begin meanwhile:
    /// it would come again if this process ended.
    boolean isBehind(long now) {
        boolean behind = refused || isOld(unansweredSince, now) || isOld(wantedSince.get(), now);
        if (behind) {
            toldBehind = true;
        }
        return behind;
    }

    private boolean isOld(long since, long now) {
        return since != NEVER && now - since > maxUncommittedNanos;
    }

    /// Whether something is to be committed or to be answered.
    boolean isBusy() {
        return wantedSince.get() != NEVER || underWay || refused;
    }

    /// Whether what is done with should be committed now.
    boolean isDue(long now) {
        return !underWay && (wantedSince.get() != NEVER || refused) && now - sentAt > betweenNanos;
    }

    /// Whether anything should be committed now, even if nothing has changed.
    boolean mustProve(long now) {
        boolean old = now - proof > leaseNanos / RENEWALS_PER_LEASE && now - sentAt > betweenNanos;
        return !underWay && (old || (refused && isDue(now)));
    }

    /// What is to be committed is being looked for.
    void begin(long now) {
        unansweredSince = wantedSince.getAndSet(NEVER);
        sentAt = now;
    }

    /// There is nothing to commit.
    void nothing() {
        unansweredSince = NEVER;
    }

    /// A commit is under way.
    void sent() {
        underWay = true;
    }

    void accepted(long commitSentAt) {
        answered();
        refused = false;
        proof = Math.max(proof, commitSentAt);
    }

    void refused() {
        answered();
        refused = true;
    }

    private void answered() {
        underWay = false;
        unansweredSince = NEVER;
    }

    /// Whether commits are in time again, and somebody was told that they are not.
    boolean catchesUp(long now) {
        if (!toldBehind) {
            return false;
        }
        toldBehind = false; // before it is looked at: who is told meanwhile hears of it the next time
        return !isBehind(now);
    }
}
