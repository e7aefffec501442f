package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What is sent is kept, once, as it was.
abstract class TransportSending extends TransportSuite {
    private static final int MAX_DATA = 2 << 20; // where a transport has no limit of its own

    private final SampleEvents samples = new SampleEvents(events);

    private void sendAndCompare(List<DomainEvent> sent) {
        Member member = join("readers");
        transport().send(sent);
        List<Delivery> taken = member.take(sent.size());
        assertEquals(Set.copyOf(Expect.ids(sent)), Set.copyOf(Member.ids(taken)), "the ids that came");
        for (DomainEvent event : sent) {
            taken.stream()
                    .map(Member::eventOf)
                    .filter(found -> found.id().equals(event.id()))
                    .forEach(found -> Expect.sameEvent(event, found));
        }
    }

    @Test
    void every_attribute_arrives() {
        sendAndCompare(samples.attributes());
    }

    @Test
    void extensions_of_each_kind_arrive() {
        sendAndCompare(samples.extensions());
    }

    @Test
    void texts_arrive_in_any_script_and_as_long_as_they_may_be() {
        sendAndCompare(samples.texts());
    }

    @Test
    void times_keep_their_nanoseconds() {
        sendAndCompare(samples.times());
    }

    @Test
    void numbers_are_not_rounded() {
        sendAndCompare(samples.numbers());
    }

    @Test
    void every_form_of_data_arrives_empty_or_not() {
        sendAndCompare(samples.payloads());
    }

    @Test
    void large_data_arrives() {
        sendAndCompare(samples.largePayloads());
    }

    @Test
    void the_largest_data_that_the_transport_carries_arrives_with_the_largest_attributes() {
        sendAndCompare(List.of(samples.largest(Math.min(transport().maxPayloadBytes(), MAX_DATA))));
    }

    @Test
    void a_record_can_be_read_as_the_record_it_was() {
        DomainEvent sent = samples.numbers().getLast();
        Member member = join("readers");
        transport().send(List.of(sent));

        DomainEvent found = Member.eventOf(member.take(1).getFirst());

        assertEquals(sent.dataAs(SampleEvents.Trade.class), found.dataAs(SampleEvents.Trade.class));
    }

    @Test
    void consumers_get_the_very_object_if_the_transport_says_so_and_an_equal_one_if_not() {
        DomainEvent sent = events.order("account");
        Member member = join("readers");
        transport().send(List.of(sent));

        DomainEvent found = Member.eventOf(member.take(1).getFirst());

        if (transport().handsOverObjects()) {
            assertSame(sent, found);
        } else {
            Expect.sameEvent(sent, found);
        }
    }

    @Test
    void a_send_says_of_each_event_in_order_that_it_is_new_and_it_is_there() {
        List<DomainEvent> sent = events.orders(20, "account");

        List<Published> outcome = transport().send(sent);

        assertEquals(sent.stream().map(each -> new Published(each.id(), false)).toList(), outcome);
        assertEquals(Expect.ids(sent), Member.ids(join("readers").take(20)));
    }

    @Test
    void an_empty_batch_is_no_event() {
        assertEquals(List.of(), transport().send(List.of()));

        DomainEvent marker = events.order("account");
        transport().send(List.of(marker));
        assertEquals(List.of(marker.id()), Member.ids(join("readers").takeThrough(marker)));
    }

    @Test
    void an_event_sent_again_is_reported_and_not_delivered_again() {
        List<DomainEvent> sent = events.orders(3, "account");
        Member member = join("readers");
        transport().send(sent);
        member.process(sent);

        List<Published> again = transport().send(sent);

        assertEquals(sent.stream().map(each -> new Published(each.id(), true)).toList(), again);
        DomainEvent marker = events.order("account");
        transport().send(List.of(marker));
        assertEquals(List.of(marker.id()), Member.ids(member.takeThrough(marker)));
    }

