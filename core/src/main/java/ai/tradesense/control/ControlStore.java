package ai.tradesense.control;

import java.time.Instant;
import java.util.List;

/// Orders of operators, for all instances that share them, and which instances there are. An order for a worker
/// that no instance has is kept for the one that will. Safe for use by several threads; all methods block for
/// I/O and throw an unchecked exception if the outcome is a failure or not known, after which they may be
/// called again.
public interface ControlStore {
    /// Keeps an order in place of the one of the same worker and topic, and returns when it is durable.
    StandingOrder give(String worker, Order order, String by, Instant at);

    /// The orders that stand and were given after a revision, by revision; all for revision 0. Cheap while
    /// there are none, because every instance asks again and again.
    List<StandingOrder> after(long revision);

    /// Keeps what an instance says of itself in place of what it said before, and forgets those that were last seen
    /// before a time.
    void report(InstanceReport report, Instant forgetBefore);

    /// What every instance said last, by name.
    List<InstanceReport> instances();

    /// Forgets an instance that has ended. No effect if there is none of that name.
    void forget(String instance);
}
