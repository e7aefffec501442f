package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.TransportException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What a [ai.tradesense.transport.Transport] must do. Extend it, say how yours is opened and what it
/// declares, and run it.
///
/// This class holds what settling means; the classes that it extends hold the rest.
public abstract class TransportContract extends TransportGroups {
    @Test
    void what_is_not_settled_comes_again_to_the_next_member_and_what_is_settled_does_not() {
        List<DomainEvent> sent = events.orders(6, "account");
        transport().send(sent);
        Member member = join("readers");
        List<Delivery> taken = member.take(6);
        member.settle(taken.subList(0, 4));
        member.close();

        DomainEvent marker = events.order("account");
        transport().send(List.of(marker));
        List<String> expected = new ArrayList<>(Expect.ids(sent.subList(4, 6)));
        expected.add(marker.id());
        assertEquals(expected, Member.ids(join("readers").takeThrough(marker)));
    }

    @Test
    void what_is_settled_out_of_order_does_not_take_the_rest_with_it() {
        List<DomainEvent> sent = events.orders(6, "account");
        transport().send(sent);
        Member member = join("readers");
        List<Delivery> taken = member.take(6);
        member.settle(taken.get(4));
        member.settle(taken.get(1), taken.get(2));
        member.close();

        Member again = join("readers");
        DomainEvent marker = events.order("account");
        transport().send(List.of(marker));
        List<Delivery> rest = again.takeThrough(marker);
        assertUnsettledCome(sent, List.of(0, 3, 5), rest);
        again.settle(rest);
        again.awaitLag(0);
    }

    /// What was settled behind something that was not may come again, in its place.
    private static void assertUnsettledCome(List<DomainEvent> sent, List<Integer> unsettled, List<Delivery> came) {
        List<String> ids = Member.ids(came).subList(0, came.size() - 1); // without the marker
        assertTrue(
                ids.containsAll(
                        unsettled.stream().map(each -> sent.get(each).id()).toList()),
                () -> "only " + ids + " came again");
        assertEquals(
                sent.stream().map(DomainEvent::id).filter(ids::contains).toList(), ids, "order of what came again");
    }

    @Test
    void positions_survive_a_restart_if_the_transport_does() throws Exception {
        List<DomainEvent> sent = events.orders(6, "account");
        transport().send(sent);
        Member member = join("readers");
        List<Delivery> taken = member.take(6);
        member.settle(taken.subList(0, 3));
        member.settle(taken.get(4));
        member.close();

        restart();

        DomainEvent marker = events.order("account");
        transport().send(List.of(marker));
        List<Delivery> rest = join("readers").takeThrough(marker);
        if (has(TransportTrait.SURVIVES_RESTART)) {
            assertUnsettledCome(sent, List.of(3, 5), rest);
            assertTrue(rest.size() <= 4, () -> "settled events came again: " + Member.ids(rest));
        } else {
            assertEquals(List.of(marker.id()), Member.ids(rest));
        }
    }

    @Test
    void a_transport_that_is_closed_under_its_members_loses_nothing_that_it_should_keep() throws Exception {
        List<DomainEvent> sent = events.orders(4, "account");
        transport().send(sent);
        Member member = join("readers");
        List<Delivery> taken = member.take(4);
        member.settle(taken.getFirst());

        restart();
        member.settle(taken.get(1)); // too late, and harmless
        member.close();

        DomainEvent marker = events.order("account");
        transport().send(List.of(marker));
        List<String> came = Member.ids(join("readers").takeThrough(marker));
        List<String> least = new ArrayList<>();
        if (has(TransportTrait.SURVIVES_RESTART)) {
            least.addAll(Expect.ids(sent.subList(1, 4)));
        }
        least.add(marker.id());
        assertEquals(least, came.subList(came.size() - least.size(), came.size()));
    }

    @Test
    void a_member_that_waits_takes_over_when_the_owner_leaves() {
        List<DomainEvent> sent = events.orders(6, "account");
        transport().send(sent);
        Member owner = join("readers");
        List<Delivery> taken = owner.take(6);
        Member standby = join("readers");
        assertEquals(List.of(), standby.poll(10), "the partition has an owner");
        owner.settle(taken.subList(0, 2));
        int signals = standby.signals();

        owner.close();

        Expect.soon("a signal to take over", patience(), () -> standby.signals() > signals);
        DomainEvent marker = events.order("account");
        transport().send(List.of(marker));
        List<String> expected = new ArrayList<>(Expect.ids(sent.subList(2, 6)));
        expected.add(marker.id());
        assertEquals(expected, Member.ids(standby.takeThrough(marker)));
    }

    @Test
    void a_member_that_waited_and_leaves_takes_nothing_from_the_owner() {
        Member owner = join("readers");
        DomainEvent first = events.order("account");
        transport().send(List.of(first));
        List<Delivery> taken = owner.take(1);
        Member standby = join("readers");
        standby.poll(1);
        standby.close();

        owner.settle(taken);
        DomainEvent second = events.order("account");
        transport().send(List.of(second));

        owner.process(List.of(second));
        owner.awaitLag(0);
    }