    @Test
    void an_event_that_is_twice_in_one_batch_is_stored_once() {
        DomainEvent twice = events.order("account");
        DomainEvent other = events.order("account");

        List<Published> outcome = transport().send(List.of(twice, other, twice));

        assertEquals(
                List.of(
                        new Published(twice.id(), false),
                        new Published(other.id(), false),
                        new Published(twice.id(), true)),
                outcome);
        DomainEvent marker = events.order("account");
        transport().send(List.of(marker));
        assertEquals(
                List.of(twice.id(), other.id(), marker.id()),
                Member.ids(join("readers").takeThrough(marker)));
    }

    @Test
    void the_same_id_from_another_source_is_another_event() {
        DomainEvent first = events.event(EventFactory.ORDER_PLACED, "account")
                .id("same")
                .source(URI.create("/one"))
                .build();
        DomainEvent second = events.event(EventFactory.ORDER_PLACED, "account")
                .id("same")
                .source(URI.create("/two"))
                .build();

        List<Published> outcome = transport().send(List.of(first, second));

        assertEquals(List.of(new Published("same", false), new Published("same", false)), outcome);
        Expect.sameEvents(
                List.of(first, second), Member.eventsOf(join("readers").take(2)));
    }

    @Test
    void a_restart_keeps_what_was_sent_if_the_transport_survives_it_and_begins_empty_if_not() throws Exception {
        List<DomainEvent> before = events.orders(5, "account");
        transport().send(before);

        restart();

        DomainEvent marker = events.order("account");
        transport().send(List.of(marker));
        List<DomainEvent> expected = new ArrayList<>();
        if (has(TransportTrait.SURVIVES_RESTART)) {
            expected.addAll(before);
        }
        expected.add(marker);
        Expect.sameEvents(expected, Member.eventsOf(join("readers").takeThrough(marker)));
    }

    @Test
    void what_was_sent_before_a_restart_is_a_duplicate_after_it_if_the_transport_survives_it() throws Exception {
        DomainEvent event = events.order("account");
        transport().send(List.of(event));

        restart();

        boolean duplicate = has(TransportTrait.SURVIVES_RESTART);
        assertEquals(List.of(new Published(event.id(), duplicate)), transport().send(List.of(event)));
        DomainEvent marker = events.order("account");
        transport().send(List.of(marker));
        assertEquals(
                List.of(event.id(), marker.id()), Member.ids(join("readers").takeThrough(marker)));
    }

    @Test
    void several_threads_may_send_at_once_and_each_keeps_its_order() {
        int threads = 4;
        int perThread = 50;
        List<List<DomainEvent>> shares = IntStream.range(0, threads)
                .mapToObj(thread -> events.orders(perThread, "account-" + thread))
                .toList();
        List<CompletableFuture<Void>> senders = shares.stream()
                .map(share -> CompletableFuture.runAsync(() -> {
                    for (DomainEvent event : share) {
                        transport().send(List.of(event));
                    }
                }))
                .toList();
        senders.forEach(CompletableFuture::join);

        List<DomainEvent> taken = Member.eventsOf(join("readers").take(threads * perThread));

        for (List<DomainEvent> share : shares) {
            String subject = share.getFirst().subject();
            assertEquals(
                    Expect.ids(share),
                    Expect.ids(taken.stream()
                            .filter(event -> event.subject().equals(subject))
                            .toList()));
        }
    }

    @Test
    void an_event_that_several_threads_send_at_once_is_stored_once() {
        List<DomainEvent> sent = events.orders(50, "account");
        List<CompletableFuture<List<Published>>> senders = IntStream.range(0, 4)
                .mapToObj(thread -> CompletableFuture.supplyAsync(() -> sent.stream()
                        .flatMap(event -> transport().send(List.of(event)).stream())
                        .toList()))
                .toList();

        List<Published> outcome =
                senders.stream().flatMap(each -> each.join().stream()).toList();

        assertEquals(50, outcome.stream().filter(each -> !each.duplicate()).count(), "sends that stored something");
        DomainEvent marker = events.order("account");
        transport().send(List.of(marker));
        List<String> taken = Member.ids(join("readers").takeThrough(marker));
        assertEquals(51, taken.size(), "deliveries");
        assertEquals(51, new HashSet<>(taken).size(), "events among them");
    }

