package ai.tradesense.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.OrderKey;
import ai.tradesense.transport.Partition;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class ParkedSubjectsTest {
    private static final OrderKey KEY = new OrderKey("Trading", "acc");
    private static final Partition PARTITION = new Partition("tests", 0);

    @Test
    void a_session_that_is_over_takes_the_place_of_nothing() {
        Session over = new Session("one", PARTITION);
        Session current = new Session("two", PARTITION);
        AtomicReference<Session> now = new AtomicReference<>(over);
        ParkedSubjects parked = new ParkedSubjects(_ -> now.get());
        ParkedSubject before = parked.in(KEY, over);
        now.set(current);
        ParkedSubject subject = parked.in(KEY, current);

        assertThat(parked.in(KEY, over).session()).isEqualTo(over);
        assertThat(parked.noticeChange(KEY, over).session()).isEqualTo(over);

        assertThat(parked.contains(before)).isFalse();
        assertThat(parked.contains(subject)).isTrue();
        assertThat(parked.in(KEY, current)).isSameAs(subject);
        assertThat(subject.changes()).isZero();
    }
}
