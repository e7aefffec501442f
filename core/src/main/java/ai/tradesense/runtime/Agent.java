package ai.tradesense.runtime;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A loop's step, apart from the thread that repeats it (the shape is that of Agrona's agents). Called by one
/// thread at a time.
public interface Agent {
    /// For thread names and messages.
    String name();

    /// Does what there is to do now and says how much it was; 0 means idle. An agent that is idle is called
    /// again after [AgentHandle#wake] or at [#wakeAt].
    int doWork() throws InterruptedException;

    /// When an idle agent wants to be called again by itself; null means only when woken.
    default @Nullable Instant wakeAt() {
        return null;
    }
}
