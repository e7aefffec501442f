package ai.tradesense.runtime;

/// A running agent.
public interface AgentHandle extends AutoCloseable {
    /// Has the agent called soon. Any thread, never blocks; cheap if the agent is busy.
    void wake();

    /// Lets the current step end, then calls the agent no more; waits for that unless called by the agent
    /// itself. Idempotent.
    @Override
    void close();
}
