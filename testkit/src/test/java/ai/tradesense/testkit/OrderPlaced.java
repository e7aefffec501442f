package ai.tradesense.testkit;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.net.URI;
import java.util.List;
import java.util.stream.IntStream;

/// What the tests of this module publish: the n-th order of an account.
@EventName("Trading.Order.Placed.v1")
record OrderPlaced(String account, int number) implements EventData {
    private static final URI SOURCE = URI.create("/tests");

    @Override
    public String subject() {
        return account;
    }

    /// The event, whose id says which it is.
    static DomainEvent event(String account, int number) {
        return DomainEvent.builder(new OrderPlaced(account, number))
                .id(account + "#" + number)
                .source(SOURCE)
                .time(VirtualClock.START)
                .build();
    }

    /// The event with the extension that lets it go first.
    static DomainEvent critical(String account, int number) {
        return DomainEvent.builder(new OrderPlaced(account, number))
                .id(account + "#" + number)
                .source(SOURCE)
                .time(VirtualClock.START)
                .critical()
                .build();
    }

    /// The events from the first to the last number.
    static List<DomainEvent> events(String account, int first, int last) {
        return IntStream.rangeClosed(first, last)
                .mapToObj(number -> event(account, number))
                .toList();
    }

    /// The ids of those events.
    static List<String> ids(String account, int first, int last) {
        return events(account, first, last).stream().map(DomainEvent::id).toList();
    }
}
