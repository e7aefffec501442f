package ai.tradesense.transport;

import ai.tradesense.events.DomainEvent;
import org.jspecify.annotations.Nullable;

/// One event as it came out of a transport: decoded, or the raw bytes of something that is no event. Immutable;
/// a delivery never settles itself.
public final class Delivery {
    private final Receipt receipt;
    private final @Nullable DomainEvent event;
    private final @Nullable Undecodable undecodable;

    private Delivery(Receipt receipt, @Nullable DomainEvent event, @Nullable Undecodable undecodable) {
        this.receipt = receipt;
        this.event = event;
        this.undecodable = undecodable;
    }

    public static Delivery of(Receipt receipt, DomainEvent event) {
        return new Delivery(receipt, event, null);
    }

    public static Delivery undecodable(Receipt receipt, Undecodable undecodable) {
        return new Delivery(receipt, null, undecodable);
    }

    public Receipt receipt() {
        return receipt;
    }

    /// The event; null if what arrived is [#undecodable].
    public @Nullable DomainEvent event() {
        return event;
    }

    /// What arrived, if it is no event; null otherwise.
    public @Nullable Undecodable undecodable() {
        return undecodable;
    }

    @Override
    public String toString() {
        return (event != null ? event.toString() : "an undecodable event") + " at " + receipt;
    }
}