    @Test
    void one_key_is_of_one_partition_and_all_keys_are_if_the_transport_has_but_one() {
        List<DomainEvent> sent = IntStream.range(0, 100)
                .mapToObj(number -> events.order("account-" + number))
                .toList();
        Member member = join("readers");
        transport().send(sent);
        member.process(sent); // asserts that events come from assigned partitions

        sent.forEach(event -> assertEquals(
                transport().partitionOf("Trading", event.subject()),
                transport().partitionOf("Trading", event.subject())));
        long partitions = sent.stream()
                .map(event -> transport().partitionOf("Trading", event.subject()))
                .distinct()
                .count();
        assertEquals(has(TransportTrait.ONE_PARTITION), partitions == 1, () -> "partitions: " + partitions);
    }

    @Test
    void publishers_wait_for_consumers_if_the_transport_is_bounded_and_not_if_it_is_not() throws Exception {
        if (has(TransportTrait.BOUNDED)) {
            publishersWait();
        } else {
            publishersDoNotWait();
        }
    }

    private void publishersWait() throws Exception {
        Member member = join("readers");
        List<DomainEvent> fits = events.orders(capacity(), "account");
        List<DomainEvent> more = events.orders(capacity(), "account");
        transport().send(fits);
        CompletableFuture<List<Published>> waiting =
                CompletableFuture.supplyAsync(() -> transport().send(more));

        List<Delivery> first = member.take(capacity());
        assertEquals(Expect.ids(fits), Member.ids(first));
        assertEquals(List.of(), member.poll(1), "there is no room for more");
        assertFalse(waiting.isDone(), "sent more than there is room for");
        member.settle(first);

        List<Delivery> second = member.take(capacity());
        member.settle(second);
        assertEquals(Expect.ids(more), Member.ids(second));
        assertEquals(
                capacity(),
                waiting.get(patience().toMillis(), TimeUnit.MILLISECONDS).size());
    }

    private void publishersDoNotWait() {
        int many = 5_000;
        Member member = join("readers");
        List<DomainEvent> sent = events.orders(many, "account");
        transport().send(sent);
        assertEquals(Expect.ids(sent), Member.ids(member.take(many)));
    }

    @Test
    void events_that_no_group_asked_for_take_no_room_for_ever() {
        int many = has(TransportTrait.BOUNDED) ? 3 * capacity() : 1_000;
        Member member = join("readers", StartFrom.BEGINNING, "Risk");
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            for (int number = 0; number < many; number++) {
                transport().send(List.of(events.order("account")));
            }
        });
        Expect.soon("unwanted events make room", patience(), () -> {
            assertEquals(List.of(), member.poll(10));
            return sending.isDone();
        });
        sending.join();
        assertEquals(List.of(), member.poll(10)); // the last ones may have filled what the next one needs

        DomainEvent wanted = events.breach("account");
        transport().send(List.of(wanted));
        member.process(List.of(wanted));
        member.awaitLag(0);
    }

    @Test
    void a_publisher_that_waits_is_told_when_the_transport_closes() throws Exception {
        join("readers");
        int many = has(TransportTrait.BOUNDED) ? capacity() : 1;
        transport().send(events.orders(many, "account"));
        Transport closed = transport();
        DomainEvent late = events.order("account");
        if (has(TransportTrait.BOUNDED)) {
            CompletableFuture<TransportException> waiting = CompletableFuture.supplyAsync(
                    () -> assertThrows(TransportException.class, () -> closed.send(List.of(late))));
            restart();
            assertEquals(
                    closed.name(),
                    waiting.get(patience().toMillis(), TimeUnit.MILLISECONDS).transport());
        } else {
            restart();
            assertThrows(TransportException.class, () -> closed.send(List.of(late)));
        }
    }

    @Test
    void a_closed_transport_refuses_to_send_and_to_join_and_says_that_it_is_not_available() throws Exception {
        assertTrue(transport().health().available(), () -> transport().health().detail());
        Transport closed = transport();

        restart();
        closed.close();

        assertFalse(closed.health().available());
        assertThrows(TransportException.class, () -> closed.send(List.of(events.order("account"))));
        assertThrows(
                TransportException.class,
                () -> closed.subscribe(
                        new GroupMembership("readers", Set.of(), StartFrom.BEGINNING, MAX_IN_FLIGHT), () -> {}));
    }
}
