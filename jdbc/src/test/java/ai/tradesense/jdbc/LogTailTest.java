package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The newest events in memory, which two bring: who appends, and who follows other instances.
class LogTailTest {
    private static final int LARGE = (int) (LogTail.MAX_BYTES / 3 - 1);

    private final LogTail tail = new LogTail(0, 8);

    private static Appended appended(long first, long last, int bytesEach) {
        Appended appended = new Appended(first);
        for (long position = first; position <= last; position++) {
            appended.add(RandomEvents.plain("event-" + position, "account"), bytesEach);
        }
        return appended;
    }

    private List<Long> held() {
        List<Long> positions = new ArrayList<>();
        tail.read(1, Set.of(), 100, (position, event) -> {
            assertThat(event.id()).isEqualTo("event-" + position);
            positions.add(position);
        });
        return positions;
    }

    @Test
    void what_is_known_already_moves_nothing_back() {
        tail.addReader();
        tail.add(appended(1, 3, 100));
        assertThat(tail.add(appended(1, 2, 100))).isTrue();

        assertThat(tail.head()).isEqualTo(3);
        assertThat(held()).containsExactly(1L, 2L, 3L);
        assertThat(tail.extent(Set.of())).isEqualTo(new LogTail.Extent(3, 3));
    }

    @Test
    void nothing_is_held_or_counted_twice_that_comes_again() {
        tail.addReader();
        tail.add(appended(1, 3, LARGE));
        for (int again = 0; again < 3; again++) {
            tail.add(appended(1, 2, LARGE));
            tail.add(appended(3, 3, LARGE));
        }

        assertThat(held()).as("as much as fits").containsExactly(1L, 2L, 3L);
        assertThat(tail.extent(Set.of())).isEqualTo(new LogTail.Extent(3, 3));
    }
}
