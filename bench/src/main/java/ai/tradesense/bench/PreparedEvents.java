package ai.tradesense.bench;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.Uuid7;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Events made before a round, for contenders that hand objects over: all of them get the very same. Not for
/// use by several threads.
final class PreparedEvents {
    private final InstantSource clock;
    private @Nullable Load madeFor;
    private List<DomainEvent> made = List.of();

    PreparedEvents(InstantSource clock) {
        this.clock = clock;
    }

    /// The events of a load, by index.
    List<DomainEvent> of(Load load) {
        if (madeFor != load) {
            made = List.of(); // so that the old ones need not fit beside the new ones
            made = make(load);
            madeFor = load;
        }
        return made;
    }

    /// Makes room for other things.
    void forget() {
        madeFor = null;
        made = List.of();
    }

    private List<DomainEvent> make(Load load) {
        URI source = URI.create(Platforms.SOURCE);
        Uuid7 ids = new Uuid7(clock, new SplittableRandom(load.events()));
        DomainEvent[] events = new DomainEvent[load.events()];
        for (int turn = 0; turn * load.publishers() < load.events() + load.publishers(); turn++) {
            for (int publisher = 0; publisher < load.publishers(); publisher++) { // so that ids rise as they are sent
                int index = load.firstOf(publisher) + turn;
                if (index < load.firstOf(publisher + 1)) {
                    Instant now = clock.instant();
                    events[index] = DomainEvent.builder(load.order(index, now))
                            .id(ids.next())
                            .source(source)
                            .time(now)
                            .build();
                }
            }
        }
        return List.of(events);
    }
}
