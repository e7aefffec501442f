package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// What is done over connections of their own because it may take a while, and ends before the transport does.
/// Safe for use by several threads.
final class Errands {
    private final Broker broker;
    private final Set<Connection> underWay = new HashSet<>(); // guarded by this, as what follows is
    private boolean closed;

    Errands(Broker broker) {
        this.broker = broker;
    }

    /// What is done over a connection of its own.
    interface Errand {
        void over(Connection connection) throws IOException;
    }

    /// Blocks until it is done.
    ///
    /// @throws RabbitTransportException if it fails, or this is closed
    void run(String purpose, Errand errand) {
        Connection connection = broker.connect(purpose);
        try {
            begin(connection);
            errand.over(connection);
        } catch (IOException | RuntimeException failure) {
            throw broker.translate(failure);
        } finally {
            Broker.abandon(connection);
            end(connection);
        }
    }

    private synchronized void begin(Connection connection) {
        if (closed) {
            throw new RabbitTransportException(
                    Reason.CLOSED, "the transport to " + broker.address() + " is closed", null);
        }
        underWay.add(connection);
    }

    private synchronized void end(Connection connection) {
        underWay.remove(connection);
        notifyAll();
    }

    /// Begins nothing more, lets what is under way end, and breaks off what takes longer.
    void close(Duration patience) {
        List<Connection> late;
        synchronized (this) {
            closed = true;
            awaitEnd(patience);
            late = List.copyOf(underWay);
        }
        late.forEach(Broker::abandon);
    }

    private synchronized void awaitEnd(Duration patience) {
        long due = System.nanoTime() + patience.toNanos();
        try {
            while (!underWay.isEmpty() && due - System.nanoTime() > 0) {
                TimeUnit.NANOSECONDS.timedWait(this, due - System.nanoTime());
            }
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
    }
}
