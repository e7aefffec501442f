package ai.tradesense.runtime;

/// Runs agents. Safe for use by several threads.
public interface AgentRuntime extends AutoCloseable {
    /// What kind of thread suits an agent.
    enum Kind {
        /// Runs handlers, which may wait: a virtual thread.
        HANDLER,
        /// Loops and does native I/O, which would hold a carrier: a platform thread.
        LOOP
    }

    /// Starts calling an agent.
    AgentHandle start(Agent agent, Kind kind);

    /// Stops every agent that still runs. Idempotent.
    @Override
    void close();
}
