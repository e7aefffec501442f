package ai.tradesense.retention;

import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime;
import ai.tradesense.runtime.AgentRuntime.Kind;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Pattern;

/// Removes events that are older than a policy says, now and then by itself and when it is told to; and keeps what
/// is held. Safe for use by several threads; everything but [#runNow] blocks for I/O.
public final class Retention implements AutoCloseable {
    private static final Pattern DOMAIN = Pattern.compile("[A-Z][A-Za-z0-9]*");

    /// Who is named where nobody ordered a run.
    public static final String ITSELF = "retention";

    /// How it goes about it.
    ///
    /// @param every how long after the end of a run the next one begins
    /// @param batchEvents how many events are removed in one transaction at most
    public record Pace(Duration every, int batchEvents) {
        public static final int MAX_BATCH_EVENTS = 100_000;

        public static final Pace USUAL = new Pace(Duration.ofHours(1), 2_000);

        public Pace {
            if (every.isNegative() || every.isZero()) {
                throw new IllegalArgumentException("every is " + every + ", expected above 0");
            }
            if (batchEvents < 1 || batchEvents > MAX_BATCH_EVENTS) {
                throw new IllegalArgumentException(
                        "batchEvents is " + batchEvents + ", expected 1 to " + MAX_BATCH_EVENTS);
            }
        }
    }

    private final RetentionStore store;
    private final RetentionPolicy policy;
    private final InstantSource clock;
    private final RetentionAgent agent;
    private final AgentHandle handle;

    /// Begins to look after a log. With a policy that keeps everything nothing is ever removed.
    public Retention(
            RetentionStore store, RetentionPolicy policy, Pace pace, AgentRuntime runtime, InstantSource clock) {
        this.store = store;
        this.policy = policy;
        this.clock = clock;
        this.agent = new RetentionAgent(store, policy, pace, clock);
        this.handle = policy.keepsEverything() ? new Nobody() : runtime.start(agent, Kind.LOOP);
    }

    /// Stands for the agent where there is nothing to do.
    private static final class Nobody implements AgentHandle {
        @Override
        public void wake() {
            // There is nobody to wake.
        }

        @Override
        public void close() {
            // There is nobody to stop.
        }
    }

    /// What would be removed now; changes nothing.
    public RetentionReport dryRun() {
        return store.examine(policy.at(clock.instant()));
    }

    /// Has a run begin now, unless one is under way. Does not wait for it.
    ///
    /// @throws IllegalStateException if the policy keeps everything
    public void runNow(String actor) {
        if (policy.keepsEverything()) {
            throw new IllegalStateException("every event is kept for ever, so there is nothing to remove");
        }
        agent.order(actor);
        handle.wake();
    }

    /// Has events kept, however old they are, until that is lifted.
    ///
    /// @throws InvalidHoldException if no reason is given, or a domain that no type can have: nothing would be held
    public LegalHold place(LegalHold.Scope scope, String reason, String actor) {
        String domain = scope.domain();
        if (domain != null && !DOMAIN.matcher(domain).matches()) {
            throw new InvalidHoldException(
                    "/domain", "is '" + domain + "', which no type can begin with; expected for example Trading");
        }
        return store.place(scope, reasonOf(reason), actor, clock.instant());
    }

    /// Ends a hold.
    ///
    /// @throws InvalidHoldException if no reason is given
    /// @throws java.util.NoSuchElementException if there is no such hold
    /// @throws RetentionConflictException if it was lifted already
    public LegalHold lift(long number, String reason, String actor) {
        return store.lift(number, reasonOf(reason), actor, clock.instant());
    }

    private static String reasonOf(String reason) {
        String stripped = reason.strip();
        if (stripped.isEmpty() || stripped.length() > LegalHold.MAX_REASON || stripped.indexOf('\0') >= 0) {
            throw new InvalidHoldException(
                    "/reason",
                    "has " + stripped.length() + " characters, expected 1 to " + LegalHold.MAX_REASON
                            + " without U+0000");
        }
        return stripped;
    }

    /// All holds, the oldest first, also those that were lifted.
    public List<LegalHold> holds() {
        return store.holds();
    }

    /// Waits for a reader no more, who has gone for good. A group that comes back all the same begins anew.
    ///
    /// @throws java.util.NoSuchElementException if nobody of that name is waited for
    /// @throws RetentionConflictException if it is a group that has members, or a replay, which is to be cancelled
    public void forget(ReaderPosition.Kind kind, String name, String actor) {
        store.forget(kind, name, actor, clock.instant());
    }

    /// What was done, the newest first.
    public List<RetentionRecord> records(int limit) {
        return store.records(limit);
    }

    public RetentionPolicy policy() {
        return policy;
    }

    public RetentionStatus status() {
        return new RetentionStatus(
                policy,
                store.removed(),
                agent.running(),
                agent.last(),
                policy.keepsEverything() ? null : agent.wakeAt(),
                store.readers());
    }

    /// Lets the batch at hand be removed, then stops. Idempotent.
    @Override
    public void close() {
        handle.close();
    }
}
