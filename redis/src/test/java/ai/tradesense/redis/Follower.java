package ai.tradesense.redis;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// A member of a group that polls when it is told that there is something, or after a failure, and else
/// never: what it is not told of does not come. For use by one thread.
final class Follower implements AutoCloseable {
    private final Semaphore signals = new Semaphore(1);
    private final Subscription subscription;
    private final List<Delivery> all = new ArrayList<>();

    Follower(Transport transport, String group) {
        this.subscription = transport.subscribe(Reader.membership(group), signals::release);
    }

    /// Takes one event at a time, until one has come.
    void untilHas(String id) throws InterruptedException {
        while (!ids().contains(id)) {
            assertThat(signals.tryAcquire(10, TimeUnit.SECONDS))
                    .as("a word that there is something, before " + id + " and after " + ids())
                    .isTrue();
            signals.drainPermits();
            try {
                all.addAll(subscription.poll(1).deliveries());
            } catch (TransportException notNow) {
                signals.release();
            }
        }
    }

    List<String> ids() {
        return all.stream()
                .map(Delivery::event)
                .filter(Objects::nonNull)
                .map(DomainEvent::id)
                .toList();
    }

    void settleAll() {
        subscription.settle(all);
    }

    @Override
    public void close() {
        subscription.close();
    }
}
