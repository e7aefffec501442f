package ai.tradesense.worker;

import ai.tradesense.events.OrderKey;

/// A subject of which events are parked, so that its later ones must wait behind them.
final class ParkedSubject {
    private final OrderKey key;
    private long sent; // touched by the subject's lane alone
    private long stored; // touched by the parking agent alone

    ParkedSubject(OrderKey key) {
        this.key = key;
    }

    OrderKey key() {
        return key;
    }

    /// The lane has sent one more event to be parked.
    void countSent() {
        sent++;
    }

    /// How many events the lane has sent to be parked.
    long sent() {
        return sent;
    }

    /// One more of them is durable.
    void countStored() {
        stored++;
    }

    /// How many of them are durable.
    long stored() {
        return stored;
    }

    @Override
    public String toString() {
        return key.toString();
    }
}
