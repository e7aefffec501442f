package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Partition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What groups get, from where, in which order, and how they learn of it.
abstract class TransportGroups extends TransportSending {
    @Test
    void every_group_gets_every_event() {
        Member first = join("first");
        Member second = join("second");
        List<DomainEvent> sent = events.orders(10, "account");
        transport().send(sent);

        first.process(sent);
        second.process(sent);

        first.awaitLag(0);
        second.awaitLag(0);
    }

    @Test
    void a_new_group_that_starts_at_the_beginning_gets_what_was_sent_before() {
        List<DomainEvent> before = events.orders(3, "account");
        transport().send(before);
        Member member = join("readers", StartFrom.BEGINNING);
        DomainEvent after = events.order("account");
        transport().send(List.of(after));

        List<DomainEvent> all = new ArrayList<>(before);
        all.add(after);
        assertEquals(Expect.ids(all), Member.ids(member.takeThrough(after)));
    }

    @Test
    void a_new_group_that_starts_at_the_end_gets_only_what_is_sent_after_it_joined() {
        transport().send(events.orders(3, "account"));
        Member member = join("readers", StartFrom.END);
        List<DomainEvent> after = events.orders(2, "account");
        transport().send(after);

        assertEquals(Expect.ids(after), Member.ids(member.takeThrough(after.getLast())));
    }

    @Test
    void a_group_that_is_known_goes_on_where_it_was_wherever_it_says_to_start() {
        List<DomainEvent> before = events.orders(4, "account");
        transport().send(before);
        Member member = join("readers", StartFrom.BEGINNING);
        List<Delivery> taken = member.take(4);
        member.settle(taken.subList(0, 2));
        member.close();
        DomainEvent meanwhile = events.order("account");
        transport().send(List.of(meanwhile));

        Member again = join("readers", StartFrom.END);

        List<String> expected = new ArrayList<>(Expect.ids(before.subList(2, 4)));
        expected.add(meanwhile.id());
        assertEquals(expected, Member.ids(again.takeThrough(meanwhile)));
    }

    @Test
    void a_group_gets_the_events_of_its_domains_only() {
        Member trading = join("trading", StartFrom.BEGINNING, "Trading");
        Member both = join("both", StartFrom.BEGINNING, "Trading", "Risk");
        Member all = join("all", StartFrom.BEGINNING);
        DomainEvent breach = events.breach("account");
        DomainEvent order = events.order("account");
        transport().send(List.of(breach, order));

        trading.process(List.of(order));
        both.process(List.of(breach, order));
        all.process(List.of(breach, order));

        trading.awaitLag(0);
        both.awaitLag(0);
    }

    @Test
    void events_of_one_subject_come_in_the_order_of_sending() {
        List<DomainEvent> sent = shuffled(20, 12);
        for (int from = 0; from < sent.size(); from += 7) {
            transport().send(sent.subList(from, Math.min(from + 7, sent.size())));
        }

        List<DomainEvent> taken = Member.eventsOf(join("readers").take(sent.size()));

        for (int subject = 0; subject < 20; subject++) {
            String name = "account-" + subject;
            assertEquals(idsOf(name, sent), idsOf(name, taken), name);
        }
    }

    private List<DomainEvent> shuffled(int subjects, int perSubject) {
        List<DomainEvent> all = new ArrayList<>();
        for (int subject = 0; subject < subjects; subject++) {
            all.addAll(events.orders(perSubject, "account-" + subject));
        }
        Collections.shuffle(all, new Random(7));
        return all;
    }

    private static List<String> idsOf(String subject, List<DomainEvent> events) {
        return Expect.ids(
                events.stream().filter(event -> event.subject().equals(subject)).toList());
    }

    @Test
    void a_poll_gives_no_more_than_it_was_asked_for_and_the_next_goes_on_behind() {
        List<DomainEvent> sent = events.orders(10, "account");
        transport().send(sent);
        Member member = join("readers");

        List<Delivery> taken = new ArrayList<>();
        Expect.soon("three events at a time", patience(), () -> {
            taken.addAll(member.poll(3)); // asserts that there are 3 at most
            return taken.size() >= 10;
        });

        assertEquals(Expect.ids(sent), Member.ids(taken));
    }

    @Test
    void what_was_delivered_and_is_not_settled_does_not_come_again_to_the_same_member() {
        List<DomainEvent> sent = events.orders(5, "account");
        transport().send(sent);
        Member member = join("readers");
        List<Delivery> taken = member.take(5);
        DomainEvent marker = events.order("account");
        transport().send(List.of(marker));

        assertEquals(Expect.ids(sent), Member.ids(taken));
        assertEquals(List.of(marker.id()), Member.ids(member.takeThrough(marker)));
    }

    @Test
    void a_member_is_signalled_when_something_was_sent() {
        Member member = join("readers");
        DomainEvent first = events.order("account");
        transport().send(List.of(first));
        member.process(List.of(first));
        member.poll(1);
        int before = member.signals();

        DomainEvent second = events.order("account");
        transport().send(List.of(second));

        Expect.soon("a signal", patience(), () -> member.signals() > before);
        member.process(List.of(second));
    }

    @Test
    void a_member_is_told_of_its_partitions_though_nothing_comes() {
        transport().send(events.orders(1, "account"));
        Partition its = transport().partitionOf("Trading", "account");

        Member member = join("readers", StartFrom.END); // there may be parked events that are its own

        Expect.soon("the assignment of " + its, patience(), () -> {
            assertEquals(List.of(), member.poll(1), "what came");
            return member.assigned().contains(its);
        });
    }

    @Test
    void the_members_of_a_group_share_the_work_and_each_partition_has_one_owner() {
        Member first = join("readers");
        Member second = join("readers");
        List<DomainEvent> sent = IntStream.range(0, 100)
                .mapToObj(number -> events.order("account-" + number % 25))
                .toList();
        transport().send(sent);

        List<Delivery> ofFirst = new ArrayList<>();
        List<Delivery> ofSecond = new ArrayList<>();
        Expect.soon("all events", patience(), () -> {
            ofFirst.addAll(first.poll(3));
            ofSecond.addAll(second.poll(3));
            return ofFirst.size() + ofSecond.size() >= sent.size();
        });

        assertTrue(Collections.disjoint(first.assigned(), second.assigned()), "both own the same partition");
        List<DomainEvent> taken = new ArrayList<>(Member.eventsOf(ofFirst));
        taken.addAll(Member.eventsOf(ofSecond));
        assertEquals(sent.size(), taken.size(), "deliveries");
        for (int subject = 0; subject < 25; subject++) {
            String name = "account-" + subject;
            assertEquals(idsOf(name, sent), idsOf(name, taken), name);
        }
    }

    @Test
    void events_sent_while_a_member_polls_come_once_and_in_order() throws InterruptedException {
        int count = 2_000;
        List<DomainEvent> sent = events.orders(count, "account");
        Member member = join("readers");
        Thread sender = Thread.ofVirtual().start(() -> {
            for (int from = 0; from < count; from += 10) {
                transport().send(sent.subList(from, from + 10));
            }
        });

        List<DomainEvent> taken = new ArrayList<>();
        Expect.soon("all events", patience(), () -> {
            List<Delivery> polled = member.poll(100);
            member.settle(polled);
            taken.addAll(Member.eventsOf(polled));
            return taken.size() >= count;
        });
        sender.join();

        assertEquals(Expect.ids(sent), Expect.ids(taken));
    }
}