    @Test
    void members_that_come_and_go_lose_nothing_and_keep_the_order() throws InterruptedException {
        try (Traffic traffic = new Traffic(events, patience())) {
            Traffic.Consumer oldest = traffic.consume(transport());
            traffic.publish(transport());
            for (int round = 0; round < 4; round++) {
                Traffic.Consumer next = traffic.consume(transport());
                traffic.flows(100);
                oldest.leave();
                traffic.flows(100);
                oldest = next;
            }
            traffic.endAndCheck();
        }
    }

    @Test
    void what_an_old_assignment_settles_late_is_ignored() {
        List<DomainEvent> sent = events.orders(3, "account");
        transport().send(sent);
        Member old = join("readers");
        List<Delivery> taken = old.take(3);
        old.close();
        Member current = join("readers");
        List<Delivery> takenAgain = current.take(3);

        old.settle(taken);
        current.settle(takenAgain.getFirst());
        current.close();
        DomainEvent marker = events.order("account");
        transport().send(List.of(marker));
        List<String> expected = new ArrayList<>(Expect.ids(sent.subList(1, 3)));
        expected.add(marker.id());
        assertEquals(expected, Member.ids(join("readers").takeThrough(marker)));
    }

    @Test
    void settling_twice_counts_once() {
        List<DomainEvent> sent = events.orders(3, "account");
        transport().send(sent);
        Member member = join("readers");
        List<Delivery> taken = member.take(3);
        member.settle(taken.getFirst());
        member.settle(taken.getFirst(), taken.getFirst());
        member.settle(List.of());
        member.awaitLag(2);
        member.close();

        assertEquals(Expect.ids(sent.subList(1, 3)), Member.ids(join("readers").take(2)));
    }

    @Test
    void several_threads_may_settle_at_once() {
        int count = 200;
        transport().send(events.orders(count, "account"));
        Member member = join("readers");
        List<Delivery> taken = member.take(count);
        List<CompletableFuture<Void>> settlers = IntStream.range(0, 4)
                .mapToObj(thread -> CompletableFuture.runAsync(() -> {
                    for (int at = thread; at < count; at += 4) {
                        member.settle(taken.get(at));
                    }
                }))
                .toList();
        settlers.forEach(CompletableFuture::join);
        member.awaitLag(0);
        member.close();

        DomainEvent marker = events.order("account");
        transport().send(List.of(marker));
        assertEquals(List.of(marker.id()), Member.ids(join("readers").takeThrough(marker)));
    }

    @Test
    void one_group_settling_leaves_another_where_it_was() {
        List<DomainEvent> sent = events.orders(3, "account");
        transport().send(sent);
        Member quick = join("quick");
        quick.process(sent);
        quick.close();

        assertEquals(Expect.ids(sent), Member.ids(join("slow").take(3)));
    }

    @Test
    void the_lag_says_how_much_is_left_and_is_0_when_nothing_is() {
        Member member = join("readers", StartFrom.BEGINNING, "Trading");
        List<DomainEvent> sent = events.orders(7, "account");
        transport().send(sent);
        transport().send(List.of(events.breach("account")));
        assertLag(7, member);

        List<Delivery> taken = member.take(7);
        assertLag(7, member);
        member.settle(taken.get(5), taken.get(6));
        assertLag(5, member);
        member.settle(taken.subList(0, 5));

        member.poll(1);
        member.awaitLag(0);
    }

    private void assertLag(long exact, Member member) {
        if (has(TransportTrait.EXACT_LAG)) {
            member.awaitLag(exact);
        } else {
            Expect.soon("a lag", patience(), () -> member.lag() > 0);
        }
    }

    @Test
    void a_group_that_starts_at_the_end_lags_by_nothing_at_first() {
        transport().send(events.orders(3, "account"));
        Member member = join("readers", StartFrom.END);
        member.awaitLag(0);

        transport().send(List.of(events.order("account")));

        assertLag(1, member);
    }

    @Test
    void a_member_that_has_left_gets_nothing_more_and_may_leave_again() {
        Member member = join("readers");
        DomainEvent first = events.order("account");
        transport().send(List.of(first));
        member.process(List.of(first));

        member.close();
        member.close();

        DomainEvent second = events.order("account");
        transport().send(List.of(second));
        assertEquals(List.of(), pollClosed(member));
        assertEquals(List.of(second.id()), Member.ids(join("readers").takeThrough(second)));
    }

    private static List<Delivery> pollClosed(Member member) {
        try {
            return member.poll(10);
        } catch (TransportException | IllegalStateException refused) {
            return List.of();
        }
    }

    @Test
    void a_receipt_names_the_place_of_its_event_the_same_way_whenever_it_comes() {
        transport().send(events.orders(2, "account"));
        Member member = join("readers");
        List<String> first = places(member.take(2));
        member.close();

        List<String> again = places(join("readers").take(2));

        assertEquals(first, again);
        assertNotEquals(first.getFirst(), first.getLast(), "two events at one place");
    }

    private static List<String> places(List<Delivery> deliveries) {
        return deliveries.stream()
                .map(delivery -> delivery.receipt().toString())
                .toList();
    }
}
