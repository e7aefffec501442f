package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.rabbitmq.StreamBroker.Purpose;
import ai.tradesense.transport.LeaseKeeper;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Shows that this process lives, several times within the length of a lease, sees to it that what it has is read,
/// and writes down soon after what was settled.
final class StreamKeeper implements LeaseKeeper.Duties, AutoCloseable {
    private static final Duration BETWEEN_SAVINGS = Duration.ofMillis(5);

    private final StreamBroker broker;
    private final StreamDirectory directory;
    private final Set<StreamSubscription> subscriptions = new CopyOnWriteArraySet<>();
    private final LeaseKeeper thread;

    StreamKeeper(StreamBroker broker, StreamDirectory directory, Duration lease) {
        this.broker = broker;
        this.directory = directory;
        this.thread = new LeaseKeeper("rabbitmq-stream-keeper", lease, BETWEEN_SAVINGS, System::nanoTime, this);
    }

    void start() {
        thread.start();
    }

    void add(StreamSubscription subscription) {
        subscriptions.add(subscription);
        tendNow();
    }

    void remove(StreamSubscription subscription) {
        subscriptions.remove(subscription);
    }

    List<StreamSubscription> subscriptions() {
        return List.copyOf(subscriptions);
    }

    /// Why the broker could not be asked; null if it could.
    @Nullable
    String trouble() {
        return thread.trouble();
    }

    /// Events were settled. Does not wait.
    void saveSoon() {
        thread.save();
    }

    /// Something has changed that is to be looked at. Does not wait.
    void tendNow() {
        thread.tendNow();
    }

    @Override
    public LeaseKeeper.Next tend() {
        look();
        AtomicBoolean changing = new AtomicBoolean();
        try {
            directory.open();
        } finally {
            each(subscription -> {
                if (subscription.tend()) {
                    changing.set(true);
                }
            });
        }
        return changing.get() ? LeaseKeeper.Next.SOON : LeaseKeeper.Next.USUALLY;
    }

    @Override
    public void save() {
        each(StreamSubscription::save);
    }

    /// Whether the broker answers at all, of which everybody is to know.
    private void look() {
        try {
            broker.look();
        } catch (RabbitTransportException failure) {
            if (failure.reason() == Reason.NO_ANSWER) {
                broker.abandon(Purpose.CONTROL);
                broker.abandon(Purpose.READING);
            }
            subscriptions.forEach(subscription -> subscription.fail(failure));
            throw failure;
        }
    }

    /// Does it for all, whatever becomes of one, and throws the first failure in the end.
    private void each(Consumer<StreamSubscription> duty) {
        RabbitTransportException first = null;
        for (StreamSubscription subscription : subscriptions) {
            try {
                duty.accept(subscription);
            } catch (RuntimeException problem) {
                RabbitTransportException failure = broker.translate(problem, broker.address());
                subscription.fail(failure);
                first = first == null ? failure : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    @Override
    public void close() {
        thread.close(broker.timeout());
    }
}
