package ai.tradesense.redis;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.redis.Assignment.Position;
import ai.tradesense.redis.GroupProtocol.Extent;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.transport.Delivery;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AssignmentTest {
    private final Partitioning partitioning = new Partitioning(1);

    private Assignment assignment(long read, Set<EntryId> done) {
        return new Assignment(
                partitioning.of("Trading", "account"),
                partitioning,
                "stream",
                1,
                new Position(EntryId.ZERO, read),
                true,
                read,
                done);
    }

    private static Entry entry(int number) {
        byte[] json =
                CloudEventJson.write(Reader.event("event" + number, "account").envelope());
        return new Entry(new EntryId(number, 0), json, Entry.Form.EVENT, 0);
    }

    private static List<Entry> entries(int from, int to) {
        List<Entry> entries = new ArrayList<>();
        for (int number = from; number <= to; number++) {
            entries.add(entry(number));
        }
        return entries;
    }

    private static List<Delivery> take(Assignment assignment) {
        List<Delivery> taken = new ArrayList<>();
        assignment.take(100, taken);
        return taken;
    }

    @Test
    void the_position_moves_over_completed_work_only() {
        Assignment assignment = assignment(10, Set.of());
        assignment.read(entries(1, 5));
        List<Delivery> taken = take(assignment);

        assignment.settle(List.of(taken.get(1), taken.get(2)));
        assertThat(assignment.position()).isEqualTo(new Position(EntryId.ZERO, 10));
        assertThat(assignment.done()).isEqualTo("2-0 3-0");

        assignment.settle(List.of(taken.get(0)));
        assertThat(assignment.position()).isEqualTo(new Position(new EntryId(3, 0), 13));
        assertThat(assignment.done()).isEqualTo("=");
        assertThat(assignment.outstanding()).isEqualTo(2);
    }

    @Test
    void what_was_done_with_in_an_earlier_assignment_does_not_come() {
        Assignment assignment = assignment(0, Set.of(new EntryId(1, 0), new EntryId(3, 0)));
        assignment.read(entries(1, 4));

        List<Delivery> taken = take(assignment);

        assertThat(taken).hasSize(2);
        assignment.settle(taken);
        assertThat(assignment.position()).isEqualTo(new Position(new EntryId(4, 0), 4));
    }

    @Test
    void what_was_done_with_in_an_earlier_assignment_is_handed_on_with_what_is_done_with_since() {
        Assignment assignment = assignment(0, Set.of(new EntryId(2, 0), new EntryId(3, 0)));
        assignment.read(entries(1, 5));
        List<Delivery> taken = take(assignment);
        assertThat(taken).hasSize(3);

        assignment.settle(List.of(taken.get(1)));
        assertThat(assignment.done()).isEqualTo("2-0 3-0 4-0");

        assignment.settle(List.of(taken.get(0)));
        assertThat(assignment.position()).isEqualTo(new Position(new EntryId(4, 0), 4));
        assertThat(assignment.doneIds()).isEmpty();
    }

    @Test
    void what_is_read_twice_comes_once() {
        Assignment assignment = assignment(0, Set.of());
        assignment.read(entries(1, 4));
        assignment.read(entries(2, 6));

        assertThat(take(assignment)).hasSize(6);
    }

    @Test
    void a_gap_in_the_count_is_a_loss_once_everything_is_read() {
        Assignment assignment = assignment(0, Set.of());
        assignment.read(entries(1, 4));

        assertThat(assignment.compare(assignment.reading(), extent(9, 9, 7))).isTrue();
        List<Delivery> first = take(assignment);
        assertThat(first).as("three more may be on their way").hasSize(4);
        assignment.settle(first);
        assignment.read(entries(5, 7));
        assertThat(assignment.compare(assignment.reading(), extent(9, 9, 7))).isTrue();

        List<Delivery> taken = take(assignment);
        assertThat(taken).hasSize(4);
        assertThat(taken.getLast().undecodable().problem()).hasMessageContaining("2 entries of stream");
        assignment.settle(taken);
        assertThat(assignment.compare(assignment.reading(), extent(9, 9, 7))).isTrue();
        assertThat(take(assignment)).isEmpty();
        assertThat(assignment.position().read()).isEqualTo(9);
    }

    @Test
    void the_entry_before_a_gap_is_not_done_with_when_the_word_on_the_gap_is() {
        Assignment assignment = assignment(0, Set.of());
        assignment.read(entries(1, 3));
        assertThat(assignment.compare(assignment.reading(), extent(5, 5, 3))).isTrue();
        List<Delivery> taken = take(assignment);
        assertThat(taken).hasSize(4);

        assignment.settle(List.of(taken.getLast()));

        assertThat(assignment.doneIds()).isEmpty();
        assignment.settle(taken.subList(0, 2));
        assertThat(assignment.position()).isEqualTo(new Position(new EntryId(2, 0), 2));
        assertThat(assignment.doneIds()).isEmpty();
    }

    private static Extent extent(long added, int last, int newest) {
        return new Extent(added, new EntryId(last, 0), new EntryId(newest, 0), null);
    }

    @Test
    void a_server_that_has_less_than_was_read_has_lost_something() {
        Assignment assignment = assignment(0, Set.of());
        assignment.read(entries(1, 3));
        Assignment.Reading before = assignment.reading();
        assignment.read(entries(4, 4));

        assertThat(assignment.compare(before, extent(3, 3, 3)))
                .as("an answer that is older than what was read since")
                .isTrue();
        assertThat(assignment.compare(assignment.reading(), extent(3, 3, 3))).isFalse();
    }

    @Test
    void a_partition_that_is_to_go_is_held_for_a_while_and_then_goes_on_for_a_longer_one() {
        Assignment assignment = assignment(0, Set.of());
        assignment.read(entries(1, 4));
        Duration patience = Duration.ofSeconds(2);

        assertThat(assignment.hold(0, patience)).isTrue();
        assertThat(take(assignment)).isEmpty();
        assertThat(assignment.hold(Duration.ofSeconds(3).toNanos(), patience)).isFalse();
        assertThat(take(assignment)).hasSize(4);
        assertThat(assignment.hold(Duration.ofSeconds(23).toNanos(), patience)).isTrue();

        assignment.holdNoMore();
        assignment.read(entries(5, 5));
        assertThat(take(assignment)).hasSize(1);
    }

    @Test
    void a_loss_that_is_not_counted_is_untold_until_it_is_delivered() {
        Assignment assignment = assignment(0, Set.of());
        assignment.read(entries(1, 2));
        assertThat(assignment.hasUntoldLoss()).isFalse();
        assignment.noteLoss("what was there is gone");
        assertThat(assignment.hasUntoldLoss()).isTrue();

        assertThat(take(assignment)).hasSize(3);

        assertThat(assignment.hasUntoldLoss()).isFalse();
    }
}
