package ai.tradesense.worker;

import ai.tradesense.transport.Delivery;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What lanes bring their tasks to.
interface TaskProcessor {
    /// Runs one task to its end, or leaves it to the lane for later.
    ///
    /// @param lane whose it is: once it is being closed, what fails has not failed but was cut off
    /// @return the delivery if it is done with and may be settled; null if there is none, or the parking agent will
    @Nullable
    Delivery process(Task task, Lane lane);

    void settle(List<Delivery> done);

    /// Deliveries go that are not this instance's any more.
    void letGo(int deliveries);

    /// An attempt that the breaker has allowed is not made.
    void notAttempted();

    /// Makes a lane's latencies visible and empties them.
    void flush(LatencyHistogram latencies);

    long nanoTime();
}
