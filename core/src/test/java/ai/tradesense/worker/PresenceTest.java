package ai.tradesense.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.control.MemoryControlStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class PresenceTest {
    @Test
    void an_instance_whose_clock_is_set_back_goes_on_showing_that_it_lives() {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T12:00:00Z"));
        MemoryControlStore store = new MemoryControlStore();
        Presence presence = new Presence(store, now::get, "one", List::of);
        presence.doWork();

        Instant earlier = now.get().minus(Duration.ofHours(1));
        now.set(earlier);
        presence.doWork();
        now.set(earlier.plus(Presence.DEAD_AFTER));
        presence.doWork();

        assertThat(presence.instances()).extracting(InstanceStatus::alive).containsExactly(true);
    }
}
