package ai.tradesense.worker;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.transport.Delivery;
import java.util.List;

/// What a lane does next. Tasks of one subject are all in one lane and run in the order in which they came there.
sealed interface Task {
    /// Whose turn it is.
    OrderKey key();

    default boolean isOf(OrderKey key) {
        return key().equals(key);
    }

    /// An event that came from the transport.
    ///
    /// @param suspect whether it may have been at hand when another process stopped
    record Live(Delivery delivery, DomainEvent event, boolean suspect) implements Task {
        @Override
        public boolean isOf(OrderKey key) {
            return event.subject().equals(key.subject())
                    && event.type().domain().equals(key.domain());
        }

        @Override
        public OrderKey key() {
            return event.orderKey();
        }
    }

    /// Whether the circuit breaker has been asked.
    enum Permission {
        /// It is to be asked before each attempt.
        TO_ASK,
        /// It has allowed one attempt.
        GIVEN
    }

    /// The first parked events of a subject, whose time has come.
    record Retry(ParkedSubject subject, List<ParkedEvent> events, Permission permission) implements Task {
        boolean isAllowed() {
            return permission == Permission.GIVEN;
        }

        @Override
        public OrderKey key() {
            return subject.key();
        }
    }

    /// Nothing of the subject was parked any more when `stored` of its events had been made durable and
    /// somebody else had changed it `changes` times.
    record Drained(ParkedSubject subject, long stored, int changes) implements Task {
        @Override
        public OrderKey key() {
            return subject.key();
        }
    }
}
