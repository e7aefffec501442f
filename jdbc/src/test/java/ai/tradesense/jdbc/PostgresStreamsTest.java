package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.store.EventQuery.Order;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.ExpectedVersion;
import ai.tradesense.store.StreamAppend;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import ai.tradesense.store.WrongExpectedVersionException;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.transport.Published;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Streams that several instances share.
class PostgresStreamsTest {
    private final String url = PostgresServer.sharedUrl();
    private final List<JdbcLog> instances = new ArrayList<>();

    @BeforeEach
    void open() {
        instances.add(JdbcLog.open(url));
        instances.add(JdbcLog.open(url));
    }

    @AfterEach
    void close() {
        instances.forEach(JdbcLog::close);
    }

    private EventStore store(int instance) {
        return instances.get(instance % instances.size()).events();
    }

    private static StreamAppend append(OrderKey stream, long version, DomainEvent... events) {
        return new StreamAppend(stream, ExpectedVersion.exactly(version), List.of(events));
    }

    private static DomainEvent event(int number, String subject) {
        return RandomEvents.plain("event-" + number, subject);
    }

    @Test
    void several_threads_of_two_instances_take_turns_at_exact_versions() {
        int threads = 6;
        int perThread = 60;
        int total = threads * perThread;
        OrderKey stream = event(0, "shared").orderKey();
        List<CompletableFuture<Void>> appenders = IntStream.range(0, threads)
                .mapToObj(thread -> CompletableFuture.runAsync(() -> {
                    long version = 0;
                    for (int done = 0; done < perThread; ) {
                        DomainEvent event = event(thread * perThread + done, "shared");
                        try {
                            store(thread).appendStreams(List.of(append(stream, version, event)));
                            done++;
                            version++;
                        } catch (WrongExpectedVersionException conflict) {
                            version = conflict.actual();
                        }
                        store(thread).append(List.of(event(-thread * perThread - done - 1, "beside")));
                    }
                }))
                .toList();
        appenders.forEach(CompletableFuture::join);

        StreamSlice slice = store(0).readStream(StreamQuery.forwards(stream, 1));
        assertThat(slice.version()).isEqualTo(total);
        assertThat(slice.events())
                .extracting(each -> each.stored().event().id())
                .doesNotHaveDuplicates()
                .hasSize(total);
    }

    @Test
    void a_long_stream_is_counted_and_read_from_either_end() {
        OrderKey stream = event(0, "long").orderKey();
        List<DomainEvent> all = new ArrayList<>();
        Random random = new Random(1);
        while (all.size() < 700) {
            DomainEvent next = event(all.size(), "long");
            if (random.nextInt(3) == 0) {
                store(0).append(List.of(next));
            } else {
                store(1).appendStreams(List.of(append(stream, all.size(), next)));
            }
            all.add(next);
        }

        for (long from : new long[] {1, 99, 350, 690, 700, 701}) {
            for (Order order : Order.values()) {
                StreamSlice slice = store(0).readStream(new StreamQuery(stream, from, order, 20));
                List<String> expected = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    long version = order == Order.OLDEST_FIRST ? from + i : Math.min(700, from) - i;
                    if (version >= 1 && version <= 700) {
                        expected.add(all.get((int) version - 1).id());
                    }
                }
                assertThat(slice.version()).isEqualTo(700);
                assertThat(slice.events())
                        .extracting(each -> each.stored().event().id())
                        .as("%s from %s", order, from)
                        .isEqualTo(expected);
            }
        }
    }

    /// They may or may not come into one group; the outcome has to be the same.
    @Test
    void an_event_of_an_append_that_is_refused_is_not_taken_for_a_duplicate_when_it_comes_again() {
        for (int round = 0; round < 30; round++) {
            DomainEvent event = event(round, "contended");
            List<StreamAppend> refused = List.of(append(event.orderKey(), 1_000, event));
            CompletableFuture<Boolean> conflict = CompletableFuture.supplyAsync(() -> {
                try {
                    return store(0).appendStreams(refused).getFirst().duplicate();
                } catch (WrongExpectedVersionException expected) {
                    return true;
                }
            });
            CompletableFuture<List<Published>> plain =
                    CompletableFuture.supplyAsync(() -> store(0).append(List.of(event)));

            assertThat(conflict.join()).isTrue();
            assertThat(plain.join()).containsExactly(new Published(event.id(), false));
            assertThat(store(0).find(event.id())).isPresent();
        }
    }
}
